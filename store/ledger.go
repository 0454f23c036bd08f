package store

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// changeDocument is the stored form of a [domain.Change].
type changeDocument struct {
	Attribute string `json:"attribute"`
	Before    string `json:"before,omitzero"`
	After     string `json:"after,omitzero"`
}

// Record implements [domain.LedgerTx]. The row is written at the end of the transaction, see enter.
func (t *tx) Record(e *domain.AuditEntry) error {
	t.entries = append(t.entries, e)
	return nil
}

// Append implements [domain.LedgerTx]. The rows are written at the end of the transaction, see enter.
func (t *tx) Append(events []domain.Event) error {
	t.events = append(slices.Clip(t.events), events...)
	return nil
}

// Enqueue implements [domain.LedgerTx]. A message whose key is already there is the same message; one without a key is no
// other's.
func (t *tx) Enqueue(m *domain.OutboxMessage) error {
	key := m.DedupKey
	if key == "" {
		key = m.ID.String()
	}
	status, sealed := statusWaiting, m.Mail.SealedToken
	if withheld, err := t.sandboxed(); err != nil {
		return err
	} else if withheld {
		status, sealed = statusWithheld, nil
	}
	return t.run(`INSERT INTO outbox (tenant_id, message_id, person_id, dedup_key, token_id, kind, recipient, person_name, tenant_name, language,
		message, sealed_token, expires_at, status, attempts, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, person_id, dedup_key) DO NOTHING`,
		t.tenant, m.ID, t.bindID(m.Person), key, m.Token, string(m.Mail.Kind), m.Mail.To, m.Mail.PersonName, m.Mail.TenantName, m.Mail.Language,
		m.Mail.Message, sealed, micros(m.Mail.ExpiresAt), status, int64(m.Attempts), micros(m.NextAt))
}

// headerTarget is the target of the header of a stored answer.
type headerTarget map[string]string

// Scan implements [sql.Scanner].
func (t *headerTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*map[string]string)(t))
}

// FindOnce implements [domain.LedgerTx].
func (t *tx) FindOnce(credential uuid.UUID, route, key string, now time.Time) (*domain.OnceRecord, error) {
	r := &domain.OnceRecord{Credential: credential, Route: route, Key: key}
	found, err := t.row([]any{(*bytesTarget)(&r.BodyHash), (*countTarget)(&r.Answer.Status), (*headerTarget)(&r.Answer.Header),
		(*bytesTarget)(&r.Answer.Body), (*instantTarget)(&r.ExpiresAt)},
		`SELECT body_hash, status, header, body, expires_at FROM idempotency_record
		WHERE tenant_id = ? AND credential_id = ? AND route = ? AND key = ? AND expires_at > ?`,
		t.tenant, credential, route, key, now)
	if err != nil || !found {
		return nil, err
	}
	return r, nil
}

// SaveOnce implements [domain.LedgerTx]. It takes the place of an expired answer. A live one can only be that of an
// equal request that committed since FindOnce looked, so that the transaction has to look again.
func (t *tx) SaveOnce(r *domain.OnceRecord) error {
	return t.must(ErrConflict, `INSERT INTO idempotency_record (tenant_id, credential_id, route, key, body_hash, person_id, status, header, body, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, credential_id, route, key) DO UPDATE SET body_hash = excluded.body_hash, person_id = excluded.person_id, status = excluded.status,
		header = excluded.header, body = excluded.body, expires_at = excluded.expires_at
		WHERE idempotency_record.expires_at <= ?`,
		t.tenant, r.Credential, r.Route, r.Key, r.BodyHash, r.Person, int64(r.Answer.Status), encodeMap(r.Answer.Header), r.Answer.Body, r.ExpiresAt, t.now())
}
