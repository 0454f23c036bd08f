package store

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// CountOpen implements [domain.ReceiptTx]. What it counts is what EndSessions, VoidInvitations and VoidResetTokens end.
func (t *tx) CountOpen(person uuid.UUID) (domain.Ended, error) {
	var open domain.Ended
	who := t.bindID(person)
	_, err := t.row([]any{(*countTarget)(&open.Sessions), (*countTarget)(&open.Invitations), (*countTarget)(&open.ResetLinks), (*countTarget)(&open.Enrolments)},
		`SELECT (SELECT COUNT(*) FROM session WHERE tenant_id = ? AND person_id = ? AND ended_at = 0),
		(SELECT COUNT(*) FROM invitation WHERE tenant_id = ? AND person_id = ? AND status = 'Pending'),
		(SELECT COUNT(*) FROM reset_token WHERE tenant_id = ? AND person_id = ? AND revoked_at = 0 AND consumed_at = 0),
		(SELECT COUNT(*) FROM mfa_enrollment WHERE tenant_id = ? AND person_id = ? AND confirmed_at <> 0)
		+ (SELECT COUNT(*) FROM passkey WHERE tenant_id = ? AND person_id = ?)`,
		t.tenant, who, t.tenant, who, t.tenant, who, t.tenant, who, t.tenant, who)
	return open, err
}

const receiptColumns = "person_id, receipt_id, cause, door, sessions, invitations, reset_links, enrolments, occurred_at, completed_at"

// InsertReceipt implements [domain.ReceiptTx].
func (t *tx) InsertReceipt(r *domain.Receipt) error {
	return t.run("INSERT INTO receipt (tenant_id, "+receiptColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", t.tenant, r.Person, r.ID, string(r.Cause), string(r.Door),
		int64(r.Ended.Sessions), int64(r.Ended.Invitations), int64(r.Ended.ResetLinks), int64(r.Ended.Enrolments), r.OccurredAt, r.CompletedAt)
}

// ListReceipts implements [domain.ReceiptTx].
func (t *tx) ListReceipts(person uuid.UUID, offset, count int) ([]*domain.Receipt, error) {
	var list []*domain.Receipt
	err := t.rows(t.short, "SELECT "+receiptColumns+` FROM receipt WHERE tenant_id = ? AND person_id = ?
		ORDER BY receipt_id DESC LIMIT ? OFFSET ?`, []any{t.tenant, person, int64(count), int64(offset)}, func(rows Rows) error {
		r := new(domain.Receipt)
		list = append(list, r)
		return rows.Scan((*idTarget)(&r.Person), (*idTarget)(&r.ID), (*textTarget)(&r.Cause), (*textTarget)(&r.Door), (*countTarget)(&r.Ended.Sessions),
			(*countTarget)(&r.Ended.Invitations), (*countTarget)(&r.Ended.ResetLinks), (*countTarget)(&r.Ended.Enrolments),
			(*instantTarget)(&r.OccurredAt), (*instantTarget)(&r.CompletedAt))
	})
	return list, err
}
