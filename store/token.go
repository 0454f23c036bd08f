package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// InsertInvitation implements [domain.TokenTx].
func (t *tx) InsertInvitation(i *domain.Invitation) error {
	return t.run(`INSERT INTO invitation (tenant_id, invitation_id, person_id, kind, token_hash, sent_to, status, sent_at, expires_at,
		resend_count, invited_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.tenant, i.ID, t.bindID(i.Person), string(i.Kind), i.TokenHash, i.SentTo, string(i.Status), micros(i.SentAt), micros(i.ExpiresAt), int64(i.ResendCount), i.InvitedBy)
}

const invitationColumns = "invitation_id, person_id, kind, token_hash, sent_to, status, sent_at, expires_at, resend_count, invited_by"

func invitationTargets(i *domain.Invitation) []any {
	return []any{(*idTarget)(&i.ID), (*idTarget)(&i.Person), (*textTarget)(&i.Kind), (*bytesTarget)(&i.TokenHash), (*textTarget)(&i.SentTo), (*textTarget)(&i.Status),
		(*instantTarget)(&i.SentAt), (*instantTarget)(&i.ExpiresAt), (*countTarget)(&i.ResendCount), (*textTarget)(&i.InvitedBy)}
}

// VoidInvitations implements [domain.TokenTx].
func (t *tx) VoidInvitations(person uuid.UUID, status domain.InvitationStatus) (int, error) {
	voided, err := t.ids(`UPDATE invitation SET status = ? WHERE tenant_id = ? AND person_id = ? AND status = ? RETURNING invitation_id`,
		string(status), t.tenant, person, string(domain.InvitationPending))
	if err != nil {
		return 0, err
	}
	return len(voided), t.cancelMessages(person, voided)
}

// ListInvitations implements [domain.TokenTx].
func (t *tx) ListInvitations(person uuid.UUID) ([]*domain.Invitation, error) {
	var list []*domain.Invitation
	err := t.rows(t.short, "SELECT "+invitationColumns+` FROM invitation WHERE tenant_id = ? AND person_id = ?
		ORDER BY sent_at DESC, invitation_id DESC`, []any{t.tenant, person}, func(rows Rows) error {
		i := new(domain.Invitation)
		list = append(list, i)
		return rows.Scan(invitationTargets(i)...)
	})
	return list, err
}

// LastInvitations implements [domain.TokenTx].
func (t *tx) LastInvitations(people []uuid.UUID) (map[uuid.UUID]*domain.Invitation, error) {
	last := map[uuid.UUID]*domain.Invitation{}
	err := t.rows(t.short, "SELECT "+invitationColumns+` FROM invitation WHERE tenant_id = ? AND person_id IN {ids}
		ORDER BY sent_at, invitation_id`, []any{t.tenant, people}, func(rows Rows) error {
		i := new(domain.Invitation)
		err := rows.Scan(invitationTargets(i)...)
		last[i.Person] = i
		return err
	})
	return last, err
}

// FindInvitation implements [domain.TokenTx].
func (t *tx) FindInvitation(hash []byte) (*domain.Invitation, error) {
	i := new(domain.Invitation)
	found, err := t.row(invitationTargets(i), t.locked("SELECT "+invitationColumns+` FROM invitation
		WHERE tenant_id = ? AND token_hash = ? AND status = ?`, "{lock}"), t.tenant, hash, string(domain.InvitationPending))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, deadLink()
	}
	return i, nil
}

// InsertResetToken implements [domain.TokenTx].
func (t *tx) InsertResetToken(r *domain.ResetToken) error {
	return t.run(`INSERT INTO reset_token (tenant_id, reset_token_id, person_id, token_hash, origin, expires_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, t.tenant, r.ID, r.Person, r.TokenHash, string(r.Origin), r.ExpiresAt, r.CreatedAt)
}

// FindResetToken implements [domain.TokenTx].
func (t *tx) FindResetToken(hash []byte) (*domain.ResetToken, error) {
	r := &domain.ResetToken{TokenHash: hash}
	found, err := t.row([]any{(*idTarget)(&r.ID), (*idTarget)(&r.Person), (*textTarget)(&r.Origin), (*instantTarget)(&r.ExpiresAt), (*instantTarget)(&r.CreatedAt)},
		t.locked(`SELECT reset_token_id, person_id, origin, expires_at, created_at FROM reset_token
		WHERE tenant_id = ? AND token_hash = ? AND revoked_at = 0 AND consumed_at = 0`, "{lock}"), t.tenant, hash)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, deadLink()
	}
	return r, nil
}

// ConsumeResetToken implements [domain.TokenTx].
func (t *tx) ConsumeResetToken(id uuid.UUID, at time.Time) error {
	return t.must(deadLink(), "UPDATE reset_token SET consumed_at = ? WHERE tenant_id = ? AND reset_token_id = ? AND consumed_at = 0",
		at, t.tenant, id)
}

func deadLink() error {
	return domain.Refuse(domain.CodeTokenInvalid, "", "This link is not valid any more. Ask for a new one.")
}

// VoidResetTokens implements [domain.TokenTx].
func (t *tx) VoidResetTokens(person uuid.UUID, at time.Time) (int, error) {
	voided, err := t.ids(`UPDATE reset_token SET revoked_at = ? WHERE tenant_id = ? AND person_id = ? AND revoked_at = 0 AND consumed_at = 0
		RETURNING reset_token_id`, at, t.tenant, person)
	if err != nil {
		return 0, err
	}
	return len(voided), t.cancelMessages(person, voided)
}

// cancelMessages takes the mails of tokens that are void now out of the queue.
func (t *tx) cancelMessages(person uuid.UUID, tokens []uuid.UUID) error {
	if len(tokens) == 0 {
		return nil
	}
	return t.run(cancelMails+"token_id IN {ids}", t.tenant, person, tokens)
}
