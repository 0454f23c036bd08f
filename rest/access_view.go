package rest

import (
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// accessView is a person as user management shows it. It never holds identity ids, hashes or tokens.
type accessView struct {
	PersonId              uuid.UUID             `json:"PersonId"`
	Username              text                  `json:"Username"`
	FirstName             text                  `json:"FirstName"`
	LastName              text                  `json:"LastName"`
	DisplayName           text                  `json:"DisplayName"`
	EmailAddress          text                  `json:"EmailAddress"`
	PhoneNumber           text                  `json:"PhoneNumber"`
	EmployeeNumber        text                  `json:"EmployeeNumber"`
	State                 domain.State          `json:"State"`
	IsActive              bool                  `json:"IsActive"`
	LoginState            domain.LoginState     `json:"LoginState"`
	LoginFlags            []domain.LoginState   `json:"LoginFlags"`
	MfaRequired           bool                  `json:"MfaRequired"`
	MfaEnrolled           bool                  `json:"MfaEnrolled"`
	ExternalLoginUsername *text                 `json:"ExternalLoginUsername,omitzero"`
	IdentityProviderId    identifier            `json:"IdentityProviderId"`
	SignInTypes           []domain.SignInMethod `json:"SignInTypes"`
	InvitedAt             instant               `json:"InvitedAt"`
	InvitationExpiresAt   instant               `json:"InvitationExpiresAt"`
	InvitationCount       int                   `json:"InvitationCount"`
	ActivatedAt           instant               `json:"ActivatedAt"`
	DeactivatedAt         instant               `json:"DeactivatedAt"`
	DeactivatedBy         text                  `json:"DeactivatedBy"`
	LastLoginAt           instant               `json:"LastLoginAt"`
	CreatedAt             instant               `json:"CreatedAt"`
	UpdatedAt             instant               `json:"UpdatedAt"`
	ManagedBy             []managerView         `json:"ManagedBy,omitzero"`
	Version               int64                 `json:"Version"`
	ReceiptId             identifier            `json:"ReceiptId,omitzero"` // where the request shut the person out

	// Extended only.
	Roles            []heldRoleView     `json:"Roles,omitzero"`
	Permissions      domain.Permissions `json:"Permissions,omitzero"`
	PermissionGroups []membershipView   `json:"PermissionGroups,omitzero"`
	Organizations    []organizationView `json:"Organizations,omitzero"`
	Tenants          []string           `json:"Tenants,omitzero"`
	Invitation       *invitationView    `json:"Invitation,omitzero"`
	Actions          []actionView       `json:"Actions,omitzero"` // of one person found by id
}

// actionView is something that can be done to a person, or why it can't.
type actionView struct {
	Action    string      `json:"Action"`
	Available bool        `json:"Available"`
	Reason    *reasonView `json:"Reason"`
}

type reasonView struct {
	Code    domain.Code `json:"Code"`
	Message string      `json:"Message"`
}

func viewAction(a *domain.Action) actionView {
	if a.Refusal == nil {
		return actionView{a.Name, true, nil}
	}
	return actionView{a.Name, false, &reasonView{a.Refusal.Code, a.Refusal.Message}}
}

type managerView struct {
	ConnectionName string `json:"ConnectionName"`
}

type membershipView struct {
	PermissionGroupId uuid.UUID `json:"PermissionGroupId"`
	Name              string    `json:"Name"`
}

type organizationView struct {
	OrganizationId uuid.UUID `json:"OrganizationId"`
	Name           text      `json:"Name"`
}

// viewOrganizations shows the organizations of a person who was loaded with their names.
func viewOrganizations(p *domain.Person) []organizationView {
	var ids []uuid.UUID
	if p.Access != nil {
		ids = p.Access.OrganizationIDs
	}
	return each(ids, func(id *uuid.UUID) organizationView { return organizationView{*id, text(p.Organizations[*id])} })
}

// viewAccess shows a person's access; with tells what the person was loaded with. What was not loaded is left out.
func (c *call) viewAccess(p *domain.Person, with domain.With) any {
	if p.State() == domain.StateAnonymized {
		return anonymizedView{p.ID, p.State()}
	}
	now := c.engine.Clock()
	access := p.Access
	if access == nil {
		access = &domain.UserAccess{}
	}
	view := accessView{
		PersonId: p.ID, Username: text(access.Username), FirstName: text(p.FirstName), LastName: text(p.LastName),
		DisplayName: text(p.ShownName()), EmailAddress: text(p.PrimaryEmail()), PhoneNumber: text(p.PrimaryPhone()),
		EmployeeNumber: text(p.Employee.Number), State: p.State(), IsActive: access.IsActive,
		LoginState: p.LoginState(now), LoginFlags: append([]domain.LoginState{}, p.LoginFlags(now)...),
		MfaRequired: access.MfaRequired, MfaEnrolled: !access.MfaEnrolledAt.IsZero(),
		ExternalLoginUsername: c.externalLogin(p), IdentityProviderId: identifier(access.IdentityProviderID), SignInTypes: c.signInTypes(p),
		InvitedAt: instant(access.InvitedAt), InvitationExpiresAt: instant(access.InvitationExpires), InvitationCount: access.InvitationCount,
		ActivatedAt: instant(access.ActivatedAt), DeactivatedAt: instant(access.DeactivatedAt), DeactivatedBy: text(access.DeactivatedBy),
		LastLoginAt: instant(access.LastLoginAt), CreatedAt: instant(p.CreatedAt), UpdatedAt: instant(p.UpdatedAt), Version: p.Version,
		ReceiptId: identifier(p.Receipt),
	}
	if with&domain.WithManagedBy != 0 {
		view.ManagedBy = each(p.ManagedBy, func(name *string) managerView { return managerView{*name} })
	}
	if with&domain.WithGroups != 0 {
		view.PermissionGroups = each(p.Groups, func(m *domain.Membership) membershipView { return membershipView{m.Group, m.Name} })
	}
	if with&domain.WithOrganizations != 0 {
		view.Organizations = viewOrganizations(p)
	}
	if with&domain.WithRights != 0 {
		view.Roles, view.Permissions = viewHeld(p.Rights.Roles), append(domain.Permissions{}, p.Rights.Permissions...)
	}
	if with&domain.WithTenants != 0 && p.Access != nil {
		view.Tenants = append([]string{c.caller.TenantSlug}, each(p.Tenants, func(t *domain.KnownTenant) string { return t.Slug })...)
	}
	if with&domain.WithInvitation != 0 && p.Invitation != nil {
		last := c.viewInvitation(p.Invitation)
		view.Invitation = &last
	}
	if with&domain.WithActions != 0 {
		view.Actions = each(p.Actions, viewAction)
	}
	return view
}

// signInTypes lists the ways in which the person may sign in: through SSO while the tenant has it on, with a password
// unless the person is bound to a provider or the tenant wants SSO only, and always if it is an account for emergencies.
func (c *call) signInTypes(p *domain.Person) []domain.SignInMethod {
	list := []domain.SignInMethod{}
	if p.Access == nil {
		return list
	}
	if p.Access.SignsInByPassword(c.caller.SsoOnly) {
		list = append(list, domain.SignInPassword)
	}
	if c.caller.Sso {
		list = append(list, domain.SignInSso)
	}
	return list
}

// basicView is a person in the list with the higher limit.
type basicView struct {
	PersonId  uuid.UUID `json:"PersonId"`
	Username  text      `json:"Username"`
	FirstName text      `json:"FirstName"`
	LastName  text      `json:"LastName"`
}

func viewBasic(p *domain.Person) any {
	view := basicView{PersonId: p.ID, FirstName: text(p.FirstName), LastName: text(p.LastName)}
	if p.Access != nil {
		view.Username = text(p.Access.Username)
	}
	return view
}

type invitationView struct {
	InvitationId uuid.UUID               `json:"InvitationId"`
	Status       domain.InvitationStatus `json:"Status"`
	SentTo       text                    `json:"SentTo"`
	SentAt       instant                 `json:"SentAt"`
	ExpiresAt    instant                 `json:"ExpiresAt"`
	ResendCount  int                     `json:"ResendCount"`
}

func (c *call) viewInvitation(i *domain.Invitation) invitationView {
	return invitationView{i.ID, i.StatusAt(c.engine.Clock()), text(masked(i.SentTo)), instant(i.SentAt), instant(i.ExpiresAt), i.ResendCount}
}

// masked shows enough of an address to recognise it, not enough to use it.
func masked(address string) string {
	local, host, _ := strings.Cut(address, "@")
	first, size := utf8.DecodeRuneInString(local)
	if size == len(local) {
		return "***@" + host
	}
	return string(first) + "***@" + host
}
