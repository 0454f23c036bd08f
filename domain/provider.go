package domain

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ProviderType tells how an identity provider lets people in.
type ProviderType string

// The types of identity providers.
const (
	ProviderSaml     ProviderType = "Saml"     // SAML 2.0
	ProviderOidc     ProviderType = "Oidc"     // OpenID Connect Core 1.0
	ProviderPassword ProviderType = "Password" // the tenant's own passwords, for people who are never to come by SSO
)

// ProviderTypes lists the types.
func ProviderTypes() []ProviderType {
	return []ProviderType{ProviderSaml, ProviderOidc, ProviderPassword}
}

// IdentityProvider is one that a tenant trusts to say who somebody is. It is of use while the tenant has SSO enabled.
type IdentityProvider struct {
	ID         uuid.UUID
	Name       string
	Prefix     string // unique per tenant, part of the provider's URLs: 1 to 40 of a-z, 0-9 and -
	Type       ProviderType
	Enabled    bool
	MatchOrder []*Attribute // the rungs of the ladder that are climbed, in order; empty: the whole ladder
	MfaAfter   bool         // a second factor is asked for although the provider may have done so
	Saml       *SamlSettings
	Oidc       *OidcSettings // of its type, else nil
	Version    int64         // grows by one with every change
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// SamlSettings are what the service provider knows and wants of a SAML 2.0 identity provider.
type SamlSettings struct {
	EntityID       string // of the identity provider, as are the URLs
	SsoURL         string
	SloURL         string
	SloByPost      bool                 // what we say there goes by a form, for the provider takes no redirects
	Certificates   []SigningCertificate // which may sign; several live at once while they roll over
	MetadataURL    string
	RefreshedAt    time.Time // when the metadata was last read from there
	ValidUntil     time.Time // of the metadata
	RefreshError   string
	NameIDFormats  []string // allowed; empty: any
	IdpInitiated   bool     // whether responses are taken that nobody asked for
	WantEncrypted  bool     // refuse plain assertions
	AuthnContexts  []string // demanded; empty: none
	SignedRequests bool
}

// SigningCertificate is one with which a provider signs. Nothing is signed by it while it is Pending: it came with
// refreshed metadata and waits for an administrator's yes.
type SigningCertificate struct {
	DER       []byte
	NotBefore time.Time
	NotAfter  time.Time
	Seen      time.Time // when it was first heard of
	Pending   bool
}

// Fingerprint is the SHA-256 of the certificate in hexadecimal.
func (c *SigningCertificate) Fingerprint() string {
	sum := sha256.Sum256(c.DER)
	return hex.EncodeToString(sum[:])
}

// minRSA is the shortest RSA key that may sign, in bits.
const minRSA = 2048

// ReadCertificate reads a certificate in DER. The problem says why it can't sign for a provider; "": it can.
func ReadCertificate(der []byte) (certificate SigningCertificate, problem string) {
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return certificate, "This is no X.509 certificate."
	}
	switch key := parsed.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return certificate, "The key of the certificate is too short: RSA needs 2048 bits at least."
		}
	case *ecdsa.PublicKey:
		if key.Params().BitSize < 256 {
			return certificate, "The key of the certificate is too short: ECDSA needs 256 bits at least."
		}
	default:
		return certificate, "The certificate needs an RSA or an ECDSA key."
	}
	return SigningCertificate{DER: slices.Clone(der), NotBefore: parsed.NotBefore.UTC(), NotAfter: parsed.NotAfter.UTC()}, ""
}

// RungName is what a rung of the ladder is called: the name of its attribute, told by who has it.
func RungName(attribute *Attribute) string {
	if attribute == AttrEmailAddress {
		return "EmailAddress"
	}
	return attribute.Name
}

// Rungs lists the ladder that an asserted name climbs (DOMAIN.md, section 3).
func Rungs() []*Attribute { return slices.Clone(nameLadder) }

// Rung finds a rung by its name, compared without case; nil when there is none.
func Rung(name string) *Attribute {
	for _, attribute := range nameLadder {
		if strings.EqualFold(RungName(attribute), name) {
			return attribute
		}
	}
	return nil
}

// Ladder is what a name climbs that the provider asserts.
func (p *IdentityProvider) Ladder() []*Attribute {
	if len(p.MatchOrder) == 0 {
		return nameLadder
	}
	return p.MatchOrder
}

