package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"html"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlidp"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// identityProvider is a real one, of the library's, in this process.
type identityProvider struct {
	*samlidp.Server
	scene       *scene
	certificate *x509.Certificate
}

// providerKey is that of the identity provider.
var providerKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// trustsProvider boots an identity provider, has the home tenant trust it, and tells it of us.
func (s *scene) trustsProvider(settings ...func(*domain.NewProvider)) *identityProvider {
	s.t.Helper()
	key := providerKey()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: s.now().AddDate(-1, 0, 0), NotAfter: s.now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(s.t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(s.t, err)
	at, err := url.Parse("https://idp.example.com")
	require.NoError(s.t, err)
	server, err := samlidp.New(samlidp.Options{URL: *at, Key: key, Signer: crypto.Signer(key), Certificate: certificate, Store: &samlidp.MemoryStore{}, Logger: log.New(io.Discard, "", 0)})
	require.NoError(s.t, err)
	idp := &identityProvider{server, s, certificate}
	server.IDP.SignatureMethod, server.IDP.AssertionMaker = dsig.RSASHA256SignatureMethod, idp
	server.IDP.LoginURL = server.IDP.SSOURL // to which its form goes; that of the library would show the session

	operator, err := s.engine.Administration.Operator(s.t.Context(), homeTenant)
	require.NoError(s.t, err)
	in := domain.NewProvider{Name: "samlidp", Prefix: "samlidp", Type: domain.ProviderSaml, Enabled: true, Saml: &domain.SamlSettings{
		EntityID: "https://idp.example.com/metadata", SsoURL: "https://idp.example.com/sso", Certificates: []domain.SigningCertificate{{DER: der}}}}
	for _, set := range settings {
		set(&in)
	}
	_, err = s.engine.Providers.Add(s.t.Context(), operator, in)
	require.NoError(s.t, err)
	metadata := s.browse("GET", ssoAt+"/metadata", "", "")
	require.Equal(s.t, 200, metadata.status, metadata.body)
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, httptest.NewRequest("PUT", "https://idp.example.com/services/us", strings.NewReader(metadata.body)))
	require.Equal(s.t, http.StatusNoContent, answer.Code)
	return idp
}

const ssoAt = "/sso/" + homeTenant + "/samlidp"

// MakeAssertion implements saml.AssertionMaker: the library's, by the clock of the scene.
func (i *identityProvider) MakeAssertion(request *saml.IdpAuthnRequest, session *saml.Session) error {
	request.Now = i.scene.now()
	err := saml.DefaultAssertionMaker{}.MakeAssertion(request, session)
	if err == nil {
		until := request.Now.Add(time.Minute)
		request.Assertion.IssueInstant, request.Assertion.Conditions.NotOnOrAfter = request.Now, until
		request.Assertion.Subject.SubjectConfirmations[0].SubjectConfirmationData.NotOnOrAfter = until
	}
	return err
}

// knows gives somebody an account at the provider, which asserts the name.
func (i *identityProvider) knows(user, name string) {
	i.scene.t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("hunter2"), bcrypt.MinCost)
	require.NoError(i.scene.t, err)
	require.NoError(i.scene.t, i.Store.Put("/users/"+user, samlidp.User{Name: user, Email: name, HashedPassword: hash}))
}

var hiddenField = regexp.MustCompile(`name="(SAMLResponse|RelayState)" value="([^"]*)"`)

// brought is what the browser brings from the provider.
type brought struct {
	form    url.Values
	browser *http.Cookie
}

