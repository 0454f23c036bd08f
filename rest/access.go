package rest

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// with is what the access of a person is loaded with.
func (a *asked) with() domain.With {
	if a.extended {
		return domain.WithManagedBy | domain.WithGroups | domain.WithRights | domain.WithTenants | domain.WithInvitation | domain.WithOrganizations
	}
	return domain.WithManagedBy
}

// getAccess is GET UserManagement/Persons/{PersonId}.
func (c *call) getAccess() (domain.Answer, error) {
	with := c.asked.with()
	if c.asked.extended {
		with |= domain.WithActions
	}
	p, err := c.engine.Directory.Access(c.context(), c.caller, c.person, with)
	if err != nil {
		return domain.Answer{}, err
	}
	return c.showAccess(http.StatusOK, p, with)
}

func (c *call) showAccess(status int, p *domain.Person, with domain.With) (domain.Answer, error) {
	answer, err := answerOf(status, c.viewAccess(p, with))
	return tagged(answer, err, p)
}

// getByUsername is GET UserManagement/Users/ByUsername/{Username}.
func (c *call) getByUsername() (domain.Answer, error) {
	username := c.variable("Username")
	if !utf8.ValidString(username) || strings.ContainsRune(username, 0) {
		username = "" // nobody's
	}
	p, err := c.engine.Directory.ByUsername(c.context(), c.caller, username, c.asked.with())
	if err != nil {
		return domain.Answer{}, err
	}
	return c.showAccess(http.StatusOK, p, c.asked.with())
}

// getInvitations is GET UserManagement/Persons/{PersonId}/Invitations.
func (c *call) getInvitations() (domain.Answer, error) {
	list, err := c.engine.Directory.Invitations(c.context(), c.caller, c.person)
	if err != nil {
		return domain.Answer{}, err
	}
	views := make([]invitationView, len(list))
	for i, invitation := range list {
		views[i] = c.viewInvitation(invitation)
	}
	return answerOf(http.StatusOK, itemsView{views})
}

// patchAccess is PATCH UserManagement/Persons/{PersonId}.
func (c *call) patchAccess() (domain.Answer, error) {
	body, err := decode(c.body, accessChangeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	p, err := c.change(body.touches(), func(p *domain.Person) error {
		access := p.Access
		access.Username = body.username.or(access.Username)
		access.IdentityProviderID = body.provider.or(access.IdentityProviderID)
		if body.isActive.present {
			access.IsActive = *body.isActive.value
		}
		if body.mfaRequired.present {
			access.MfaRequired = *body.mfaRequired.value
		}
		return nil
	})
	if err != nil {
		return domain.Answer{}, err
	}
	return c.showAccess(http.StatusOK, p, domain.WithManagedBy)
}

// touches is what the change announces. The username is always announced: it asks for what the route asks for, and
// makes sure that there is access to change.
func (b *accessChangeBody) touches() domain.Aspect {
	touches := domain.AspectUsername
	if b.isActive.present {
		touches |= domain.AspectActive
	}
	if b.mfaRequired.present {
		touches |= domain.AspectMfa
	}
	if b.provider.present {
		touches |= domain.AspectProvider
	}
	return touches
}

// removeAccess is DELETE UserManagement/Persons/{PersonId}.
func (c *call) removeAccess() (domain.Answer, error) {
	p, err := c.engine.Provisioner.RemoveAccess(c.context(), c.caller, c.person)
	if err != nil {
		return domain.Answer{}, err
	}
	answer := nothing()
	if p.Receipt != uuid.Nil {
		answer.Header = map[string]string{"Receipt-Id": p.Receipt.String()}
	}
	return answer, nil
}

// whoAmIView tells a caller who it is. What a kind of caller does not have is left out.
type whoAmIView struct {
	Kind           domain.ActorKind   `json:"Kind"`
	PersonId       identifier         `json:"PersonId,omitzero"`
	Username       string             `json:"Username,omitzero"`
	CredentialName string             `json:"CredentialName,omitzero"`
	MfaSatisfied   *bool              `json:"MfaSatisfied,omitzero"`
	AccessMode     domain.AccessMode  `json:"AccessMode,omitzero"`
	Tenant         string             `json:"Tenant"`
	Tenants        []string           `json:"Tenants"`
	Roles          []heldRoleView     `json:"Roles"`
	Permissions    domain.Permissions `json:"Permissions"`
}

// whoAmI is GET UserManagement/Users/WhoAmI.
func (c *call) whoAmI() (domain.Answer, error) {
	tenants, err := c.engine.Gatekeeper.Tenants(c.context(), c.caller)
	if err != nil {
		return domain.Answer{}, err
	}
	view := whoAmIView{
		Kind: c.caller.Actor.Kind, Tenant: c.caller.TenantSlug, Tenants: tenants,
		Roles: viewHeld(c.caller.Roles), Permissions: append(domain.Permissions{}, c.caller.Permissions...),
	}
	who := c.caller.AtHome().Actor
	if who.Kind == domain.ActorPerson {
		view.PersonId, view.Username, view.MfaSatisfied = identifier(who.ID), who.Name, &c.caller.Mfa
	} else {
		view.CredentialName, view.AccessMode = who.Name, c.caller.Mode
	}
	return answerOf(http.StatusOK, view)
}
