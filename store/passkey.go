package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const passkeyColumns = "passkey_id, person_id, credential_id_hash, user_handle, name, record, created_at, last_used_at"

func passkeyTargets(p *domain.Passkey) []any {
	return []any{(*idTarget)(&p.ID), (*idTarget)(&p.Person), (*bytesTarget)(&p.CredentialHash), (*bytesTarget)(&p.Handle),
		(*textTarget)(&p.Name), (*bytesTarget)(&p.Record), (*instantTarget)(&p.CreatedAt), (*instantTarget)(&p.LastUsedAt)}
}

// InsertPasskey implements [domain.PasskeyTx].
func (t *tx) InsertPasskey(p *domain.Passkey) (bool, error) {
	stored, err := t.exec("INSERT INTO passkey (tenant_id, "+passkeyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, credential_id_hash) DO NOTHING`,
		t.tenant, p.ID, p.Person, p.CredentialHash, p.Handle, p.Name, p.Record, p.CreatedAt, p.LastUsedAt)
	return stored == 1, err
}

// FindPasskey implements [domain.PasskeyTx].
func (t *tx) FindPasskey(credential []byte) (*domain.Passkey, error) {
	p := new(domain.Passkey)
	found, err := t.row(passkeyTargets(p),
		t.locked("SELECT "+passkeyColumns+" FROM passkey WHERE tenant_id = ? AND credential_id_hash = ?", "{lock}"), t.tenant, credential)
	if err != nil || !found {
		return nil, err
	}
	return p, nil
}

// ListPasskeys implements [domain.PasskeyTx].
func (t *tx) ListPasskeys(person uuid.UUID) ([]*domain.Passkey, error) {
	var list []*domain.Passkey
	err := t.rows(t.short, "SELECT "+passkeyColumns+" FROM passkey WHERE tenant_id = ? AND person_id = ? ORDER BY created_at, passkey_id",
		[]any{t.tenant, person}, func(rows Rows) error {
			p := new(domain.Passkey)
			list = append(list, p)
			return rows.Scan(passkeyTargets(p)...)
		})
	return list, err
}

// UpdatePasskey implements [domain.PasskeyTx].
func (t *tx) UpdatePasskey(p *domain.Passkey) error {
	return t.run("UPDATE passkey SET name = ?, record = ?, last_used_at = ? WHERE tenant_id = ? AND passkey_id = ?",
		p.Name, p.Record, p.LastUsedAt, t.tenant, p.ID)
}

// DeletePasskey implements [domain.PasskeyTx].
func (t *tx) DeletePasskey(person, id uuid.UUID) (bool, error) {
	deleted, err := t.exec("DELETE FROM passkey WHERE tenant_id = ? AND person_id = ? AND passkey_id = ?", t.tenant, person, id)
	return deleted == 1, err
}

// DeletePasskeys implements [domain.PasskeyTx].
func (t *tx) DeletePasskeys(person uuid.UUID) error {
	if err := t.run("DELETE FROM passkey_challenge WHERE tenant_id = ? AND person_id = ?", t.tenant, person); err != nil {
		return err
	}
	return t.run("DELETE FROM passkey WHERE tenant_id = ? AND person_id = ?", t.tenant, person)
}

// InsertPasskeyChallenge implements [domain.PasskeyTx].
func (t *tx) InsertPasskeyChallenge(c *domain.PasskeyChallenge) error {
	return t.run(`INSERT INTO passkey_challenge (tenant_id, ticket_hash, purpose, person_id, session_id, ceremony, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, t.tenant, c.Ticket, string(c.Purpose), c.Person, c.Session, c.State, c.ExpiresAt)
}

// TakePasskeyChallenge implements [domain.PasskeyTx]. Of two who ask at once one deletes the row.
func (t *tx) TakePasskeyChallenge(ticket []byte, purpose domain.PasskeyPurpose, session uuid.UUID, now time.Time) (*domain.PasskeyChallenge, error) {
	c := &domain.PasskeyChallenge{Ticket: ticket, Purpose: purpose, Session: session}
	whose, args := "session_id IS NULL", []any{t.tenant, ticket, string(purpose), now}
	if session != uuid.Nil {
		whose, args = "session_id = ?", append(args, session)
	}
	found, err := t.row([]any{(*idTarget)(&c.Person), (*bytesTarget)(&c.State), (*instantTarget)(&c.ExpiresAt)},
		`DELETE FROM passkey_challenge WHERE tenant_id = ? AND ticket_hash = ? AND purpose = ? AND expires_at > ? AND `+whose+`
		RETURNING person_id, ceremony, expires_at`, args...)
	if err != nil || !found {
		return nil, err
	}
	return c, nil
}
