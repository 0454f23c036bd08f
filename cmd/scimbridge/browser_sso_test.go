package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fronts puts a server behind TLS, as the proxy in front of it does, and gives where it listens.
func (s *scene) fronts(handler http.Handler) string {
	s.t.Helper()
	front := httptest.NewTLSServer(handler)
	s.t.Cleanup(front.Close)
	return strings.TrimPrefix(front.URL, "https://")
}

// abroad starts a browser for which the server is where its own links say, and the identity provider on another site. Both
// are on this machine.
func (s *scene) abroad(t *testing.T, idp *identityProvider) *browser {
	t.Helper()
	b := s.byName(t, ", MAP idp.example.com:443 "+s.fronts(idp))
	b.knows("https://idp.example.com")
	return b
}

// byName starts a browser for which the server is where its own links say.
func (s *scene) byName(t *testing.T, more string) *browser {
	t.Helper()
	to, err := url.Parse(s.url)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	return s.browserAt(t, replayBase, chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("host-resolver-rules", "MAP id.example.org:443 "+s.fronts(proxy)+more))
}

// TestASignInThroughAProviderByKeyboard: somebody types an address of a proved domain, is led to the identity provider at
// once, signs in there, and stands signed in on the page, in a real browser and across sites; what is no such address is asked
// for a password, and whoever chooses a password gets to it.
func TestASignInThroughAProviderByKeyboard(t *testing.T) {
	t.Parallel()
	s := &scene{player: newPlayer(t, databases[0].open)}
	s.given("caller rest rest permissions=all", "tenant sso=on")
	idp := s.trustsProvider()
	idp.knows("ana", "ana@example.org")
	s.proves("example.org")
	s.ask("scim", "POST /Users", `{"userName":"ana@example.org","name":{"givenName":"Ana","familyName":"Silva"},"emails":[{"value":"ana@example.org","primary":true}]}`).gets(201, `{"id":"{{ana=uuid}}","...":"..."}`)
	b := s.abroad(t, idp)

	b.opens(home)
	b.sees("Sign in")
	b.fills("Username", "somebody@example.net\r")
	b.sees("Enter your password")
	b.activates("Not you?")
	b.sees("Sign in")
	b.fills("Username", "ana@example.org")
	b.activates("Use a password")
	b.sees("Enter your password")
	b.activates("Not you?")
	b.sees("Sign in")
	b.fills("Username", "Ana@Example.ORG\r")

	b.waits(`location.host === 'idp.example.com' && document.querySelector('input[name=password]') !== null`)
	b.do(chromedp.SetValue(`input[name=user]`, "ana"), chromedp.SetValue(`input[name=password]`, "hunter2"), chromedp.Submit(`input[name=password]`))
	b.sees("Your account")
	assert.Equal(t, replayBase+home, asks[string](b, `location.href`))
	assert.Contains(t, asks[string](b, `document.body.innerText`), "ana@example.org")
	assert.Equal(t, 1, s.count("session WHERE method = 'Sso'"))

	s.ask("scim", "PATCH /Users/{{ana}}", patchOp("Replace", "active", `"False"`)).gets(200, `{"active":false,"...":"..."}`)
	b.opens(home)
	b.sees("Sign in")
	s.keptSecrets()
}
