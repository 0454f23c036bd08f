package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var providerPromises = []promise{
	{"identity providers come back as they went in", providersComeBack},
	{"an identity provider is changed by whoever read it last", providersVersioned},
	{"two identity providers of a tenant have different prefixes", providerPrefixes},
	{"a forecast counts everybody and its parts are full", forecastsAreWhole},
	{"domains come back as they went in, and are verified by one tenant", domainsComeBack},
}

// fullProvider is one with everything that a provider of its type can have.
func fullProvider(kind domain.ProviderType) *domain.IdentityProvider {
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	p := &domain.IdentityProvider{ID: newID(), Name: "Provider " + string(kind), Prefix: "p-" + newID().String()[24:], Type: kind, Enabled: true,
		MatchOrder: []*domain.Attribute{domain.AttrEmployeeNumber, domain.AttrEmailAddress}, MfaAfter: true, Version: 1, CreatedAt: at(0), UpdatedAt: at(1)}
	switch kind {
	case domain.ProviderSaml:
		p.Saml = &domain.SamlSettings{EntityID: "https://idp.example/x", SsoURL: "https://idp.example/sso", SloURL: "https://idp.example/slo", SloByPost: true,
			Certificates: []domain.SigningCertificate{{DER: []byte{1, 2, 0}, NotBefore: at(2), NotAfter: at(3), Seen: at(4)}, {DER: []byte{3}, Pending: true}},
			MetadataURL:  "https://idp.example/metadata", RefreshedAt: at(5), ValidUntil: at(6), RefreshError: "it was away",
			NameIDFormats: []string{"urn:a", "urn:b"}, IdpInitiated: true, WantEncrypted: true, AuthnContexts: []string{"urn:c"}, SignedRequests: true}
	case domain.ProviderOidc:
		p.Oidc = &domain.OidcSettings{Issuer: "https://op.example", ClientID: "client", ClientSecret: []byte{9, 0, 7}, Scopes: []string{"openid", "email"}, NameClaim: "sub",
			AcrValues: []string{"phr"}, AmrValues: []string{"mfa", "hwk"},
			TokenAuth: domain.ClientSecretPost, EntraTenants: []string{"8eaef023-2b34-4da1-9baa-8bc8c9d6a490"}}
	}
	return p
}

func providersComeBack(t *testing.T, open Open) {
	w := newWorld(t, open)
	same := cmp.Comparer(func(a, b *domain.Attribute) bool { return a == b })
	oidc, plain, saml := fullProvider(domain.ProviderOidc), &domain.IdentityProvider{ID: newID(), Name: "Plain", Version: 1}, fullProvider(domain.ProviderSaml)
	saml.Name = "Z"
	stranger := newID()
	w.write(t, func(tx domain.Tx) error {
		for _, p := range []*domain.IdentityProvider{saml, oidc, plain} {
			require.NoError(t, tx.InsertProvider(p))
		}
		return nil
	})
	expect := func(want ...*domain.IdentityProvider) {
		w.read(t, func(tx domain.Tx) error {
			list, err := tx.ListProviders()
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(want, list, same))
			for _, p := range want {
				found, err := tx.FindProvider(p.ID)
				require.NoError(t, err)
				require.Empty(t, cmp.Diff(p, found, same))
				if p.Prefix != "" {
					found, err = tx.FindProviderByPrefix(p.Prefix)
					require.NoError(t, err)
					require.Equal(t, p.ID, found.ID)
				}
			}
			_, err = tx.FindProvider(stranger)
			refused(t, err, domain.CodeIdentityProviderNotFound, "IdentityProviderId")
			_, err = tx.FindProviderByPrefix("")
			refused(t, err, domain.CodeIdentityProviderNotFound, "IdentityProviderId")
			return nil
		})
	}
	expect(plain, oidc, saml)
	other := fullProvider(domain.ProviderSaml)
	other.ID, other.CreatedAt, other.Name, other.Enabled, other.Saml.Certificates, other.Version = saml.ID, saml.CreatedAt, "Z2", false, nil, 2
	bound := user("ann")
	bound.Access.IdentityProviderID = plain.ID
	w.insert(t, bound)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.UpdateProvider(other))
		return tx.DeleteProvider(oidc.ID)
	})
	expect(plain, other)
	w.read(t, func(tx domain.Tx) error {
		for p, want := range map[*domain.IdentityProvider]bool{plain: true, other: false} {
			named, err := tx.ProviderNamed(p.ID)
			require.NoError(t, err)
			assert.Equal(t, want, named)
		}
		return nil
	})
}

func providersVersioned(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := fullProvider(domain.ProviderSaml)
	w.write(t, func(tx domain.Tx) error { return tx.InsertProvider(p) })
	p.Version = 2
	w.write(t, func(tx domain.Tx) error { return tx.UpdateProvider(p) })
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.UpdateProvider(p) })
	refused(t, err, domain.CodeVersionConflict, "Version")
	p.ID = newID()
	err = w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.UpdateProvider(p) })
	refused(t, err, domain.CodeIdentityProviderNotFound, "IdentityProviderId")
	err = w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.DeleteProvider(p.ID) })
	refused(t, err, domain.CodeIdentityProviderNotFound, "IdentityProviderId")
}

func providerPrefixes(t *testing.T, open Open) {
	w := newWorld(t, open)
	insert := func(prefix string) error {
		return w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			return tx.InsertProvider(&domain.IdentityProvider{ID: newID(), Name: "same", Prefix: prefix, Version: 1})
		})
	}
	require.NoError(t, insert("okta"))
	refused(t, insert("okta"), domain.CodePrefixTaken, "Prefix")
	require.NoError(t, insert(""))
	require.NoError(t, insert(""), "what there was before there were prefixes has none")
	w.Scope = w.NewTenant(t, "beta")
	require.NoError(t, insert("okta"))
}
