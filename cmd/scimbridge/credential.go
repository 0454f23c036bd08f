package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/oauth"
)

// defaultPublicURL is where a server is reached that was told nothing.
const defaultPublicURL = "http://127.0.0.1:8080"

// credentialView is a credential as the commands show it. Token is there only at the moment when it is made.
type credentialView struct {
	CredentialID     string `json:"CredentialId"`
	Token            string `json:",omitempty"`
	BaseURL          string `json:"BaseUrl,omitempty"`
	TokenURL         string `json:"TokenUrl,omitempty"`
	TenantID         string `json:"TenantId"`
	Tenant           string
	TenantIDs        []string `json:"TenantIds,omitempty"` // all of them, where there are several
	Name             string
	Kind             domain.CredentialKind
	AccessMode       domain.AccessMode
	Permissions      domain.Permissions `json:",omitempty"`
	ScimConnectionID string             `json:"ScimConnectionId,omitempty"`
	AllowedIPs       []netip.Prefix     `json:"AllowedIps,omitempty"`
	ExpiresAt        *time.Time         `json:",omitempty"`
	OldTokenUntil    *time.Time         `json:",omitempty"`
	RevokedAt        *time.Time         `json:",omitempty"`
	RateLimit        *rateView          `json:",omitempty"`
	PublicKeys       []json.RawMessage  `json:",omitempty"`
	CreatedAt        *time.Time
}

func viewCredential(c *domain.Credential) credentialView {
	view := credentialView{
		CredentialID: c.ID.String(), TenantID: c.Tenant.String(), Tenant: c.TenantSlug, Name: c.Name, Kind: c.Kind, AccessMode: c.Mode,
		Permissions: c.Permissions, AllowedIPs: c.AllowedIPs, ExpiresAt: stamp(c.ExpiresAt), OldTokenUntil: stamp(c.OldSecretUntil),
		RevokedAt: stamp(c.RevokedAt), CreatedAt: stamp(c.CreatedAt),
	}
	if len(c.Others) > 0 {
		view.TenantIDs = []string{view.TenantID}
	}
	for _, other := range c.Others {
		view.TenantIDs = append(view.TenantIDs, other.ID.String())
	}
	if c.RateLimit != (domain.RateLimit{}) {
		view.RateLimit = &rateView{int(c.RateLimit.PerSecond), c.RateLimit.Burst}
	}
	for _, key := range c.PublicKeys {
		view.PublicKeys = append(view.PublicKeys, json.RawMessage(key))
	}
	if c.Connection != uuid.Nil {
		view.ScimConnectionID = c.Connection.String()
	}
	return view
}

// withToken adds what is shown once.
func (v credentialView) withToken(token, publicURL string) credentialView {
	v.Token, v.BaseURL, v.TokenURL = token, baseURL(publicURL, v.Kind), strings.TrimRight(publicURL, "/")+oauth.Prefix+"/token"
	return v
}

// baseURL is what a connector or an integrator enters as the address of the server.
func baseURL(publicURL string, kind domain.CredentialKind) string {
	public := strings.TrimRight(publicURL, "/")
	if kind == domain.KindScim {
		return public + "/scim/v2"
	}
	return public + "/api/v1"
}

// lines show a new token to people.
func (v credentialView) lines(done string) []string {
	return []string{done, "", "  CredentialId  " + v.CredentialID, "  Base URL      " + v.BaseURL, "  Token         " + v.Token, "",
		"The token is shown only now; keep it where secrets are kept.",
		"For OAuth 2.0: the token endpoint is " + v.TokenURL + ", the client id is the CredentialId, the client secret is the token."}
}

// publicFlag says under which URL clients reach the server.
type publicFlag struct {
	PublicURL string `name:"public-url" help:"Where clients reach the server, like https://id.example.com (default: http://127.0.0.1:8080)." placeholder:"URL"`
}

func (f publicFlag) url() string {
	if f.PublicURL == "" {
		return defaultPublicURL
	}
	return f.PublicURL
}

type credentialCreate struct {
	databaseFlags
	publicFlag
	Tenant []string `required:"" help:"Slug or id of the tenant; more for a rest credential that acts in several, of which the first is its home."`
	limitFlags
	Name        string    `required:"" help:"Name of the credential, for the audit."`
	Kind        string    `required:"" enum:"scim,rest" help:"Which door it opens: scim or rest."`
	Permissions []string  `help:"What a rest credential may do, like persons.read,users.list; all that it can where missing."`
	Access      string    `enum:"read-only,read-write" default:"read-write" help:"read-only or read-write."`
	Expires     lifetime  `help:"How long it lives, like 90d or 12h; for ever where missing." placeholder:"SPAN"`
	AllowIP     []network `name:"allow-ip" help:"Addresses that may use it; may be repeated." placeholder:"CIDR"`
	Connection  string    `help:"SCIM connection of a scim credential, by name or id; a new one where missing."`
}

