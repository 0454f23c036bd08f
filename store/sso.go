package store

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// InsertSsoRequest implements [domain.SsoTx].
func (t *tx) InsertSsoRequest(r *domain.SsoRequest) error {
	return t.run(`INSERT INTO sso_request (tenant_id, relay_hash, provider_id, request_id, browser_hash, return_to, secret, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, t.tenant, r.RelayState, r.Provider, r.ID, r.Browser, r.ReturnTo, r.Secret, r.ExpiresAt)
}

// TakeSsoRequest implements [domain.SsoTx]. Of two who ask at once one deletes the row.
func (t *tx) TakeSsoRequest(r *domain.SsoRequest, now time.Time) (*domain.SsoRequest, error) {
	taken := &domain.SsoRequest{Provider: r.Provider, ID: r.ID, RelayState: r.RelayState, Browser: r.Browser}
	found, err := t.row([]any{(*textTarget)(&taken.ReturnTo), (*bytesTarget)(&taken.Secret), (*instantTarget)(&taken.ExpiresAt)},
		`DELETE FROM sso_request WHERE tenant_id = ? AND relay_hash = ? AND provider_id = ? AND request_id = ? AND browser_hash = ?
		AND expires_at > ? RETURNING return_to, secret, expires_at`, t.tenant, r.RelayState, r.Provider, r.ID, r.Browser, now)
	if err != nil || !found {
		return nil, err
	}
	return taken, nil
}

// RememberAssertion implements [domain.SsoTx].
func (t *tx) RememberAssertion(issuer, id string, until time.Time) (bool, error) {
	hash := sha256.Sum256([]byte(issuer + "\x00" + id))
	noted, err := t.exec(`INSERT INTO sso_assertion (tenant_id, assertion_hash, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (tenant_id, assertion_hash) DO NOTHING`, t.tenant, hash[:], until)
	return noted == 1, err
}

// EndAssertedSessions implements [domain.SsoTx].
func (t *tx) EndAssertedSessions(end domain.SsoEnd, at time.Time, reason string) ([]uuid.UUID, error) {
	var people []uuid.UUID
	note := func(rows Rows) error {
		var person uuid.UUID
		err := rows.Scan((*idTarget)(&person))
		if !slices.Contains(people, person) {
			people = append(people, person)
		}
		return err
	}
	if end.Name != "" && len(end.Indexes) == 0 {
		err := t.rows(t.short, `UPDATE session SET ended_at = ?, end_reason = ? WHERE tenant_id = ? AND provider_id = ?
			AND asserted_name = ? AND ended_at = 0 RETURNING person_id`, []any{at, reason, t.tenant, end.Provider, end.Name}, note)
		return people, err
	}
	for _, index := range end.Indexes {
		err := t.rows(t.short, `UPDATE session SET ended_at = ?, end_reason = ? WHERE tenant_id = ? AND provider_id = ? AND session_index = ?
			AND (? = '' OR asserted_name = ?) AND ended_at = 0 RETURNING person_id`,
			[]any{at, reason, t.tenant, end.Provider, index, end.Name, end.Name}, note)
		if err != nil {
			return nil, err
		}
	}
	return people, nil
}

// FindAssertedSession implements [domain.SsoTx].
func (t *tx) FindAssertedSession(session uuid.UUID) (*domain.AssertedSession, error) {
	s := new(domain.AssertedSession)
	found, err := t.row([]any{(*idTarget)(&s.Provider), (*textTarget)(&s.Name), (*textTarget)(&s.NameFormat), (*textTarget)(&s.Index),
		(*instantTarget)(&s.Until)},
		`SELECT provider_id, asserted_name, asserted_format, session_index, asserted_until FROM session
		WHERE tenant_id = ? AND session_id = ? AND provider_id IS NOT NULL AND ended_at = 0`, t.tenant, session)
	if err != nil || !found {
		return nil, err
	}
	return s, nil
}
