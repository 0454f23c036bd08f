package rest

import (
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// providerBody is what an identity provider is created from and changed by. Members that are left out stay as they are.
type providerBody struct {
	name, prefix, kind sent[string]
	enabled, mfaAfter  sent[*bool]
	matchOrder         sent[[]string]
	version            sent[int64]
	saml               sent[samlBody]
	oidc               sent[oidcBody]
}

type samlBody struct {
	entityID, ssoURL, sloURL, metadataURL       sent[string]
	metadataXML                                 sent[string]
	certificates, nameIDFormats, authnContexts  sent[[]string]
	idpInitiated, wantEncrypted, signedRequests sent[*bool]
	sloByPost                                   sent[*bool]
}

type oidcBody struct {
	issuer, clientID, clientSecret, nameClaim, tokenAuth sent[string]
	scopes, acrValues, amrValues, entraTenants           sent[[]string]
}

func setNames[T any](at func(*T) *sent[[]string]) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = sent[[]string]{true, readList(r, (*reader).text)} }
}

var providerChangeFields = []field[providerBody]{
	{"Name", setText(func(b *providerBody) *sent[string] { return &b.name })},
	{"Prefix", setText(func(b *providerBody) *sent[string] { return &b.prefix })},
	{"Enabled", notNull(setFlag(func(b *providerBody) *sent[*bool] { return &b.enabled }))},
	{"MfaAfter", notNull(setFlag(func(b *providerBody) *sent[*bool] { return &b.mfaAfter }))},
	{"MatchOrder", setNames(func(b *providerBody) *sent[[]string] { return &b.matchOrder })},
	{"Saml", func(r *reader, into *providerBody) {
		if into.saml.present = !r.null(); into.saml.present {
			readFields(r, samlFields, &into.saml.value)
		}
	}},
	{"Oidc", func(r *reader, into *providerBody) {
		if into.oidc.present = !r.null(); into.oidc.present {
			readFields(r, oidcFields, &into.oidc.value)
		}
	}},
}

var (
	newProviderFields = append([]field[providerBody]{
		{"Type", setText(func(b *providerBody) *sent[string] { return &b.kind })},
	}, providerChangeFields...)
	changedProviderFields = append([]field[providerBody]{
		{"Version", setNumber(func(b *providerBody) *sent[int64] { return &b.version })},
	}, providerChangeFields...)
)

var samlFields = []field[samlBody]{
	{"EntityId", setText(func(b *samlBody) *sent[string] { return &b.entityID })},
	{"SsoUrl", setText(func(b *samlBody) *sent[string] { return &b.ssoURL })},
	{"SloUrl", setText(func(b *samlBody) *sent[string] { return &b.sloURL })},
	{"SloByPost", notNull(setFlag(func(b *samlBody) *sent[*bool] { return &b.sloByPost }))},
	{"MetadataUrl", setText(func(b *samlBody) *sent[string] { return &b.metadataURL })},
	{"MetadataXml", setText(func(b *samlBody) *sent[string] { return &b.metadataXML })},
	{"Certificates", setNames(func(b *samlBody) *sent[[]string] { return &b.certificates })},
	{"NameIdFormats", setNames(func(b *samlBody) *sent[[]string] { return &b.nameIDFormats })},
	{"AuthnContexts", setNames(func(b *samlBody) *sent[[]string] { return &b.authnContexts })},
	{"IdpInitiated", notNull(setFlag(func(b *samlBody) *sent[*bool] { return &b.idpInitiated }))},
	{"WantEncrypted", notNull(setFlag(func(b *samlBody) *sent[*bool] { return &b.wantEncrypted }))},
	{"SignedRequests", notNull(setFlag(func(b *samlBody) *sent[*bool] { return &b.signedRequests }))},
}

var oidcFields = []field[oidcBody]{
	{"Issuer", setText(func(b *oidcBody) *sent[string] { return &b.issuer })},
	{"ClientId", setText(func(b *oidcBody) *sent[string] { return &b.clientID })},
	{"ClientSecret", setText(func(b *oidcBody) *sent[string] { return &b.clientSecret })},
	{"NameClaim", setText(func(b *oidcBody) *sent[string] { return &b.nameClaim })},
	{"Scopes", setNames(func(b *oidcBody) *sent[[]string] { return &b.scopes })},
	{"AcrValues", setNames(func(b *oidcBody) *sent[[]string] { return &b.acrValues })},
	{"AmrValues", setNames(func(b *oidcBody) *sent[[]string] { return &b.amrValues })},
	{"TokenAuth", setText(func(b *oidcBody) *sent[string] { return &b.tokenAuth })},
	{"EntraTenants", setNames(func(b *oidcBody) *sent[[]string] { return &b.entraTenants })},
}

