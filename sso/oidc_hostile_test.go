package sso

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// claim is a change of what a token says.
func claim(pairs ...any) map[string]any {
	changed := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i].(string)] = pairs[i+1]
	}
	return changed
}

// hostileToken is a token that nobody may be let in by.
type hostileToken struct {
	name, gate string
	token      func(r *rogue, said map[string]any) string
}

func said(name, gate string, changes ...any) hostileToken {
	return hostileToken{name, gate, func(r *rogue, all map[string]any) string {
		maps.Copy(all, claim(changes...))
		for key, value := range all {
			if value == nil {
				delete(all, key)
			}
		}
		return sign(jose.RS256, r.key, all)
	}}
}

func hostileTokens(now time.Time) []hostileToken {
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	forged := func(name, gate string, token func(r *rogue, said map[string]any) string) hostileToken {
		return hostileToken{name, gate, token}
	}
	with := func(header jose.HeaderKey, value any) func(r *rogue, said map[string]any) string {
		return func(r *rogue, said map[string]any) string {
			return sign(jose.RS256, r.key, said, map[jose.HeaderKey]any{header: value})
		}
	}
	stranger, _ := rsa.GenerateKey(rand.Reader, 2048)
	return []hostileToken{
		forged("alg none", "gate 7", func(_ *rogue, said map[string]any) string { return unsigned(said) }),
		forged("alg none with a signature", "gate 7", func(r *rogue, said map[string]any) string {
			return unsigned(said) + strings.Split(sign(jose.RS256, r.key, said), ".")[2]
		}),
		forged("HS256 with the public key", "gate 7", func(r *rogue, said map[string]any) string {
			der, _ := x509.MarshalPKIXPublicKey(&r.key.PublicKey)
			return sign(jose.HS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), said)
		}),
		forged("HS256 with our secret", "gate 7", func(_ *rogue, said map[string]any) string {
			return sign(jose.HS256, []byte(clientSecret+strings.Repeat(" ", 32)), said)
		}),
		forged("RS384", "gate 7", func(r *rogue, said map[string]any) string { return sign(jose.RS384, r.key, said) }),
		forged("another's key", "gate 8", func(_ *rogue, said map[string]any) string { return sign(jose.RS256, stranger, said) }),
		forged("a key that comes along", "gate 8", func(_ *rogue, said map[string]any) string {
			return sign(jose.RS256, stranger, said, map[jose.HeaderKey]any{"jwk": jose.JSONWebKey{Key: &stranger.PublicKey, KeyID: "1"}})
		}),
		forged("an algorithm that the key is not for", "gate 8", func(r *rogue, said map[string]any) string { return sign(jose.PS256, r.key, said) }),
		forged("an unknown kid", "gate 8", with("kid", "2")),
		forged("what must be understood", "gate", with("crit", []string{"exp"})),
		forged("changed after signing", "gate 8", func(r *rogue, said map[string]any) string {
			parts := strings.Split(sign(jose.RS256, r.key, said), ".")
			maps.Copy(said, claim("preferred_username", evil))
			parts[1] = strings.Split(sign(jose.RS256, r.key, said), ".")[1]
			return strings.Join(parts, ".")
		}),
		forged("no token", "gate", func(*rogue, map[string]any) string { return "" }),
		forged("no JWT", "gate 1", func(*rogue, map[string]any) string { return "a.b" }),
		forged("not even base64", "gate 1", func(*rogue, map[string]any) string { return "?.?.?" }),
		forged("two signatures", "gate", func(r *rogue, said map[string]any) string {
			text, _ := json.Marshal(map[string]any{"payload": "e30", "signatures": []any{}})
			return string(text) + ".."
		}),
		forged("large", "gate", func(r *rogue, said map[string]any) string {
			maps.Copy(said, claim("more", strings.Repeat("x", maxToken)))
			return sign(jose.RS256, r.key, said)
		}),
		forged("a logout token", "gate 5", with("typ", "logout+jwt")),
		forged("an access token", "gate 5", with("typ", "at+jwt")),
		said("another audience", "gate 10", "aud", "another"),
		said("no audience", "gate 10", "aud", nil),
		said("several audiences without azp", "gate 10", "aud", []string{clientID, "another"}),
		said("another azp", "gate 10", "azp", "another"),
		said("another azp among several", "gate 10", "aud", []string{clientID, "another"}, "azp", "another"),
		said("an issuer that differs by a slash", "gate 9", "iss", "https://op.example/"),
		said("no issuer", "gate 9", "iss", nil),
		said("expired", "gate 11", "exp", at(-61*time.Second)),
		said("without an end", "gate 11", "exp", nil),
		said("an end in words", "gate 1", "exp", "tomorrow"),
		said("issued in the future", "gate 11", "iat", at(2*time.Minute), "exp", at(5*time.Minute)),
		said("issued long ago", "gate 11", "iat", at(-time.Hour)),
		said("not yet", "gate 11", "nbf", at(2*time.Minute)),
		said("issued at no time", "gate 11", "iat", nil),
		said("no nonce", "gate 10", "nonce", nil),
		said("another nonce", "gate 10", "nonce", "another"),
		said("an empty nonce", "gate 10", "nonce", ""),
		said("another access token", "gate 10", "at_hash", "x"),
		said("no subject", "gate 12", "sub", nil),
		said("a subject without end", "gate 12", "sub", strings.Repeat("x", 300)),
		said("an event", "gate 5", "events", map[string]any{logoutEvent: map[string]any{}}),
		said("a blank name", "gate 12", "preferred_username", " "),
		said("a name that is a list", "gate 12", "preferred_username", []string{ana}),
		said("an address that is not verified", "gate 12", "preferred_username", nil, "email", ana),
		said("an address that is said not to be verified", "gate 12", "preferred_username", nil, "email", ana, "email_verified", false),
		said("an address that is verified by a word", "gate 12", "preferred_username", nil, "email", ana, "email_verified", "true"),
		said("nobody's name", "gate 14", "preferred_username", "nobody"),
	}
}

