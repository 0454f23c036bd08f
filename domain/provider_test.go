package domain_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// keyed makes a certificate for the key.
func keyed(t *testing.T, public, private any) []byte {
	t.Helper()
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: noon, NotAfter: noon.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, public, private)
	require.NoError(t, err)
	return der
}

var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// signing is a certificate that may sign.
func signing(t *testing.T) []byte {
	t.Helper()
	key, err := signingKey()
	require.NoError(t, err)
	return keyed(t, &key.PublicKey, key)
}

// samlProvider is all that an enabled provider needs.
func samlProvider(t *testing.T, prefix string) domain.NewProvider {
	return domain.NewProvider{Name: "Okta", Prefix: prefix, Type: domain.ProviderSaml, Enabled: true, Saml: &domain.SamlSettings{
		EntityID: "http://www.okta.com/exk1", SsoURL: "https://acme.okta.example/sso", Certificates: []domain.SigningCertificate{{DER: signing(t)}}}}
}

// openID makes a provider one of OpenID Connect, with these settings.
func openID(set func(s *domain.OidcSettings)) func(p *domain.NewProvider) {
	return func(p *domain.NewProvider) {
		p.Type, p.Saml, p.Oidc = domain.ProviderOidc, nil, &domain.OidcSettings{Issuer: "https://op.example", ClientID: "c"}
		set(p.Oidc)
	}
}

