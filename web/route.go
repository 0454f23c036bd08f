package web

import "github.com/scimbridge/scimbridge/domain"

// Route is one thing that a door answers, as its own table says. The tests that walk every door, and whoever reviews
// who may do what, work from these.
type Route struct {
	Method string
	// Pattern is the whole path; {Name} stands for one segment.
	Pattern string
	// Needs are the permissions that a credential must all have; none: any credential of the door will do.
	Needs []domain.Permission
	// OrSelf tells that people who are signed in may do it to themselves without the permissions.
	OrSelf bool
	// Session tells that only people who are signed in may do it: no credential is enough.
	Session bool
	// Pending tells that a session will do that still lacks its second factor.
	Pending bool
	// Public tells that no credential is asked for.
	Public bool
	// Parameters are the query parameters that mean something, nil where the door ignores what it doesn't know.
	Parameters []string
}
