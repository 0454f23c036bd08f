package sso

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

// tree is a message of ours as an element that can be changed and signed.
func tree(t *testing.T, message any) *etree.Element {
	t.Helper()
	text, err := xml.Marshal(message)
	require.NoError(t, err)
	return element(string(text))
}

// posts has the browser bring a LogoutRequest by a form.
func (w *world) posts(path string, root *etree.Element) *http.Response {
	return w.do("POST", path, url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString(bytesOf(root))}, "RelayState": {"theirs"}}.Encode())
}

// enter signs Ana in.
func (w *world) enter(t *testing.T) *http.Response {
	t.Helper()
	b := w.begin(t, loginPath)
	answer := w.bring(acsPath, bytesOf(theIdP().respond(answerTo(b, set("Assertion", "ID", newID())), signBoth)), b)
	w.whose(t, answer)
	return answer
}

func (w *world) lives(t *testing.T, answer *http.Response) bool {
	t.Helper()
	_, err := w.engine.Gatekeeper.Authenticate(t.Context(), cookie(answer, web.SessionCookie).Value, netip.Addr{})
	return err == nil
}

// enclosed is a request that somebody signed, with what was signed somewhere else in it.
func enclosed(signed *etree.Element, forge edit, into func(outer, signed *etree.Element)) *etree.Element {
	outer := signed.Copy()
	outer.RemoveChild(outer.SelectElement("Signature"))
	outer.CreateAttr("ID", "_forged")
	forge(outer)
	into(outer, signed)
	return outer
}

// TestSingleLogoutByPost is SECURITY.md, row C19, for the POST binding: what is not signed by the provider as a whole, or
// is about somebody else, changes nothing.
func TestSingleLogoutByPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	w.person(t, w.acme, ana)
	in := w.enter(t)
	good := func(changes ...func(*logoutRequest)) *etree.Element { return tree(t, wantsOut(changes...)) }
	signed := func(changes ...func(*logoutRequest)) *etree.Element { return theIdP().sign(good(changes...)) }
	ofBen := func(r *logoutRequest) { r.Name.Name, r.Index = "ben", nil }
	toAna := func(r *etree.Element) { at(r, "NameID").SetText(ana) }
	for name, test := range map[string]struct {
		root *etree.Element
		gate string
	}{
		"unsigned":                           {good(), "gate 8"},
		"signed by another":                  {attacker().sign(good()), "gate 8"},
		"signed with a key that comes along": {claimed(attacker().sign(good())), "gate 8"},
		"changed":                            {func() *etree.Element { r := signed(ofBen); toAna(r); return r }(), "gate 8"},
		"SHA-1":                              {theIdP().sign(good(), method("http://www.w3.org/2000/09/xmldsig#rsa-sha1")), "gate 7"},
		"two signatures": {func() *etree.Element {
			r := signed()
			r.InsertChildAt(2, r.SelectElement("Signature").Copy())
			return r
		}(), "gate 8"},
		"what was signed is within": {enclosed(signed(ofBen), toAna, func(outer, signed *etree.Element) { outer.AddChild(signed) }), "gate"},
		"a signature about what is within": {enclosed(signed(ofBen), toAna, func(outer, signed *etree.Element) {
			signature := signed.SelectElement("Signature")
			signed.RemoveChild(signature)
			outer.InsertChildAt(1, signature)
			outer.AddChild(signed)
		}), "gate"},
		"the same ID twice": {enclosed(signed(ofBen), toAna, func(outer, signed *etree.Element) {
			outer.CreateAttr("ID", signed.SelectAttrValue("ID", ""))
			outer.AddChild(signed)
		}), "gate 6"},
		"a comment in the name":   {func() *etree.Element { r := signed(); at(r, "NameID").AddChild(etree.NewComment("x")); return r }(), "gate 3"},
		"another issuer":          {signed(func(r *logoutRequest) { r.Issuer.Name = "x" }), "gate 9"},
		"no destination":          {signed(func(r *logoutRequest) { r.Destination = "" }), "gate 10"},
		"another destination":     {signed(func(r *logoutRequest) { r.Destination = ourACS }), "gate 10"},
		"old":                     {signed(func(r *logoutRequest) { r.Issued = stamp(noon.Add(-time.Hour)) }), "gate 11"},
		"of the future":           {signed(func(r *logoutRequest) { r.Issued = stamp(noon.Add(time.Hour)) }), "gate 11"},
		"expired":                 {signed(func(r *logoutRequest) { r.NotOnOrAfter = stamp(noon.Add(-2 * time.Minute)) }), "gate 11"},
		"no name":                 {signed(func(r *logoutRequest) { r.Name.Name = " " }), "gate 12"},
		"an empty index":          {signed(func(r *logoutRequest) { r.Index.Index = " " }), "gate 12"},
		"no ID":                   {good(func(r *logoutRequest) { r.ID = "" }), "gate 6"},
		"a response of a sign-in": {theIdP().respond(plain(), signBoth), "gate 5"},
	} {
		assert.Equal(t, http.StatusForbidden, w.posts(sloPath, test.root).StatusCode, name)
		assert.Contains(t, w.note(t), test.gate, name)
		assert.True(t, w.lives(t, in), name)
	}
	for name, body := range map[string]string{"nothing": "", "no base64": "SAMLRequest=%3F", "a field twice": "SAMLRequest=x&SAMLRequest=y",
		"deflated": "SAMLRequest=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte{1, 2, 3}))} {
		assert.Equal(t, http.StatusForbidden, w.do("POST", sloPath, body).StatusCode, name)
		assert.True(t, w.lives(t, in), name)
	}
	assert.Equal(t, "/home/acme", w.do("POST", sloPath, "SAMLResponse=x").Header.Get("Location"), "their answer changes nothing")
	assert.True(t, w.lives(t, in))

	request := signed()
	answer := w.posts(sloPath, request)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
	assert.True(t, strings.HasPrefix(answer.Header.Get("Location"), "https://idp.example.org/slo?x=y&SAMLResponse="))
	assert.False(t, w.lives(t, in))
	assert.Equal(t, http.StatusForbidden, w.posts(sloPath, request).StatusCode)
	assert.Contains(t, w.note(t), "gate 13")
	again := wantsOut(func(r *logoutRequest) { r.ID = request.SelectAttrValue("ID", "") })
	assert.Equal(t, http.StatusForbidden, w.out(t, again, theIdP()).StatusCode, "it came before, by the other binding")
	assert.Contains(t, w.note(t), "gate 13")
}

