package scim

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestEveryRouteHasAPolicy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range routes() {
		key := row.method + " " + row.pattern
		assert.False(t, seen[key], "%s is there twice", key)
		seen[key] = true
		assert.NotNil(t, row.serve, key)
		known := row.needs == domain.ScimRead || row.needs == domain.ScimWrite
		assert.True(t, known, "%s needs %q", key, row.needs)
		onResource := strings.HasPrefix(row.pattern, "/Users") || strings.HasPrefix(row.pattern, "/Groups")
		if onResource && row.method != "GET" && !strings.HasSuffix(row.pattern, ".search") {
			assert.Equal(t, domain.ScimWrite, row.needs, key)
		}
	}
}

func TestEveryRouteIsFound(t *testing.T) {
	t.Parallel()
	d := &door{places: placesOf(routes())}
	for _, row := range routes() {
		at, _ := d.find(row.filled(uuid.Nil.String()))
		require.NotNil(t, at, row.pattern)
		found, ok := at.route(row.method)
		require.True(t, ok, row.pattern)
		assert.Equal(t, row.pattern, found.pattern)
		assert.Contains(t, strings.Split(at.allow, ", "), row.method)
	}
}

// filled is the path of the route for an id or a name.
func (r route) filled(part string) string {
	return strings.NewReplacer("{id}", part, "{name}", part).Replace(r.pattern)
}

// TestRoutesAndCredentials walks every route with every kind of credential.
func TestRoutesAndCredentials(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	user, group := b.acme.user(t, "ana"), b.acme.group(t, "Ops")
	reader := b.connector(t, "acme", domain.NewCredential{Connection: "scim", Mode: domain.ReadOnly})
	_, rest, err := b.engine.Administration.CreateCredential(t.Context(), operator(t, b.engine, "acme"), domain.NewCredential{Name: "rest", Kind: domain.KindRest})
	require.NoError(t, err)
	shut := map[string]string{
		"no token": "", "a REST credential": "Bearer " + rest, "an unknown token": "Bearer " + unknownToken(),
		"a revoked token": "Bearer " + b.revoked(t), "an expired token": "Bearer " + b.expired(t), "a one-time token": "Bearer sbi_" + strings.Repeat("0", 64),
	}
	session := b.session(t)
	before := b.Snapshot(t)
	for _, row := range routes() {
		path := strings.NewReplacer("/Users/{id}", "/Users/"+user, "/Groups/{id}", "/Groups/"+group, "{name}", "User").Replace(row.pattern)
		for name, header := range shut {
			answer := b.do(t, row.method, Prefix+path, `{}`, authorization(header)...)
			assert.Equal(t, 401, answer.Code, "%s %s with %s", row.method, path, name)
			assert.Equal(t, "401", answer.at("status"), name)
			assert.NotEmpty(t, answer.Header().Values("Www-Authenticate"), name)
		}
		if row.pattern != me {
			answer := b.do(t, row.method, Prefix+path, `{}`, authorization("Bearer "+session)...)
			assert.Equal(t, 403, answer.Code, "%s %s with a session", row.method, path)
			assert.Equal(t, "403", answer.at("status"))
		}
		answer := reader.do(t, row.method, path, `{}`)
		if row.needs == domain.ScimWrite {
			assert.Equal(t, 403, answer.Code, "%s %s with a read-only token", row.method, path)
		} else {
			assert.NotContains(t, []int{401, 403, 405, 500}, answer.Code, "%s %s with a read-only token", row.method, path)
		}
	}
	b.unchanged(t, before)
}

func authorization(header string) []string {
	if header == "" {
		return nil
	}
	return []string{"Authorization", header}
}

func unknownToken() string {
	return "sb_" + strings.ReplaceAll(uuid.NewString(), "-", "") + "_" + strings.Repeat("0", 64)
}

// session signs somebody in at a tenant with SSO.
func (b *bridge) session(t *testing.T) string {
	t.Helper()
	b.tenant(t, "sso", true, nil).user(t, "sue")
	tenant, err := b.engine.Administration.Tenant(t.Context(), "sso")
	require.NoError(t, err)
	signedIn, err := b.engine.Gatekeeper.SignInByName(t.Context(), domain.Caller{Tenant: tenant.ID, Door: domain.DoorSso}, b.Provider(t, tenant.ID), "sue")
	require.NoError(t, err)
	return signedIn.Token
}

