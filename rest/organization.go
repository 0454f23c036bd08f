package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const oneOrganization = "/Administration/Organizations/{OrganizationId}"

var organizationRoutes = []route{
	{method: "GET", pattern: "/UserManagement/Organizations", needs: needs(domain.OrganizationsRead), parameters: append(paging, extending...), page: fullPage, serve: (*call).listOrganizations},
	{method: "POST", pattern: "/Administration/Organizations", needs: needs(domain.TenantAdmin), body: jsonBody, keyed: true, serve: (*call).createOrganization},
	{method: "PATCH", pattern: oneOrganization, needs: needs(domain.TenantAdmin), body: patchBody, serve: (*call).patchOrganization},
	{method: "DELETE", pattern: oneOrganization, needs: needs(domain.TenantAdmin), serve: (*call).deleteOrganization},
}

// wholeOrganizationView is an organization as it is shown.
type wholeOrganizationView struct {
	OrganizationId       uuid.UUID  `json:"OrganizationId"`
	Name                 string     `json:"Name"`
	ParentOrganizationId identifier `json:"ParentOrganizationId"`
}

func viewOrganization(o *domain.Organization) any {
	return wholeOrganizationView{o.ID, o.Name, identifier(o.Parent)}
}

type organizationBody struct {
	name   sent[string]
	parent sent[uuid.UUID]
}

var organizationFields = []field[organizationBody]{
	{"Name", setText(func(b *organizationBody) *sent[string] { return &b.name })},
	{"ParentOrganizationId", setID(func(b *organizationBody) *sent[uuid.UUID] { return &b.parent })},
}

// listOrganizations is GET UserManagement/Organizations.
func (c *call) listOrganizations() (domain.Answer, error) {
	return listOf(c, c.engine.Structure.List, 0, viewOrganization)
}

// createOrganization is POST Administration/Organizations.
func (c *call) createOrganization() (domain.Answer, error) {
	body, err := decode(c.body, organizationFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.Organization, error) {
			return c.engine.Structure.Create(c.context(), caller, body.name.value, body.parent.value)
		},
		func(o *domain.Organization) (domain.Answer, error) {
			return answerOf(http.StatusCreated, viewOrganization(o))
		})
}

// patchOrganization is PATCH Administration/Organizations/{OrganizationId}.
func (c *call) patchOrganization() (domain.Answer, error) {
	body, err := decode(c.body, organizationFields)
	if err != nil {
		return domain.Answer{}, err
	}
	change := domain.OrganizationChange{Organization: c.id("OrganizationId"), Name: maybeText(body.name)}
	if body.parent.present {
		change.Parent = &body.parent.value
	}
	o, err := c.engine.Structure.Change(c.context(), c.caller, change)
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, viewOrganization(o))
}

// deleteOrganization is DELETE Administration/Organizations/{OrganizationId}.
func (c *call) deleteOrganization() (domain.Answer, error) {
	return nothing(), c.engine.Structure.Delete(c.context(), c.caller, c.id("OrganizationId"))
}
