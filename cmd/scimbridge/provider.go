package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/sso"
	"github.com/scimbridge/scimbridge/store"
)

// providerCommands are what an operator does about identity providers at the machine.
type providerCommands struct {
	Create   providerCreate   `cmd:"" aliases:"add" help:"Create an identity provider of a tenant."`
	List     providerList     `cmd:"" help:"List the identity providers of a tenant, with the certificates that they sign with."`
	Metadata providerMetadata `cmd:"" help:"Give a provider the metadata in a file: its certificates are trusted at once."`
	Show     providerShow     `cmd:"" help:"Show an identity provider."`
	Change   providerChange   `cmd:"" help:"Change an identity provider: its names, what is known of it, by which rules it finds people, whether it lets them in."`
	Remove   providerRemove   `cmd:"" help:"Remove an identity provider that nobody is bound to."`
	Forecast providerForecast `cmd:"" help:"Tell who could not sign in were SSO enforced now, and why."`
	Trust    providerTrust    `cmd:"" help:"Trust a certificate that came with refreshed metadata."`
	Rotate   providerRotate   `cmd:"" help:"Make a new key of ours for a provider; the old one is used on for two weeks."`
}

// providerView is an identity provider as the commands show it.
type providerView struct {
	IdentityProviderID string `json:"IdentityProviderId"`
	Name, Prefix       string
	Type               domain.ProviderType
	Enabled            bool
	EntityID           string            `json:"EntityId,omitempty"`
	Issuer             string            `json:",omitempty"`
	ClientID           string            `json:"ClientId,omitempty"`
	HasClientSecret    bool              `json:",omitempty"`
	TokenAuth          domain.TokenAuth  `json:",omitempty"`
	EntraTenants       []string          `json:",omitempty"`
	Certificates       []certificateView `json:",omitempty"`
	RefreshError       string            `json:",omitempty"`
}

type certificateView struct {
	Fingerprint string
	NotAfter    time.Time
	Pending     bool
}

func viewProvider(p *domain.IdentityProvider) providerView {
	view := providerView{IdentityProviderID: p.ID.String(), Name: p.Name, Prefix: p.Prefix, Type: p.Type, Enabled: p.Enabled}
	if p.Oidc != nil {
		view.Issuer, view.ClientID, view.HasClientSecret = p.Oidc.Issuer, p.Oidc.ClientID, len(p.Oidc.ClientSecret) > 0
		view.TokenAuth, view.EntraTenants = p.Oidc.TokenAuth, p.Oidc.EntraTenants
	}
	if p.Saml != nil {
		view.EntityID, view.RefreshError = p.Saml.EntityID, p.Saml.RefreshError
		for _, c := range p.Saml.Certificates {
			view.Certificates = append(view.Certificates, certificateView{c.Fingerprint(), c.NotAfter, c.Pending})
		}
	}
	return view
}

func (v providerView) lines() []string {
	state := "disabled"
	if v.Enabled {
		state = "enabled"
	}
	lines := []string{fmt.Sprintf("%s  %s  %s  %s  %s", v.IdentityProviderID, v.Prefix, v.Type, state, v.Name)}
	if v.Type == domain.ProviderOidc {
		lines = append(lines, fmt.Sprintf("  issuer %s  client %s", v.Issuer, v.ClientID))
	}
	for _, tenant := range v.EntraTenants {
		lines = append(lines, "  tenant of Microsoft Entra "+tenant)
	}
	for _, c := range v.Certificates {
		trust := "trusted"
		if c.Pending {
			trust = "PENDING: scimbridge provider trust " + v.Prefix + " " + c.Fingerprint
		}
		lines = append(lines, fmt.Sprintf("  certificate %s until %s  %s", c.Fingerprint, c.NotAfter.Format(time.DateOnly), trust))
	}
	if v.RefreshError != "" {
		lines = append(lines, "  refresh: "+v.RefreshError)
	}
	return lines
}

type providerCreate struct {
	databaseFlags
	tenantFlag
	openIDFlags
	Type        string `enum:"saml,oidc" default:"saml" help:"saml, or oidc for OpenID Connect."`
	Name        string `required:"" help:"Name of the provider, as people read it."`
	Prefix      string `required:"" help:"Its part of the addresses: 1 to 40 of a-z, 0-9 and -."`
	Metadata    string `help:"File with its metadata; the provider is enabled when it is given." placeholder:"FILE"`
	MetadataURL string `name:"metadata-url" help:"Where its metadata is refreshed from, an https address." placeholder:"URL"`
}

