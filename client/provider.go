package client

import (
	"context"
	"time"
)

// IdentityProvider is one by which people may sign in.
type IdentityProvider struct {
	IdentityProviderId, Name, Type, Prefix string
	Enabled                                bool
	ProviderSettings
}

// ProviderSettings are what only those see who manage identity providers.
type ProviderSettings struct {
	MatchOrder []string
	MfaAfter   bool
	Version    int64
	Saml       *SamlSettings
	Oidc       *OidcSettings
}

// SamlSettings are what is known and wanted of a SAML provider. Of a certificate there is what identifies it.
type SamlSettings struct {
	EntityId, SsoUrl, SloUrl, MetadataUrl       string
	Certificates                                []struct{ Fingerprint, NotBefore, NotAfter string }
	NameIdFormats, AuthnContexts                []string
	IdpInitiated, WantEncrypted, SignedRequests bool
	SloByPost                                   bool // what is said at SloUrl goes by a form
}

// OidcSettings are what is known of an OpenID provider.
type OidcSettings struct {
	Issuer, ClientId, NameClaim string
	HasClientSecret             bool
	Scopes                      []string
	AcrValues, AmrValues        []string // of which one is demanded
	TokenAuth                   string   // client_secret_basic or client_secret_post; "": what the provider publishes
	EntraTenants                []string // ids of the tenants of Microsoft Entra whose people are let in
}

// IdentityProviders lists the tenant's identity providers.
func (c *Client) IdentityProviders(ctx context.Context) ([]IdentityProvider, error) {
	answer, err := ask[struct{ Items []IdentityProvider }](ctx, c, "GET /UserManagement/IdentityProviders", call{})
	return answer.Items, err
}

// IdentityProvider finds an identity provider.
func (c *Client) IdentityProvider(ctx context.Context, id string) (*IdentityProvider, error) {
	return find[IdentityProvider](ctx, c, "GET /UserManagement/IdentityProviders/{IdentityProviderId}", call{path: []any{id}})
}

// ProviderSettings finds an identity provider with its settings.
func (c *Client) ProviderSettings(ctx context.Context, id string) (*IdentityProvider, error) {
	return find[IdentityProvider](ctx, c, "GET /Administration/IdentityProviders/{IdentityProviderId}", call{path: []any{id}})
}

// AddIdentityProvider makes an identity provider of Name, Prefix, Type, and Saml or Oidc.
func (c *Client) AddIdentityProvider(ctx context.Context, fields Changes) (*IdentityProvider, error) {
	return find[IdentityProvider](ctx, c, "POST /Administration/IdentityProviders", call{body: fields, keyed: true})
}

// ChangeIdentityProvider changes what is named; with Version, only the version that was read.
func (c *Client) ChangeIdentityProvider(ctx context.Context, id string, changes Changes) (*IdentityProvider, error) {
	return find[IdentityProvider](ctx, c, "PATCH /Administration/IdentityProviders/{IdentityProviderId}", call{path: []any{id}, body: changes})
}

// RemoveIdentityProvider removes an identity provider that nobody is bound to.
func (c *Client) RemoveIdentityProvider(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE /Administration/IdentityProviders/{IdentityProviderId}", call{path: []any{id}})
}

// MatchDryRun is what would become of an asserted name.
type MatchDryRun struct {
	Rungs []struct {
		Rule    string
		Matches []struct{ PersonId, Username, State string }
	}
	Outcome, Message, PersonId string // Outcome is SignedIn, or the code of the refusal
}

// TryNameId tells whom a name would let in that the provider asserts. It changes nothing.
func (c *Client) TryNameId(ctx context.Context, provider, nameID string) (*MatchDryRun, error) {
	return find[MatchDryRun](ctx, c, "POST /UserManagement/IdentityProviders/{IdentityProviderId}/MatchDryRun",
		call{path: []any{provider}, body: Changes{"NameId": nameID}})
}

// Refusal is a sign-in at an identity provider that came to nothing, and why.
type Refusal struct {
	Index                              int64
	OccurredAt                         time.Time
	Gate                               int // 0: none
	GateName, Reason                   string
	NameId                             string // a trace of it
	MatchedBy, PersonId, RequestId, Ip string
}

// Refusals tells why people could not sign in, newest first: by PersonId, NameId or RequestId; After and Count page.
func (c *Client) Refusals(ctx context.Context, provider string, query Changes) (*Records[Refusal], error) {
	return find[Records[Refusal]](ctx, c, "POST /UserManagement/IdentityProviders/{IdentityProviderId}/Refusals", call{path: []any{provider}, body: query})
}

// Forecast is a part of who could not sign in were SSO enforced now.
type Forecast struct {
	Items, Warnings []struct{ PersonId, Username, Reason string }
	Counts          *struct{ Users, Able, Unable, Elsewhere, Exempt, Inactive int } // of the whole tenant; in the first part only
	ListCompleted   bool
	Next            string // where the next part begins
}

// Forecast gives a part of the forecast behind a person ("": the first one).
func (c *Client) Forecast(ctx context.Context, provider, after string) (*Forecast, error) {
	return find[Forecast](ctx, c, "GET /UserManagement/IdentityProviders/{IdentityProviderId}/Forecast",
		call{path: []any{provider}, query: filters("After", after)})
}

// Domain is a domain of e-mail addresses that leads people to an identity provider, once it is verified.
type Domain struct {
	Domain, IdentityProviderId       string
	Readable                         string // Domain in its own script
	Record, Text                     string // the TXT record that proves it: its name and what it has to say
	VerifiedAt, CheckedAt, CreatedAt *time.Time
}

// Domains lists the tenant's domains.
func (c *Client) Domains(ctx context.Context) ([]Domain, error) {
	return list[Domain](ctx, c, "GET /Administration/Domains", call{})
}

// AddDomain adds a domain that leads to a provider, or ("") to the tenant's only enabled one. Publish its record, then
// verify it.
func (c *Client) AddDomain(ctx context.Context, name, provider string) (*Domain, error) {
	body := Changes{"Domain": name}
	if provider != "" {
		body["IdentityProviderId"] = provider
	}
	return find[Domain](ctx, c, "POST /Administration/Domains", call{body: body, keyed: true})
}

// Domain finds a domain.
func (c *Client) Domain(ctx context.Context, name string) (*Domain, error) {
	return find[Domain](ctx, c, "GET /Administration/Domains/{Domain}", call{path: []any{name}})
}

// VerifyDomain looks for the record in the DNS.
func (c *Client) VerifyDomain(ctx context.Context, name string) (*Domain, error) {
	return find[Domain](ctx, c, "POST /Administration/Domains/{Domain}/Verify", call{path: []any{name}})
}

// RemoveDomain removes a domain.
func (c *Client) RemoveDomain(ctx context.Context, name string) error {
	return c.do(ctx, "DELETE /Administration/Domains/{Domain}", call{path: []any{name}})
}
