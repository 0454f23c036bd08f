package client

import (
	"context"
	"time"
)

// Session is one of a person's sign-ins that last.
type Session struct {
	SessionId                        string
	CreatedAt, LastSeenAt, ExpiresAt *time.Time
	Client                           string // what the browser says it is
	Method                           string // Password, Sso or Passkey
	Mfa                              bool
}

// Sessions lists the live sessions of a person, newest first.
func (c *Client) Sessions(ctx context.Context, person string) ([]Session, error) {
	return list[Session](ctx, c, "GET /UserManagement/Persons/{PersonId}/Sessions", call{path: []any{person}})
}

// EndSession ends one session of a person; InvalidateSessions ends all.
func (c *Client) EndSession(ctx context.Context, person, session string) error {
	return c.do(ctx, "DELETE /UserManagement/Persons/{PersonId}/Sessions/{SessionId}", call{path: []any{person, session}})
}

// Tenant is a company in which a person may act.
type Tenant struct {
	Tenant string // slug
	Name   string
	IsHome bool
}

// TenantsOf lists the tenants in which a person may act, the home one included.
func (c *Client) TenantsOf(ctx context.Context, person string) ([]Tenant, error) {
	return list[Tenant](ctx, c, "GET /UserManagement/Persons/{PersonId}/Tenants", call{path: []any{person}})
}

// ChangeTenantsOf lets a person act in further tenants of the business account, by slug, and no longer in others.
func (c *Client) ChangeTenantsOf(ctx context.Context, person string, add, remove []string) ([]Tenant, error) {
	return list[Tenant](ctx, c, "PATCH /UserManagement/Persons/{PersonId}/Tenants",
		call{path: []any{person}, body: Changes{"AddTenants": listed(add), "RemoveTenants": listed(remove)}})
}
