package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/scimbridge/scimbridge/bench/idp"
	"github.com/scimbridge/scimbridge/bench/target"
	"github.com/scimbridge/scimbridge/bench/workload"
)

// providerPrefix is the provider's part of our addresses.
const providerPrefix = "bench"

// letPeopleIn gives the first tenant an identity provider that is played here. The
// native API is where people sign in with a password.
func (b *bridge) letPeopleIn(ctx context.Context, tenant, native string) (*workload.SignIns, error) {
	provider, err := idp.New()
	if err != nil {
		return nil, err
	}
	certificate := filepath.Join(b.folder, "idp.pem")
	if err := os.WriteFile(certificate, provider.PEM(), 0o600); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"tenant", "update", "--slug", firstSlug, "--sso=on"},
		{"provider", "create", "--tenant", tenant, "--name", "Bench", "--prefix", providerPrefix},
		{"provider", "change", providerPrefix, "--tenant", tenant, "--entity-id", idp.EntityID, "--sso-url", "https://idp.bench.example/sso",
			"--certificate", certificate, "--idp-initiated", "--enable"},
	} {
		var made any
		if err := b.call(ctx, &made, args...); err != nil {
			return nil, err
		}
	}
	made := &workload.SignIns{Tenant: firstSlug, Provider: provider}
	if made.SAML, err = target.New(b.publicURL()+"/sso/"+firstSlug+"/"+providerPrefix, "", target.FORM); err != nil {
		return nil, err
	}
	made.Passwords, err = target.New(native, "", target.JSON)
	return made, err
}
