package sso

import (
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

const outPath = "/sso/acme/op/backchannel-logout"

// ends is what a logout token says.
func (r *rogue) ends(changes ...any) map[string]any {
	now := time.Now()
	all := map[string]any{"iss": r.URL, "aud": clientID, "sub": "s-" + ana, "sid": "session-1", "jti": newID(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"events": map[string]any{logoutEvent: map[string]any{}}}
	for name, value := range claim(changes...) {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	return all
}

func (w *world) told(token string) *http.Response {
	return w.do("POST", outPath, url.Values{"logout_token": {token}}.Encode())
}

// TestBackchannelLogout is SECURITY.md, row C19, for OpenID Connect: what the provider has not said, or said before, changes
// nothing.
func TestBackchannelLogout(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	w.addOpenID(t, w.acme, "op", r.URL)
	w.person(t, w.acme, ana)
	answer := w.enterBy(t, r, nil)
	session := cookie(answer, web.SessionCookie).Value
	lives := func() bool {
		_, err := w.engine.Gatekeeper.Authenticate(t.Context(), session, netip.Addr{})
		return err == nil
	}
	signed := func(all map[string]any) string { return sign(jose.RS256, r.key, all) }
	for name, test := range map[string]struct{ token, gate string }{
		"none":                     {"", "gate 1"},
		"unsigned":                 {unsigned(r.ends()), "gate 7"},
		"HS256":                    {sign(jose.HS256, []byte(strings.Repeat("k", 32)), r.ends()), "gate 7"},
		"another type":             {sign(jose.RS256, r.key, r.ends(), map[jose.HeaderKey]any{"typ": "at+jwt"}), "gate 5"},
		"an ID token":              {signed(r.says("nonce", time.Now())), "gate 5"},
		"with a nonce":             {signed(r.ends("nonce", "x")), "gate 5"},
		"with a nonce of nothing":  {signed(r.ends("nonce", "", "events", nil)), "gate 5"},
		"another event":            {signed(r.ends("events", map[string]any{"x": map[string]any{}})), "gate 5"},
		"an event that is no list": {signed(r.ends("events", logoutEvent)), "gate 5"},
		"another audience":         {signed(r.ends("aud", "x")), "gate 10"},
		"another issuer":           {signed(r.ends("iss", "https://op.example")), "gate 9"},
		"expired":                  {signed(r.ends("exp", time.Now().Add(-2*time.Minute).Unix())), "gate 11"},
		"old":                      {signed(r.ends("iat", time.Now().Add(-time.Hour).Unix())), "gate 11"},
		"no name":                  {signed(r.ends("jti", nil)), "gate 6"},
		"of nobody":                {signed(r.ends("sub", nil, "sid", nil)), "gate 12"},
	} {
		before := w.refusals(t)
		refused := w.told(test.token)
		body, err := io.ReadAll(refused.Body)
		require.NoError(t, err)
		assert.Equal(t, http.StatusBadRequest, refused.StatusCode, name)
		assert.JSONEq(t, `{"error":"invalid_request"}`, string(body), name)
		assert.Equal(t, before+1, w.refusals(t), name)
		assert.Contains(t, w.note(t), test.gate+" (", name)
		assert.True(t, lives(), name)
	}
	for name, all := range map[string]map[string]any{
		"another session": r.ends("sid", "session-2"), "another person's": r.ends("sub", "another"), "another person": r.ends("sub", "another", "sid", nil),
	} {
		assert.Equal(t, http.StatusOK, w.told(signed(all)).StatusCode, name)
		assert.True(t, lives(), name)
	}
	token := sign(jose.RS256, r.key, r.ends("sub", nil), map[jose.HeaderKey]any{"typ": "logout+jwt"})
	done := w.told(token)
	assert.Equal(t, http.StatusOK, done.StatusCode, w.note(t))
	assert.Equal(t, "no-store", done.Header.Get("Cache-Control"))
	assert.False(t, lives(), "the session was named")
	assert.Equal(t, http.StatusBadRequest, w.told(token).StatusCode)
	assert.Contains(t, w.note(t), "gate 13 (once)")

	session = cookie(w.enterBy(t, r, nil, "sid", nil), web.SessionCookie).Value
	assert.Equal(t, http.StatusOK, w.told(signed(r.ends("sid", nil))).StatusCode)
	assert.False(t, lives(), "all of the person's")
}

// TestLogoutAtTheOpenIDProvider ends the session here first, and sends the browser where the provider ends its own.
func TestLogoutAtTheOpenIDProvider(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	w := newRelyingWorld(t, storetest.SQLite, r.client)
	w.addOpenID(t, w.acme, "op", r.URL)
	w.person(t, w.acme, ana)
	session := cookie(w.enterBy(t, r, nil), web.SessionCookie)
	answer := w.do("POST", "/sso/acme/op/logout", "", session)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	to, err := url.Parse(answer.Header.Get("Location"))
	require.NoError(t, err)
	assert.Equal(t, r.URL+"/end", to.Scheme+"://"+to.Host+to.Path)
	assert.Equal(t, url.Values{"x": {"y"}, "client_id": {clientID}, "logout_hint": {"s-" + ana}, "post_logout_redirect_uri": {"https://id.example.com/home/acme"}}, to.Query())
	_, err = w.engine.Gatekeeper.Authenticate(t.Context(), session.Value, netip.Addr{})
	assert.True(t, domain.Is(err, domain.CodeUnauthenticated))

	session = cookie(w.enterBy(t, r, nil), web.SessionCookie)
	r.Close()
	assert.Equal(t, http.StatusSeeOther, w.do("POST", "/sso/acme/op/logout", "", session).StatusCode, "what is known of the provider is kept")
}