// refusedAs demands that an answer let nobody in, said no more than all others, and left one line in the audit.
func refusedAs(t *testing.T, w *world, name, gate string, try func() *http.Response) {
	t.Helper()
	sessions, refusals := w.sessions(t), w.refusals(t)
	answer := try()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, answer.StatusCode, name)
	shown := regexp.MustCompile(`"RequestId":"[^"]+"`).ReplaceAllString(string(body), "*")
	assert.Equal(t, `{"Code":"sign_in_refused","Message":"You could not be signed in. Try again; if that does not help, tell your administrator the number below.",*}`+"\n", shown, name)
	assert.Empty(t, answer.Cookies(), name)
	assert.Equal(t, sessions, w.sessions(t), name)
	assert.Equal(t, refusals+1, w.refusals(t), name)
	assert.Regexp(t, `^`+gate+`[ \d]*\([a-z]+\): `, w.note(t), name)
}

// goes is a sign-in that has come to where the provider would answer: its state and nonce.
func (w *world) goes(t *testing.T, path string) (state, nonce string, browser *http.Cookie) {
	t.Helper()
	to, browser := w.away(t, path)
	at, err := url.Parse(to)
	require.NoError(t, err)
	return at.Query().Get("state"), at.Query().Get("nonce"), browser
}

func back(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return path + "?" + query.Encode()
}

// TestHostileIDTokens: what a provider would never say lets nobody in.
func TestHostileIDTokens(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	w.addOpenID(t, w.acme, "op", r.URL)
	w.person(t, w.acme, ana)
	w.person(t, w.acme, evil)
	for _, hostile := range hostileTokens(time.Now()) {
		state, nonce, browser := w.goes(t, opLogin)
		r.token = func(url.Values) string { return hostile.token(r, r.says(nonce, time.Now())) }
		refusedAs(t, w, hostile.name, hostile.gate, func() *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "state", state), "", browser)
		})
	}
	assert.LessOrEqual(t, r.fetches, 2, "unknown keys are asked for rarely")
	// None of that was for want of a provider that works.
	state, nonce, browser := w.goes(t, opLogin)
	r.token = func(url.Values) string { return sign(jose.RS256, r.key, r.says(nonce, time.Now())) }
	answer := w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", r.URL), "", browser)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
	assert.Equal(t, [2]string{url.QueryEscape(clientID), url.QueryEscape(clientSecret)}, r.basic)
	assert.Empty(t, r.seen.Get("client_secret"))
	assert.Len(t, r.seen.Get("code_verifier"), 43)
}

