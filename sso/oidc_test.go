package sso

import (
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

var bothStores = map[string]storetest.Open{"sqlite": storetest.SQLite, "postgres": storetest.Postgres}

// TestOpenIDSignIn goes the whole way with a provider that is not ours, with a secret and without.
func TestOpenIDSignIn(t *testing.T) {
	t.Parallel()
	for name, open := range bothStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			public := name == "sqlite"
			op := newRealOP(t, public, &storage.User{ID: "s-1", Username: ana, Email: "x@example.org"}, &storage.User{ID: "s-2", Username: "stranger"})
			w := newRelyingWorld(t, open, op.client)
			p := w.addOpenID(t, w.acme, "op", op.URL, func(in *domain.NewProvider) {
				if public {
					in.ClientSecret = ""
				}
			})
			person := w.person(t, w.acme, ana)
			to, browser := w.away(t, opLogin+"?ReturnTo=/me%3Fx=y")
			at, err := url.Parse(to)
			require.NoError(t, err)
			asks := at.Query()
			assert.Equal(t, []string{"code", "S256", "openid profile email", "https://id.example.com" + callbackPath},
				[]string{asks.Get("response_type"), asks.Get("code_challenge_method"), asks.Get("scope"), asks.Get("redirect_uri")})
			assert.Len(t, asks.Get("code_challenge"), 43)
			assert.NotEmpty(t, asks.Get("nonce"))
			assert.True(t, browser.Secure && browser.HttpOnly && browser.Path == "/" && browser.Domain == "")

			back := op.signIn(t, to, ana)
			answer := w.do("GET", back.RequestURI(), "", browser)
			require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
			assert.Equal(t, "/me?x=y", answer.Header.Get("Location"))
			caller := w.whose(t, answer)
			assert.Equal(t, person.ID, caller.Actor.ID)
			known, err := w.engine.Gatekeeper.AssertedSession(t.Context(), caller)
			require.NoError(t, err)
			assert.Equal(t, &domain.AssertedSession{Provider: p.ID, Name: "s-1"}, known)

			again := w.do("GET", back.RequestURI(), "", browser)
			assert.Equal(t, http.StatusForbidden, again.StatusCode)
			assert.Contains(t, w.note(t), "gate 13 (once)")
			assert.Equal(t, 1, w.sessions(t))

			to, browser = w.away(t, opLogin)
			answer = w.do("GET", op.signIn(t, to, "stranger").RequestURI(), "", browser)
			assert.Equal(t, http.StatusForbidden, answer.StatusCode)
			assert.Contains(t, w.note(t), "gate 14 (person)")
		})
	}
}

// TestCodesAtARealProvider: a code counts once, for who has begun and knows the secret.
func TestCodesAtARealProvider(t *testing.T) {
	t.Parallel()
	op := newRealOP(t, false, &storage.User{ID: "s-1", Username: ana})
	w := newRelyingWorld(t, storetest.SQLite, op.client)
	p := w.addOpenID(t, w.acme, "op", op.URL)
	w.person(t, w.acme, ana)
	begin := func() (back url.Values, browser *http.Cookie) {
		to, browser := w.away(t, opLogin)
		return op.signIn(t, to, ana).Query(), browser
	}
	stolen, _ := begin()
	mine, browser := begin()
	mine.Set("code", stolen.Get("code")) // which was given for another verifier
	refusedAs(t, w, "another sign-in's code", "gate 16", func() *http.Response { return w.do("GET", callbackPath+"?"+mine.Encode(), "", browser) })
	assert.Contains(t, w.note(t), "invalid_grant")
	used, browser := begin()
	require.Equal(t, http.StatusSeeOther, w.do("GET", callbackPath+"?"+used.Encode(), "", browser).StatusCode, w.note(t))
	mine, browser = begin()
	mine.Set("code", used.Get("code"))
	refusedAs(t, w, "a code that was used", "gate 16", func() *http.Response { return w.do("GET", callbackPath+"?"+mine.Encode(), "", browser) })
	wrong := "not the secret"
	_, err := w.engine.Providers.Change(t.Context(), w.acme, domain.ProviderChange{Provider: p.ID, ClientSecret: &wrong,
		Apply: func(*domain.IdentityProvider) error { return nil }})
	require.NoError(t, err)
	mine, browser = begin()
	refusedAs(t, w, "another secret", "gate 16", func() *http.Response { return w.do("GET", callbackPath+"?"+mine.Encode(), "", browser) })
}

// TestOpenIDReplicas brings the same answer to two servers at once: one session.
func TestOpenIDReplicas(t *testing.T) {
	t.Parallel()
	op := newRealOP(t, false, &storage.User{ID: "s-1", Username: ana})
	w := newRelyingWorld(t, storetest.Postgres, op.client)
	w.addOpenID(t, w.acme, "op", op.URL)
	w.person(t, w.acme, ana)
	other := &world{Fixture: w.Fixture, engine: w.engine, handler: w.replica(time.Now, op.client)}
	for range 3 {
		before, refused := w.sessions(t), w.refusals(t)
		to, browser := w.away(t, opLogin)
		back := op.signIn(t, to, ana).RequestURI()
		var all sync.WaitGroup
		for _, server := range []*world{w, other, w, other} {
			all.Go(func() { server.do("GET", back, "", browser) })
		}
		all.Wait()
		assert.Equal(t, before+1, w.sessions(t))
		assert.Equal(t, refused+3, w.refusals(t))
	}
}

// TestOpenIDFromProvisioningToTheEnd is somebody's way: provisioned with a name for SSO, signed in by it, deactivated.
func TestOpenIDFromProvisioningToTheEnd(t *testing.T) {
	t.Parallel()
	op := newRealOP(t, false, &storage.User{ID: "s-1", Username: ana})
	w := newRelyingWorld(t, storetest.SQLite, op.client)
	w.addOpenID(t, w.acme, "op", op.URL, func(in *domain.NewProvider) { in.MatchOrder = []*domain.Attribute{domain.AttrExternalLogin} })
	person := w.person(t, w.acme, ana)
	enter := func() *http.Response {
		to, browser := w.away(t, opLogin)
		return w.do("GET", op.signIn(t, to, ana).RequestURI(), "", browser)
	}
	answer := enter()
	w.whose(t, answer)
	assert.Contains(t, w.note(t), "ExternalLoginUsername")
	_, err := w.engine.Provisioner.Deactivate(t.Context(), w.acme, person.ID, "left")
	require.NoError(t, err)
	_, err = w.engine.Gatekeeper.Authenticate(t.Context(), cookie(answer, web.SessionCookie).Value, netip.Addr{})
	assert.True(t, domain.Is(err, domain.CodeUnauthenticated))
	refused := enter()
	assert.Equal(t, http.StatusForbidden, refused.StatusCode)
	assert.Contains(t, w.note(t), "gate 14 (person): The access is inactive.")
}