func TestProvidersAreChecked(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	shorter, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	edwards, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	certificate := func(der []byte) func(*domain.NewProvider) {
		return func(p *domain.NewProvider) { p.Saml.Certificates[0].DER = der }
	}
	url := func(text string) func(*domain.NewProvider) {
		return func(p *domain.NewProvider) { p.Saml.SsoURL = text }
	}
	for name, row := range map[string]struct {
		spoil     func(p *domain.NewProvider)
		attribute string
	}{
		"no name":                  {func(p *domain.NewProvider) { p.Name = " " }, "Name"},
		"prefix of capitals":       {func(p *domain.NewProvider) { p.Prefix = "Okta" }, "Prefix"},
		"prefix with a slash":      {func(p *domain.NewProvider) { p.Prefix = "a/b" }, "Prefix"},
		"long prefix":              {func(p *domain.NewProvider) { p.Prefix = strings.Repeat("a", 41) }, "Prefix"},
		"no prefix":                {func(p *domain.NewProvider) { p.Prefix = "" }, "Prefix"},
		"type":                     {func(p *domain.NewProvider) { p.Type = "Ldap"; p.Saml = nil }, "Type"},
		"settings of another type": {func(p *domain.NewProvider) { p.Type = domain.ProviderPassword }, "Saml"},
		"no settings":              {func(p *domain.NewProvider) { p.Saml = nil }, "Saml"},
		"rule twice": {func(p *domain.NewProvider) {
			p.MatchOrder = []*domain.Attribute{domain.AttrUsername, domain.AttrUsername}
		}, "MatchOrder"},
		"rule that is none":         {func(p *domain.NewProvider) { p.MatchOrder = []*domain.Attribute{domain.AttrLastName} }, "MatchOrder"},
		"rule of nothing":           {func(p *domain.NewProvider) { p.MatchOrder = []*domain.Attribute{nil} }, "MatchOrder"},
		"plain URL":                 {url("http://acme.okta.example/sso"), "SsoUrl"},
		"script":                    {url("javascript:alert(1)"), "SsoUrl"},
		"script with capitals":      {url("JavaScript://x/%0aalert(1)"), "SsoUrl"},
		"no host":                   {url("https:///sso"), "SsoUrl"},
		"relative URL":              {url("//evil.example/sso"), "SsoUrl"},
		"user in the URL":           {url("https://acme@evil.example/sso"), "SsoUrl"},
		"fragment":                  {url("https://acme.example/sso#x"), "SsoUrl"},
		"blank in the URL":          {url("https://acme.example/ sso"), "SsoUrl"},
		"log-out URL":               {func(p *domain.NewProvider) { p.Saml.SloURL = "ftp://x" }, "SloUrl"},
		"metadata URL":              {func(p *domain.NewProvider) { p.Saml.MetadataURL = "file:///etc/passwd" }, "MetadataUrl"},
		"entity id":                 {func(p *domain.NewProvider) { p.Saml.EntityID = "a b" }, "EntityId"},
		"enabled without entity id": {func(p *domain.NewProvider) { p.Saml.EntityID = "" }, "EntityId"},
		"enabled without key":       {func(p *domain.NewProvider) { p.Saml.Certificates = nil }, "Certificates"},
		"enabled by a pending key":  {func(p *domain.NewProvider) { p.Saml.Certificates[0].Pending = true }, "Certificates"},
		"no certificate":            {certificate([]byte("nonsense")), "Certificates"},
		"short RSA":                 {certificate(keyed(t, &short.PublicKey, short)), "Certificates"},
		"short ECDSA":               {certificate(keyed(t, &shorter.PublicKey, shorter)), "Certificates"},
		"key of another kind":       {certificate(keyed(t, edwards, private)), "Certificates"},
		"too many certificates":     {func(p *domain.NewProvider) { p.Saml.Certificates = make([]domain.SigningCertificate, 11) }, "Certificates"},
		"formats":                   {func(p *domain.NewProvider) { p.Saml.NameIDFormats = []string{""} }, "NameIdFormats"},
		"secret of SAML":            {func(p *domain.NewProvider) { p.ClientSecret = "s" }, "ClientSecret"},
		"issuer with a query": {func(p *domain.NewProvider) {
			p.Type, p.Saml, p.Oidc = domain.ProviderOidc, nil, &domain.OidcSettings{Issuer: "https://op.example/?x", ClientID: "c"}
		}, "Issuer"},
		"no client id": {func(p *domain.NewProvider) {
			p.Type, p.Saml, p.Oidc = domain.ProviderOidc, nil, &domain.OidcSettings{Issuer: "https://op.example"}
		}, "Issuer"},
		"method of clients":   {openID(func(s *domain.OidcSettings) { s.TokenAuth = "client_secret_jwt" }), "TokenAuth"},
		"tenant by its name":  {openID(func(s *domain.OidcSettings) { s.EntraTenants = []string{"contoso.example"} }), "EntraTenants"},
		"tenant that is none": {openID(func(s *domain.OidcSettings) { s.EntraTenants = []string{uuid.Nil.String()} }), "EntraTenants"},
		"everybody's issuer":  {openID(func(s *domain.OidcSettings) { s.Issuer = "https://login.example/organizations/v2.0" }), "EntraTenants"},
		"anybody's issuer":    {openID(func(s *domain.OidcSettings) { s.Issuer = "https://login.example/common/v2.0" }), "EntraTenants"},
	} {
		in := samlProvider(t, "okta")
		row.spoil(&in)
		_, err := s.engine.Providers.Add(t.Context(), byManager(s.acme), in)
		var own *domain.Error
		if assert.ErrorAs(t, err, &own, name) {
			assert.Equal(t, domain.CodeValidation, own.Code, name)
			var about []string
			for _, field := range own.Fields {
				about = append(about, field.Attribute)
			}
			assert.Contains(t, about, row.attribute, name)
		}
	}
	drafted := samlProvider(t, "draft")
	drafted.Enabled, drafted.Saml = false, &domain.SamlSettings{}
	_, err = s.engine.Providers.Add(t.Context(), byManager(s.acme), drafted)
	require.NoError(t, err, "what is not enabled may be unfinished")
}