// TestHostileCallbacks: an answer counts for the browser, the provider and the tenant in which the sign-in began, once.
func TestHostileCallbacks(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	r.document["authorization_response_iss_parameter_supported"] = true
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	beta := w.tenant(t, "beta")
	w.addOpenID(t, w.acme, "op", r.URL)
	w.addOpenID(t, w.acme, "other", r.URL)
	w.addOpenID(t, beta, "op", r.URL)
	w.person(t, w.acme, ana)
	w.person(t, beta, ana)
	for name, test := range map[string]struct {
		gate string
		try  func(state string, browser *http.Cookie) *http.Response
	}{
		"another browser's": {"gate 13", func(state string, _ *http.Cookie) *http.Response {
			_, _, mine := w.goes(t, opLogin)
			return w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", r.URL), "", mine)
		}},
		"no browser": {"gate 13", func(state string, _ *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", r.URL), "")
		}},
		"two browsers": {"gate 13", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", r.URL), "", browser, browser)
		}},
		"another state": {"gate 13", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "state", state+"x", "iss", r.URL), "", browser)
		}},
		"no state": {"gate 13", func(_ string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "iss", r.URL), "", browser)
		}},
		"another tenant's": {"gate 13", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back("/sso/beta/op/callback", "code", "c", "state", state, "iss", r.URL), "", browser)
		}},
		"another provider's": {"gate 13", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back("/sso/acme/other/callback", "code", "c", "state", state, "iss", r.URL), "", browser)
		}},
		"a mixed-up issuer": {"gate 9", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", "https://evil.example"), "", browser)
		}},
		"no issuer where there has to be one": {"gate 9", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "state", state), "", browser)
		}},
		"a parameter twice": {"gate 1", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "code", "c", "code", "d", "state", state, "iss", r.URL), "", browser)
		}},
		"no code": {"gate 1", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "state", state, "iss", r.URL), "", browser)
		}},
		"a refusal": {"gate 16", func(state string, browser *http.Cookie) *http.Response {
			return w.do("GET", back(callbackPath, "error", "access_denied", "error_description", "<script>", "state", state, "iss", r.URL), "", browser)
		}},
		"the same twice": {"gate 13", func(state string, browser *http.Cookie) *http.Response {
			w.do("GET", back(callbackPath, "error", "access_denied", "state", state, "iss", r.URL), "", browser)
			return w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", r.URL), "", browser)
		}},
		"late": {"gate 13", func(state string, browser *http.Cookie) *http.Response {
			w.ticks.Add(16 * 60 * 1_000_000)
			return w.do("GET", back(callbackPath, "code", "c", "state", state, "iss", r.URL), "", browser)
		}},
	} {
		state, nonce, browser := w.goes(t, opLogin)
		r.token = func(url.Values) string { return sign(jose.RS256, r.key, r.says(nonce, time.Now())) }
		if name == "the same twice" {
			assert.Equal(t, http.StatusForbidden, test.try(state, browser).StatusCode, name)
			assert.Contains(t, w.note(t), test.gate, name)
			continue
		}
		refusedAs(t, w, name, test.gate, func() *http.Response { return test.try(state, browser) })
		assert.NotContains(t, w.note(t), "script", name)
	}
	assert.Zero(t, w.sessions(t))
	for _, to := range []string{"//evil.example", "https://evil.example", "javascript:alert(1)", `\\evil`, "/%09/evil.example"} {
		assert.Equal(t, http.StatusBadRequest, w.do("GET", opLogin+"?ReturnTo="+to, "").StatusCode, to)
	}
	for _, path := range []string{"/sso/acme/op/acs", "/sso/acme/op/metadata", "/sso/none/op/callback", "/sso/acme/none/backchannel-logout"} {
		method := map[bool]string{true: "POST", false: "GET"}[strings.HasSuffix(path, "acs") || strings.HasSuffix(path, "logout")]
		assert.Equal(t, http.StatusNotFound, w.do(method, path, "").StatusCode, path)
	}
}

// enterBy signs in by what a token says; more is said by the provider when it is asked.
func (w *world) enterBy(t *testing.T, r *rogue, more map[string]any, changes ...any) *http.Response {
	t.Helper()
	state, nonce, browser := w.goes(t, opLogin)
	r.info = more
	r.token = func(url.Values) string {
		return sign(jose.RS256, r.key, r.says(nonce, time.Now(), claim(changes...)))
	}
	return w.do("GET", back(callbackPath, "code", "c", "state", state), "", browser)
}

