package main

import (
	"fmt"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/sso"
	"github.com/scimbridge/scimbridge/store"
)

// openIDFlags are what is known of an OpenID provider.
type openIDFlags struct {
	sealFlags
	Issuer           *string  `help:"OpenID Connect: the issuer, to the letter as the provider writes it; https only." placeholder:"URL"`
	ClientID         *string  `help:"OpenID Connect: our client id there."`
	ClientSecretFile string   `help:"File with our client secret there (OpenID Connect); without one the client is public." placeholder:"FILE" type:"existingfile"`
	Scope            []string `help:"OpenID Connect: what is asked for besides openid (default: profile and email)."`
	NameClaim        *string  `help:"OpenID Connect: the claim that names the person (default: preferred_username, then a verified email)."`
	AcrValue         []string `help:"OpenID Connect: contexts (acr) of which one is demanded."`
	AmrValue         []string `help:"OpenID Connect: methods (amr) of which one is demanded."`
	TokenAuth        *string  `name:"client-auth" help:"OpenID Connect: client_secret_basic or client_secret_post (default: what the provider publishes)." placeholder:"METHOD"`
	EntraTenant      []string `help:"Ids of the tenants of Microsoft Entra whose people are let in; an issuer that is common or organizations needs them." placeholder:"ID"`
}

// into puts the settings into an OpenID provider.
func (f *openIDFlags) into(p *domain.IdentityProvider) {
	if p.Type != domain.ProviderOidc {
		return
	}
	if p.Oidc == nil {
		p.Oidc = &domain.OidcSettings{}
	}
	for target, value := range map[*string]*string{&p.Oidc.Issuer: f.Issuer, &p.Oidc.ClientID: f.ClientID, &p.Oidc.NameClaim: f.NameClaim} {
		if value != nil {
			*target = *value
		}
	}
	for target, list := range map[*[]string][]string{&p.Oidc.Scopes: f.Scope, &p.Oidc.AcrValues: f.AcrValue, &p.Oidc.AmrValues: f.AmrValue,
		&p.Oidc.EntraTenants: f.EntraTenant} {
		if list != nil {
			*target = list
		}
	}
	if f.TokenAuth != nil {
		p.Oidc.TokenAuth = domain.TokenAuth(*f.TokenAuth)
	}
}

// sealed does something as the operator of the tenant. Where there is a client secret it is given in the clear, and the
// engine can seal it.
func (f *openIDFlags) sealed(p *program, database string, of tenantFlag, do func(engine *domain.Engine, operator domain.Caller, secret *string) error) error {
	if f.ClientSecretFile == "" {
		return of.rights(p, database, func(engine *domain.Engine, operator domain.Caller) error { return do(engine, operator, nil) })
	}
	secret, err := readSecret(f.ClientSecretFile)
	if err != nil {
		return fmt.Errorf("read the client secret: %w", err)
	}
	keys, err := openSecrets(f.sealing(p, database))
	if err != nil {
		return err
	}
	return p.onDatabase(database, func(db *store.DB) error {
		engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: keys, Messages: sso.Messages{}})
		return of.operate(p, engine, func(engine *domain.Engine, operator domain.Caller) error { return do(engine, operator, &secret) })
	})
}

// createOpenID creates an OpenID provider. It is enabled once its issuer and our client id are known.
func (c *providerCreate) createOpenID(p *program) error {
	return c.sealed(p, c.Database, c.tenantFlag, func(engine *domain.Engine, operator domain.Caller, secret *string) error {
		like := &domain.IdentityProvider{Type: domain.ProviderOidc}
		c.into(like)
		in := domain.NewProvider{Name: c.Name, Prefix: c.Prefix, Type: like.Type, Oidc: like.Oidc, Enabled: like.Oidc.Issuer != "" && like.Oidc.ClientID != ""}
		if secret != nil {
			in.ClientSecret = *secret
		}
		made, err := engine.Providers.Add(p, operator, in)
		if err != nil {
			return err
		}
		at := fmt.Sprintf("<public URL>/sso/%s/%s/", operator.TenantSlug, made.Prefix)
		view := viewProvider(made)
		return p.show(view, append(view.lines(), "Redirect URI:            "+at+"callback", "Back-channel logout URI: "+at+"backchannel-logout")...)
	})
}
