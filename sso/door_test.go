package sso

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

// TestSignIn goes the whole way that a browser goes.
func TestSignIn(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, open)
			person := w.person(t, w.acme, ana)
			b := w.begin(t, loginPath+"?ReturnTo=/me%3Fx=y")
			assert.True(t, b.browser.Secure && b.browser.HttpOnly && b.browser.Path == "/" && b.browser.Domain == "")
			assert.Equal(t, http.SameSiteNoneMode, b.browser.SameSite)
			assert.LessOrEqual(t, len(b.relayState), 80)
			answer := w.bring(acsPath, bytesOf(theIdP().respond(answerTo(b), signBoth)), b)
			require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
			assert.Equal(t, "/me?x=y", answer.Header.Get("Location"))
			caller := w.whose(t, answer)
			assert.Equal(t, person.ID, caller.Actor.ID)
			assert.Contains(t, w.note(t), "matched by ExternalLogin")
			session := cookie(answer, web.SessionCookie)
			assert.True(t, session.Secure && session.HttpOnly && session.SameSite == http.SameSiteLaxMode)

			again := w.bring(acsPath, bytesOf(theIdP().respond(answerTo(b), signBoth)), b)
			assert.Equal(t, http.StatusForbidden, again.StatusCode)
			assert.Nil(t, cookie(again, web.SessionCookie))
		})
	}
}

// TestHostilesAtTheDoor posts every hostile message to the whole of it, each with a request that waits for its answer:
// no session, the same answer, and a line in the audit that names the gate.
func TestHostilesAtTheDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) { in.Saml.IdpInitiated = false })
	w.person(t, w.acme, ana)
	w.person(t, w.acme, evil)
	b := w.begin(t, loginPath)
	id := regexp.MustCompile(`"RequestId":"[^"]*"`)
	var same string
	for _, h := range hostiles() {
		if h.terms != nil {
			continue // it takes settings of its own
		}
		sessions, refusals := w.sessions(t), w.refusals(t)
		answer := w.bring(acsPath, h.message, b)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		shown := http.StatusText(answer.StatusCode) + id.ReplaceAllString(string(body), "")
		if same == "" {
			same = shown
		}
		assert.Equal(t, same, shown, h.name)
		assert.Empty(t, answer.Cookies(), h.name)
		assert.Equal(t, sessions, w.sessions(t), h.name)
		assert.Equal(t, refusals+1, w.refusals(t), h.name)
		assert.Regexp(t, `^gate \d+ \([a-z]+\): `, w.note(t), h.name)
	}
	assert.Contains(t, same, "sign_in_refused")
	assert.Zero(t, w.sessions(t))
}

// TestRequestsAndBrowsers is SECURITY.md, rows C11, C20, C21 and C23 at the door.
func TestRequestsAndBrowsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	beta := w.tenant(t, "beta")
	w.add(t, w.acme, "entra")
	w.add(t, beta, "okta")
	w.person(t, w.acme, ana)
	signed := func(b begun, edits ...edit) []byte { return bytesOf(theIdP().respond(answerTo(b, edits...), signBoth)) }
	there := func(path string) edit { // with everything said for another address of ours
		return func(r *etree.Element) {
			set(".", "Destination", "https://id.example.com"+path+"/acs")(r)
			set("SubjectConfirmationData", "Recipient", "https://id.example.com"+path+"/acs")(r)
			text("Audience", "https://id.example.com"+path+"/metadata")(r)
		}
	}
	for name, try := range map[string]func(b begun) *http.Response{
		"another browser's": func(b begun) *http.Response {
			mine := b
			mine.browser = w.begin(t, loginPath).browser
			return w.bring(acsPath, signed(b), mine)
		},
		"no cookie": func(b begun) *http.Response { b.browser = nil; return w.bring(acsPath, signed(b), b) },
		"two cookies": func(b begun) *http.Response {
			form := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(signed(b))}, "RelayState": {b.relayState}}
			return w.do("POST", acsPath, form.Encode(), b.browser, b.browser)
		},
		"another relay state": func(b begun) *http.Response { b.relayState += "x"; return w.bring(acsPath, signed(b), b) },
		"an address as relay state": func(b begun) *http.Response {
			b.relayState = "https://evil.example"
			return w.bring(acsPath, signed(b), b)
		},
		"the answer to another request": func(b begun) *http.Response {
			return w.bring(acsPath, signed(w.begin(t, loginPath)), b)
		},
		"another provider's address": func(b begun) *http.Response { return w.bring("/sso/acme/entra/acs", signed(b), b) },
		"another tenant's address":   func(b begun) *http.Response { return w.bring("/sso/beta/okta/acs", signed(b), b) },
		"said to another tenant": func(b begun) *http.Response {
			return w.bring("/sso/beta/okta/acs", signed(b, there("/sso/beta/okta")), b)
		},
		"said to another provider of ours": func(b begun) *http.Response {
			return w.bring("/sso/acme/entra/acs", signed(b, there("/sso/acme/entra")), b)
		},
		"the message twice in the form": func(b begun) *http.Response {
			form := "SAMLResponse=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signed(b)))
			return w.do("POST", acsPath, form+"&"+form+"&RelayState="+b.relayState, b.browser)
		},
		"a form that is too large": func(b begun) *http.Response {
			return w.do("POST", acsPath, "SAMLResponse="+strings.Repeat("A", maxForm), b.browser)
		},
		"nobody's name": func(b begun) *http.Response { return w.bring(acsPath, signed(b, text("NameID", "nobody")), b) },
	} {
		sessions, refusals := w.sessions(t), w.refusals(t)
		answer := try(w.begin(t, loginPath))
		assert.Equal(t, http.StatusForbidden, answer.StatusCode, name)
		assert.Equal(t, sessions, w.sessions(t), name)
		assert.Equal(t, refusals+1, w.refusals(t), name)
		assert.Empty(t, answer.Header.Get("Location"), name)
	}
	for _, to := range []string{"//evil.example", "https://evil.example", "javascript:alert(1)", `\\evil`, "/%09/evil.example"} {
		answer := w.do("GET", loginPath+"?ReturnTo="+to, "")
		assert.Equal(t, http.StatusBadRequest, answer.StatusCode, to)
	}
}