// TestSingleLogoutIsOfOnesOwn: a provider ends the sessions that it opened under that name, and nobody else's.
func TestSingleLogoutIsOfOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite)
	beta := w.tenant(t, "beta")
	w.add(t, beta, "okta")
	w.add(t, w.acme, "other", func(in *domain.NewProvider) {
		in.Saml.Certificates = []domain.SigningCertificate{{DER: attacker().cert.Raw}}
	})
	w.person(t, w.acme, ana)
	w.person(t, w.acme, "ben")
	in := w.enter(t)
	for name, try := range map[string]func() (answer *http.Response, status int){
		"somebody else, by Ana's index": func() (*http.Response, int) {
			return w.posts(sloPath, theIdP().sign(tree(t, wantsOut(func(r *logoutRequest) { r.Name.Name = "ben" })))), http.StatusSeeOther
		},
		"Ana, by another index": func() (*http.Response, int) {
			return w.posts(sloPath, theIdP().sign(tree(t, wantsOut(func(r *logoutRequest) { r.Index.Index = "_ben" })))), http.StatusSeeOther
		},
		"Ana, at another tenant": func() (*http.Response, int) {
			return w.posts("/sso/beta/okta/slo", theIdP().sign(tree(t, wantsOut(func(r *logoutRequest) {
				r.Destination = "https://id.example.com/sso/beta/okta/slo"
			})))), http.StatusSeeOther
		},
		"another tenant's message": func() (*http.Response, int) {
			return w.posts(sloPath, theIdP().sign(tree(t, wantsOut(func(r *logoutRequest) {
				r.Destination = "https://id.example.com/sso/beta/okta/slo"
			})))), http.StatusForbidden
		},
		"another provider": func() (*http.Response, int) {
			return w.posts("/sso/acme/other/slo", attacker().sign(tree(t, wantsOut(func(r *logoutRequest) {
				r.Destination = "https://id.example.com/sso/acme/other/slo"
			})))), http.StatusSeeOther
		},
		"another provider's key": func() (*http.Response, int) {
			return w.posts(sloPath, attacker().sign(tree(t, wantsOut()))), http.StatusForbidden
		},
	} {
		answer, status := try()
		assert.Equal(t, status, answer.StatusCode, name+": "+w.note(t))
		assert.True(t, w.lives(t, in), name)
	}
	require.Equal(t, http.StatusSeeOther, w.posts(sloPath, theIdP().sign(tree(t, wantsOut(func(r *logoutRequest) { r.Index = nil })))).StatusCode)
	assert.False(t, w.lives(t, in), "all of Ana's")
}

