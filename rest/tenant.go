package rest

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// administrationRoutes are what the tenant is set up by.
var administrationRoutes = slices.Concat(tenantRoutes, credentialRoutes, connectionRoutes, mailRoutes)

var tenantRoutes = []route{
	{method: "GET", pattern: "/Administration/Tenant", needs: needs(domain.TenantAdmin), serve: (*call).getTenant},
	{method: "PATCH", pattern: "/Administration/Tenant", needs: needs(domain.TenantAdmin), body: patchBody, serve: (*call).patchTenant},
}

// wholeTenantView is a tenant as it is shown, with the values of all its policies.
type wholeTenantView struct {
	TenantId   uuid.UUID `json:"TenantId"`
	Slug       string    `json:"Slug"`
	Name       string    `json:"Name"`
	SsoEnabled bool      `json:"SsoEnabled"`
	Sandbox    bool      `json:"Sandbox"`
	// MigrationWindowUntil is until when migrations may be started; null: not at all.
	MigrationWindowUntil instant                  `json:"MigrationWindowUntil"`
	Policies             map[domain.Policy]string `json:"Policies"`
	CreatedAt            instant                  `json:"CreatedAt"`
	UpdatedAt            instant                  `json:"UpdatedAt"`
}

func viewTenant(t *domain.Tenant) wholeTenantView {
	return wholeTenantView{t.ID, t.Slug, t.Name, t.SsoEnabled, t.Sandbox, instant(t.MigrationUntil), t.Policies.All(false), instant(t.CreatedAt), instant(t.UpdatedAt)}
}

// tenantBody is a change of the tenant.
type tenantBody struct {
	name     sent[string]
	window   sent[string]
	sso      sent[*bool]
	policies map[string]string
}

var tenantFields = []field[tenantBody]{
	{"Name", notNull(setText(func(b *tenantBody) *sent[string] { return &b.name }))},
	{"SsoEnabled", notNull(setFlag(func(b *tenantBody) *sent[*bool] { return &b.sso }))},
	{"MigrationWindowUntil", setText(func(b *tenantBody) *sent[string] { return &b.window })},
	{"Policies", setPolicies(func(b *tenantBody) *map[string]string { return &b.policies })},
}

// setPolicies reads an object of choices by their names; null returns one to its default. Which there are, the engine
// knows.
func setPolicies[T any](at func(*T) *map[string]string) func(*reader, *T) {
	return func(r *reader, into *T) {
		if !r.enter('{', "an object") {
			return
		}
		outer, chosen := r.path, map[string]string{}
		for r.json.PeekKind() != '}' {
			name, err := r.json.ReadToken()
			if err != nil {
				return // scan has read the same bytes
			}
			key := name.String()
			r.path = join(outer, shortened(key))
			chosen[key] = r.text()
		}
		r.leave(outer)
		*at(into) = chosen
	}
}

// getTenant is GET Administration/Tenant.
func (c *call) getTenant() (domain.Answer, error) {
	tenant, err := c.engine.Administration.OwnTenant(c.context(), c.caller)
	return shown(http.StatusOK, tenant, err, viewTenant)
}

// patchTenant is PATCH Administration/Tenant.
func (c *call) patchTenant() (domain.Answer, error) {
	body, err := decode(c.body, tenantFields)
	if err != nil {
		return domain.Answer{}, err
	}
	var found findings
	change := domain.TenantChange{Name: maybeText(body.name), Sso: body.sso.value, Policies: body.policies}
	if until := moment("MigrationWindowUntil", body.window.value, &found); body.window.present {
		change.MigrationUntil = &until
	}
	if err := found.err(); err != nil {
		return domain.Answer{}, err
	}
	tenant, err := c.engine.Administration.UpdateTenant(c.context(), c.caller, change)
	return shown(http.StatusOK, tenant, err, viewTenant)
}

// moment reads a time; "" is none.
func moment(name, value string, found *findings) time.Time {
	if value == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		found.add(name, "The value must be a time (RFC 3339), like 2026-03-31T12:00:00Z.")
	}
	return at.UTC()
}

// shown answers with the view of a record, unless it could not be had.
func shown[R, V any](status int, record R, err error, view func(R) V) (domain.Answer, error) {
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(status, view(record))
}

// itemsOf answers with a list without pages.
func itemsOf[R, V any](list []R, err error, view func(R) V) (domain.Answer, error) {
	if err != nil {
		return domain.Answer{}, err
	}
	views := make([]V, len(list))
	for i, record := range list {
		views[i] = view(record)
	}
	return answerOf(http.StatusOK, itemsView{views})
}
