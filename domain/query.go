package domain

import (
	"time"

	"github.com/google/uuid"
)

// Query asks for a page of people or groups. The order is fixed unless Order says otherwise: creation, then id.
type Query struct {
	Where  Condition // nil: all
	Who    Who       // of people: which of them are looked at
	Order  *Attribute
	Down   bool      // descending
	After  *Position // the list goes on behind it; nil: it starts at its front
	Offset int       // records skipped, from there
	Count  int       // records wanted at most; 0: only the total
	Total  bool      // whether Page.Total is wanted, which can cost a count
	// With tells what else a person is to be loaded with.
	With With
}

// Who tells which people a query looks at.
type Who int

// The choices of Who. Deleted people are never looked at.
const (
	Everybody      Who = iota // every person that is not anonymised
	WithAccess                // people with access, not anonymised
	Linked                    // WithAccess, less those that the caller's connection deleted
	WithoutAccess             // people who are not provisioned
	AnonymizedOnly            // people who were anonymised
)

// With is a set of extras to load with people.
type With uint

// The extras.
const (
	WithGroups With = 1 << iota
	WithManagedBy
	WithManagerName
	// Those that follow are each a second look, for all people of a page at once.

	WithRights
	WithTenants       // where else they may act
	WithInvitation    // the last one
	WithOrganizations // the names of those of the access
	WithActions       // what the caller can do to them; of one person that is found by id only

	besides = WithRights | WithTenants | WithInvitation | WithOrganizations | WithActions
)

// Position is a place in the order of a list: the place of a record, whether or not it is still there. Pages that each
// start behind the end of the one before show no record twice and miss none that was there all the time, and cost the
// same at any depth.
type Position struct {
	Key     string // what the store sorts the record by, in a list with an Order
	Created time.Time
	ID      uuid.UUID
}

// Page is a part of an answer. More tells that there are records behind it; Total counts all, those in front of a
// Position included, -1 when not asked.
type Page[R any] struct {
	Items []R
	More  bool
	End   Position // of the last item; nothing when there is none
	Total int
}

// MatchKeys are what a create may be recognised by; empty ones match nothing.
type MatchKeys struct {
	ExternalKey    string // of a live or hidden link of the caller's connection
	Username       string
	EmployeeNumber string
	Email          string // primary e-mail
}

// Match is one person that a key points at.
type Match struct {
	Person uuid.UUID
	By     MatchKey
}

// MatchKey names the key that matched.
type MatchKey string

// The keys, in the order in which they are tried.
const (
	MatchedByExternalKey    MatchKey = "ExternalKey"
	MatchedByUsername       MatchKey = "Username"
	MatchedByEmployeeNumber MatchKey = "EmployeeNumber"
	MatchedByEmail          MatchKey = "EmailAddress"
)