func (s sent[V]) into(target *V) {
	if s.present {
		*target = s.value
	}
}

func turned(flag sent[*bool], target *bool) {
	if flag.present && flag.value != nil {
		*target = *flag.value
	}
}

// apply changes the provider by what was sent.
func (b *providerBody) apply(p *domain.IdentityProvider) error {
	b.name.into(&p.Name)
	b.prefix.into(&p.Prefix)
	turned(b.enabled, &p.Enabled)
	turned(b.mfaAfter, &p.MfaAfter)
	if b.matchOrder.present {
		p.MatchOrder = nil
		for _, name := range b.matchOrder.value {
			p.MatchOrder = append(p.MatchOrder, domain.Rung(name)) // what is none is nil, which the engine refuses
		}
	}
	if b.oidc.present {
		if p.Oidc == nil {
			p.Oidc = &domain.OidcSettings{}
		}
		b.oidc.value.apply(p.Oidc)
	}
	if !b.saml.present {
		return nil
	}
	if p.Saml == nil {
		p.Saml = &domain.SamlSettings{}
	}
	return b.saml.value.apply(p.Saml)
}

func (b *oidcBody) apply(s *domain.OidcSettings) {
	b.issuer.into(&s.Issuer)
	b.clientID.into(&s.ClientID)
	b.nameClaim.into(&s.NameClaim)
	b.scopes.into(&s.Scopes)
	b.acrValues.into(&s.AcrValues)
	b.amrValues.into(&s.AmrValues)
	b.entraTenants.into(&s.EntraTenants)
	if b.tokenAuth.present {
		s.TokenAuth = domain.TokenAuth(b.tokenAuth.value)
	}
}

func (b *samlBody) apply(s *domain.SamlSettings) error {
	b.entityID.into(&s.EntityID)
	b.ssoURL.into(&s.SsoURL)
	b.sloURL.into(&s.SloURL)
	b.metadataURL.into(&s.MetadataURL)
	b.nameIDFormats.into(&s.NameIDFormats)
	b.authnContexts.into(&s.AuthnContexts)
	turned(b.sloByPost, &s.SloByPost)
	turned(b.idpInitiated, &s.IdpInitiated)
	turned(b.wantEncrypted, &s.WantEncrypted)
	turned(b.signedRequests, &s.SignedRequests)
	if !b.certificates.present {
		return nil
	}
	known := s.Certificates
	s.Certificates = nil
	for _, text := range b.certificates.value {
		der := readDER(text)
		if der == nil {
			return failed(domain.CodeValidation, []domain.FieldError{{Attribute: "Saml.Certificates", Message: "Send each certificate as PEM, or as its bytes in base64."}})
		}
		certificate := domain.SigningCertificate{DER: der}
		if at := slices.IndexFunc(known, func(c domain.SigningCertificate) bool { return slices.Equal(c.DER, der) }); at >= 0 {
			certificate = known[at]
			certificate.Pending = false // whoever names it trusts it
		}
		s.Certificates = append(s.Certificates, certificate)
	}
	return nil
}

// readDER reads a certificate in PEM or in base64; nil: it is neither.
func readDER(text string) []byte {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(der) == 0 {
		return nil
	}
	return der
}

// dryBody is a name to try, or an assertion that has it.
type dryBody struct{ nameID, assertion sent[string] }

var dryFields = []field[dryBody]{
	{"NameId", setText(func(b *dryBody) *sent[string] { return &b.nameID })},
	{"Assertion", setText(func(b *dryBody) *sent[string] { return &b.assertion })},
}

// newProvider is what the body asks for, applied to a provider that has nothing yet.
func (b *providerBody) newProvider(apply func(*domain.IdentityProvider) error) (domain.NewProvider, error) {
	p := domain.IdentityProvider{Type: domain.ProviderType(b.kind.value)}
	for _, kind := range domain.ProviderTypes() {
		if strings.EqualFold(string(kind), b.kind.value) {
			p.Type = kind
		}
	}
	err := apply(&p)
	return domain.NewProvider{Name: p.Name, Prefix: p.Prefix, Type: p.Type, Enabled: p.Enabled, MatchOrder: p.MatchOrder, MfaAfter: p.MfaAfter,
		Saml: p.Saml, Oidc: p.Oidc, ClientSecret: b.oidc.value.clientSecret.value}, err
}