// Run creates the credential.
func (c *credentialCreate) Run(p *program) error {
	return p.administration(c.Database, func(a *domain.Administration) error {
		slugs, err := c.slugs(p, a)
		if err != nil {
			return err
		}
		operator, err := a.Operator(p, slugs[0])
		if err != nil {
			return err
		}
		if c.Kind == "rest" && c.Connection != "" {
			return errors.New("a rest credential has no SCIM connection; leave --connection out or make it --kind scim")
		}
		in := domain.NewCredential{Others: slugs[1:], Name: c.Name, Kind: domain.KindRest, Mode: domain.ReadWrite, Connection: c.Connection,
			Lifetime: time.Duration(c.Expires), AllowedIPs: prefixes(c.AllowIP), RateLimit: c.limit()}
		if in.PublicKeys, err = c.keys(); err != nil {
			return err
		}
		if c.Kind == "scim" {
			in.Kind = domain.KindScim
		}
		if c.Access == "read-only" {
			in.Mode = domain.ReadOnly
		}
		for _, permission := range c.Permissions {
			in.Permissions = append(in.Permissions, domain.Permission(strings.TrimSpace(permission)))
		}
		created, token, err := a.CreateCredential(p, operator, in)
		if err != nil {
			return err
		}
		view := viewCredential(created).withToken(token, c.url())
		return p.show(view, view.lines("Credential "+created.Name+" was created.")...)
	})
}

// slugs are those of the tenants, the home first.
func (c *credentialCreate) slugs(p *program, a *domain.Administration) ([]string, error) {
	slugs := make([]string, len(c.Tenant))
	for i, tenant := range c.Tenant {
		slug, err := tenantFlag{tenant}.slug(p, a)
		if err != nil {
			return nil, err
		}
		slugs[i] = slug
	}
	return slugs, nil
}

type credentialList struct {
	databaseFlags
	tenantFlag
}

// Run lists the credentials.
func (c *credentialList) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		credentials, err := a.Credentials(p, operator)
		if err != nil {
			return err
		}
		list := listOf(credentials, viewCredential)
		lines := make([]string, len(list.Items))
		for i, found := range list.Items {
			lines[i] = fmt.Sprintf("%s  %s  %s  %s  %s", found.CredentialID, found.Kind, found.AccessMode, status(credentials[i], time.Now()), found.Name)
		}
		if len(lines) == 0 {
			lines = []string{"The tenant has no credential yet."}
		}
		return p.show(list, lines...)
	})
}

// status is what a list tells about a credential.
func status(c *domain.Credential, now time.Time) string {
	switch {
	case !c.RevokedAt.IsZero():
		return "revoked"
	case !c.Live(now):
		return "expired"
	case c.ExpiresAt.IsZero():
		return "live"
	default:
		return "live until " + c.ExpiresAt.UTC().Format(time.DateOnly)
	}
}

// credentialFlag names a credential.
type credentialFlag struct {
	ID string `name:"id" required:"" help:"CredentialId." placeholder:"CREDENTIALID"`
}

func (f credentialFlag) parse() (uuid.UUID, error) {
	id, err := uuid.Parse(f.ID)
	if err != nil {
		return uuid.Nil, errors.New("the --id of a credential looks like 0197a000-0000-7000-8000-000000000001; see scimbridge credential list")
	}
	return id, nil
}

// ofCredential runs an operator's command on the tenant of the credential.
func (p *program) ofCredential(database string, id uuid.UUID, act func(a *domain.Administration, operator domain.Caller) error) error {
	return p.administration(database, func(a *domain.Administration) error {
		operator, err := a.OperatorOf(p, id)
		if err != nil {
			return err
		}
		return act(a, operator)
	})
}

type credentialRotate struct {
	databaseFlags
	publicFlag
	credentialFlag
	Overlap lifetime `default:"24h" help:"How long the old token still works." placeholder:"SPAN"`
}

// Run gives the credential a new token.
func (c *credentialRotate) Run(p *program) error {
	id, err := c.parse()
	if err != nil {
		return err
	}
	return p.ofCredential(c.Database, id, func(a *domain.Administration, operator domain.Caller) error {
		rotated, token, err := a.RotateCredential(p, operator, id, time.Duration(c.Overlap))
		if err != nil {
			return err
		}
		view := viewCredential(rotated).withToken(token, c.url())
		return p.show(view, view.lines("Credential "+rotated.Name+" has a new token; the old one works until "+view.OldTokenUntil.Format(time.RFC3339)+".")...)
	})
}

type credentialRevoke struct {
	databaseFlags
	credentialFlag
}

// Run ends the credential.
func (c *credentialRevoke) Run(p *program) error {
	id, err := c.parse()
	if err != nil {
		return err
	}
	return p.ofCredential(c.Database, id, func(a *domain.Administration, operator domain.Caller) error {
		revoked, err := a.RevokeCredential(p, operator, id)
		if err != nil {
			return err
		}
		return p.show(viewCredential(revoked), "Credential "+revoked.Name+" is revoked; servers refuse it within a second.")
	})
}