// visits signs somebody in at the provider, on the way from here.
func (i *identityProvider) visits(user, returnTo string) brought {
	i.scene.t.Helper()
	began := i.scene.browse("GET", ssoAt+"/login?ReturnTo="+url.QueryEscape(returnTo), "", "")
	require.Equal(i.scene.t, http.StatusSeeOther, began.status, began.body)
	to := httptest.NewRequest("GET", began.header.Get("Location"), nil)
	credentials := url.Values{"user": {user}, "password": {"hunter2"}, "SAMLRequest": {to.URL.Query().Get("SAMLRequest")}, "RelayState": {to.URL.Query().Get("RelayState")}}
	asking := httptest.NewRecorder()
	i.ServeHTTP(asking, to)
	require.Contains(i.scene.t, asking.Body.String(), `name="password"`, "the provider asks who it is")
	form := regexp.MustCompile(`name="(SAMLRequest|RelayState)" value="([^"]*)"`)
	for _, field := range form.FindAllStringSubmatch(asking.Body.String(), -1) {
		credentials.Set(field[1], html.UnescapeString(field[2]))
	}
	post := httptest.NewRequest("POST", "https://idp.example.com/sso", strings.NewReader(credentials.Encode()))
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	i.ServeHTTP(answer, post)
	b := brought{form: url.Values{}}
	for _, field := range hiddenField.FindAllStringSubmatch(answer.Body.String(), -1) {
		b.form.Set(field[1], html.UnescapeString(field[2]))
	}
	require.NotEmpty(i.scene.t, b.form.Get("SAMLResponse"), answer.Body.String())
	for _, line := range began.header.Values("Set-Cookie") {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == "__Host-sso" {
			b.browser = cookie
		}
	}
	require.NotNil(i.scene.t, b.browser)
	return b
}

// posts has the browser bring to a server what it got.
func (b brought) posts(t testing.TB, server string) *http.Response {
	t.Helper()
	request, err := http.NewRequest("POST", server+ssoAt+"/acs", strings.NewReader(b.form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", "https://idp.example.com")
	request.AddCookie(b.browser)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func sessionOf(answer *http.Response) string {
	for _, cookie := range answer.Cookies() {
		if cookie.Name == web.SessionCookie {
			return cookie.Value
		}
	}
	return ""
}

// enters signs somebody in through the provider and gives the token of the session; "" where nobody was let in.
func (i *identityProvider) enters(user string) string {
	i.scene.t.Helper()
	answer := i.visits(user, "").posts(i.scene.t, i.scene.url)
	token := sessionOf(answer)
	want := http.StatusForbidden
	if token != "" {
		want = http.StatusSeeOther
	}
	require.Equal(i.scene.t, want, answer.StatusCode)
	return token
}

// TestScenario17_ThroughAnIdentityProvider is the whole circle: provisioned by the connector, signed in through the
// provider, renamed, deactivated.
func TestScenario17_ThroughAnIdentityProvider(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		idp := s.trustsProvider()
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.loginIs("ana")
		idp.knows("ana", "ana")
		came := idp.visits("ana", "/account/t/"+homeTenant).posts(s.t, s.url)
		require.Equal(s.t, http.StatusSeeOther, came.StatusCode)
		assert.Equal(s.t, "/account/t/"+homeTenant, came.Header.Get("Location"))
		token := sessionOf(came)
		assert.Equal(s.t, 200, s.raw("GET", "/api/v1/UserManagement/Users/WhoAmI", "Bearer "+token, "").status)
		assert.Equal(s.t, 200, s.browse("GET", home, token, "").status, "the pages know the session")
		assert.Equal(s.t, 1, s.count("audit_event WHERE action IN ('INVITATION_ACCEPTED', 'USER_ACTIVATED', 'USER_SIGNED_IN') AND note LIKE 'matched by ExternalLoginUsername%'"))

		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "userName", `"ana.silva"`)).gets(200, `{"...":"..."}`)
		s.loginIs("ana.silva")
		assert.Empty(s.t, idp.enters("ana"), "the old name opens nothing")
		idp.knows("ana", "ana.silva")
		token = idp.enters("ana")
		require.NotEmpty(s.t, token)

		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("Replace", "active", `"False"`)).gets(200, `{"...":"..."}`)
		assert.Equal(s.t, 401, s.raw("GET", "/api/v1/UserManagement/Users/WhoAmI", "Bearer "+token, "").status, "the session has ended")
		assert.Empty(s.t, idp.enters("ana"), "nor does a new one begin")
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", `true`)).gets(200, `{"...":"..."}`)
		assert.NotEmpty(s.t, idp.enters("ana"))
		s.given("tenant sso=off")
		assert.Equal(s.t, 404, s.browse("GET", ssoAt+"/login", "", "").status)
	})
}