func TestProvidersLiveTheirLives(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		providers, manager := s.engine.Providers, byManager(s.acme)
		_, err := providers.Add(t.Context(), s.acme.rest, samlProvider(t, "okta"))
		assert.Equal(t, domain.CodePermissionDenied, domain.CodeOf(err))
		okta, err := providers.Add(t.Context(), manager, samlProvider(t, "okta"))
		require.NoError(t, err)
		assert.Equal(t, []any{noon, noon.AddDate(1, 0, 0), false}, []any{okta.Saml.Certificates[0].NotBefore, okta.Saml.Certificates[0].NotAfter, okta.Saml.Certificates[0].Seen.IsZero()})
		_, err = providers.Add(t.Context(), manager, samlProvider(t, "okta"))
		assert.Equal(t, domain.CodePrefixTaken, domain.CodeOf(err))
		_, err = providers.Add(t.Context(), byManager(s.beta), samlProvider(t, "okta"))
		require.NoError(t, err, "prefixes are the tenant's own")
		oidc, err := providers.Add(t.Context(), manager, domain.NewProvider{Name: "Google", Prefix: "google", Type: domain.ProviderOidc, Enabled: true,
			Oidc: &domain.OidcSettings{Issuer: "https://accounts.example", ClientID: "me"}, ClientSecret: "hush-hush"})
		require.NoError(t, err)
		secret, err := s.secrets.Open(oidc.Oidc.ClientSecret, domain.ClientSecretPurpose(oidc.ID))
		require.NoError(t, err)
		assert.Equal(t, "hush-hush", secret)

		tenant, open, err := providers.Open(t.Context(), "acme", "okta")
		require.NoError(t, err)
		assert.Equal(t, []uuid.UUID{s.acme.id, okta.ID}, []uuid.UUID{tenant.ID, open.ID})
		name := "Okta of Acme"
		rename := domain.ProviderChange{Provider: okta.ID, Version: 1, Apply: func(p *domain.IdentityProvider) error {
			p.Name, p.Enabled, p.Type = name, false, domain.ProviderOidc
			return nil
		}}
		changed, err := providers.Change(t.Context(), manager, rename)
		require.NoError(t, err)
		assert.Equal(t, []any{name, int64(2), domain.ProviderSaml}, []any{changed.Name, changed.Version, changed.Type})
		_, err = providers.Change(t.Context(), manager, rename)
		assert.Equal(t, domain.CodeVersionConflict, domain.CodeOf(err))
		rename.Version = 2
		changed, err = providers.Change(t.Context(), manager, rename)
		require.NoError(t, err)
		assert.Equal(t, int64(2), changed.Version, "what makes no difference changes nothing")

		list, err := providers.List(t.Context(), s.acme.rest)
		require.NoError(t, err)
		require.Len(t, list, 3, "one was there before")
		assert.Equal(t, "Google", list[0].Name)
		s.closedDoors(t)
		for _, table := range []string{"audit_event", "domain_event"} {
			assert.Empty(t, s.holding(t, table, "hush-hush"))
		}
	})
}

// closedDoors demands that everything but an enabled provider of an enabled tenant with SSO is answered alike.
func (s *stage) closedDoors(t *testing.T) {
	t.Helper()
	_, _, unknown := s.engine.Providers.Open(t.Context(), "nobody", "okta")
	off := false
	_, err := s.engine.Administration.UpdateTenant(t.Context(), byManager(s.beta), domain.TenantChange{Sso: &off})
	require.NoError(t, err)
	for _, path := range [][2]string{{"acme", "okta"}, {"acme", "none"}, {"acme", ""}, {"beta", "okta"}} {
		_, _, err := s.engine.Providers.Open(t.Context(), path[0], path[1])
		assert.Equal(t, domain.CodeIdentityProviderNotFound, domain.CodeOf(err), path)
		assert.Equal(t, unknown, err, path)
	}
}

// holding are the rows of a table that hold a text.
func (s *stage) holding(t *testing.T, table, text string) (rows []string) {
	t.Helper()
	for _, row := range s.Everything(t)[table] {
		if strings.Contains(row, text) {
			rows = append(rows, row)
		}
	}
	return rows
}

func TestProvidersStayWhilePeopleAreBound(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		okta, err := s.engine.Providers.Add(t.Context(), byManager(s.acme), samlProvider(t, "okta"))
		require.NoError(t, err)
		bind := func(id uuid.UUID) error {
			return change(byRest, domain.AspectProvider, func(p *domain.Person) { p.Access.IdentityProviderID = id })(s.engine, s.acme, about{id: s.acme.colleague})
		}
		require.NoError(t, bind(okta.ID))
		err = s.engine.Providers.Remove(t.Context(), byManager(s.acme), okta.ID)
		assert.Equal(t, domain.CodeIdentityProviderInUse, domain.CodeOf(err))
		require.NoError(t, bind(uuid.Nil))
		require.NoError(t, changeProvider(func(p *domain.IdentityProvider) { p.Enabled = false })(s.engine, s.acme, about{id: okta.ID}))
		assert.Equal(t, domain.CodeValidation, domain.CodeOf(bind(okta.ID)), "nobody is bound to one that is not enabled")
		require.NoError(t, s.engine.Providers.Remove(t.Context(), byManager(s.acme), okta.ID))
		assert.Equal(t, domain.CodeIdentityProviderNotFound, domain.CodeOf(bind(okta.ID)))
	})
}

func TestProviderFingerprints(t *testing.T) {
	t.Parallel()
	read, problem := domain.ReadCertificate(signing(t))
	require.Empty(t, problem)
	assert.Len(t, read.Fingerprint(), 64)
	assert.Equal(t, time.UTC, read.NotAfter.Location())
}
