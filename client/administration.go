package client

import (
	"context"
	"time"
)

// WholeTenant is what a tenant is set up with.
type WholeTenant struct {
	TenantId, Slug, Name string
	SsoEnabled           bool
	Sandbox              bool              // its mails and deliveries never leave
	MigrationWindowUntil *time.Time        // until when migrations may be started; nil: not at all
	Policies             map[string]string // the values of all, by name
	CreatedAt, UpdatedAt *time.Time
}

// Tenant reads the tenant of the token.
func (c *Client) Tenant(ctx context.Context) (*WholeTenant, error) {
	return find[WholeTenant](ctx, c, "GET /Administration/Tenant", call{})
}

// ChangeTenant changes some fields of the tenant; of Policies those that are named.
func (c *Client) ChangeTenant(ctx context.Context, changes Changes) (*WholeTenant, error) {
	return find[WholeTenant](ctx, c, "PATCH /Administration/Tenant", call{body: changes})
}

// RateLimit is how often a credential may be used.
type RateLimit struct{ PerSecond, Burst int }

// Credential is what a program shows to be let in.
type Credential struct {
	CredentialId, Name, Kind, AccessMode           string
	Permissions                                    []string
	ScimConnectionId                               string
	AllowedIps                                     []string
	RateLimit                                      *RateLimit
	PublicKeyCount                                 int
	ExpiresAt, OldTokenUntil, RevokedAt, CreatedAt *time.Time
	Token                                          string // of a new or rotated one; shown once
}

// NewCredential is what a credential is created from.
type NewCredential struct {
	Name             string
	Kind             string     // Rest or Scim
	AccessMode       string     `json:",omitempty"` // ReadWrite or ReadOnly
	Permissions      []string   `json:",omitempty"` // of a Rest credential; none: all that can be granted through the API
	ScimConnectionId string     `json:",omitempty"` // of a Scim credential; none: a new connection
	ExpiresAt        *time.Time `json:",omitempty"`
	AllowedIps       []string   `json:",omitempty"`
	RateLimit        *RateLimit `json:",omitempty"`
}

// Credentials lists the credentials of the tenant, ended ones included.
func (c *Client) Credentials(ctx context.Context) ([]Credential, error) {
	return list[Credential](ctx, c, "GET /Administration/Credentials", call{})
}

// CreateCredential creates a credential. Its token is in the answer and never again, so that a lost answer means to
// create another one.
func (c *Client) CreateCredential(ctx context.Context, in NewCredential) (*Credential, error) {
	return find[Credential](ctx, c, "POST /Administration/Credentials", call{body: in})
}

// Credential finds a credential.
func (c *Client) Credential(ctx context.Context, id string) (*Credential, error) {
	return find[Credential](ctx, c, "GET /Administration/Credentials/{CredentialId}", call{path: []any{id}})
}

// ChangeCredential changes the name and the limits of a credential.
func (c *Client) ChangeCredential(ctx context.Context, id string, changes Changes) (*Credential, error) {
	return find[Credential](ctx, c, "PATCH /Administration/Credentials/{CredentialId}", call{path: []any{id}, body: changes})
}

// RevokeCredential ends a credential at once.
func (c *Client) RevokeCredential(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE /Administration/Credentials/{CredentialId}", call{path: []any{id}})
}

// RotateCredential gives a credential a new token; for so many hours the old one works as well.
func (c *Client) RotateCredential(ctx context.Context, id string, overlapHours int) (*Credential, error) {
	return find[Credential](ctx, c, "POST /Administration/Credentials/{CredentialId}/Rotate",
		call{path: []any{id}, body: Changes{"OverlapHours": overlapHours}})
}

// ScimConnection is a directory that provisions people.
type ScimConnection struct {
	ScimConnectionId, Name string
	Dialect                string // as it was fixed, or auto
	SeenDialect            *struct {
		Dialect string
		Sure    bool
		Clue    string
		At      *time.Time
	}
	Policies   map[string]string // the values of all, by name
	Deviations []struct {
		Rule                    string
		Count                   int
		FirstSeenAt, LastSeenAt *time.Time
	}
	Notes                 []string
	LastSeenAt, CreatedAt *time.Time
}

// ScimConnections lists the SCIM connections of the tenant.
func (c *Client) ScimConnections(ctx context.Context) ([]ScimConnection, error) {
	return list[ScimConnection](ctx, c, "GET /Administration/ScimConnections", call{})
}

// CreateScimConnection creates a SCIM connection; policies that are not named have their defaults.
func (c *Client) CreateScimConnection(ctx context.Context, name string, policies map[string]string) (*ScimConnection, error) {
	body := Changes{"Name": name}
	if len(policies) > 0 {
		body["Policies"] = policies
	}
	return find[ScimConnection](ctx, c, "POST /Administration/ScimConnections", call{body: body, keyed: true})
}

// ScimConnection finds a SCIM connection.
func (c *Client) ScimConnection(ctx context.Context, id string) (*ScimConnection, error) {
	return find[ScimConnection](ctx, c, "GET /Administration/ScimConnections/{ScimConnectionId}", call{path: []any{id}})
}

// ChangeScimConnection changes some fields of a SCIM connection; of Policies those that are named.
func (c *Client) ChangeScimConnection(ctx context.Context, id string, changes Changes) (*ScimConnection, error) {
	return find[ScimConnection](ctx, c, "PATCH /Administration/ScimConnections/{ScimConnectionId}", call{path: []any{id}, body: changes})
}

// RemoveScimConnection ends a SCIM connection with its credentials and subscriptions. People keep their access.
func (c *Client) RemoveScimConnection(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE /Administration/ScimConnections/{ScimConnectionId}", call{path: []any{id}})
}