func (b *bridge) revoked(t *testing.T) string {
	t.Helper()
	c := b.connector(t, "acme", domain.NewCredential{Connection: "scim"})
	_, err := b.engine.Administration.RevokeCredential(t.Context(), operator(t, b.engine, "acme"), c.credential.ID)
	require.NoError(t, err)
	return c.token
}

func (b *bridge) expired(t *testing.T) string {
	t.Helper()
	c := b.connector(t, "acme", domain.NewCredential{Connection: "scim", Lifetime: time.Nanosecond})
	time.Sleep(time.Millisecond)
	return c.token
}

func TestAuthorizationShapes(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	token := b.acme.token
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	id := b.acme.credential.ID.String()
	for _, good := range []string{"Bearer " + token, "bearer " + token, "BEARER  " + token, basic(id + ":" + token)} {
		assert.Equal(t, 200, b.do(t, "GET", "/scim/v2/Users", "", "Authorization", good).Code, good[:8])
	}
	for _, bad := range []string{
		"", "Bearer", "Bearer ", "Bearer    ", "Basic", "Basic ", "Basic !!!", "Digest " + token, token, "Bearer" + token, "Bearer\t" + token,
		"Bearer " + token + " x", "Bearer " + token + ",", "Bearer \x00" + token, "Bearer " + strings.ToUpper(token), "Bearer " + token + token,
		"Bearer " + strings.Repeat("a", 64<<10), "Bearer null", "Bearer undefined", "Token " + token,
		basic(token), basic(":" + token), basic(uuid.NewString() + ":" + token), basic(id + ":"), basic(id + ":" + unknownToken()),
	} {
		answer := b.do(t, "GET", "/scim/v2/Users", "", "Authorization", bad)
		assert.Equal(t, 401, answer.Code, "%.40q", bad)
	}
	twice := b.do(t, "GET", "/scim/v2/Users", "", "Authorization", "Bearer "+token, "Authorization", "Bearer "+token)
	assert.Equal(t, 401, twice.Code, "two headers")
}

func TestPartsOfATokenAreNoToken(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	token := b.acme.token
	for i := range len(token) {
		flipped := []byte(token)
		flipped[i] ^= 1
		for _, bad := range []string{token[:i], token[i+1:], string(flipped)} {
			assert.Equal(t, 401, b.do(t, "GET", "/scim/v2/Users", "", "Authorization", "Bearer "+bad).Code, "at %d", i)
		}
	}
}

