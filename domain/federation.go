package domain

import (
	"context"

	"github.com/google/uuid"
)

// Providers keeps the identity providers of a tenant. Who signs in by which is the matter of people's access.
type Providers struct{ *engine }

// NewProvider is what an identity provider is created from.
type NewProvider struct {
	Name, Prefix string
	Type         ProviderType
	Enabled      bool
	MatchOrder   []*Attribute
	MfaAfter     bool
	Saml         *SamlSettings
	Oidc         *OidcSettings
	ClientSecret string // of an OpenID provider; it is sealed
}

// ProviderChange is a change of one identity provider.
type ProviderChange struct {
	Provider uuid.UUID
	Version  int64 // the version that the caller has read; 0: any
	// Apply changes everything but ID, Type and what the engine keeps. It must be pure: it can run more than once.
	Apply        func(p *IdentityProvider) error
	ClientSecret *string // a new one; nil: it stays
}

// List is all identity providers of the tenant in the order of their names.
func (s *Providers) List(ctx context.Context, caller Caller) (list []*IdentityProvider, err error) {
	if err := caller.Require(ProvidersRead); err != nil {
		return nil, err
	}
	err = s.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		list, err = tx.ListProviders()
		return err
	})
	return list, err
}

// Find is one identity provider; identity_provider_not_found when there is none.
func (s *Providers) Find(ctx context.Context, caller Caller, id uuid.UUID) (p *IdentityProvider, err error) {
	if err := caller.Require(ProvidersRead); err != nil {
		return nil, err
	}
	err = s.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		p, err = tx.FindProvider(id)
		return err
	})
	return p, err
}

// Settings is Find for those who manage identity providers.
func (s *Providers) Settings(ctx context.Context, caller Caller, id uuid.UUID) (p *IdentityProvider, err error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	err = s.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		p, err = tx.FindProvider(id)
		return err
	})
	return p, err
}

// Open is the provider behind a public door, with its tenant: an enabled one of an enabled tenant that has SSO enabled.
//
// Errors: identity_provider_not_found for everything else alike.
func (s *Providers) Open(ctx context.Context, slug, prefix string) (*Tenant, *IdentityProvider, error) {
	tenant, p, err := s.Announced(ctx, slug, prefix)
	if err == nil && (!tenant.SsoEnabled || !p.Enabled) {
		err = noProvider()
	}
	if err != nil {
		return nil, nil, err
	}
	return tenant, p, nil
}

