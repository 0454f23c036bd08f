package rest

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// tenantView is a tenant in which a person may act.
type tenantView struct {
	Tenant string `json:"Tenant"` // slug
	Name   string `json:"Name"`
	IsHome bool   `json:"IsHome"`
}

func showTenants(tenants *domain.Tenants, err error) (domain.Answer, error) {
	if err != nil {
		return domain.Answer{}, err
	}
	views := []tenantView{{tenants.Home.Slug, tenants.Home.Name, true}}
	for _, other := range tenants.Other {
		views = append(views, tenantView{other.Slug, other.Name, false})
	}
	return answerOf(http.StatusOK, itemsView{views})
}

// getTenants is GET UserManagement/Persons/{PersonId}/Tenants.
func (c *call) getTenants() (domain.Answer, error) {
	return showTenants(c.engine.Appointments.Tenants(c.context(), c.caller, c.person))
}

var tenantMoves = []field[domain.TenantMoves]{
	{"AddTenants", setTexts(func(m *domain.TenantMoves) *[]string { return &m.Add })},
	{"RemoveTenants", setTexts(func(m *domain.TenantMoves) *[]string { return &m.Remove })},
}

func setTexts[T any](at func(*T) *[]string) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = readList(r, (*reader).text) }
}

// patchTenants is PATCH UserManagement/Persons/{PersonId}/Tenants.
func (c *call) patchTenants() (domain.Answer, error) {
	moves, err := decode(c.body, tenantMoves)
	if err != nil {
		return domain.Answer{}, err
	}
	return showTenants(c.engine.Appointments.ChangeTenants(c.context(), c.caller, c.person, moves))
}
