package domain

import (
	"errors"
	"time"
)

// Action is something that can be done to a person, and whether it can be done now.
type Action struct {
	Name    string
	Refusal *Error // why not, as the use case refuses it; nil: it is available
}

// situation is what decides, besides rights, what can be done to a person. Use cases and views ask it the same questions.
type situation struct {
	p      *Person
	tenant *Tenant
	door   Door
	now    time.Time
}

func (e *edit) situation() situation { return situation{e.p, e.tenant, e.caller.Door, e.now} }

// actions are what administrators do to people by a route of its own. What a request adds to it, such as a username that is taken,
// and that the last administrator stays, is found out by trying.
var actions = []struct {
	name   string
	may    func(s situation) error // nil: always
	needs  []Permission
	orSelf bool
}{
	{"Invite", situation.mayInvite, WhatNewAccess("").ToGive(), false},
	{"ResendInvitation", situation.mayResendInvitation, []Permission{UsersInvite}, false},
	{"RevokeInvitation", situation.mayRevokeInvitation, []Permission{UsersInvite}, false},
	{"ResetPassword", situation.mayResetPassword, []Permission{UsersReset}, false},
	{"Activate", situation.mayActivate, AspectActive.ToChange(), false},
	{"Deactivate", situation.hasAccess, AspectActive.ToChange(), false},
	{"Unlock", situation.hasAccess, []Permission{UsersActivate}, false},
	{"ChangeUsername", situation.hasAccess, AspectUsername.ToChange(), false},
	{"ResetMfa", situation.hasAccess, []Permission{UsersMfa}, false},
	{"InvalidateSessions", situation.hasAccess, []Permission{UsersSessions}, true},
	{"RemoveAccess", nil, []Permission{UsersDelete}, false},
}

// actionsOf tells what the caller can do to the person, and of the rest why not.
func (s situation) actionsOf(caller Caller) []Action {
	list := make([]Action, len(actions))
	for i, action := range actions {
		err := caller.Require(action.needs...)
		if action.orSelf {
			err = caller.RequireOrSelf(s.p.ID, action.needs...)
		}
		if err == nil && action.may != nil {
			err = action.may(s)
		}
		list[i].Name = action.name
		list[i].Refusal, _ = errors.AsType[*Error](err)
	}
	return list
}

func (s situation) hasAccess() error {
	if s.p.Access == nil {
		return Refuse(CodeNotProvisioned, "", "This person has no access; invite the person first.")
	}
	return nil
}

func (s situation) mayInvite() error {
	if s.p.Access != nil {
		return Refuse(CodeAlreadyProvisioned, "", "This person has access already.")
	}
	return nil
}

// mayResendInvitation refuses people who have no use for an invitation, or can't get one.
func (s situation) mayResendInvitation() error {
	if err := s.hasAccess(); err != nil {
		return err
	}
	switch s.p.Access.state() {
	case StateActive:
		return Refuse(CodeAlreadyActive, "", "The person has accepted the invitation already.")
	case StateInactive:
		return Refuse(CodeAccountInactive, "", "The access is inactive; activate it first.")
	}
	if wait := s.p.Access.InvitedAt.Add(resendPause).Sub(s.now); wait > 0 && s.p.Access.InvitationCount > 0 {
		wait = (wait + time.Second - 1).Truncate(time.Second)
		refused := Refuse(CodeResendTooSoon, "", "The last invitation was sent less than a minute ago; try again in %d seconds.", wait/time.Second)
		refused.RetryAfter = wait
		return refused
	}
	if !mailable(s.p.PrimaryEmail()) {
		return Refuse(CodePrimaryEmailRequired, Emails.Name, "An invitation needs a primary e-mail address; add one first.")
	}
	return nil
}

func (s situation) mayRevokeInvitation() error {
	if err := s.hasAccess(); err != nil {
		return err
	}
	if s.p.Access.state() == StateActive {
		return Refuse(CodeAlreadyActive, "", "The person has accepted the invitation already.")
	}
	return nil
}

func (s situation) mayResetPassword() error {
	if err := s.hasAccess(); err != nil {
		return err
	}
	switch {
	case s.p.Access.state() == StateInactive:
		return Refuse(CodeAccountInactive, "", "The access is inactive; activate it first.")
	case s.p.Access.state() == StateInvited:
		return Refuse(CodeNotActivated, "", "The person has not accepted the invitation yet; use ResendInvitation.")
	case s.tenant.letsUsePassword(s.p) != nil:
		return s.tenant.letsUsePassword(s.p)
	case !mailable(s.p.PrimaryEmail()):
		return Refuse(CodePrimaryEmailRequired, Emails.Name, "The link goes to the primary e-mail address; add one first.")
	}
	return nil
}

// mayActivate keeps to the identity provider what only it may undo.
func (s situation) mayActivate() error {
	if err := s.hasAccess(); err != nil {
		return err
	}
	if s.door != DoorScim && s.p.Access.DeactivatedBy == DoorScim && s.tenant.Policies.Is(PolicyIdpAuthority, IdpAuthoritative) {
		return Refuse(CodeManagedByIdp, AttrIsActive.Name, "The identity provider deactivated this person, and the tenant lets only it undo that (policy IdpAuthority).")
	}
	return nil
}
