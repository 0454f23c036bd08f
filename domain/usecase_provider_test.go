package domain_test

import (
	"context"

	"github.com/scimbridge/scimbridge/domain"
)

// byManager is who may choose identity providers.
func byManager(c *company) domain.Caller {
	caller := c.rest
	caller.Permissions = domain.AllPermissions()
	return caller
}

// changeProvider is Providers.Change as a function of the edit.
func changeProvider(apply func(p *domain.IdentityProvider)) func(*domain.Engine, *company, about) error {
	return func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.Change(context.Background(), byManager(c), domain.ProviderChange{Provider: it.id,
			Apply: func(p *domain.IdentityProvider) error { apply(p); return nil }})
		return err
	}
}

// federations are the acts on identity providers.
var federations = []useCase{
	{name: "add a provider", about: someone, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.Add(context.Background(), byManager(c), domain.NewProvider{Name: it.name, Prefix: it.name[len(it.name)-12:], Type: domain.ProviderPassword})
		return err
	}},
	{name: "change a provider", about: aProvider, missing: domain.CodeIdentityProviderNotFound,
		do: changeProvider(func(p *domain.IdentityProvider) {
			p.Enabled, p.Prefix, p.Saml = false, p.ID.String(), &domain.SamlSettings{IdpInitiated: true}
		})},
	{name: "remove a provider", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Providers.Remove(context.Background(), byManager(c), it.id)
	}},
}

// lookingUp are the questions about identity providers.
var lookingUp = []useCase{
	{name: "read a provider", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.Find(context.Background(), c.rest, it.id)
		return err
	}},
	{name: "try a name", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.MatchDryRun(context.Background(), c.rest, it.id, "x")
		return err
	}},
	{name: "forecast", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.Forecast(context.Background(), c.rest, it.id, domain.ForecastQuery{Count: 1})
		return err
	}},
}
