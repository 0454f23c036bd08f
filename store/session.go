package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// InsertSession implements [domain.SessionTx].
func (t *tx) InsertSession(s *domain.Session) error {
	asserted := s.Asserted
	if asserted == nil {
		asserted = &domain.AssertedSession{}
	}
	return t.run(`INSERT INTO session (tenant_id, session_id, person_id, token_hash, method, mfa, pending, client, created_at,
		last_seen_at, expires_at, idle_limit, provider_id, asserted_name, asserted_format, session_index, asserted_until, device_hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.tenant, s.ID, s.Person, s.TokenHash,
		string(s.Method), s.Mfa, s.Pending, s.Client, s.CreatedAt, s.LastSeenAt, s.ExpiresAt, int64(s.IdleLimit/time.Second),
		asserted.Provider, asserted.Name, asserted.NameFormat, asserted.Index, asserted.Until, s.Device)
}

const sessionColumns = `s.session_id, s.person_id, s.token_hash, s.method, s.mfa, s.pending, s.client, s.created_at, s.last_seen_at,
	s.expires_at, s.idle_limit`

func sessionTargets(s *domain.Session) []any {
	return []any{(*idTarget)(&s.ID), (*idTarget)(&s.Person), (*bytesTarget)(&s.TokenHash), (*textTarget)(&s.Method), (*flagTarget)(&s.Mfa),
		(*flagTarget)(&s.Pending), (*textTarget)(&s.Client), (*instantTarget)(&s.CreatedAt), (*instantTarget)(&s.LastSeenAt),
		(*instantTarget)(&s.ExpiresAt), (*secondsTarget)(&s.IdleLimit)}
}

// KnowsDevice implements [domain.SessionTx].
func (t *tx) KnowsDevice(person uuid.UUID, device []byte) (bool, error) {
	return t.row(nil, "SELECT 1 FROM session WHERE tenant_id = ? AND person_id = ? AND device_hash = ? AND NOT pending LIMIT 1", t.tenant, person, device)
}

// ListSessions implements [domain.SessionTx].
func (t *tx) ListSessions(person uuid.UUID) ([]*domain.Session, error) {
	var list []*domain.Session
	err := t.rows(t.short, "SELECT "+sessionColumns+` FROM session s WHERE s.tenant_id = ? AND s.person_id = ? AND s.ended_at = 0
		ORDER BY s.created_at DESC, s.session_id DESC`, []any{t.tenant, person}, func(rows Rows) error {
		s := new(domain.Session)
		list = append(list, s)
		return rows.Scan(sessionTargets(s)...)
	})
	return list, err
}

// EndSession implements [domain.SessionTx].
func (t *tx) EndSession(person, session uuid.UUID, at time.Time, reason string) (bool, error) {
	ended, err := t.exec(`UPDATE session SET ended_at = ?, end_reason = ?
		WHERE tenant_id = ? AND session_id = ? AND person_id = ? AND ended_at = 0`, at, reason, t.tenant, session, person)
	return ended > 0, err
}

// EndOtherSessions implements [domain.SessionTx].
func (t *tx) EndOtherSessions(person, keep uuid.UUID, at time.Time, reason string) (int, error) {
	ended, err := t.exec(`UPDATE session SET ended_at = ?, end_reason = ?
		WHERE tenant_id = ? AND person_id = ? AND session_id <> ? AND ended_at = 0`, at, reason, t.tenant, person, keep)
	return int(ended), err
}

// EndSessions implements [domain.SessionTx].
func (t *tx) EndSessions(person uuid.UUID, at time.Time, reason string) (int, error) {
	ended, err := t.exec("UPDATE session SET ended_at = ?, end_reason = ? WHERE tenant_id = ? AND person_id = ? AND ended_at = 0",
		at, reason, t.tenant, person)
	return int(ended), err
}

// EndSessionsWithoutMfa implements [domain.SessionTx].
func (t *tx) EndSessionsWithoutMfa(person uuid.UUID, at time.Time, reason string) (int, error) {
	ended, err := t.exec("UPDATE session SET ended_at = ?, end_reason = ? WHERE tenant_id = ? AND person_id = ? AND ended_at = 0 AND NOT mfa",
		at, reason, t.tenant, person)
	return int(ended), err
}

// FindSession implements [domain.CredentialRegistry].
func (db *DB) FindSession(ctx context.Context, hash []byte) (*domain.SignedIn, error) {
	in := new(domain.SignedIn)
	err := db.lookup(ctx, func(t *tx) error {
		targets := append([]any{(*idTarget)(&in.Tenant), (*textTarget)(&in.TenantSlug), (*flagTarget)(&in.TenantSso),
			(*policiesTarget)(&in.TenantPolicies), (*textTarget)(&in.Username)},
			sessionTargets(&in.Session)...)
		found, err := t.row(targets, "SELECT s.tenant_id, t.slug, t.sso_enabled, t.policies, a.username, "+sessionColumns+`
			FROM session s JOIN tenant t ON t.tenant_id = s.tenant_id
			JOIN user_access a ON a.tenant_id = s.tenant_id AND a.person_id = s.person_id
			WHERE s.token_hash = ? AND s.ended_at = 0 AND a.is_active AND NOT t.disabled`, hash)
		if err == nil && !found {
			return notFound("session")
		}
		if err != nil {
			return err
		}
		rights, err := t.rightsIn(in.Tenant, []uuid.UUID{in.Session.Person})
		if held := rights[in.Session.Person]; held != nil {
			in.Rights = *held
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return in, nil
}

// TouchSession implements [domain.CredentialRegistry].
func (db *DB) TouchSession(ctx context.Context, tenant, session uuid.UUID, at time.Time) error {
	return db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) error {
		return t.run("UPDATE session SET last_seen_at = ? WHERE tenant_id = ? AND session_id = ? AND last_seen_at < ?", at, tenant, session, at)
	})
}
