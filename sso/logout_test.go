package sso

import (
	"crypto/rsa"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

const sloPath = "/sso/acme/okta/slo"

// wantsOut is a LogoutRequest of the identity provider.
func wantsOut(changes ...func(*logoutRequest)) *logoutRequest {
	r := &logoutRequest{ID: newID(), Version: "2.0", Issued: stamp(noon), Destination: "https://id.example.com" + sloPath, NotOnOrAfter: stamp(noon.Add(time.Minute)),
		Issuer: issuer{Name: theirEntity}, Name: nameID{Name: ana}, Index: &sessionIndex{Index: "_session"}}
	for _, change := range changes {
		change(r)
	}
	return r
}

func (w *world) out(t *testing.T, r *logoutRequest, by *party, spoil ...func(string) string) *http.Response {
	t.Helper()
	var key *rsa.PrivateKey
	if by != nil {
		key = by.key.(*rsa.PrivateKey)
	}
	target, err := redirectTo(sloPath, "SAMLRequest", r, "theirs", key)
	require.NoError(t, err)
	for _, s := range spoil {
		target = s(target)
	}
	return w.do("GET", target, "")
}

// TestSingleLogout is SECURITY.md, row C19: what is not signed by the provider, or comes again, changes nothing.
func TestSingleLogout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	w.person(t, w.acme, ana)
	b := w.begin(t, loginPath)
	signedIn := w.bring(acsPath, bytesOf(theIdP().respond(answerTo(b), signBoth)), b)
	w.whose(t, signedIn)
	for name, test := range map[string]struct {
		request *logoutRequest
		by      *party
		spoil   func(string) string
		gate    string
	}{
		"unsigned":            {wantsOut(), nil, nil, "gate 8"},
		"signed by another":   {wantsOut(), attacker(), nil, "gate 8"},
		"changed":             {wantsOut(), theIdP(), func(u string) string { return strings.Replace(u, "RelayState=theirs", "RelayState=other", 1) }, "gate 8"},
		"SHA-1":               {wantsOut(), theIdP(), func(u string) string { return strings.Replace(u, "more%23rsa-sha256", "%23rsa-sha1", 1) }, "gate 7"},
		"a parameter twice":   {wantsOut(), theIdP(), func(u string) string { return u + "&SAMLRequest=x" }, "gate 1"},
		"another issuer":      {wantsOut(func(r *logoutRequest) { r.Issuer.Name = "x" }), theIdP(), nil, "gate 9"},
		"another destination": {wantsOut(func(r *logoutRequest) { r.Destination += "/" }), theIdP(), nil, "gate 10"},
		"old":                 {wantsOut(func(r *logoutRequest) { r.Issued = stamp(noon.Add(-time.Hour)) }), theIdP(), nil, "gate 11"},
		"expired":             {wantsOut(func(r *logoutRequest) { r.NotOnOrAfter = stamp(noon.Add(-time.Hour)) }), theIdP(), nil, "gate 11"},
		"no name":             {wantsOut(func(r *logoutRequest) { r.Name.Name = " " }), theIdP(), nil, "gate 12"},
		"no ID":               {wantsOut(func(r *logoutRequest) { r.ID = "" }), theIdP(), nil, "gate 5"},
	} {
		var spoil []func(string) string
		if test.spoil != nil {
			spoil = append(spoil, test.spoil)
		}
		assert.Equal(t, http.StatusForbidden, w.out(t, test.request, test.by, spoil...).StatusCode, name)
		assert.Contains(t, w.note(t), test.gate, name)
		w.whose(t, signedIn)
	}
	other := wantsOut(func(r *logoutRequest) { r.Index.Index = "_other" })
	require.Equal(t, http.StatusSeeOther, w.out(t, other, theIdP()).StatusCode)
	w.whose(t, signedIn)
	request := wantsOut()
	answer := w.out(t, request, theIdP())
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	to := answer.Header.Get("Location")
	assert.True(t, strings.HasPrefix(to, "https://idp.example.org/slo?x=y&SAMLResponse="), to)
	assert.Contains(t, to, "&RelayState=theirs&SigAlg=")
	_, err := w.engine.Gatekeeper.Authenticate(t.Context(), cookie(signedIn, web.SessionCookie).Value, netip.Addr{})
	assert.True(t, domain.Is(err, domain.CodeUnauthenticated))
	assert.Equal(t, http.StatusForbidden, w.out(t, request, theIdP()).StatusCode)
	assert.Contains(t, w.note(t), "gate 13")
}

// TestLogoutAtTheProvider ends the session here first.
func TestLogoutAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	w.person(t, w.acme, ana)
	b := w.begin(t, loginPath)
	signedIn := w.bring(acsPath, bytesOf(theIdP().respond(answerTo(b), signBoth)), b)
	session := cookie(signedIn, web.SessionCookie)
	assert.Equal(t, http.StatusUnauthorized, w.do("POST", "/sso/acme/okta/logout", "").StatusCode)
	assert.Equal(t, http.StatusMethodNotAllowed, w.do("GET", "/sso/acme/okta/logout", "", session).StatusCode)
	w.whose(t, signedIn)
	answer := w.do("POST", "/sso/acme/okta/logout", "", session)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	to, err := url.Parse(answer.Header.Get("Location"))
	require.NoError(t, err)
	assert.Equal(t, "idp.example.org", to.Host)
	assert.NotEmpty(t, to.Query().Get("SAMLRequest"))
	assert.NotEmpty(t, to.Query().Get("Signature"))
	assert.Equal(t, -1, cookie(answer, web.SessionCookie).MaxAge)
	_, err = w.engine.Gatekeeper.Authenticate(t.Context(), session.Value, netip.Addr{})
	assert.True(t, domain.Is(err, domain.CodeUnauthenticated))
	assert.Equal(t, "/home/acme", w.do("GET", sloPath+"?SAMLResponse=x", "").Header.Get("Location"))
}
