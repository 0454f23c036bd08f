package sso

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

// Tenants of Microsoft Entra.
const (
	ours     = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
	partners = "1a2b3c4d-0000-4000-8000-00000000000a"
	anybody  = "deadbeef-0000-4000-8000-00000000000b"
)

// entra is a provider that publishes one issuer for many tenants.
func newEntra(t *testing.T) *rogue {
	t.Helper()
	r := newRogue(t)
	r.document["issuer"] = r.URL + "/{tenantid}/v2.0"
	return r
}

func (r *rogue) issuer(tenant string) string { return r.URL + "/" + tenant + "/v2.0" }

// of is what a token of a tenant says.
func (r *rogue) of(tenant string, more ...any) []any {
	return append([]any{"iss", r.issuer(tenant), "tid", tenant}, more...)
}

// TestEntraTenants: of an issuer that is shared by all tenants of Microsoft Entra, the people of those tenants alone are let
// in whom the settings name, and by tokens that say the same tenant in both places.
func TestEntraTenants(t *testing.T) {
	t.Parallel()
	for _, shared := range []string{"organizations", "common"} {
		r := newEntra(t)
		w := newRelyingWorld(t, storetest.SQLite, r.client)
		w.addOpenID(t, w.acme, "op", r.issuer(shared), func(in *domain.NewProvider) { in.Oidc.EntraTenants = []string{ours, partners} })
		w.person(t, w.acme, ana)
		for name, said := range map[string][]any{
			"a tenant that is not named":              r.of(anybody),
			"a foreign tid under an issuer of ours":   r.of(ours, "tid", anybody),
			"our tid under a foreign issuer":          r.of(anybody, "tid", ours),
			"another tenant of ours than the issuer":  r.of(ours, "tid", partners),
			"no tid":                                  r.of(ours, "tid", nil),
			"an empty tid":                            r.of(ours, "tid", ""),
			"a tid that is a list":                    r.of(ours, "tid", []string{ours}),
			"the issuer as it is published":           r.of("{tenantid}", "tid", ours),
			"the issuer as it is set":                 r.of(shared, "tid", ours),
			"the tenant in capitals":                  r.of("8EAEF023-2B34-4DA1-9BAA-8BC8C9D6A490"),
			"our tenant further down another address": {"iss", r.URL + "/" + anybody + "/" + ours + "/v2.0", "tid", ours},
			"another host":                            {"iss", "https://evil.example/" + ours + "/v2.0", "tid", ours},
			"no issuer":                               {"iss", nil, "tid", ours},
		} {
			refusedAs(t, w, shared+": "+name, "gate 9", func() *http.Response { return w.enterBy(t, r, nil, said...) })
		}
		for _, tenant := range []string{ours, partners} {
			answer := w.enterBy(t, r, nil, r.of(tenant)...)
			require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
			w.whose(t, answer)
		}
	}
}