// TestPathsCountAsSent walks every route in spellings that another server might take for the same path.
func TestPathsCountAsSent(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	user, group := b.acme.user(t, "ana"), b.acme.group(t, "Ops")
	spell := map[string]func(path string) string{
		"encoded slash":     func(p string) string { return Prefix + "%2F" + p[1:] },
		"encoded letter":    func(p string) string { return Prefix + "/%" + strings.ToUpper(hexOf(p[1])) + p[2:] },
		"encoded prefix":    func(p string) string { return "/%73cim/v2" + p },
		"double encoding":   func(p string) string { return Prefix + "/%25" + hexOf(p[1]) + p[2:] },
		"double slash":      func(p string) string { return Prefix + "/" + p },
		"dot segment":       func(p string) string { return Prefix + "/." + p },
		"dot-dot segment":   func(p string) string { return Prefix + "/x/.." + p },
		"encoded dot-dot":   func(p string) string { return Prefix + "/x/%2e%2e" + p },
		"matrix parameter":  func(p string) string { return Prefix + p + ";x=1" },
		"trailing slash":    func(p string) string { return Prefix + p + "/" },
		"trailing dot":      func(p string) string { return Prefix + p + "." },
		"encoded NUL":       func(p string) string { return Prefix + p + "%00" },
		"a part too many":   func(p string) string { return Prefix + p + "/" + user + "/x" },
		"another case":      func(p string) string { return Prefix + swapCase(p) },
		"prefix in capital": func(p string) string { return "/SCIM/v2" + p },
		"backslash":         func(p string) string { return Prefix + "%5C" + p[1:] },
	}
	for _, row := range routes() {
		if len(row.pattern) < 2 {
			continue // the root has no letters to spell
		}
		path := strings.NewReplacer("/Users/{id}", "/Users/"+user, "/Groups/{id}", "/Groups/"+group, "{name}", "User").Replace(row.pattern)
		for name, change := range spell {
			target := change(path)
			answer := b.do(t, row.method, target, `{}`, "Authorization", "Bearer "+b.acme.token)
			assert.Contains(t, []int{404, 405}, answer.Code, "%s: %s %s", name, row.method, target)
			assert.Empty(t, answer.Header().Get("Location"), name)
			assert.NotNil(t, answer.at("status"), "%s: %s is refused as SCIM refuses", name, target)
			assert.Equal(t, 401, b.do(t, row.method, target, `{}`).Code, "%s without a token", name)
		}
	}
	absolute := b.do(t, "GET", testURL+"/scim/v2/Users/"+user, "", "Authorization", "Bearer "+b.acme.token)
	assert.Equal(t, user, absolute.want(t, 200).id(), "the absolute form is the same path")
	for _, path := range []string{"/scim", "/", "/scim/v1/Users", "/scim/v2Users", "/scim/v2/Nothing", "/scim/v2//", "/scim/v2/.", "/scim/v2%2F", "/scim/v2;x=1",
		"/scim/v2/..", "/SCIM/v2/", "/scim/V2"} {
		assert.Equal(t, 404, b.do(t, "GET", path, "", "Authorization", "Bearer "+b.acme.token).Code, path)
	}
}

func hexOf(c byte) string { return string([]byte{"0123456789abcdef"[c>>4], "0123456789abcdef"[c&15]}) }

func swapCase(path string) string {
	if upper := strings.ToUpper(path); upper != path {
		return upper
	}
	return strings.ToLower(path)
}

func TestMethods(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	user, group := b.acme.user(t, "ana"), b.acme.group(t, "Ops")
	for path, allow := range map[string]string{
		"/Users": "GET, HEAD, POST", "/Users/" + user: "GET, HEAD, PUT, PATCH, DELETE", "/Groups": "GET, HEAD, POST",
		"/Groups/" + group: "GET, HEAD, PUT, PATCH, DELETE", "/Schemas": "GET, HEAD", "/ServiceProviderConfig": "GET, HEAD", "/Bulk": "POST",
	} {
		for _, method := range []string{"OPTIONS", "TRACE", "LINK", "get", "PROPFIND"} {
			answer := b.acme.do(t, method, path, "").want(t, 405)
			assert.Equal(t, allow, answer.Header().Get("Allow"), path)
			assert.Equal(t, "405", answer.at("status"))
		}
	}
	for _, path := range []string{"/Users", "/Users/" + user, "/Groups/" + group, "/Schemas"} {
		head, get := b.acme.do(t, "HEAD", path, "").want(t, 200), b.acme.do(t, "GET", path, "").want(t, 200)
		assert.Zero(t, head.Body.Len(), path)
		assert.Equal(t, get.Header().Get("Etag"), head.Header().Get("Etag"), path)
		assert.Equal(t, get.Header().Get("Content-Type"), head.Header().Get("Content-Type"), path)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/ResourceTypes/Group", "/Schemas",
		"/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AGroup"} {
		answer := b.acme.do(t, "GET", path, "").want(t, 200)
		assert.NotEmpty(t, answer.at("schemas"), path)
		assert.NotContains(t, answer.Body.String(), ":null", path)
		assert.Equal(t, 403, b.acme.do(t, "GET", path+"?filter=id pr", "").Code, "RFC 7644, section 4")
	}
	for _, path := range []string{"/ResourceTypes/Thing", "/Schemas/urn:x", "/Schemas/%zz", "/Schemas/urn%2Fx"} {
		r, err := http.NewRequest("GET", testURL+Prefix+path, nil)
		if err != nil {
			continue // net/http refuses it before us
		}
		assert.Equal(t, 404, b.do(t, "GET", r.URL.RequestURI(), "", "Authorization", "Bearer "+b.acme.token).Code, path)
	}
}
