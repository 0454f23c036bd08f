package domain

import (
	"context"

	"github.com/google/uuid"
)

// Provisioner creates and changes people and their access. Every door ends here.
type Provisioner struct{ *engine }

// PersonChange is a change of one person. Apply edits a copy; the engine compares it with what was, decides what
// follows from the differences, and stores all of it or nothing. A change that makes no difference does nothing.
type PersonChange struct {
	Person  uuid.UUID
	Touches Aspect // what Apply may edit; each aspect asks for its permission before anything is looked up
	// Apply must be pure: it can run more than once. New elements of collections have no ID yet.
	Apply          func(p *Person) error
	With           With  // extras of the returned person
	SendInvitation *bool // for an activation: whether the invitation is mailed; nil: as it was wanted before
	Reason         string
	Whole          bool       // the caller sent the record as a whole, not what is to be different
	Roles          []RoleWish // of a connector
	Ignored        []string   // what the caller sent and the door dropped, to be noted on the connection
}

// everyAspect is announced by acts of the engine itself.
const everyAspect = ^Aspect(0)

// selfAttributes is what people may change of their own record.
var selfAttributes = []*Attribute{AttrPreferredName, AttrLocale, AttrPreferredLanguage, AttrTimeZone}

// CreatePerson creates a person, with access when in.Access is given, in one transaction; for a connector it
// first looks whether the person is known already (see recognise).
//
// Errors: validation_failed; username_taken, email_in_use, employee_number_in_use, external_login_in_use,
// already_provisioned, ambiguous_match; sso_not_enabled; not found codes for what Access names.
func (pr *Provisioner) CreatePerson(ctx context.Context, caller Caller, in NewPerson) (*Person, error) {
	if err := caller.Require(WhatNewPerson(in.Access != nil, in.ExternalLogin).ToGive()...); err != nil {
		return nil, err
	}
	if err := in.Validate(); err != nil {
		return nil, err
	}
	var created *Person
	err := pr.write(ctx, caller, func(a *act) (err error) {
		created, err = a.createPerson(in)
		a.result = created
		return err
	})
	return created, err
}

// ChangePerson changes a person. It never creates access.
//
// Errors: person_not_found; version_mismatch; validation_failed; the conflicts of CreatePerson;
// username_owned_by_user_access, email_required_while_invited, managed_by_idp, sso_not_enabled, manager_cycle.
func (pr *Provisioner) ChangePerson(ctx context.Context, caller Caller, change PersonChange) (*Person, error) {
	own := caller.IsPerson(change.Person) && !caller.Permissions.Has(PersonsWrite) && change.Touches == AspectProfile
	if !own {
		if err := caller.Require(change.Touches.ToChange()...); err != nil {
			return nil, err
		}
	}
	var changed *Person
	err := pr.write(ctx, caller, func(a *act) error {
		a.whole = change.Whole
		e, err := a.open(change.Person, change.With)
		if err != nil {
			return err
		}
		e.sendInvitation, e.entry.Note = change.SendInvitation, change.Reason
		if err := a.noteIgnored(change.Ignored); err != nil {
			return err
		}
		if change.Touches&aspectsOfAccess != 0 {
			if err := e.needsAccess(); err != nil {
				return err
			}
		}
		if err := change.Apply(e.p); err != nil {
			return err
		}
		if own {
			if err := e.onlySelfAttributes(); err != nil {
				return err
			}
		}
		if err := e.acceptRoles(change.Roles); err != nil {
			return err
		}
		if err := e.settle(change.Touches); err != nil {
			return err
		}
		changed, err = e.shown(change.With)
		a.result = changed
		return err
	})
	return changed, err
}

// Invite gives access to a person who has none. externalLogin, if not nil, is set as well and asks for sso.write.
func (pr *Provisioner) Invite(ctx context.Context, caller Caller, person uuid.UUID, in NewAccess, externalLogin *string) (*Person, error) {
	login := ""
	if externalLogin != nil {
		login = *externalLogin
	}
	if err := caller.Require(WhatNewAccess(login).ToGive()...); err != nil {
		return nil, err
	}
	var found problems
	in.validate(&found)
	if err := found.err(); err != nil {
		return nil, err
	}
	return pr.command(ctx, caller, person, func(e *edit) error {
		return e.invite(&in, login)
	})
}

// invite gives access to the person being edited, and an external login where one is given.
func (e *edit) invite(in *NewAccess, externalLogin string) error {
	if err := e.situation().mayInvite(); err != nil {
		return err
	}
	if externalLogin != "" {
		e.p.ExternalLogin = externalLogin
	}
	return e.provision(in)
}

// Activate makes access usable again: Active if it ever was or SSO makes it so at once, else Invited.
func (pr *Provisioner) Activate(ctx context.Context, caller Caller, person uuid.UUID, sendInvitation *bool) (*Person, error) {
	return pr.ChangePerson(ctx, caller, PersonChange{
		Person: person, Touches: AspectActive, SendInvitation: sendInvitation,
		Apply: func(p *Person) error { p.Access.IsActive = true; return nil },
	})
}

// Deactivate ends every way in at once: sessions, invitations and reset links are void in the same transaction.
func (pr *Provisioner) Deactivate(ctx context.Context, caller Caller, person uuid.UUID, reason string) (*Person, error) {
	return pr.ChangePerson(ctx, caller, PersonChange{
		Person: person, Touches: AspectActive, Reason: reason,
		Apply: func(p *Person) error { p.Access.IsActive = false; return nil },
	})
}

// command runs an act on one person and stores what it changed. The person comes back with WithManagedBy.
func (pr *Provisioner) command(ctx context.Context, caller Caller, person uuid.UUID, do func(e *edit) error) (*Person, error) {
	var changed *Person
	err := pr.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, WithManagedBy)
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
		if err := e.settle(everyAspect); err != nil {
			return err
		}
		changed, a.result = e.p, e.p
		return nil
	})
	return changed, err
}
