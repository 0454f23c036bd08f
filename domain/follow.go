package domain

import (
	"github.com/google/uuid"
)

// claim makes the person the connection's own with its first write, so that everybody can see who manages it.
func (e *edit) claim() error {
	if e.caller.Connection == uuid.Nil || e.claimed || e.before.Link != nil || e.p.Access == nil {
		return nil
	}
	connection, err := e.connection()
	if err != nil {
		return err
	}
	if e.grant == nil && connection.Policies.Is(PolicyClaim, ManagedOnly) {
		e.caller.Entry.ruled(connection.Policies, PolicyClaim)
		return Refuse(CodeConnectionNotManaging, "", "This connection may only change people whom it provisioned (policy ClaimPolicy).")
	}
	if e.p.Link == nil {
		e.p.Link = &Link{}
	}
	e.p.Link.Connection, e.claimed = connection.ID, true
	if e.grant == nil {
		e.happened(EventAccessLinked)
	}
	return nil
}

// externalLoginAllowed is the SSO gate.
func (e *edit) externalLoginAllowed() error {
	if !e.tenant.SsoEnabled {
		return Refuse(CodeSsoNotEnabled, AttrExternalLogin.Name, "The tenant has not enabled SSO, so ExternalLoginUsername can't be written.")
	}
	return nil
}

// profileChanged announces the change and keeps what depends on the profile in step with it.
func (e *edit) profileChanged() error {
	if e.before.Version > 0 {
		e.happened(EventPersonUpdated)
	}
	if err := e.managerFits(); err != nil {
		return err
	}
	if err := e.nameChanged(); err != nil {
		return err
	}
	if e.p.Access == nil || e.grant != nil {
		return nil
	}
	return e.contactsChanged()
}

// managerFits refuses a manager that a caller of the native API names but that can't be one. What a connector
// sends is never refused.
func (e *edit) managerFits() error {
	manager := e.p.Employee.Manager
	if manager == "" || manager == e.before.Employee.Manager || e.caller.Door == DoorScim {
		return nil
	}
	id := e.p.Employee.ManagerID()
	if id == e.p.ID {
		return Refuse(CodeManagerCycle, AttrManager.Name, "Nobody can be their own manager.")
	}
	if _, err := e.tx.FindPerson(id, 0); err != nil {
		if Is(err, CodePersonNotFound) {
			return &Error{Code: CodeValidation, Attribute: AttrManager.Name, Message: "There is no such person.",
				Fields: []FieldError{{AttrManager.Name, "There is no such person."}}}
		}
		return err
	}
	circle, err := e.tx.ReportsTo(id, e.p.ID)
	if err == nil && circle {
		err = Refuse(CodeManagerCycle, AttrManager.Name, "This manager reports to the person, directly or through others.")
	}
	return err
}

// nameChanged drops formatted names that a part of the name left behind.
func (e *edit) nameChanged() error {
	parts := func(p *Person) [5]string {
		return [5]string{p.Prefix, p.FirstName, p.MiddleName, p.LastName, p.Suffix}
	}
	if parts(e.before) == parts(e.p) || e.before.Version == 0 {
		return nil
	}
	if link := e.p.Link; link != nil && e.before.Link != nil && link.Echo.FormattedName == e.before.Link.Echo.FormattedName {
		link.Echo.FormattedName = ""
	}
	return e.tx.ForgetFormattedNames(e.p.ID)
}

// contactsChanged keeps the identity account in step with the primary e-mail and phone.
func (e *edit) contactsChanged() error {
	was, is := e.before.PrimaryEmail(), e.p.PrimaryEmail()
	if Fold(was) != Fold(is) {
		if err := e.emailChanged(was, is); err != nil {
			return err
		}
	}
	if was != is || e.before.PrimaryPhone() != e.p.PrimaryPhone() {
		e.happened(EventIdentitySynced)
	}
	return nil
}

// emailChanged makes sure that nothing sent to the old address works any more, and tells it so.
func (e *edit) emailChanged(was, is string) error {
	access := e.p.Access
	if is == "" && access.state() == StateInvited {
		return Refuse(CodeEmailRequired, Emails.Name, "The person is invited and needs an e-mail address; add another before this one goes.")
	}
	e.happened(EventPersonEmailChanged)
	if err := e.voidResetTokens(); err != nil {
		return err
	}
	if access.InvitationExpires.After(e.now) {
		if err := e.sendInvitationMail(""); err != nil {
			return err
		}
	}
	return e.mail(&OutboxMessage{DedupKey: e.dedupKey("email-changed"),
		Mail: Mail{Kind: MailEmailChanged, To: was}})
}

