package domain

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Connection is one identity provider's line to a tenant.
type Connection struct {
	ID         uuid.UUID
	Name       string
	Policies   Policies
	Dialect    Dialect     // what an operator fixed, "" to go by Seen
	Seen       Sighting    // what its client was taken for
	Deviations []Deviation // what its client was forgiven, by name; read in lists of connections only
	Notes      []string    // what the connector was seen to do that had no effect, newest last
	LastSeenAt time.Time
	CreatedAt  time.Time
}

// Speaks is the dialect of the connection, and whether that is certain.
func (c *Connection) Speaks() (dialect Dialect, sure bool) { return spoken(c.Dialect, c.Seen) }

// spoken is what is fixed, else what was seen.
func spoken(fixed Dialect, seen Sighting) (dialect Dialect, sure bool) {
	if fixed != "" {
		return fixed, true
	}
	return seen.Dialect, seen.Sure
}

// Link is what a connection keeps about a person or a group: its own key for it and what it wants echoed.
type Link struct {
	Connection  uuid.UUID
	ExternalKey string // unique among the live links of the connection, compared exactly
	// HiddenAt is set when the connection deleted the person: it no longer sees it, others do.
	HiddenAt time.Time
	// ProjectedLogin is the external login that this connection projected; as long as the person still has it,
	// it may be moved along. A value that somebody set explicitly is never touched.
	ProjectedLogin string
	Echo           Echo
}

// Hidden reports whether the connection deleted what the link points at.
func (l *Link) Hidden() bool { return l != nil && !l.HiddenAt.IsZero() }

// Echo is what a connector sends, means nothing to the domain, and wants to read back as it was.
type Echo struct {
	FormattedName string // dropped when a part of the name changes without it
	ProfileURL    string
	Photos        []EchoValue
	IMs           []EchoValue
	Entitlements  []EchoValue
	Certificates  []EchoValue
}

// EchoValue is one element of an echoed collection.
type EchoValue struct {
	Value, Display, Type string
	IsPrimary            bool
}

// IsZero reports whether there is nothing to echo.
func (e Echo) IsZero() bool { return e.equal(Echo{}) }

func (e Echo) equal(other Echo) bool {
	return e.FormattedName == other.FormattedName && e.ProfileURL == other.ProfileURL &&
		slices.Equal(e.Photos, other.Photos) && slices.Equal(e.IMs, other.IMs) &&
		slices.Equal(e.Entitlements, other.Entitlements) && slices.Equal(e.Certificates, other.Certificates)
}

func (e Echo) clone() Echo {
	e.Photos, e.IMs = slices.Clone(e.Photos), slices.Clone(e.IMs)
	e.Entitlements, e.Certificates = slices.Clone(e.Entitlements), slices.Clone(e.Certificates)
	return e
}
