package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Receipt tells that an act shut a person out, what it ended, and when that was done. It is stored in the transaction of
// the act, and says of the person nothing but the id, so that it outlives them.
type Receipt struct {
	ID     uuid.UUID // grows with time
	Person uuid.UUID
	Cause  EndCause
	Door   Door
	Ended  Ended
	// OccurredAt is when the act was asked for, before it waited for its turn, and CompletedAt when nothing was left to
	// end: the time between them is what the five minutes of IPSIE's lifecycle profile are about.
	OccurredAt, CompletedAt time.Time
}

// EndCause tells what shut the person out.
type EndCause string

// The causes.
const (
	EndDeactivated EndCause = "Deactivated"   // can be undone
	EndRemoved     EndCause = "AccessRemoved" // the person stays
	EndDeleted     EndCause = "PersonDeleted"
	EndAnonymized  EndCause = "Anonymized"
)

// EndCauses lists every cause.
func EndCauses() []EndCause { return []EndCause{EndDeactivated, EndRemoved, EndDeleted, EndAnonymized} }

// Ended counts what was open and is not any more.
type Ended struct {
	Sessions    int // that nobody had ended, also those that had expired by themselves
	Invitations int
	ResetLinks  int
	Enrolments  int // authenticators and passkeys, which a deactivation leaves for the return
}

// ReceiptTx keeps receipts, and tells what one would say.
type ReceiptTx interface {
	// CountOpen counts what the person could still use to get in, in one look-up.
	CountOpen(person uuid.UUID) (Ended, error)
	InsertReceipt(r *Receipt) error
	// ListReceipts gives up to count receipts of the person behind the first offset ones, newest first.
	ListReceipts(person uuid.UUID, offset, count int) ([]*Receipt, error)
}

// Statement is the receipt as it is signed: a JSON object, always of the same bytes, whose SHA-256 is in the audit.
// People have no API keys of their own, which it says because auditors ask.
func (r *Receipt) Statement(tenant uuid.UUID) []byte {
	return fmt.Appendf(nil, `{"jti":"%s","tenant":"%s","sub":"%s","cause":"%s","door":"%s","occurred_at":"%s","completed_at":"%s",`+
		`"ended":{"sessions":%d,"invitations":%d,"reset_links":%d,"enrolments":%d,"api_keys":0}}`,
		r.ID, tenant, r.Person, r.Cause, r.Door, r.OccurredAt.UTC().Format(time.RFC3339Nano), r.CompletedAt.UTC().Format(time.RFC3339Nano),
		r.Ended.Sessions, r.Ended.Invitations, r.Ended.ResetLinks, r.Ended.Enrolments)
}

// receiptChange names in the audit the id and the digest of a receipt.
const receiptChange = "Receipt"

// owesReceipt begins the receipt of an act that shuts the person out.
func (e *edit) owesReceipt(cause EndCause, open Ended) {
	if e.receipt == nil {
		e.receipt = &Receipt{ID: e.newID(), Person: e.p.ID, Cause: cause, Door: e.caller.Door, OccurredAt: e.asked}
	}
	e.receipt.Ended = open
	e.p.Receipt = e.receipt.ID
}

// issueReceipt stores the receipt that the act owes, if any, when everything else is done.
func (a *act) issueReceipt() error {
	if a.receipt == nil {
		return nil
	}
	a.receipt.CompletedAt = a.engine.now()
	digest := sha256.Sum256(a.receipt.Statement(a.tenant.ID))
	a.entry.Changes = append(a.entry.Changes, Change{receiptChange, "", a.receipt.ID.String() + " " + hex.EncodeToString(digest[:])})
	return a.tx.InsertReceipt(a.receipt)
}
