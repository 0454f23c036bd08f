package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	web.SetSession(w, "sbs_1")
	web.DropSession(w)
	assert.Equal(t, []string{
		"__Host-session=sbs_1; Path=/; HttpOnly; Secure; SameSite=Lax",
		"__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
	}, w.Header().Values("Set-Cookie"))
}

// TestAdmitSessionTakesNothingElse: a browser's door knows one cookie, once, and no header; a credential is none of a
// browser's, even one that another door would let in.
func TestAdmitSessionTakesNothingElse(t *testing.T) {
	t.Parallel()
	g := newGate(t, web.Config{})
	everybody := func(domain.Caller) bool { return true }
	door := web.AdmitSession(g.engine.Gatekeeper, everybody, refuse)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("somebody was let in")
	}))
	for name, header := range map[string]http.Header{
		"nothing":               {},
		"an empty one":          {"Cookie": {web.SessionCookie + "="}},
		"nonsense":              {"Cookie": {web.SessionCookie + "=x"}},
		"a credential":          {"Cookie": {web.SessionCookie + "=" + g.token}},
		"a credential's header": {"Authorization": {"Bearer " + g.token}},
		"two":                   {"Cookie": {web.SessionCookie + "=x; " + web.SessionCookie + "=y"}},
		"another name":          {"Cookie": {"session=" + g.token}},
		"a session of nobody":   {"Cookie": {web.SessionCookie + "=sbs_" + strings.Repeat("0", 64)}},
		"8 kB":                  {"Cookie": {web.SessionCookie + "=" + strings.Repeat("a", 8<<10)}},
	} {
		r := httptest.NewRequest(http.MethodGet, "/account/x", nil)
		r.RemoteAddr, r.Header = "192.0.2.7:4711", header
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		assert.Equal(t, http.StatusUnauthorized, w.Code, name)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"), name)
	}
}
