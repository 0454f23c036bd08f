package domain

import "github.com/google/uuid"

// NewPerson is what a person is created from, by whichever door.
type NewPerson struct {
	Profile
	Username      string // the suggestion of a person without access
	ExternalLogin string // explicit ExternalLoginUsername; needs SSO
	Access        *NewAccess
	Link          *NewLink // set by a connector: matching is done and the connection claims the person
	With          With     // extras of the returned person
	Ignored       []string // what the caller sent and the door dropped, to be noted on the connection
}

// NewAccess is what access is granted with.
type NewAccess struct {
	Username          string // empty: the person's suggestion, else the primary e-mail
	IsActive          bool
	SendInvitation    *bool // nil: true; for a connector by its ScimSendInvitation policy
	MfaRequired       *bool // nil: the tenant's default
	ProviderID        uuid.UUID
	RoleIDs           []uuid.UUID
	Roles             []RoleWish // of a connector
	GroupIDs          []uuid.UUID
	OrganizationIDs   []uuid.UUID
	InvitationMessage string
	// SelfSignedUp tells that the person signed up: the first mail asks to prove the address, not to choose a password.
	SelfSignedUp bool
	passwordHash string // chosen at sign-up
}

// NewLink is what a connection remembers about a person it creates.
type NewLink struct {
	ExternalKey string
	Echo        Echo
}

// Validate reports every problem of the input at once, without looking at any state.
func (n *NewPerson) Validate() error {
	var found problems
	n.Profile.validate(&found)
	checkText(&found, "Username", n.Username)
	checkKey(&found, "ExternalLoginUsername", n.ExternalLogin)
	if n.Access != nil {
		n.Access.validate(&found)
	}
	if n.Link != nil {
		checkKey(&found, "ExternalKey", n.Link.ExternalKey)
		n.Link.Echo.validate(&found)
	}
	return found.err()
}

func (n *NewAccess) validate(found *problems) {
	if n.Username != "" {
		checkUsername(found, n.Username)
	}
	checkSize(found, "InvitationMessage", n.InvitationMessage, MaxMessage)
}

// Precondition is what a caller believes the version of a record to be (If-Match). nil asks for nothing.
type Precondition struct{ Versions []int64 }

func (p *Precondition) check(version int64) error {
	if p == nil {
		return nil
	}
	for _, v := range p.Versions {
		if v == version {
			return nil
		}
	}
	return Refuse(CodeVersionMismatch, "", "The record has changed since it was read (its version is %d now); read it again and repeat the change.", version)
}