// Run creates the provider.
func (c *providerCreate) Run(p *program) error {
	if c.Type == "oidc" {
		return c.createOpenID(p)
	}
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		made, err := engine.Providers.Add(p, operator, domain.NewProvider{Name: c.Name, Prefix: c.Prefix, Type: domain.ProviderSaml, Saml: &domain.SamlSettings{MetadataURL: c.MetadataURL}})
		if err == nil && c.Metadata != "" {
			if made, err = takeMetadata(p, engine, operator, made, c.Metadata); err == nil {
				made, err = engine.Providers.Change(p, operator, domain.ProviderChange{Provider: made.ID, Apply: func(p *domain.IdentityProvider) error { p.Enabled = true; return nil }})
			}
		}
		if err != nil {
			return err
		}
		view := viewProvider(made)
		return p.show(view, append(view.lines(), fmt.Sprintf("Our metadata for it: <public URL>/sso/%s/%s/metadata", operator.TenantSlug, made.Prefix))...)
	})
}

type providerList struct {
	databaseFlags
	tenantFlag
}

// Run lists the providers.
func (c *providerList) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		providers, err := engine.Providers.List(p, operator)
		if err != nil {
			return err
		}
		list := listOf(providers, viewProvider)
		var lines []string
		for _, view := range list.Items {
			lines = append(lines, view.lines()...)
		}
		if len(lines) == 0 {
			lines = []string{"The tenant has no identity provider yet."}
		}
		return p.show(list, lines...)
	})
}

type providerMetadata struct {
	databaseFlags
	tenantFlag
	Provider string `arg:"" help:"Prefix or id of the provider."`
	File     string `arg:"" help:"File with its metadata (XML)."`
}

// Run takes the metadata.
func (c *providerMetadata) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		found, err := providerOf(p, engine, operator, c.Provider)
		if err == nil {
			found, err = takeMetadata(p, engine, operator, found, c.File)
		}
		if err != nil {
			return err
		}
		view := viewProvider(found)
		return p.show(view, view.lines()...)
	})
}

func takeMetadata(p *program, engine *domain.Engine, operator domain.Caller, of *domain.IdentityProvider, file string) (*domain.IdentityProvider, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return engine.Providers.TakeMetadata(p, operator, of.ID, text)
}

// providerOf finds a provider by its prefix or id.
func providerOf(p *program, engine *domain.Engine, operator domain.Caller, name string) (*domain.IdentityProvider, error) {
	list, err := engine.Providers.List(p, operator)
	if err != nil {
		return nil, err
	}
	for _, found := range list {
		if found.Prefix == name || found.ID.String() == name {
			return found, nil
		}
	}
	return nil, domain.Refuse(domain.CodeIdentityProviderNotFound, "", "There is no such identity provider.")
}

type providerTrust struct {
	databaseFlags
	tenantFlag
	Provider    string `arg:"" help:"Prefix or id of the provider."`
	Fingerprint string `arg:"" help:"SHA-256 fingerprint of the certificate; compare it with what the provider's administrator tells you."`
}

// Run trusts the certificate.
func (c *providerTrust) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		found, err := providerOf(p, engine, operator, c.Provider)
		if err == nil {
			found, err = engine.Providers.Trust(p, operator, found.ID, strings.ReplaceAll(c.Fingerprint, ":", ""))
		}
		if err != nil {
			return err
		}
		view := viewProvider(found)
		return p.show(view, view.lines()...)
	})
}

type providerRotate struct {
	databaseFlags
	sealFlags
	tenantFlag
	Provider string `arg:"" help:"Prefix or id of the provider."`
}

// Run makes the key.
func (c *providerRotate) Run(p *program) error {
	keys, err := openSecrets(c.sealing(p, c.Database))
	if err != nil {
		return err
	}
	return p.onDatabase(c.Database, func(db *store.DB) error {
		engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: keys})
		slug, err := c.slug(p, engine.Administration)
		if err != nil {
			return err
		}
		operator, err := engine.Administration.Operator(p, slug)
		if err != nil {
			return err
		}
		found, err := providerOf(p, engine, operator, c.Provider)
		if err != nil {
			return err
		}
		key, err := engine.Providers.RotateServiceKey(p, operator, found.ID, sso.NewKey(time.Now()))
		if err != nil {
			return err
		}
		return p.show(map[string]any{"SignsAt": key.SignsAt}, "The new key is in our metadata now; we sign with it from "+key.SignsAt.Format(time.RFC3339)+". Give the provider our metadata before.")
	})
}

// refreshEvery is how often it is looked for metadata that is due.
const refreshEvery = time.Hour

// fetchMetadata fetches metadata like everything else that others have the say over.
func fetchMetadata(outbound *delivery.Outbound) domain.FetchMetadata {
	return func(ctx context.Context, url string) ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept", "application/samlmetadata+xml, application/xml, text/xml")
		answer, err := outbound.Client().Do(request)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the provider answered %s", answer.Status)
		}
		return io.ReadAll(answer.Body)
	}
}

// refreshMetadata is the job that keeps metadata of identity providers up to date, and warns before certificates expire.
func (s *server) refreshMetadata(ctx context.Context) error {
	return s.engine.Providers.Refresh(ctx, fetchMetadata(s.outbound), func(tenant, provider, warning string) {
		if s.log != nil {
			s.log.Warn("identity provider", "tenant", tenant, "provider", provider, "warning", warning)
		}
	})
}