// TestNamesByOpenID: whose name it is, by the settings, and from where it is taken.
func TestNamesByOpenID(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	p := w.addOpenID(t, w.acme, "op", r.URL)
	w.person(t, w.acme, ana)
	settings := func(apply func(p *domain.IdentityProvider)) {
		_, err := w.engine.Providers.Change(t.Context(), w.acme, domain.ProviderChange{Provider: p.ID,
			Apply: func(p *domain.IdentityProvider) error { apply(p); return nil }})
		require.NoError(t, err)
	}
	claimed := func(name string) { settings(func(p *domain.IdentityProvider) { p.Oidc.NameClaim = name }) }
	enters := func(name string, answer *http.Response) {
		t.Helper()
		if assert.Equal(t, http.StatusSeeOther, answer.StatusCode, name+": "+w.note(t)) {
			w.whose(t, answer)
		}
	}
	stays := func(name, gate string, try func() *http.Response) { refusedAs(t, w, name, gate, try) }
	subject := "s-" + ana
	enters("preferred_username", w.enterBy(t, r, nil))
	enters("a verified address", w.enterBy(t, r, nil, "preferred_username", nil, "email", ana, "email_verified", true))
	enters("from the provider's other words", w.enterBy(t, r, claim("sub", subject, "preferred_username", ana), "preferred_username", nil))
	stays("of another person", "gate 12", func() *http.Response {
		return w.enterBy(t, r, claim("sub", "another", "preferred_username", ana), "preferred_username", nil)
	})
	stays("of nobody", "gate 12", func() *http.Response {
		return w.enterBy(t, r, claim("preferred_username", ana), "preferred_username", nil)
	})
	stays("an address there that is not verified", "gate 12", func() *http.Response {
		return w.enterBy(t, r, claim("sub", subject, "email", ana), "preferred_username", nil)
	})
	stays("a username that is an address which is not verified", "gate 12", func() *http.Response {
		return w.enterBy(t, r, claim("sub", subject, "email_verified", true, "email", ana), "email", strings.ToUpper(ana), "email_verified", false)
	})
	enters("a username that is an address of which nothing is said", w.enterBy(t, r, nil, "email", ana))
	stays("an address that is verified, but another", "gate 12", func() *http.Response {
		return w.enterBy(t, r, claim("sub", subject, "email_verified", true, "email", "other@example.org"), "preferred_username", nil, "email", ana)
	})
	claimed("email")
	stays("only addresses", "gate 12", func() *http.Response { return w.enterBy(t, r, claim("sub", subject), "email", ana) })
	enters("a verified address alone", w.enterBy(t, r, nil, "email", ana, "email_verified", true))
	claimed("oid")
	enters("any claim", w.enterBy(t, r, nil, "oid", ana, "preferred_username", evil))
	stays("not the usual one", "gate 12", func() *http.Response { return w.enterBy(t, r, claim("sub", subject)) })
	claimed("")
	state, nonce, browser := w.goes(t, opLogin)
	r.token = func(url.Values) string { return sign(jose.RS256, r.key, r.says(nonce, time.Now())) }
	settings(func(p *domain.IdentityProvider) { p.Oidc.Issuer += "/" })
	stays("begun at another issuer", "gate 9", func() *http.Response {
		return w.do("GET", back(callbackPath, "code", "c", "state", state), "", browser)
	})
	settings(func(p *domain.IdentityProvider) { p.Oidc.Issuer = strings.TrimSuffix(p.Oidc.Issuer, "/") })

	sum := sha256.Sum256([]byte("access"))
	enters("the right access token", w.enterBy(t, r, nil, "at_hash", base64.RawURLEncoding.EncodeToString(sum[:16])))
	enters("several audiences, but for us", w.enterBy(t, r, nil, "aud", []string{clientID, "another"}, "azp", clientID))
	enters("clocks differ", w.enterBy(t, r, nil, "iat", time.Now().Add(50*time.Second).Unix(), "exp", time.Now().Add(-50*time.Second).Unix()))

	settings(func(p *domain.IdentityProvider) {
		p.MfaAfter, p.Oidc.AcrValues, p.Oidc.AmrValues = true, []string{"phr", "phrh"}, []string{"mfa", "hwk"}
	})
	to, _ := w.away(t, opLogin)
	assert.Contains(t, to, "acr_values=phr+phrh")
	stays("no acr", "gate 11", func() *http.Response { return w.enterBy(t, r, nil, "amr", []string{"mfa"}) })
	stays("another acr", "gate 11", func() *http.Response { return w.enterBy(t, r, nil, "amr", []string{"mfa"}, "acr", "1") })
	stays("another amr", "gate 11", func() *http.Response { return w.enterBy(t, r, nil, "amr", []string{"pwd"}, "acr", "phr") })
	answer := w.enterBy(t, r, nil, "amr", []string{"pwd", "mfa"}, "acr", "phrh")
	enters("as demanded", answer)
	assert.Equal(t, "/code/acme", answer.Header.Get("Location"))
	assert.True(t, w.whose(t, answer).Pending)
}

