package domain

import (
	"context"

	"github.com/google/uuid"
)

// RemoveAccess takes access away for good: the credential is destroyed, sessions and tokens are void,
// memberships dropped and the username is free again. The person stays. Without access it does nothing.
// The receipt of the removal is named in what comes back.
func (pr *Provisioner) RemoveAccess(ctx context.Context, caller Caller, person uuid.UUID) (*Person, error) {
	if err := caller.Require(UsersDelete); err != nil {
		return nil, err
	}
	return pr.command(ctx, caller, person, func(e *edit) error {
		if e.p.Access == nil {
			return nil
		}
		return e.removeAccess(EndRemoved)
	})
}

// removeAccess ends everything and deletes the access row with what hangs on it.
func (e *edit) removeAccess(cause EndCause) error {
	e.happened(EventAccessRemoved)
	open, err := e.endEverything("access removed")
	if err != nil {
		return err
	}
	e.owesReceipt(cause, open)
	if err := e.leaveGroups(""); err != nil {
		return err
	}
	administrator, err := e.tx.DeleteAccess(e.p.ID)
	if err != nil {
		return err
	}
	e.administratorLost = e.administratorLost || administrator
	e.entry.Changes = append(e.entry.Changes, Change{AttrState.Name, string(e.before.State()), string(StateNotProvisioned)})
	e.p.Access, e.before.Access, e.p.Groups = nil, nil, nil
	return nil
}

// leaveGroups takes the person out of groups, whose versions grow as with every change of their members.
func (e *edit) leaveGroups(source MemberSource) error {
	left, err := e.tx.LeaveGroups(e.p.ID, source)
	for _, id := range left {
		if err == nil {
			err = e.tx.BumpGroup(&Group{ID: id}, e.now)
		}
	}
	return err
}

// DeletePerson deletes a person who can't sign in; an inactive access goes with the person.
//
// Errors: user_access_exists while the access is usable.
func (pr *Provisioner) DeletePerson(ctx context.Context, caller Caller, person uuid.UUID) error {
	if err := caller.Require(PersonsDelete); err != nil {
		return err
	}
	return pr.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, 0)
		if err != nil {
			return err
		}
		if e.p.Access != nil && e.p.Access.IsActive {
			return Refuse(CodeUserAccessExists, "", "The person can sign in; deactivate or remove the access first.")
		}
		e.happened(EventPersonDeleted)
		if e.p.Access != nil {
			if err := e.removeAccess(EndDeleted); err != nil {
				return err
			}
		}
		if err := a.tx.DeleteLinks(person); err != nil {
			return err
		}
		return a.tx.DeletePerson(person, a.now)
	})
}

// Release is what a connector's delete does, by the connection's DeletePolicy: deactivate and hide the person
// from this connection, or remove the access. The person is never deleted.
func (pr *Provisioner) Release(ctx context.Context, caller Caller, person uuid.UUID) error {
	if err := caller.Require(ScimWrite, UsersDelete); err != nil {
		return err
	}
	return pr.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, 0)
		if err != nil {
			return err
		}
		connection, err := a.connection()
		if err != nil {
			return err
		}
		if err := e.claim(); err != nil {
			return err
		}
		a.caller.Entry.ruled(connection.Policies, PolicyDelete)
		if connection.Policies.Is(PolicyDelete, RemoveAccess) {
			if err := e.removeAccess(EndRemoved); err != nil {
				return err
			}
			return e.settle(everyAspect)
		}
		return e.hide()
	})
}

// hide deactivates the person, takes back the memberships that connectors gave, and hides the person from this
// connection. Its keys stay known, so that a later create finds the person again.
func (e *edit) hide() error {
	e.happened(EventLinkHidden)
	e.p.Access.IsActive = false
	e.p.Link.HiddenAt = e.now
	if err := e.leaveGroups(MemberByScim); err != nil {
		return err
	}
	return e.settle(everyAspect)
}
