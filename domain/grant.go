package domain

import (
	"github.com/google/uuid"
)

// provision gives access to the person being edited: in memory first, stored when the edit settles.
func (e *edit) provision(in *NewAccess) error {
	wanted, err := e.invitationWanted(in)
	if err != nil {
		return err
	}
	access := &UserAccess{
		Username: e.defaultUsername(in), IsActive: in.IsActive, InvitationWanted: wanted,
		MfaRequired:        e.tenant.Policies.Is(PolicyMfaDefault, Required),
		IdentityProviderID: in.ProviderID, OrganizationIDs: in.OrganizationIDs, CreatedAt: e.now,
	}
	if in.MfaRequired != nil {
		access.MfaRequired = *in.MfaRequired
	}
	e.p.Access, e.grant = access, in
	if access.IsActive && e.instant() {
		access.ActivatedAt = e.now
	}
	if !access.IsActive {
		access.DeactivatedAt, access.DeactivatedBy = e.now, e.caller.Door
	}
	if in.SelfSignedUp {
		e.happened(EventUserSignedUp)
	}
	e.happened(EventAccessProvisioned)
	return nil
}

func (e *edit) defaultUsername(in *NewAccess) string {
	for _, name := range []string{in.Username, e.p.Username, e.p.PrimaryEmail()} {
		if name != "" {
			return name
		}
	}
	return ""
}

// invitationWanted decides whether the new access owes an invitation mail.
func (e *edit) invitationWanted(in *NewAccess) (bool, error) {
	if in.SendInvitation != nil {
		return *in.SendInvitation, nil
	}
	connection, err := e.connection()
	if err != nil || connection == nil {
		return true, err
	}
	switch connection.Policies.Get(PolicyScimSendInvitation) {
	case Always:
		return true, nil
	case Never:
		return false, nil
	default:
		return !e.tenant.SsoEnabled, nil
	}
}

// instant tells whether access is usable through SSO at once, without an invitation.
func (e *edit) instant() bool {
	access := e.p.Access
	return e.tenant.SsoEnabled && (!access.InvitationWanted || access.IdentityProviderID != uuid.Nil)
}

// insertAccess stores the granted access with its identity account, groups and invitation.
func (e *edit) insertAccess() error {
	var invitation *Invitation
	var token string
	access := e.p.Access
	if access.state() == StateInvited && access.InvitationWanted {
		if err := e.emailNeeded(); err != nil {
			return err
		}
		if mailable(e.p.PrimaryEmail()) {
			invitation, token = e.newInvitation()
		}
	}
	identity := &IdentityAccount{UserUnique: e.newID(), EmailCopy: e.p.PrimaryEmail(), PhoneCopy: e.p.PrimaryPhone(), PasswordHash: e.grant.passwordHash}
	if err := e.tx.InsertAccess(e.p, identity); err != nil {
		return err
	}
	if err := e.joinGroups(); err != nil {
		return err
	}
	if err := e.changeRoles(Moves{Add: e.grant.RoleIDs}, (*act).mayGrant, (*act).mayTouch); err != nil {
		return err
	}
	if err := e.acceptRoles(e.grant.Roles); err != nil {
		return err
	}
	if invitation == nil {
		return nil
	}
	return e.storeInvitation(invitation, token, e.grant.InvitationMessage)
}

// emailNeeded refuses an invitation without an address at the native API; a connector may have sent none, and
// then the login state says so.
func (e *edit) emailNeeded() error {
	if e.p.PrimaryEmail() == "" && e.caller.Connection == uuid.Nil {
		return Refuse(CodePrimaryEmailRequired, Emails.Name, "An invitation needs a primary e-mail address; add one, or send SendInvitation false.")
	}
	return nil
}

// joinGroups makes the person a member of the named groups, or of the tenant's default group.
func (e *edit) joinGroups() error {
	ids, named := e.grant.GroupIDs, true
	if fallback := e.tenant.Policies.ID(PolicyDefaultGroup); len(ids) == 0 && fallback != uuid.Nil {
		ids, named = []uuid.UUID{fallback}, false // which the operator has chosen
	}
	for _, id := range ids {
		group, err := e.tx.FindGroup(id)
		if err != nil {
			return err
		}
		if err := e.mayChangeGroup(group); err != nil {
			return err
		}
		if named {
			if err := e.mayMoveMembers(group, AddMembers); err != nil {
				return err
			}
		}
		if _, err := e.tx.AddMembers(id, []uuid.UUID{e.p.ID}, MemberByRest, e.now); err != nil {
			return err
		}
		if err := e.tx.BumpGroup(group, e.now); err != nil {
			return err
		}
		e.p.Groups = append(e.p.Groups, Membership{Group: group.ID, Name: group.Name})
	}
	return nil
}