// TestIdpInitiated is the second half of row C11: it is off, and where it is on an assertion opens one session.
func TestIdpInitiated(t *testing.T) {
	t.Parallel()
	unasked := bytesOf(theIdP().respond(answerTo(begun{}, set(".", "InResponseTo", ""), set("SubjectConfirmationData", "InResponseTo", "")), signBoth))
	off := newWorld(t, storetest.SQLite)
	off.person(t, off.acme, ana)
	assert.Equal(t, http.StatusForbidden, off.bring(acsPath, unasked, begun{}).StatusCode)
	assert.Zero(t, off.sessions(t))
	on := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) { in.Saml.IdpInitiated = true })
	on.person(t, on.acme, ana)
	answer := on.bring(acsPath, unasked, begun{relayState: "https://evil.example"})
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	assert.Equal(t, "/home/acme", answer.Header.Get("Location"))
	assert.Equal(t, http.StatusForbidden, on.bring(acsPath, unasked, begun{}).StatusCode)
	assert.Contains(t, on.note(t), "gate 13")
	asked := bytesOf(theIdP().respond(answerTo(begun{id: "_unknown"}), signBoth))
	assert.Equal(t, http.StatusForbidden, on.bring(acsPath, asked, begun{}).StatusCode, "an answer is still an answer to a request of ours")
	assert.Equal(t, 1, on.sessions(t))
}

// TestSettingsAreEnforced is gate 12, ASVS 6.8.4, and row C25.
func TestSettingsAreEnforced(t *testing.T) {
	t.Parallel()
	const format, context = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken"
	w := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) {
		in.MfaAfter, in.Saml.NameIDFormats, in.Saml.AuthnContexts, in.Saml.WantEncrypted = true, []string{format}, []string{context}, true
	})
	w.person(t, w.acme, ana)
	keys, err := w.engine.Gatekeeper.ServiceKeys(t.Context(), w.acme, w.provider.ID, NewKey(noon))
	require.NoError(t, err)
	bring := func(sealed bool, edits ...edit) *http.Response {
		b := w.begin(t, loginPath)
		response := theIdP().respond(answerTo(b, edits...), signAssertion)
		if sealed {
			certificate, err := x509.ParseCertificate(keys[0].Certificate)
			require.NoError(t, err)
			response = encryptFor(certificate.PublicKey.(*rsa.PublicKey), response, gcm256, 32)
		}
		return w.bring(acsPath, bytesOf(response), b)
	}
	right := []edit{set("NameID", "Format", format), text("AuthnContextClassRef", context)}
	assert.Equal(t, http.StatusForbidden, bring(false, right...).StatusCode)
	assert.Contains(t, w.note(t), "gate 7")
	assert.Equal(t, http.StatusForbidden, bring(true, right[0]).StatusCode)
	assert.Contains(t, w.note(t), "gate 11")
	assert.Equal(t, http.StatusForbidden, bring(true, right[1]).StatusCode)
	assert.Contains(t, w.note(t), "gate 12")
	answer := bring(true, right...)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
	assert.Equal(t, "/code/acme", answer.Header.Get("Location"))
	assert.True(t, w.whose(t, answer).Pending)
}

