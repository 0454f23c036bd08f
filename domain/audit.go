package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// AuditQuery asks for lines of the audit that meet all of its conditions, newest first; zero values ask for nothing.
type AuditQuery struct {
	Person    uuid.UUID // whom the line is about
	Actor     uuid.UUID // who acted
	ActorName string    // who acted, by the exact name
	Action    EventType
	Door      Door
	RequestID string    // in which request
	From, To  time.Time // To is not in it
	Before    int64     // only lines with a lower index
	Count     int
}

// AuditHead is how far the audit of a tenant has come.
type AuditHead struct {
	Tenant uuid.UUID
	Index  int64  // of the last line; 0: there is none
	Hash   []byte // of the last line; empty: it is older than the chain
	// Unchained is how many lines are older than the chain: it begins with the next one.
	Unchained int64
}

// AuditTx reads the audit.
type AuditTx interface {
	// AuditHead tells how far the audit has come.
	AuditHead() (AuditHead, error)
	// ListAudit gives lines newest first, and where the next page begins (Before); 0: there are no older ones. A page may
	// have fewer lines than Count, even none, before the last one: a query looks at so many lines at once and no more.
	ListAudit(q AuditQuery) (list []*AuditEntry, next int64, err error)
	// ScanAudit gives the lines that follow that index, oldest first, at most count.
	ScanAudit(after int64, count int) ([]*AuditEntry, error)
	// ScrubAudit removes what the audit says of a person, and tells of how many lines: from those about the person or by
	// the person, and from those in whose changes or notes one of the e-mail addresses stands as a word, letter by letter;
	// what has no @ in it is left out. The chain still verifies.
	ScrubAudit(person uuid.UUID, addresses []string) (int, error)
}

// Audits reads the audit of all tenants.
type Audits interface {
	// AuditHeads gives the heads of all tenants that have an audit.
	AuditHeads(ctx context.Context) ([]AuditHead, error)
}