// TestLogoutSpeaksByPost: what we say to a provider that takes forms alone is signed in itself, and nothing else runs in
// the page that brings it.
func TestLogoutSpeaksByPost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite, func(in *domain.NewProvider) { in.Saml.SloByPost = true })
	w.person(t, w.acme, ana)
	keys, err := w.engine.Gatekeeper.ServiceKeys(t.Context(), w.acme, w.provider.ID, NewKey(noon))
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(keys[0].Certificate)
	require.NoError(t, err)
	read := func(answer *http.Response, field string) *node {
		t.Helper()
		require.Equal(t, http.StatusOK, answer.StatusCode, w.note(t))
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		page := string(body)
		assert.Contains(t, page, `<form method="post" action="https://idp.example.org/slo?x=y">`)
		assert.Contains(t, page, "<script>"+sendsItself+"</script>")
		assert.Equal(t, 1, strings.Count(page, "<script"))
		policy := answer.Header.Get("Content-Security-Policy")
		assert.Regexp(t, `^default-src 'none'; script-src 'sha256-[A-Za-z0-9+/]{43}='; form-action https:; frame-ancestors 'none'; base-uri 'none'$`, policy)
		assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
		_, value, found := strings.Cut(page, `name="`+field+`" value="`)
		require.True(t, found, page)
		value, _, _ = strings.Cut(value, `"`)
		message, err := readPosted(strings.ReplaceAll(value, "&#43;", "+"), certificates(&party{cert: certificate}), noon)
		require.NoError(t, err)
		root, err := parse(message)
		require.NoError(t, err)
		assert.Equal(t, "https://idp.example.org/slo?x=y", root.attr("Destination"))
		assert.Equal(t, ourEntity, root.only(nsAssertion, "Issuer").words())
		return root
	}
	request := read(w.do("POST", "/sso/acme/okta/logout", "", cookie(w.enter(t), web.SessionCookie)), "SAMLRequest")
	assert.True(t, request.is(nsProtocol, "LogoutRequest"))
	assert.Equal(t, []string{ana, "_session"}, []string{request.only(nsAssertion, "NameID").words(), request.only(nsProtocol, "SessionIndex").words()})

	in, asked := w.enter(t), theIdP().sign(tree(t, wantsOut()))
	answer := w.posts(sloPath, asked)
	done := read(answer, "SAMLResponse")
	assert.True(t, done.is(nsProtocol, "LogoutResponse"))
	assert.Equal(t, asked.SelectAttrValue("ID", ""), done.attr("InResponseTo"))
	assert.False(t, w.lives(t, in))
	long := w.do("POST", sloPath, url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString(bytesOf(theIdP().sign(tree(t, wantsOut()))))},
		"RelayState": {strings.Repeat(`"><script>`, 9)}}.Encode())
	read(long, "SAMLResponse")
	marked := w.do("POST", sloPath, url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString(bytesOf(theIdP().sign(tree(t, wantsOut()))))},
		"RelayState": {`"><script>`}}.Encode())
	read(marked, "SAMLResponse")
}

// TestMetadataOfLogout: by redirect where the provider takes that, else by form; and we take both.
func TestMetadataOfLogout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil edit
		want  string
		post  bool
	}{
		"redirect": {func(*etree.Element) {}, "https://idp.example.org/slo", false},
		"post":     {set("SingleLogoutService", "Binding", bindingPost), "https://idp.example.org/slo", true},
		"both": {func(r *etree.Element) {
			other := at(r, "SingleLogoutService").Copy()
			other.CreateAttr("Binding", bindingPost)
			other.CreateAttr("Location", "https://idp.example.org/other")
			at(r, "IDPSSODescriptor").InsertChildAt(0, other)
		}, "https://idp.example.org/slo", false},
		"a plain address": {func(r *etree.Element) {
			set("SingleLogoutService", "Binding", bindingPost)(r)
			set("SingleLogoutService", "Location", "http://idp.example.org/slo")(r)
		}, "", false},
		"none": {drop("SingleLogoutService"), "", false},
	} {
		root := published(theIdP())
		test.spoil(root)
		m, err := Messages{}.ReadMetadata(bytesOf(root), nil, noon)
		require.NoError(t, err, name)
		assert.Equal(t, test.want, m.SloURL, name)
		assert.Equal(t, test.post, m.SloByPost, name)
	}
	w := newWorld(t, storetest.SQLite)
	body, err := io.ReadAll(w.do("GET", "/sso/acme/okta/metadata", "").Body)
	require.NoError(t, err)
	var bindings []string
	for _, service := range element(string(body)).FindElements(".//SingleLogoutService") {
		assert.Equal(t, "https://id.example.com"+sloPath, service.SelectAttrValue("Location", ""))
		bindings = append(bindings, service.SelectAttrValue("Binding", ""))
	}
	assert.Equal(t, []string{bindingRedirect, bindingPost}, bindings)
}