// TestAnswersTellNothing: who asks for what is not there, or is disabled, is told the same.
func TestAnswersTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	beta := w.tenant(t, "beta")
	w.add(t, beta, "off", func(in *domain.NewProvider) { in.Enabled = false })
	_, err := w.engine.Providers.Add(t.Context(), beta, domain.NewProvider{Name: "P", Prefix: "password", Type: domain.ProviderPassword, Enabled: true})
	require.NoError(t, err)
	for _, path := range []string{"/sso/none/okta", "/sso/acme/none", "/sso/beta/okta", "/sso/beta/off", "/sso/beta/password", "/sso/acme/OKTA", "/sso/%61cme/okta2"} {
		for _, route := range []string{"GET /login", "POST /acs", "GET /slo", "POST /slo"} {
			method, name, _ := strings.Cut(route, " ")
			answer := w.do(method, path+name, "")
			var page struct{ Code, Message, RequestID string }
			require.NoError(t, json.NewDecoder(answer.Body).Decode(&page))
			assert.Equal(t, http.StatusNotFound, answer.StatusCode, path+name)
			assert.Equal(t, "identity_provider_not_found", page.Code, path+name)
			assert.Equal(t, "There is no such identity provider.", page.Message)
		}
	}
	for path, status := range map[string]int{"/sso": 404, "/sso/": 404, "/sso/acme/okta": 404, "/sso/acme/okta/x": 404, "/sso/acme/okta/login/": 404,
		"/sso/acme/okta/acs": 405, "/sso/acme//okta/login": 404, "/sso/beta/off/metadata": 200, "/sso/beta/password/metadata": 404} {
		assert.Equal(t, status, w.do("GET", path, "").StatusCode, path)
	}
}

// TestMetadata is what identity providers are told of us.
func TestMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) { in.Saml.WantEncrypted = true })
	read := func() *etree.Element {
		answer := w.do("GET", "/sso/acme/okta/metadata", "")
		require.Equal(t, http.StatusOK, answer.StatusCode)
		assert.Equal(t, "application/samlmetadata+xml", answer.Header.Get("Content-Type"))
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		_, err = parse(text)
		require.NoError(t, err)
		return element(string(text))
	}
	root := read()
	assert.Equal(t, ourEntity, root.SelectAttrValue("entityID", ""))
	assert.Equal(t, ourACS, at(root, "AssertionConsumerService").SelectAttrValue("Location", ""))
	assert.Equal(t, bindingPost, at(root, "AssertionConsumerService").SelectAttrValue("Binding", ""))
	assert.Len(t, root.FindElements(".//KeyDescriptor"), 2)
	for _, method := range root.FindElements(".//EncryptionMethod") {
		assert.Regexp(t, "-gcm$|#rsa-oaep-mgf1p$", method.SelectAttrValue("Algorithm", ""))
	}
	first := at(root, "X509Certificate").Text()
	assert.Equal(t, first, at(read(), "X509Certificate").Text(), "the key stays")

	fresh, err := w.engine.Providers.RotateServiceKey(t.Context(), w.acme, w.provider.ID, NewKey(noon))
	require.NoError(t, err)
	both := read()
	assert.Equal(t, first, at(both, "X509Certificate").Text(), "the old one signs")
	assert.Len(t, both.FindElements(".//KeyDescriptor[@use='signing']"), 2)
	assert.Equal(t, base64.StdEncoding.EncodeToString(fresh.Certificate), both.FindElement(".//KeyDescriptor[@use='encryption']//X509Certificate").Text())
	w.ticks.Add((8 * 24 * 3600) * 1_000_000)
	assert.Equal(t, base64.StdEncoding.EncodeToString(fresh.Certificate), at(read(), "X509Certificate").Text(), "the new one signs")
	w.ticks.Add((8 * 24 * 3600) * 1_000_000)
	assert.Len(t, read().FindElements(".//KeyDescriptor[@use='signing']"), 1)
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM service_key WHERE sealed_key = ?", []byte{}))
}

// TestKeysAreSealed is the part of SECURITY.md, row H1, that is about our keys.
func TestKeysAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	keys, err := w.engine.Gatekeeper.ServiceKeys(t.Context(), w.acme, w.provider.ID, NewKey(noon))
	require.NoError(t, err)
	require.NotEmpty(t, keys[0].Private)
	require.NotEmpty(t, w.Everything(t)["service_key"])
	for table, lines := range w.Everything(t) {
		for _, line := range lines {
			assert.NotContains(t, line, string(keys[0].Private[len(keys[0].Private)-60:]), table) // the end is no part of the public half
		}
	}
}

// TestSignedRequests: a provider that wants it gets requests that our certificate verifies.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) { in.Saml.SignedRequests = true })
	to, err := url.Parse(w.do("GET", loginPath, "").Header.Get("Location"))
	require.NoError(t, err)
	keys, err := w.engine.Gatekeeper.ServiceKeys(t.Context(), w.acme, w.provider.ID, NewKey(noon))
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(keys[0].Certificate)
	require.NoError(t, err)
	got, err := readRedirect(to.RawQuery, "SAMLRequest", []*x509.Certificate{certificate})
	require.NoError(t, err)
	assert.Contains(t, string(got.message), `AssertionConsumerServiceURL="`+ourACS+`"`)
	_, err = readRedirect(to.RawQuery, "SAMLRequest", certificates(theIdP()))
	assert.Error(t, err)
}