// clone is a copy that shares nothing with the provider that could be changed.
func (p *IdentityProvider) clone() *IdentityProvider {
	c := *p
	c.MatchOrder = slices.Clone(p.MatchOrder)
	if p.Saml != nil {
		saml := *p.Saml
		saml.Certificates, saml.NameIDFormats, saml.AuthnContexts = slices.Clone(saml.Certificates), slices.Clone(saml.NameIDFormats), slices.Clone(saml.AuthnContexts)
		c.Saml = &saml
	}
	if p.Oidc != nil {
		oidc := *p.Oidc
		oidc.Scopes, oidc.ClientSecret = slices.Clone(oidc.Scopes), slices.Clone(oidc.ClientSecret)
		oidc.AcrValues, oidc.AmrValues = slices.Clone(oidc.AcrValues), slices.Clone(oidc.AmrValues)
		oidc.EntraTenants = slices.Clone(oidc.EntraTenants)
		c.Oidc = &oidc
	}
	return &c
}

// facts are the provider by names, as the audit tells them. A secret and a certificate are told by their hashes.
func (p *IdentityProvider) facts() []Change {
	flag := strconv.FormatBool
	list := func(values []string) string { return strings.Join(values, " ") }
	rungs := make([]string, len(p.MatchOrder))
	for i, attribute := range p.MatchOrder {
		rungs[i] = RungName(attribute)
	}
	facts := []Change{{"Name", "", p.Name}, {"Prefix", "", p.Prefix}, {"Type", "", string(p.Type)}, {"Enabled", "", flag(p.Enabled)},
		{"MatchOrder", "", list(rungs)}, {"MfaAfter", "", flag(p.MfaAfter)}}
	saml, oidc := p.Saml, p.Oidc
	if saml == nil {
		saml = &SamlSettings{}
	}
	if oidc == nil {
		oidc = &OidcSettings{}
	}
	var trusted, pending []string
	for _, certificate := range saml.Certificates {
		if certificate.Pending {
			pending = append(pending, certificate.Fingerprint())
		} else {
			trusted = append(trusted, certificate.Fingerprint())
		}
	}
	secret := ""
	if len(oidc.ClientSecret) > 0 {
		sum := sha256.Sum256(oidc.ClientSecret)
		secret = "sealed " + hex.EncodeToString(sum[:8])
	}
	return append(facts, Change{"EntityId", "", saml.EntityID}, Change{"SsoUrl", "", saml.SsoURL}, Change{"SloUrl", "", saml.SloURL},
		Change{"SloByPost", "", flag(saml.SloByPost)},
		Change{"Certificates", "", list(trusted)}, Change{"PendingCertificates", "", list(pending)}, Change{"MetadataUrl", "", saml.MetadataURL},
		Change{"NameIdFormats", "", list(saml.NameIDFormats)}, Change{"IdpInitiated", "", flag(saml.IdpInitiated)},
		Change{"WantEncrypted", "", flag(saml.WantEncrypted)}, Change{"AuthnContexts", "", list(saml.AuthnContexts)},
		Change{"SignedRequests", "", flag(saml.SignedRequests)}, Change{"Issuer", "", oidc.Issuer}, Change{"ClientId", "", oidc.ClientID},
		Change{"ClientSecret", "", secret}, Change{"Scopes", "", list(oidc.Scopes)}, Change{"NameClaim", "", oidc.NameClaim},
		Change{"AcrValues", "", list(oidc.AcrValues)}, Change{"AmrValues", "", list(oidc.AmrValues)},
		Change{"TokenAuth", "", string(oidc.TokenAuth)}, Change{"EntraTenants", "", list(oidc.EntraTenants)})
}

// changes tells what differs between two states of a provider; nil is none at all.
func providerChanges(before, after *IdentityProvider) []Change {
	id := func(p *IdentityProvider) string {
		if p == nil {
			return ""
		}
		return p.ID.String()
	}
	changes := []Change{{"IdentityProviderId", id(before), id(after)}}
	was, is := before.orNone().facts(), after.orNone().facts()
	for i := range was {
		if (before == nil || after == nil) && (was[i].After == "false" || is[i].After == "false") {
			continue // what there was not is not told of
		}
		if was[i].After != is[i].After {
			changes = append(changes, Change{was[i].Attribute, was[i].After, is[i].After})
		}
	}
	return changes
}

func (p *IdentityProvider) orNone() *IdentityProvider {
	if p == nil {
		return &IdentityProvider{}
	}
	return p
}
