package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/scimbridge/scimbridge/domain"
)

// openProvider is an OpenID provider that somebody else has written, in this process. It keeps real time.
type openProvider struct {
	*httptest.Server
	scene  *scene
	client *http.Client
	users  map[string]*storage.User
}

// GetUserByID implements storage.UserStore.
func (o *openProvider) GetUserByID(id string) *storage.User { return o.users[id] }

// ExampleClientID implements storage.UserStore.
func (o *openProvider) ExampleClientID() string { return "nobody" }

// GetUserByUsername implements storage.UserStore.
func (o *openProvider) GetUserByUsername(name string) *storage.User {
	for _, user := range o.users {
		if user.Username == name {
			return user
		}
	}
	return nil
}

const openAt = "/sso/" + homeTenant + "/openid"

// trustsOpenID boots an OpenID provider and has the home tenant trust it. The provider is on this machine, where servers
// send nobody's requests: this one is let go there.
func (s *scene) trustsOpenID() *openProvider {
	s.t.Helper()
	s.moved.Store(int64(time.Since(replayStart)))
	var handler http.Handler
	o := &openProvider{scene: s, users: map[string]*storage.User{}}
	o.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	s.t.Cleanup(o.Close)
	handler = exampleop.SetupServer(o.URL, storage.NewStorageWithClients(o, map[string]*storage.Client{
		"us": storage.WebClient("us", "secret", replayBase+openAt+"/callback")}), slog.New(slog.DiscardHandler), false)
	o.client = &http.Client{Transport: o.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	operator, err := s.engine.Administration.Operator(s.t.Context(), homeTenant)
	require.NoError(s.t, err)
	_, err = s.engine.Providers.Add(s.t.Context(), operator, domain.NewProvider{Name: "OpenID", Prefix: "openid", Type: domain.ProviderOidc, Enabled: true,
		Oidc: &domain.OidcSettings{Issuer: o.URL, ClientID: "us"}, ClientSecret: "secret"})
	require.NoError(s.t, err)
	return o
}

// enters signs somebody in through the provider and gives the token of the session; "" where nobody was let in.
func (o *openProvider) enters(user string) string {
	t := o.scene.t
	t.Helper()
	follow := func(answer *http.Response, err error) *url.URL {
		t.Helper()
		require.NoError(t, err)
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		next, err := answer.Location()
		require.NoError(t, err, "%d %s", answer.StatusCode, body)
		return next
	}
	began := o.scene.browse("GET", openAt+"/login", "", "")
	require.Equal(t, http.StatusSeeOther, began.status, began.body)
	binding, err := http.ParseSetCookie(began.header.Get("Set-Cookie"))
	require.NoError(t, err)
	form := follow(o.client.Get(began.header.Get("Location")))
	back := follow(o.client.PostForm(o.URL+"/login/username", url.Values{"username": {user}, "password": {"pass"}, "id": {form.Query().Get("authRequestID")}}))
	came := follow(o.client.Get(back.String()))
	request, err := http.NewRequest("GET", o.scene.url+came.RequestURI(), nil)
	require.NoError(t, err)
	request.AddCookie(binding)
	answer, err := o.client.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	token := sessionOf(answer)
	require.Equal(t, map[bool]int{true: http.StatusSeeOther, false: http.StatusForbidden}[token != ""], answer.StatusCode)
	return token
}

// TestScenario17_ThroughAnOpenIDProvider is the circle of the SAML scenario: provisioned by the connector, signed in through
// the provider, deactivated.
func TestScenario17_ThroughAnOpenIDProvider(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		o := s.trustsOpenID()
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.loginIs("ana")
		o.users["s-1"] = &storage.User{ID: "s-1", Username: "ana", Password: "pass"}
		refused := s.browse("GET", openAt+"/login", "", "")
		assert.Equal(s.t, http.StatusForbidden, refused.status, "the provider is on a private address")
		assert.Equal(s.t, 1, s.count("audit_event WHERE action = 'SIGN_IN_FAILED' AND note LIKE 'gate 15 (provider): %'"))

		s.outbound.Client().Transport = o.Client().Transport
		s.wait(40 * time.Second) // a provider that did not answer is not asked again at once; clocks may differ by that much
		token := o.enters("ana")
		require.NotEmpty(s.t, token)
		assert.Equal(s.t, 200, s.raw("GET", "/api/v1/UserManagement/Users/WhoAmI", "Bearer "+token, "").status)
		assert.Equal(s.t, 200, s.browse("GET", home, token, "").status, "the pages know the session")
		assert.Equal(s.t, 1, s.count("audit_event WHERE action IN ('INVITATION_ACCEPTED', 'USER_ACTIVATED', 'USER_SIGNED_IN') AND note LIKE 'matched by ExternalLoginUsername%'"))

		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("Replace", "active", `"False"`)).gets(200, `{"...":"..."}`)
		assert.Equal(s.t, 401, s.raw("GET", "/api/v1/UserManagement/Users/WhoAmI", "Bearer "+token, "").status, "the session has ended")
		assert.Empty(s.t, o.enters("ana"), "nor does a new one begin")
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", `true`)).gets(200, `{"...":"..."}`)
		assert.NotEmpty(s.t, o.enters("ana"))
		s.given("tenant sso=off")
		assert.Equal(s.t, 404, s.browse("GET", openAt+"/login", "", "").status)
	})
}
