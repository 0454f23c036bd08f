package domain

import (
	"time"

	"github.com/google/uuid"
)

// Group is a named set of people with access; what it grants is decided on our side, never by its members'
// provider. The native API calls it PermissionGroup, SCIM calls it Group.
type Group struct {
	ID          uuid.UUID
	Name        string // unique per tenant when folded
	Description string
	Permissions Permissions // granted besides roles
	RoleIDs     []uuid.UUID // granted roles; filled for views only
	MemberCount int
	Administers bool      // grants tenant.admin, by whatever way
	Restricted  bool      // grants something that no API may grant: hidden from connectors, changed by nobody but the operator
	ManagedBy   uuid.UUID // the connection that manages it; uuid.Nil: none
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Link        *Link // what the caller's connection keeps about the group
}

// Member is a person in a group, as a group shows it.
type Member struct {
	Person uuid.UUID
	Name   string // shown name of the person
	Source MemberSource
}

// Membership is a group of a person, as a person shows it.
type Membership struct {
	Group uuid.UUID
	Name  string
}

// MemberSource tells which kind of door a membership came through.
type MemberSource string

// The sources of memberships.
const (
	MemberByRest MemberSource = "Rest"
	MemberByScim MemberSource = "Scim"
)