// TestProvidersThatCannotBeUsed: nobody is sent to a provider that is not the one of the settings, or not safe.
func TestProvidersThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]map[string]any{
		"another issuer":         claim("issuer", "https://evil.example"),
		"no endpoint":            claim("token_endpoint", nil),
		"a script as endpoint":   claim("authorization_endpoint", "javascript:alert(1)"),
		"keys without TLS":       claim("jwks_uri", "http://op.example/keys"),
		"userinfo without TLS":   claim("userinfo_endpoint", "http://op.example/info"),
		"a user in the endpoint": claim("authorization_endpoint", "https://a:b@op.example/"),
		"the end without TLS":    claim("end_session_endpoint", "http://op.example/end"),
	} {
		r := newRogue(t)
		r.document = document
		w := newRelyingWorld(t, storetest.SQLite, r.client)
		w.addOpenID(t, w.acme, "op", r.URL)
		refusedAs(t, w, name, "gate 15", func() *http.Response { return w.do("GET", opLogin, "") })
	}
	w := newRelyingWorld(t, storetest.SQLite, nil)
	w.addOpenID(t, w.acme, "op", "https://op.example")
	refusedAs(t, w, "no client", "gate 15", func() *http.Response { return w.do("GET", opLogin, "") })
}

// TestKeysRollOver: a new key counts soon after it is published, an algorithm only for its keys, and weak keys never.
func TestKeysRollOver(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	w.addOpenID(t, w.acme, "op", r.URL)
	w.person(t, w.acme, ana)
	enter := func(algorithm jose.SignatureAlgorithm, key any, kid string) int {
		state, nonce, browser := w.goes(t, opLogin)
		r.token = func(url.Values) string {
			return sign(algorithm, key, r.says(nonce, time.Now().Add(time.Duration(w.ticks.Load())*time.Microsecond)), map[jose.HeaderKey]any{"kid": kid})
		}
		return w.do("GET", back(callbackPath, "code", "c", "state", state), "", browser).StatusCode
	}
	assert.Equal(t, http.StatusSeeOther, enter(jose.RS256, r.key, "1"))
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	weak, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // it is to be refused
	require.NoError(t, err)
	r.keys = append(r.keys, jose.JSONWebKey{Key: &curve.PublicKey, KeyID: "2"}, jose.JSONWebKey{Key: edwards.Public(), KeyID: "3"},
		jose.JSONWebKey{Key: &weak.PublicKey, KeyID: "4"}, jose.JSONWebKey{Key: []byte(strings.Repeat("k", 32)), KeyID: "5"},
		jose.JSONWebKey{Key: &r.key.PublicKey, KeyID: "6", Use: "enc"}, jose.JSONWebKey{Key: &r.key.PublicKey, KeyID: "7"})
	assert.Equal(t, http.StatusForbidden, enter(jose.ES256, curve, "2"), "the keys were read a moment ago")
	w.ticks.Add(31_000_000)
	assert.Equal(t, http.StatusSeeOther, enter(jose.ES256, curve, "2"), w.note(t))
	assert.Equal(t, http.StatusSeeOther, enter(jose.EdDSA, edwards, "3"), w.note(t))
	assert.Equal(t, http.StatusSeeOther, enter(jose.PS256, r.key, "7"), w.note(t))
	w.ticks.Add(31_000_000)
	assert.Equal(t, http.StatusForbidden, enter(jose.RS256, weak, "4"))
	assert.Equal(t, http.StatusForbidden, enter(jose.RS256, r.key, "6"))
	assert.LessOrEqual(t, r.fetches, 3)
}
