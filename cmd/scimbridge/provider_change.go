package main

import (
	"encoding/pem"
	"fmt"
	"os"

	"github.com/scimbridge/scimbridge/domain"
)

// samlFlags are what is known of a SAML provider.
type samlFlags struct {
	EntityID    *string  `help:"Entity id of the identity provider."`
	SsoURL      *string  `help:"Where it has people sign in; https only."`
	SloURL      *string  `help:"Where it has them sign out; https only."`
	SloPost     *bool    `name:"slo-by-post" negatable:"" help:"Say there by a form that people sign out; it takes no redirects."`
	Certificate []string `help:"PEM files with the certificates by which it signs; they take the place of those before." type:"existingfile"`
	MatchOrder  []string `help:"Rules by which people are matched, in order: ExternalLoginUsername, EmailAddress, Username, EmployeeNumber."`
	MfaAfter    *bool    `negatable:"" help:"Ask for a second factor although the provider may have done so."`
	IdpInit     *bool    `name:"idp-initiated" negatable:"" help:"Take responses that nobody asked for, each once."`
	Enable      bool     `xor:"state" help:"Let people in by it."`
	Disable     bool     `xor:"state" help:"Let nobody in by it."`
}

func (f *samlFlags) apply(p *domain.IdentityProvider) error {
	p.Enabled = f.Enable || p.Enabled && !f.Disable
	if f.MfaAfter != nil {
		p.MfaAfter = *f.MfaAfter
	}
	if f.MatchOrder != nil {
		p.MatchOrder = nil
		for _, name := range f.MatchOrder {
			p.MatchOrder = append(p.MatchOrder, domain.Rung(name)) // what is none is nil, which the engine refuses
		}
	}
	if p.Type != domain.ProviderSaml {
		return nil
	}
	if p.Saml == nil {
		p.Saml = &domain.SamlSettings{}
	}
	for target, value := range map[*string]*string{&p.Saml.EntityID: f.EntityID, &p.Saml.SsoURL: f.SsoURL, &p.Saml.SloURL: f.SloURL} {
		if value != nil {
			*target = *value
		}
	}
	if f.SloPost != nil {
		p.Saml.SloByPost = *f.SloPost
	}
	if f.IdpInit != nil {
		p.Saml.IdpInitiated = *f.IdpInit
	}
	if len(f.Certificate) == 0 {
		return nil
	}
	p.Saml.Certificates = nil
	for _, file := range f.Certificate {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read the certificate: %w", err)
		}
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			p.Saml.Certificates = append(p.Saml.Certificates, domain.SigningCertificate{DER: block.Bytes})
		}
	}
	return nil
}

// providerFlag names a provider.
type providerFlag struct {
	databaseFlags
	tenantFlag
	Provider string `arg:"" help:"Prefix or id of the provider."`
}

// with runs an act on the provider that is named.
func (c *providerFlag) with(p *program, do func(engine *domain.Engine, operator domain.Caller, found *domain.IdentityProvider) error) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		found, err := providerOf(p, engine, operator, c.Provider)
		if err != nil {
			return err
		}
		return do(engine, operator, found)
	})
}

type providerShow struct{ providerFlag }

// Run shows the provider.
func (c *providerShow) Run(p *program) error {
	return c.with(p, func(_ *domain.Engine, _ domain.Caller, found *domain.IdentityProvider) error {
		view := viewProvider(found)
		return p.show(view, view.lines()...)
	})
}

type providerChange struct {
	providerFlag
	samlFlags
	openIDFlags
	Name   *string `help:"New name."`
	Prefix *string `help:"New prefix; the provider's URLs change with it."`
}

// Run changes the provider.
func (c *providerChange) Run(p *program) error {
	return c.sealed(p, c.Database, c.tenantFlag, func(engine *domain.Engine, operator domain.Caller, secret *string) error {
		found, err := providerOf(p, engine, operator, c.Provider)
		if err != nil {
			return err
		}
		changed, err := engine.Providers.Change(p, operator, domain.ProviderChange{Provider: found.ID, Version: found.Version, ClientSecret: secret, Apply: func(to *domain.IdentityProvider) error {
			if c.Name != nil {
				to.Name = *c.Name
			}
			if c.Prefix != nil {
				to.Prefix = *c.Prefix
			}
			c.openIDFlags.into(to)
			return c.apply(to)
		}})
		if err != nil {
			return err
		}
		view := viewProvider(changed)
		return p.show(view, view.lines()...)
	})
}

type providerRemove struct{ providerFlag }

// Run removes the provider.
func (c *providerRemove) Run(p *program) error {
	return c.with(p, func(engine *domain.Engine, operator domain.Caller, found *domain.IdentityProvider) error {
		if err := engine.Providers.Remove(p, operator, found.ID); err != nil {
			return err
		}
		return p.show(viewProvider(found), "Identity provider "+found.Name+" was removed.")
	})
}
