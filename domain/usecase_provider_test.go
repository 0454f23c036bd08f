package domain_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// plainMetadata reads metadata that is written as an address and a certificate in hexadecimal, with a blank in between:
// what the rules do with metadata is tried here, and how SAML writes it elsewhere.
type plainMetadata struct{}

// ReadMetadata implements [domain.ProviderMessages].
func (plainMetadata) ReadMetadata(text []byte, _ [][]byte, _ time.Time) (*domain.ProviderMetadata, error) {
	address, certificate, _ := bytes.Cut(text, []byte(" "))
	der, err := hex.DecodeString(string(certificate))
	if err != nil {
		return nil, domain.Refuse(domain.CodeValidation, "MetadataXml", "This is no metadata.")
	}
	return &domain.ProviderMetadata{EntityID: "https://idp.example.org", SsoURL: string(address), Certificates: [][]byte{der}}, nil
}

// AssertedName implements [domain.ProviderMessages].
func (plainMetadata) AssertedName(text string) (string, error) { return text, nil }

// aSaml is a provider of type Saml that is set up, and aRollingOver one to which a key of ours belongs already.
func aSaml(t *testing.T, s *stage, c *company) about { return about{id: s.saml(t, c).ID} }

func aRollingOver(t *testing.T, s *stage, c *company) about {
	it := aSaml(t, s, c)
	require.NoError(t, rotate(s.engine, c, it))
	s.pass(time.Second)
	return it
}

// aPending is a provider with a certificate that waits for a yes, and the fingerprint of that.
func aPending(t *testing.T, s *stage, c *company) about {
	fresh := domain.SigningCertificate{DER: anotherSigning(t), Pending: true}
	p := s.saml(t, c, func(in *domain.NewProvider) { in.Saml.Certificates = append(in.Saml.Certificates, fresh) })
	return about{id: p.ID, name: fresh.Fingerprint()}
}

// anotherSigning is a certificate that no provider has yet.
func anotherSigning(t *testing.T) []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return keyed(t, &key.PublicKey, key)
}

// published is metadata with another address and another certificate than the provider has.
func published(t *testing.T, s *stage, c *company) about {
	it := aSaml(t, s, c)
	it.name = "https://idp.example.org/" + uuid.NewString() + " " + hex.EncodeToString(anotherSigning(t))
	return it
}

// rotate is RotateServiceKey with a key that nobody looks at.
func rotate(e *domain.Engine, c *company, it about) error {
	_, err := e.Providers.RotateServiceKey(context.Background(), byManager(c), it.id, func() (certificate, private []byte, err error) {
		return []byte("certificate"), []byte("private"), nil
	})
	return err
}

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
	{name: "make the first key for a provider", about: aSaml, missing: domain.CodeIdentityProviderNotFound, do: rotate},
	{name: "rotate the key for a provider", about: aRollingOver, missing: domain.CodeIdentityProviderNotFound, do: rotate},
	{name: "take metadata of a provider", about: published, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.TakeMetadata(context.Background(), byManager(c), it.id, []byte(it.name))
		return err
	}},
	{name: "trust a certificate of a provider", about: aPending, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.Trust(context.Background(), byManager(c), it.id, it.name)
		return err
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
	{name: "ask for refusals", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.Refusals(context.Background(), c.rest, it.id, domain.RefusalQuery{})
		return err
	}},
	{name: "forecast", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Providers.Forecast(context.Background(), c.rest, it.id, domain.ForecastQuery{Count: 1})
		return err
	}},
}