// TestEntraAddresses is the attack that is known as nOAuth: the administrators of a tenant write into an account whatever
// address they like. It names nobody before Entra says that its domain was proved.
func TestEntraAddresses(t *testing.T) {
	t.Parallel()
	r := newEntra(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	p := w.addOpenID(t, w.acme, "op", r.issuer("organizations"), func(in *domain.NewProvider) { in.Oidc.EntraTenants = []string{ours} })
	w.person(t, w.acme, ana)
	for _, claimed := range []string{"email", ""} {
		_, err := w.engine.Providers.Change(t.Context(), w.acme, domain.ProviderChange{Provider: p.ID,
			Apply: func(p *domain.IdentityProvider) error { p.Oidc.NameClaim = claimed; return nil }})
		require.NoError(t, err)
		for name, said := range map[string][]any{
			"of which nothing is said":   {},
			"not proved":                 {"xms_edov", false},
			"not proved, in words":       {"xms_edov", "false"},
			"not proved, in a number":    {"xms_edov", 0},
			"proved by nothing":          {"xms_edov", nil},
			"proved by a list":           {"xms_edov", []bool{true}},
			"proved, but not the user's": {"xms_edov", true, "email_verified", false},
			"the user's, but not proved": {"xms_edov", false, "email_verified", true},
		} {
			refusedAs(t, w, claimed+": "+name, "gate 12", func() *http.Response {
				return w.enterBy(t, r, claim("sub", "s-"+ana), r.of(ours, append(said, "email", ana, "preferred_username", nil)...)...)
			})
		}
		for name, proved := range map[string]any{"a truth value": true, "a number": 1, "a figure": "1", "a word": "true"} {
			answer := w.enterBy(t, r, nil, r.of(ours, "email", ana, "preferred_username", nil, "xms_edov", proved)...)
			require.Equal(t, http.StatusSeeOther, answer.StatusCode, name+": "+w.note(t))
		}
	}
	refusedAs(t, w, "a username that is an unproved address", "gate 12", func() *http.Response {
		return w.enterBy(t, r, claim("sub", "s-"+ana), r.of(ours, "email", ana, "xms_edov", false)...)
	})
	refusedAs(t, w, "a proof of another address", "gate 12", func() *http.Response {
		return w.enterBy(t, r, claim("sub", "s-"+ana, "email", "other@example.org", "xms_edov", true), r.of(ours, "email", ana, "preferred_username", nil)...)
	})
}

// TestEntraAsksForTenants: what is published for many tenants lets nobody in before the settings name some, and no other
// issuer passes for one that is shared.
func TestEntraAsksForTenants(t *testing.T) {
	t.Parallel()
	r := newEntra(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	p := w.addOpenID(t, w.acme, "op", r.issuer("organizations"), func(in *domain.NewProvider) { in.Oidc.EntraTenants = []string{ours} })
	_, err := w.engine.Providers.Change(t.Context(), w.acme, domain.ProviderChange{Provider: p.ID,
		Apply: func(p *domain.IdentityProvider) error { p.Oidc.EntraTenants = nil; return nil }})
	assert.True(t, domain.Is(err, domain.CodeValidation), "%v", err)
	w.SQL(t, `UPDATE identity_provider SET settings = '{"oidc":{"issuer":"`+r.issuer("organizations")+`","client_id":"c"}}'`)
	refusedAs(t, w, "no tenants", "gate 15", func() *http.Response { return w.do("GET", opLogin, "") })
	for name, set := range map[string]struct{ issuer, published string }{
		"a tenant's own issuer": {r.issuer(ours), r.URL + "/{tenantid}/v2.0"},
		"another version":       {r.issuer("common"), r.URL + "/{tenantid}/"},
		"another host":          {r.issuer("common"), "https://evil.example/{tenantid}/v2.0"},
		"another shared one":    {r.issuer("common"), r.issuer("organizations")},
	} {
		r.document["issuer"] = set.published
		other := newRelyingWorld(t, storetest.SQLite, r.client)
		other.addOpenID(t, other.acme, "op", set.issuer, func(in *domain.NewProvider) { in.Oidc.EntraTenants = []string{ours} })
		refusedAs(t, other, name, "gate 15", func() *http.Response { return other.do("GET", opLogin, "") })
	}
}

// TestEntraKeys: a key that is one tenant's alone signs for no other one.
func TestEntraKeys(t *testing.T) {
	t.Parallel()
	r := newEntra(t)
	keys := func(issuer string) {
		r.raw = map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "kid": "1", "issuer": issuer,
			"n": base64.RawURLEncoding.EncodeToString(r.key.N.Bytes()), "e": "AQAB"}}}
	}
	for issuer, fine := range map[string]bool{r.issuer("{tenantid}"): true, r.issuer(ours): true, r.issuer(partners): false, "https://evil.example/{tenantid}/v2.0": false} {
		keys(issuer)
		w := newRelyingWorld(t, storetest.SQLite, r.client)
		w.addOpenID(t, w.acme, "op", r.issuer("common"), func(in *domain.NewProvider) { in.Oidc.EntraTenants = []string{ours, partners} })
		w.person(t, w.acme, ana)
		if fine {
			assert.Equal(t, http.StatusSeeOther, w.enterBy(t, r, nil, r.of(ours)...).StatusCode, w.note(t))
			continue
		}
		refusedAs(t, w, issuer, "gate 8", func() *http.Response { return w.enterBy(t, r, nil, r.of(ours)...) })
	}
}

