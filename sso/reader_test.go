package sso

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// published is metadata of an identity provider that signs with these keys.
func published(parties ...*party) *etree.Element {
	keys := ""
	for _, p := range parties {
		keys += `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>` +
			base64.StdEncoding.EncodeToString(p.cert.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
	}
	return element(`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + theirEntity + `" ID="_metadata" validUntil="` + stamp(noon.AddDate(0, 1, 0)) + `">` +
		`<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` + keys +
		`<md:SingleLogoutService Binding="` + bindingRedirect + `" Location="https://idp.example.org/slo"/>` +
		`<md:SingleSignOnService Binding="` + bindingPost + `" Location="https://idp.example.org/post"/>` +
		`<md:SingleSignOnService Binding="` + bindingRedirect + `" Location="https://idp.example.org/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`)
}

func TestReadMetadata(t *testing.T) {
	t.Parallel()
	trusted := [][]byte{theIdP().cert.Raw}
	read := func(root *etree.Element) (*domain.ProviderMetadata, error) {
		return Messages{}.ReadMetadata(bytesOf(root), trusted, noon)
	}
	m, err := read(published(theIdP(), attacker()))
	require.NoError(t, err)
	assert.Equal(t, &domain.ProviderMetadata{EntityID: theirEntity, SsoURL: "https://idp.example.org/sso", SloURL: "https://idp.example.org/slo",
		Certificates: [][]byte{theIdP().cert.Raw, attacker().cert.Raw}, ValidUntil: noon.AddDate(0, 1, 0)}, m)
	for by, signed := range map[*party]bool{theIdP(): true, attacker(): false} {
		m, err := read(by.sign(published(attacker())))
		require.NoError(t, err)
		assert.Equal(t, signed, m.Signed)
	}
	changed := theIdP().sign(published(theIdP()))
	at(changed, "SingleSignOnService").CreateAttr("Location", "https://evil.example")
	m, err = read(changed)
	require.NoError(t, err)
	assert.False(t, m.Signed)
	for name, spoil := range map[string]edit{
		"a script as address": func(r *etree.Element) {
			r.FindElements(".//SingleSignOnService")[1].CreateAttr("Location", "javascript:alert(1)")
		},
		"a plain address": func(r *etree.Element) {
			r.FindElements(".//SingleSignOnService")[1].CreateAttr("Location", "http://x.example")
		},
		"no sign-in":       drop("SingleSignOnService"),
		"no key":           drop("KeyDescriptor"),
		"a key to encrypt": set("KeyDescriptor", "use", "encryption"),
		"not ours to use":  func(r *etree.Element) { at(r, "IDPSSODescriptor").Tag = "SPSSODescriptor" },
		"no entity":        set(".", "entityID", ""),
		"expired":          set(".", "validUntil", stamp(noon.Add(-time.Second))),
		"several entities": func(r *etree.Element) { r.Tag = "EntitiesDescriptor" },
		"not of SAML":      func(r *etree.Element) { r.Space = "" },
	} {
		root := published(theIdP())
		spoil(root)
		_, err := read(root)
		assert.True(t, domain.Is(err, domain.CodeValidation), "%s: %v", name, err)
	}
	for _, text := range []string{"", "x", "<!DOCTYPE x><x/>", strings.Repeat(" ", maxMetadata+1)} {
		_, err := Messages{}.ReadMetadata([]byte(text), nil, noon)
		assert.True(t, domain.Is(err, domain.CodeValidation), "%.20s: %v", text, err)
	}
}

func TestAssertedName(t *testing.T) {
	t.Parallel()
	response := good(signBoth)
	for _, text := range []string{string(bytesOf(response)), base64.StdEncoding.EncodeToString(bytesOf(response)), " " + string(bytesOf(assertionOf(plain()))) + "\n"} {
		name, err := Messages{}.AssertedName(text)
		require.NoError(t, err)
		assert.Equal(t, ana, name)
	}
	for _, text := range []string{"", "alice", "<x/>", "<!DOCTYPE x><x/>", string(bytesOf(encrypt(good(signBoth), gcm256, 32))), strings.Repeat("A", 1<<20)} {
		_, err := Messages{}.AssertedName(text)
		assert.True(t, domain.Is(err, domain.CodeValidation), "%.20s: %v", text, err)
	}
}

// TestRefresh is SECURITY.md, row C24: what unsigned metadata brings waits for an administrator, and nothing that is in
// use goes before its time.
func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) {
		in.Saml.MetadataURL, in.Saml.SloURL = "https://idp.example.org/metadata", "https://idp.example.org/slo"
	})
	w.person(t, w.acme, ana)
	var answer *etree.Element
	var warnings []string
	var asked int
	refresh := func() *domain.SamlSettings {
		t.Helper()
		w.ticks.Add(25 * 3600 * 1_000_000)
		err := w.engine.Providers.Refresh(t.Context(), func(_ context.Context, url string) ([]byte, error) {
			asked++
			assert.Equal(t, "https://idp.example.org/metadata", url)
			if answer == nil {
				return nil, errors.New("down")
			}
			return bytesOf(answer), nil
		}, func(_, _, warning string) { warnings = append(warnings, warning) })
		require.NoError(t, err)
		p, err := w.engine.Providers.Find(t.Context(), w.acme, w.provider.ID)
		require.NoError(t, err)
		return p.Saml
	}
	pending := func(s *domain.SamlSettings) (list []bool) {
		for _, c := range s.Certificates {
			list = append(list, c.Pending)
		}
		return list
	}
	settings := refresh()
	assert.NotEmpty(t, settings.RefreshError)
	assert.Equal(t, []bool{false}, pending(settings), "what is there stays when the provider is down")
	answer = published(theIdP(), curveIdP())
	settings = refresh()
	assert.Empty(t, settings.RefreshError)
	assert.Equal(t, []bool{false, true}, pending(settings))
	assert.Contains(t, strings.Join(warnings, "\n"), "waits for an administrator")
	answer = published(curveIdP())
	answer.FindElements(".//SingleSignOnService")[1].CreateAttr("Location", "https://evil.example/sso")
	settings = refresh()
	assert.Equal(t, "https://idp.example.org/sso", settings.SsoURL, "an address changes only with a signature")
	assert.Contains(t, settings.RefreshError, "addresses")
	assert.Equal(t, []bool{false, true}, pending(settings), "the old one stays until it expires")
	_, err := w.engine.Providers.Trust(t.Context(), w.acme, w.provider.ID, "00")
	assert.True(t, domain.Is(err, domain.CodeNotFound))
	p, err := w.engine.Providers.Trust(t.Context(), w.acme, w.provider.ID, strings.ToUpper(settings.Certificates[1].Fingerprint()))
	require.NoError(t, err)
	assert.Equal(t, []bool{false, false}, pending(p.Saml))
	answer = theIdP().sign(published(theIdP(), curveIdP(), attacker()))
	assert.Equal(t, []bool{false, false, false}, pending(refresh()), "signed with a key that is trusted")
	answer.CreateAttr("entityID", "https://other.example")
	settings = refresh()
	assert.Contains(t, settings.RefreshError, "another entity")
	assert.Len(t, settings.Certificates, 3)

	answer.CreateAttr("entityID", theirEntity)
	assert.Empty(t, refresh().RefreshError)
	before := asked
	require.NoError(t, w.engine.Providers.Refresh(t.Context(), func(context.Context, string) ([]byte, error) { asked++; return nil, errors.New("down") }, func(_, _, _ string) {}))
	assert.Equal(t, before, asked, "it is not asked more often than once a day")
	warnings = nil
	w.ticks.Store(0)
	for day := range 370 {
		w.ticks.Store(int64(day) * 24 * 3600 * 1_000_000)
		require.NoError(t, w.engine.Providers.Refresh(t.Context(), func(context.Context, string) ([]byte, error) { return bytesOf(published(theIdP())), nil },
			func(_, _, warning string) { warnings = append(warnings, warning) }))
	}
	expires := 0
	for _, warning := range warnings {
		if strings.Contains(warning, "The last certificate expires") {
			expires++
		}
	}
	assert.Equal(t, 3, expires, "30, 7 and 1 days before: %v", warnings)
	assert.Contains(t, strings.Join(warnings, "\n"), "All certificates have expired")
	assert.Equal(t, 3, w.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'IDENTITY_PROVIDER_WARNING' AND note LIKE 'The last certificate expires%'"))
}

// TestTakeMetadata: what an administrator gives counts at once.
func TestTakeMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	p, err := w.engine.Providers.TakeMetadata(t.Context(), w.acme, w.provider.ID, bytesOf(published(curveIdP())))
	require.NoError(t, err)
	require.Len(t, p.Saml.Certificates, 2)
	assert.False(t, p.Saml.Certificates[1].Pending)
	assert.Equal(t, "https://idp.example.org/slo", p.Saml.SloURL)
	other := published(curveIdP())
	other.CreateAttr("entityID", "https://other.example")
	_, err = w.engine.Providers.TakeMetadata(t.Context(), w.acme, w.provider.ID, bytesOf(other))
	assert.True(t, domain.Is(err, domain.CodeValidation))
	reader := w.acme
	reader.Permissions = domain.NewPermissions(domain.ProvidersRead)
	for _, text := range []string{"x", string(bytesOf(published(curveIdP())))} {
		_, err = w.engine.Providers.TakeMetadata(t.Context(), reader, w.provider.ID, []byte(text))
		assert.True(t, domain.Is(err, domain.CodePermissionDenied))
	}
}