// TestScenario37_ThroughAnIdentityProvider: which rule decides, and that no lower one is tried.
func TestScenario37_ThroughAnIdentityProvider(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		idp := s.trustsProvider()
		create := func(name, employee string) {
			s.ask("rest", "POST /Common/Persons", `{"FirstName":"F","LastName":"`+name+`","EmailAddresses":[{"Address":"`+name+`@example.org","IsPrimary":true}],"Employee":{"EmployeeNumber":"`+employee+`"},"UserAccess":{"Username":"`+name+`"}}`).
				gets(201, `{"PersonId":"{{`+name+`=uuid}}","...":"..."}`)
		}
		create("ann", "ben")
		create("ben", "7")
		idp.knows("x", "ben")
		token := idp.enters("x")
		who := s.raw("GET", "/api/v1/UserManagement/Users/WhoAmI", "Bearer "+token, "")
		assert.Contains(s.t, who.body, s.seen["ben"], "the username comes before the employee number")
		s.ask("rest", "POST /UserManagement/Persons/{{ann}}/Deactivate", `{}`).gets(200, `{"...":"..."}`)
		create("carl", "ann@example.org")
		idp.knows("x", "ann@example.org")
		assert.Empty(s.t, idp.enters("x"), "the address is an inactive person's, and decides")
		people := s.count("person")
		idp.knows("x", "nobody")
		assert.Empty(s.t, idp.enters("x"))
		assert.Equal(s.t, people, s.count("person"), "nobody is created")
	})
}