// TestEntraAnswersAndEnds: the issuer that an answer names (RFC 9207) is that of the token, and a logout token counts for
// the tenants that the settings name.
func TestEntraAnswersAndEnds(t *testing.T) {
	t.Parallel()
	r := newEntra(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	w.addOpenID(t, w.acme, "op", r.issuer("common"), func(in *domain.NewProvider) { in.Oidc.EntraTenants = []string{ours, partners} })
	w.person(t, w.acme, ana)
	answered := func(iss, tenant string) *http.Response {
		state, nonce, browser := w.goes(t, opLogin)
		r.token = func(url.Values) string {
			return sign(jose.RS256, r.key, r.says(nonce, time.Now(), claim(r.of(tenant)...)))
		}
		return w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", iss), "", browser)
	}
	refusedAs(t, w, "a foreign tenant's answer", "gate 9", func() *http.Response { return answered(r.issuer(anybody), ours) })
	refusedAs(t, w, "the shared one's answer", "gate 9", func() *http.Response { return answered(r.issuer("common"), ours) })
	refusedAs(t, w, "another tenant's answer", "gate 9", func() *http.Response { return answered(r.issuer(partners), ours) })
	in := answered(r.issuer(ours), ours)
	require.Equal(t, http.StatusSeeOther, in.StatusCode, w.note(t))
	lives := func() bool {
		_, err := w.engine.Gatekeeper.Authenticate(t.Context(), cookie(in, web.SessionCookie).Value, netip.Addr{})
		return err == nil
	}
	assert.Equal(t, http.StatusBadRequest, w.told(sign(jose.RS256, r.key, r.ends(r.of(anybody)...))).StatusCode)
	assert.True(t, lives())
	assert.Equal(t, http.StatusOK, w.told(sign(jose.RS256, r.key, r.ends(r.of(ours)...))).StatusCode, w.note(t))
	assert.False(t, lives())
}

// TestClientSecretsGoAsTheProviderWants: in a header or in the form, by the settings or by what the provider publishes.
func TestClientSecretsGoAsTheProviderWants(t *testing.T) {
	t.Parallel()
	basic, post := domain.ClientSecretBasic, domain.ClientSecretPost
	for name, test := range map[string]struct {
		published any
		chosen    domain.TokenAuth
		want      domain.TokenAuth // "": nobody is sent there
	}{
		"nothing is published":  {nil, "", basic},
		"one is":                {[]string{"private_key_jwt", "client_secret_post"}, "", post},
		"both are":              {[]string{"client_secret_post", "client_secret_basic"}, "", basic},
		"none of ours is":       {[]string{"private_key_jwt"}, "", ""},
		"the settings know":     {[]string{"client_secret_basic"}, post, post},
		"the settings insist":   {[]string{"client_secret_post"}, basic, basic},
		"the settings say more": {[]string{"private_key_jwt"}, post, post},
	} {
		r := newRogue(t)
		if test.published != nil {
			r.document["token_endpoint_auth_methods_supported"] = test.published
		}
		w := newRelyingWorld(t, storetest.SQLite, r.client)
		w.addOpenID(t, w.acme, "op", r.URL, func(in *domain.NewProvider) { in.Oidc.TokenAuth = test.chosen })
		w.person(t, w.acme, ana)
		if test.want == "" {
			refusedAs(t, w, name, "gate 15", func() *http.Response { return w.do("GET", opLogin, "") })
			continue
		}
		require.Equal(t, http.StatusSeeOther, w.enterBy(t, r, nil).StatusCode, name+": "+w.note(t))
		if test.want == basic {
			assert.Equal(t, [2]string{url.QueryEscape(clientID), url.QueryEscape(clientSecret)}, r.basic, name)
			assert.Empty(t, r.seen.Get("client_secret"), name)
			continue
		}
		assert.Empty(t, r.basic[1], name)
		assert.Equal(t, []string{clientID, clientSecret}, []string{r.seen.Get("client_id"), r.seen.Get("client_secret")}, name)
	}
}