func (e *edit) usernameChanged() error {
	if e.grant == nil {
		e.happened(EventUsernameChanged)
	}
	return e.looksLike()
}

// mfaChanged ends the sessions that were opened without a second factor when one becomes required.
func (e *edit) mfaChanged() error {
	if e.grant != nil {
		return nil
	}
	e.happened(EventMfaRequirementChanged)
	if !e.p.Access.MfaRequired {
		return nil
	}
	ended, err := e.tx.EndSessionsWithoutMfa(e.p.ID, e.now, "MFA is required now")
	return e.sessionsEnded(ended, err)
}

func (e *edit) providerChanged() error {
	if e.grant == nil {
		e.happened(EventProviderChanged)
	}
	return nil
}

func (e *edit) organizationsChanged() error {
	if e.grant == nil {
		e.happened(EventOrganizationsChanged)
	}
	return nil
}

// referencesExist checks the provider and the organizations that the access names.
func (e *edit) referencesExist() error {
	access := e.p.Access
	if access == nil {
		return nil
	}
	if err := e.providerUsable(access.IdentityProviderID); err != nil {
		return err
	}
	known, err := e.tx.Organizations(access.OrganizationIDs)
	if err != nil {
		return err
	}
	for _, id := range access.OrganizationIDs {
		if _, found := known[id]; !found {
			return Refuse(CodeOrganizationNotFound, Organizations.Name, "There is no organization %s.", id)
		}
	}
	return nil
}

func (e *edit) providerUsable(provider uuid.UUID) error {
	if provider == uuid.Nil || e.before.Access != nil && e.before.Access.IdentityProviderID == provider {
		return nil
	}
	if !e.tenant.SsoEnabled {
		return Refuse(CodeSsoNotEnabled, AttrProvider.Name, "The tenant has not enabled SSO, so no identity provider can be named.")
	}
	found, err := e.tx.FindProvider(provider)
	if Is(err, CodeIdentityProviderNotFound) {
		err = Refuse(CodeIdentityProviderNotFound, AttrProvider.Name, "There is no identity provider %s.", provider)
	}
	if err == nil && !found.Enabled {
		err = &Error{Code: CodeValidation, Attribute: AttrProvider.Name, Message: "The identity provider is not enabled.",
			Fields: []FieldError{{AttrProvider.Name, "The identity provider is not enabled."}}}
	}
	return err
}

func (e *edit) linkChanged() error {
	if e.grant == nil {
		e.happened(EventLinkChanged)
	}
	return nil
}

// project writes the login that the connection's provider will assert, while the tenant has SSO on, as long as
// nobody set another one explicitly.
func (e *edit) project(explicit bool) error {
	connection, err := e.connection()
	if err != nil || connection == nil || explicit {
		return err
	}
	link := e.p.Link
	value := ""
	switch connection.Policies.Get(PolicyExternalLoginSource) {
	case FromUserName:
		value = e.p.Access.Username
	case FromExternalID:
		value = link.ExternalKey
		if !e.tenant.SsoEnabled && value != "" && (e.before.Link == nil || value != e.before.Link.ExternalKey) {
			return e.externalKeyWithoutSso(connection)
		}
	default:
		return nil
	}
	if e.tenant.SsoEnabled && (e.p.ExternalLogin == "" || e.p.ExternalLogin == link.ProjectedLogin) {
		e.p.ExternalLogin, link.ProjectedLogin = value, value
	}
	return nil
}

// externalKeyWithoutSso says what becomes of an external key that would be a login if the tenant had SSO on.
func (e *edit) externalKeyWithoutSso(connection *Connection) error {
	if connection.Policies.Is(PolicyExternalIDWithoutSso, Reject) {
		e.caller.Entry.ruled(connection.Policies, PolicyExternalIDWithoutSso)
		return Refuse(CodeSsoNotEnabled, AttrExternalKey.Name, "The tenant has not enabled SSO, and this connection is set to refuse external ids without it (policy ExternalIdWithoutSso).")
	}
	e.entry.Note = "The external id is kept as a key only: SSO is off."
	return nil
}

func (e *edit) externalLoginChanged() error {
	if e.p.ExternalLogin != e.before.ExternalLogin && e.before.Version > 0 {
		e.happened(EventExternalLoginChanged)
	}
	return nil
}