// Announced is Open for what the provider has to be told of us before it can be enabled: it need not be, nor SSO.
//
// Errors: identity_provider_not_found.
func (s *Providers) Announced(ctx context.Context, slug, prefix string) (*Tenant, *IdentityProvider, error) {
	tenant, err := s.registry.FindTenant(ctx, slug)
	if Is(err, CodeTenantNotFound) || err == nil && tenant.Disabled {
		return nil, nil, noProvider()
	}
	if err != nil {
		return nil, nil, err
	}
	var p *IdentityProvider
	err = s.store.Look(ctx, Scope{Tenant: tenant.ID}, func(tx Tx) (err error) {
		p, err = tx.FindProviderByPrefix(prefix)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return tenant, p, nil
}

func noProvider() error {
	return Refuse(CodeIdentityProviderNotFound, "IdentityProviderId", "There is no such identity provider.")
}

// Add makes an identity provider.
//
// Errors: validation_failed, prefix_taken.
func (s *Providers) Add(ctx context.Context, caller Caller, in NewProvider) (*IdentityProvider, error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	var p *IdentityProvider
	err := s.write(ctx, caller, func(a *act) error {
		p = (&IdentityProvider{ID: a.newID(), Name: in.Name, Prefix: in.Prefix, Type: in.Type, Enabled: in.Enabled, MatchOrder: in.MatchOrder,
			MfaAfter: in.MfaAfter, Saml: in.Saml, Oidc: in.Oidc, Version: 1, CreatedAt: a.now, UpdatedAt: a.now}).clone()
		if err := a.settleProvider(p, in.ClientSecret); err != nil {
			return err
		}
		a.happened(EventProviderCreated)
		a.entry.Changes = append(a.entry.Changes, providerChanges(nil, p)...)
		a.result = p
		return a.tx.InsertProvider(p)
	})
	return p, err
}

// settleProvider checks a provider, dates certificates that are new, and seals a secret that came with it.
func (a *act) settleProvider(p *IdentityProvider, secret string) error {
	var found problems
	p.validate(&found)
	checkText(&found, "ClientSecret", secret)
	if secret != "" && p.Type != ProviderOidc {
		found.add("ClientSecret", "Only a provider of type Oidc has a client secret.")
	}
	if err := found.err(); err != nil {
		return err
	}
	if p.Saml != nil {
		for i := range p.Saml.Certificates {
			if seen := &p.Saml.Certificates[i].Seen; seen.IsZero() {
				*seen = a.now
			}
		}
	}
	if secret == "" {
		return nil
	}
	sealed, err := a.secrets.Seal(secret, ClientSecretPurpose(p.ID))
	p.Oidc.ClientSecret = sealed
	return err
}

// Change changes an identity provider. A change that makes no difference does nothing. What is bound to one that is
// disabled stays bound.
//
// Errors: identity_provider_not_found, version_conflict, validation_failed, prefix_taken.
func (s *Providers) Change(ctx context.Context, caller Caller, change ProviderChange) (*IdentityProvider, error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	var p *IdentityProvider
	err := s.write(ctx, caller, func(a *act) (err error) {
		p, err = a.changeProvider(change)
		a.result = p
		return err
	})
	return p, err
}

func (a *act) changeProvider(change ProviderChange) (*IdentityProvider, error) {
	before, err := a.tx.FindProvider(change.Provider)
	if err != nil {
		return nil, err
	}
	if change.Version != 0 && change.Version != before.Version {
		return nil, Refuse(CodeVersionConflict, "Version", "The provider has changed since it was read (its version is %d now); read it again and repeat the change.", before.Version)
	}
	p := before.clone()
	if err := change.Apply(p); err != nil {
		return nil, err
	}
	p.ID, p.Type, p.Version, p.CreatedAt, p.UpdatedAt = before.ID, before.Type, before.Version, before.CreatedAt, before.UpdatedAt
	secret := ""
	if change.ClientSecret != nil {
		secret = *change.ClientSecret
	}
	if err := a.settleProvider(p, secret); err != nil {
		return nil, err
	}
	changes := providerChanges(before, p)
	if len(changes) == 1 { // its id, which says which provider it was
		return p, nil
	}
	p.Version, p.UpdatedAt = p.Version+1, a.now
	a.happened(EventProviderUpdated)
	a.entry.Changes = append(a.entry.Changes, changes...)
	return p, a.tx.UpdateProvider(p)
}

// Remove removes an identity provider that nobody is bound to, and no domain leads to.
//
// Errors: identity_provider_not_found, identity_provider_in_use.
func (s *Providers) Remove(ctx context.Context, caller Caller, id uuid.UUID) error {
	if err := caller.Require(PoliciesManage); err != nil {
		return err
	}
	return s.write(ctx, caller, func(a *act) error {
		p, err := a.tx.FindProvider(id)
		if err != nil {
			return err
		}
		bound, err := a.tx.ProviderNamed(id)
		if err != nil {
			return err
		}
		if bound {
			return Refuse(CodeIdentityProviderInUse, "", "People are bound to this provider, or a domain leads to it; give them another IdentityProviderId, or none, and remove the domain first. Disabling it keeps people out as well.")
		}
		a.happened(EventProviderDeleted)
		a.entry.Changes = append(a.entry.Changes, providerChanges(p, nil)...)
		return a.tx.DeleteProvider(id)
	})
}
