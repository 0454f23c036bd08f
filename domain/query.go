package domain

import "github.com/google/uuid"

// Query asks for a page of people or groups. The order is fixed unless Order says otherwise: creation, then id.
type Query struct {
	Where  Condition // nil: all
	Who    Who       // of people: which of them are looked at
	Order  *Attribute
	Down   bool // descending
	Offset int  // records skipped
	Count  int  // records wanted at most; 0: only the total
	Total  bool // whether Page.Total is wanted, which can cost a count
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
)

// Page is a part of an answer. More tells that there are records behind it; Total counts all, -1 when not asked.
type Page[R any] struct {
	Items []R
	More  bool
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