// TestAnonymisedPeopleLeaveNoAssertedName: nothing that SSO keeps names somebody who was anonymised.
func TestAnonymisedPeopleLeaveNoAssertedName(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		idp := s.trustsProvider()
		const name = "zaphod.beeblebrox@example.org"
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"F","LastName":"L","EmailAddresses":[{"Address":"f@example.org","IsPrimary":true}],"ExternalLoginUsername":"`+name+`","UserAccess":{"Username":"f"}}`).
			gets(201, `{"PersonId":"{{f=uuid}}","...":"..."}`)
		idp.knows("f", name)
		require.NotEmpty(s.t, idp.enters("f"))
		s.ask("rest", "POST /UserManagement/Persons/{{f}}/Deactivate", `{}`).gets(200, `{"...":"..."}`)
		require.Empty(s.t, idp.enters("f"))
		s.ask("rest", "POST /UserManagement/Anonymizations", `{"PersonId":"{{f}}"}`).gets(200, `{"...":"..."}`)
		for table, rows := range s.Everything(s.t) {
			for _, row := range rows {
				assert.NotContains(s.t, row, "zaphod", table)
			}
		}
	})
}

// TestRefusedPeopleAreFoundByTheirNumber: what somebody reads out who could not sign in leads an administrator to the reason.
func TestRefusedPeopleAreFoundByTheirNumber(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on", "caller desk rest permissions=identity-providers.read")
		idp := s.trustsProvider()
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", "false")).gets(200, `{"...":"..."}`)
		idp.knows("ana", "ana")
		refused := idp.visits("ana", "").posts(s.t, s.url)
		require.Equal(s.t, http.StatusForbidden, refused.StatusCode)
		var shown struct{ RequestId string }
		require.NoError(s.t, json.NewDecoder(refused.Body).Decode(&shown))
		require.NotEmpty(s.t, shown.RequestId)
		s.ask("desk", "GET /UserManagement/IdentityProviders", "").gets(200, `{"Items":[{"IdentityProviderId":"{{idp=uuid}}","...":"..."}]}`)
		found := `{"Items":[{"Index":"{{*number}}","OccurredAt":"{{*time}}","Gate":14,"GateName":"person","Reason":"The access is inactive.","NameId":"a***",
			"MatchedBy":"ExternalLoginUsername","PersonId":"{{ana}}","RequestId":"` + shown.RequestId + `","Ip":"127.0.0.1"}],"ListCompleted":true,"Next":null}`
		s.untouched(func() {
			for _, asked := range []string{`"RequestId":"` + shown.RequestId + `"`, `"PersonId":"{{ana}}"`, `"NameId":"ANA"`} {
				s.ask("desk", "POST /UserManagement/IdentityProviders/{{idp}}/Refusals", "{"+asked+"}").gets(200, found)
			}
			s.ask("desk", "POST /UserManagement/IdentityProviders/{{idp}}/Refusals", `{"RequestId":"another"}`).gets(200, `{"Items":[],"ListCompleted":true,"Next":null}`)
			s.ask("desk", "POST /UserManagement/IdentityProviders/{{idp}}/Refusals", `{"Name":"ana"}`).refused(400, "unknown_field")
			s.ask("desk", "GET /UserManagement/AuditEvents", "").refused(403, "permission_denied")
		})
	})
}

// TestMetadataAndDryRunThroughTheNativeApi sets a provider up by its metadata, and tries an assertion that it made.
func TestMetadataAndDryRunThroughTheNativeApi(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on", "caller admin rest permissions=policies.manage,identity-providers.read")
		idp := s.trustsProvider()
		answer := httptest.NewRecorder()
		idp.ServeHTTP(answer, httptest.NewRequest("GET", "https://idp.example.com/metadata", nil))
		metadata, err := json.Marshal(answer.Body.String())
		require.NoError(s.t, err)
		s.ask("admin", "POST /Administration/IdentityProviders", `{"Name":"B","Prefix":"second","Type":"Saml","Enabled":true,"Saml":{"MetadataXml":`+string(metadata)+`}}`).
			gets(201, `{"IdentityProviderId":"{{second=uuid}}","Saml":{"EntityId":"https://idp.example.com/metadata","SsoUrl":"https://idp.example.com/sso","...":"..."},"...":"..."}`)
		s.ask("admin", "PATCH /Administration/IdentityProviders/{{second}}", `{"Saml":{"MetadataXml":"<x/>"}}`).refused(400, "validation_failed")
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		idp.knows("ana", "ana")
		assertion := idp.visits("ana", "").form.Get("SAMLResponse")
		s.untouched(func() {
			s.ask("admin", "POST /UserManagement/IdentityProviders/{{second}}/MatchDryRun", `{"Assertion":"`+assertion+`"}`).gets(200, `{"Outcome":"SignedIn","PersonId":"{{ana}}","...":"..."}`)
			s.ask("admin", "POST /UserManagement/IdentityProviders/{{second}}/MatchDryRun", `{"Assertion":"ana"}`).refused(400, "validation_failed")
		})
	})
}

// TestOneAssertionManyServers is SECURITY.md, row C13: the same response at the same instant on two replicas is one session.
func TestOneAssertionManyServers(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		idp := s.trustsProvider()
		s.ask("scim", "POST /Users", anaScim).gets(201, capturesUser)
		idp.knows("ana", "ana")
		b := idp.visits("ana", "")
		servers := []string{s.url}
		if strings.HasPrefix(s.Source, "postgres") {
			servers = append(servers, s.replica().url)
		}
		before := s.count("session")
		var all sync.WaitGroup
		statuses := make([]int, 10)
		for i := range statuses {
			all.Go(func() { statuses[i] = b.posts(s.t, servers[i%len(servers)]).StatusCode })
		}
		all.Wait()
		in := 0
		for _, status := range statuses {
			if status == http.StatusSeeOther {
				in++
			} else {
				assert.Equal(s.t, http.StatusForbidden, status)
			}
		}
		assert.Equal(s.t, 1, in)
		assert.Equal(s.t, before+1, s.count("session"))
	})
}

// TestSsoRoutesAreForTheirProviders walks the routes of the door: those that are public are of providers that are there,
// the others of people who are signed in; nothing else changes anything.
func TestSsoRoutesAreForTheirProviders(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		s.trustsProvider()
		for _, r := range allRoutes(t) {
			if r.door != ssoDoor {
				continue
			}
			there := r.at(t, things{"Tenant": homeTenant, "Prefix": "samlidp"})
			for _, of := range []things{{"Tenant": homeTenant, "Prefix": "none"}, {"Tenant": "none", "Prefix": "samlidp"}} {
				s.untouched(func() {
					want := map[bool]int{true: 404, false: 401}[r.Public]
					assert.Equal(s.t, want, s.browse(r.Method, r.at(t, of), "", "").status, r.name())
				})
			}
			if !r.Public {
				for why, session := range map[string]string{"no session": "", "a wrong one": "x", "a token": strings.TrimPrefix(s.callers["rest"].authorization, "Bearer ")} {
					assert.Equal(s.t, 401, s.browse(r.Method, there, session, "").status, "%s: %s", r.name(), why)
				}
			}
			for _, method := range []string{"PUT", "DELETE", "PATCH"} {
				assert.Equal(s.t, 405, s.browse(method, there, "", "").status, "%s %s", method, there)
			}
		}
	})
}
