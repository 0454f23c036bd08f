package rest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// acceptableBodies are bodies that routes accept, by name; the others accept an empty object.
var acceptableBodies = map[string]string{
	"POST /Common/Persons":                                           `{"FirstName":"Eva","LastName":"Roth"}`,
	"PUT /Common/Persons/{PersonId}":                                 `{"FirstName":"Eva","LastName":"Roth"}`,
	"POST /Common/Persons/{PersonId}/EmailAddresses":                 `{"Address":"eva@example.org"}`,
	"PUT /Common/Persons/{PersonId}/EmailAddresses/{EmailAddressId}": `{"Address":"eva@example.org"}`,
	"POST /Common/Persons/{PersonId}/PhoneNumbers":                   `{"Number":"1"}`,
	"PUT /Common/Persons/{PersonId}/PhoneNumbers/{PhoneNumberId}":    `{"Number":"1"}`,
	"PATCH /UserManagement/Persons/{PersonId}":                       `{"Username":"eva"}`,
	"POST /UserManagement/Persons/{PersonId}/Invite":                 `{"SendInvitation":false}`,
	"POST /UserManagement/Persons/{PersonId}/InvalidateSessions":     `{"ResetPassword":false}`,
	"POST /Administration/IdentityProviders":                         `{"Name":"Own","Prefix":"own","Type":"Password"}`,
	"POST /Administration/Organizations":                             `{"Name":"North"}`,
	"POST /Administration/Domains":                                   `{"Domain":"example.org"}`,
	"POST /UserManagement/Roles":                                     `{"Name":"Clerk"}`,
	"PATCH /UserManagement/Roles/{RoleId}":                           `{"Version":1}`,
	"POST /UserManagement/PermissionGroups":                          `{"Name":"Staff"}`,
	"PATCH /UserManagement/PermissionGroups/{PermissionGroupId}":     `{"Version":1}`,
	"PATCH /Administration/Persons/{PersonId}/BreakGlass":            `{"BreakGlass":true}`,
	"POST /UserManagement/Persons/{PersonId}/Activate":               `{"SendInvitation":false}`,
	"PUT /UserManagement/Persons/{PersonId}/Password":                `{"OldPassword":"x","NewPassword":"y"}`,
	"POST /Administration/Subscriptions":                             `{"Name":"hook","Kind":"Webhook","Url":"https://example.org"}`,
	"POST /Administration/ScimConnections":                           `{"Name":"okta"}`,
	"POST /UserManagement/Reports":                                   `{"Name":"r","StartDate":"2020-01-01T00:00:00Z","EndDate":"2020-01-02T00:00:00Z","ReportType":"data-export","ReportFormat":"csv"}`,
	"POST /UserManagement/Invitations/Bulk":                          `{"Users":[{"PersonId":"5b9c1f0e-7d53-4d3e-9a55-0f3c9c1f2a77"}]}`,
}

func (r *route) acceptable() string {
	if body, special := acceptableBodies[r.name()]; special || r.body == noBody {
		return body
	}
	return `{}`
}

// path is the pattern with an id for every variable.
func (r *route) path(ids ...string) string {
	segments := strings.Split(r.pattern, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i], ids = ids[0], append(ids[1:], ids[0])
		}
	}
	return strings.Join(segments, "/")
}

// eachRoute runs a test for every row of the table.
func eachRoute(do func(r *route)) {
	for i := range routes {
		do(&routes[i])
	}
}

// eachOpenRoute runs a test for every row that is open to credentials and to nobody else.
func eachOpenRoute(do func(r *route)) {
	eachRoute(func(r *route) {
		if !r.session && !r.public {
			do(r)
		}
	})
}

func TestEveryRouteHasAPolicy(t *testing.T) {
	t.Parallel()
	open := []string{"GET /UserManagement/Users/WhoAmI"}
	shown := []string{"GET /openapi.json", "GET /docs"}                     // to everybody
	watching := []string{"GET /UserManagement/Persons/{PersonId}/Sessions"} // whoever may end sessions may see which
	seen := map[string]bool{}
	eachRoute(func(r *route) {
		assert.NotNil(t, r.serve, r.name())
		assert.False(t, seen[strings.ToLower(r.name())], "%s stands twice in the table", r.name())
		seen[strings.ToLower(r.name())] = true
		assert.Equal(t, slices.Contains(open, r.name()) || r.public || r.session && len(r.needs) == 0, len(r.needs) == 0, "%s asks for no permission", r.name())
		assert.Equal(t, strings.HasPrefix(r.pattern, "/Account/"), r.public && !slices.Contains(shown, r.name()) || r.session && !strings.Contains(r.pattern, "{PersonId}"), "%s is a person's own act", r.name())
		assert.False(t, r.public && (r.session || r.pending || r.keyed || r.orSelf || len(r.needs) > 0), r.name())
		assert.False(t, r.pending && !r.session || r.anywhere && !r.public || r.passwords && !r.public && !r.session, r.name())
		if r.public || r.session && len(r.needs) == 0 || slices.Contains(watching, r.name()) {
			return
		}
		writes := slices.ContainsFunc(r.needs, domain.Permission.Writes)
		managing := domain.NewPermissions(r.needs...).Restricted() || // what only administrators see is not for those who only read
			slices.Contains(r.needs, domain.UsersAnonymize) || slices.Contains(r.needs, domain.UsersMigrate) // nor is what became of people
		// which send a name in their body and change nothing
		trying := strings.HasSuffix(r.pattern, "/MatchDryRun") || strings.HasSuffix(r.pattern, "/Refusals")
		assert.Equal(t, writes, managing || r.method != "GET" && !trying, "%s writes by a permission to read, or the other way round", r.name())
		assert.Equal(t, r.method == "POST" || r.method == "PUT" || r.method == "PATCH", r.body != noBody, r.name())
		assert.False(t, r.keyed && r.method != "POST", r.name())
	})
}

// TestPermissions: each route is closed to whoever lacks one of its permissions and open to whoever has just those,
// whatever else is wrong with the request.
func TestPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	readOnly := w.credential("acme", domain.ReadOnly, domain.AllPermissions()...)
	eachOpenRoute(func(r *route) {
		path := r.path(uuid.NewString())
		for _, missing := range r.needs {
			others := slices.DeleteFunc(slices.Clone(domain.AllPermissions()), func(p domain.Permission) bool { return p == missing })
			token := w.credential("acme", domain.ReadWrite, others...)
			w.as(token, r.method, path+"?Nonsense=1", `{"broken`).refused(403, domain.CodePermissionDenied)
			if missing.Writes() {
				w.as(readOnly, r.method, path+"?Nonsense=1", `{"broken`).refused(403, domain.CodeReadOnlyCredential)
			}
		}
		token := w.token
		if len(r.needs) > 0 {
			token = w.credential("acme", domain.ReadWrite, r.needs...)
		}
		assert.NotEqual(t, 403, w.as(token, r.method, path, r.acceptable()).status, r.name())
		if r.method == "GET" && !slices.ContainsFunc(r.needs, domain.Permission.Writes) {
			assert.NotEqual(t, 403, w.as(readOnly, r.method, path, "").status, r.name())
		}
	})
}

// TestExtraPermissions: what a body adds to a route's act adds to its permissions, and is asked for before anything
// is looked up or checked.
func TestExtraPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody := uuid.NewString()
	for _, test := range []struct {
		method, path, body string
		route, extra       domain.Permission
	}{
		{"POST", "/Common/Persons", `{"UserAccess":{}}`, domain.PersonsWrite, domain.UsersProvision},
		{"POST", "/Common/Persons", `{"ExternalLoginUsername":"x"}`, domain.PersonsWrite, domain.SsoWrite},
		{"PUT", persons(nobody), `{"ExternalLoginUsername":"x"}`, domain.PersonsWrite, domain.SsoWrite},
		{"PATCH", persons(nobody), `{"ExternalLoginUsername":"x"}`, domain.PersonsWrite, domain.SsoWrite},
		{"POST", users(nobody, "/Invite"), `{"ExternalLoginUsername":"x"}`, domain.UsersProvision, domain.SsoWrite},
		{"PATCH", users(nobody), `{"IsActive":false}`, domain.UsersUpdate, domain.UsersActivate},
		{"PATCH", users(nobody), `{"MfaRequired":false}`, domain.UsersUpdate, domain.UsersMfa},
	} {
		w.as(w.credential("acme", domain.ReadWrite, test.route), test.method, test.path, test.body).refused(403, domain.CodePermissionDenied)
		both := w.as(w.credential("acme", domain.ReadWrite, test.route, test.extra), test.method, test.path, test.body)
		assert.NotEqual(t, 403, both.status, both.body)
	}
}

// TestTenants: to acme, whatever belongs to globex is exactly as absent as what nobody has, and no request of acme
// touches it.
func TestTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("globex", false)
	foreign := w.credential("globex", domain.ReadWrite)
	theirs := w.as(foreign, "POST", "/Common/Persons", `{"FirstName":"Gil","LastName":"Roth","EmailAddresses":[{"Address":"gil@example.org"}],
		"PhoneNumbers":[{"Number":"1"}],"StreetAddresses":[{"City":"Rome"}],"UserAccess":{"Username":"gil"}}`).is(201)
	element := func(list, id string) string {
		return theirs.at(list).([]any)[0].(map[string]any)[id].(string)
	}
	manager := w.credential("globex", domain.ReadWrite, domain.PoliciesManage)
	subscription := w.as(manager, "POST", "/Administration/Subscriptions", `{"Name":"hook","Kind":"Webhook","Url":"https://example.org"}`).is(201).text("SubscriptionId")
	before := w.Snapshot(t)
	eachOpenRoute(func(r *route) {
		if !strings.Contains(r.pattern, "{") {
			return
		}
		second := uuid.NewString()
		for list, id := range map[string]string{"EmailAddresses": "EmailAddressId", "PhoneNumbers": "PhoneNumberId", "StreetAddresses": "StreetAddressId"} {
			if strings.Contains(r.pattern, "{"+id+"}") {
				second = element(list, id)
			}
		}
		known, unknown := theirs.text("PersonId"), uuid.NewString()
		if strings.Contains(r.pattern, "{Username}") {
			known, unknown = "gil", "nobody"
		}
		if strings.Contains(r.pattern, "{SubscriptionId}") {
			known = subscription
		}
		got := w.send(r.method, r.path(known, second), r.acceptable())
		want := w.send(r.method, r.path(unknown, second), r.acceptable())
		assert.Equal(t, 404, got.status, "%s %s", r.name(), got.body)
		assert.Equal(t, want.status, got.status, r.name())
		assert.Equal(t, want.header, got.header, r.name())
		assert.Equal(t, want.body, got.body, r.name())
		for _, malformed := range []string{"x", "%00", strings.ToUpper(theirs.text("PersonId")), "{" + unknown + "}", "..", "1"} {
			assert.Equal(t, want.body, w.send(r.method, r.path(malformed, second), r.acceptable()).body, "%s %s", r.name(), malformed)
		}
	})
	assert.Equal(t, before, w.Snapshot(t))
	for _, list := range []string{"/Common/Persons?EmailAddress=gil", "/UserManagement/Users?Username=gil", "/UserManagement/Users/Basic"} {
		assert.Empty(t, w.send("GET", list, "").is(200).items(), list)
	}
}

// TestForeignKeysDontCollide: a name that is taken in one tenant is free in the other, and says nothing.
func TestForeignKeysDontCollide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("globex", false)
	body := `{"FirstName":"Gil","LastName":"Roth","EmailAddresses":[{"Address":"gil@example.org"}],"Employee":{"EmployeeNumber":"7"},"UserAccess":{"Username":"gil"}}`
	ours := w.send("POST", "/Common/Persons", body).is(201)
	theirs := w.as(w.credential("globex", domain.ReadWrite), "POST", "/Common/Persons", body).is(201)
	assert.NotEqual(t, ours.text("PersonId"), theirs.text("PersonId"))
	reference := `{"ManagerPersonId":"` + theirs.text("PersonId") + `"}`
	w.send("PATCH", persons(ours.text("PersonId"), "/Employee"), reference).refused(400, domain.CodeValidation)
}

func TestPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("")
	for path, want := range map[string]struct {
		status int
		code   domain.Code
	}{
		"/api/v1/Common/Persons/" + id:                  {200, ""},
		"/api/v1.0/Common/Persons/" + id:                {200, ""},
		"/API/V1/common/PERSONS/" + id:                  {200, ""},
		"/api/v2/Common/Persons/" + id:                  {404, domain.CodeUnsupportedVersion},
		"/api/v1.1/Common/Persons/" + id:                {404, domain.CodeUnsupportedVersion},
		"/api/v10/x":                                    {404, domain.CodeUnsupportedVersion},
		"/api/v1/Common/Persons/" + id + "/":            {404, domain.CodeRouteNotFound},
		"/api/v1/Common//Persons/" + id:                 {404, domain.CodeRouteNotFound},
		"/api//v1/Common/Persons":                       {404, domain.CodeRouteNotFound},
		"/api/v1/Common/./Persons":                      {404, domain.CodeRouteNotFound},
		"/api/v1/Common/x/../Persons":                   {404, domain.CodeRouteNotFound},
		"/api/v1/Common%2FPersons":                      {404, domain.CodeRouteNotFound},
		"/api/v1/Common/%50ersons":                      {404, domain.CodeRouteNotFound},
		"/api/v1/Common/Persons;x=1":                    {404, domain.CodeRouteNotFound},
		"/api/v1/Common/Persons.":                       {404, domain.CodeRouteNotFound},
		"/api/v1":                                       {404, domain.CodeRouteNotFound},
		"/api/":                                         {404, domain.CodeRouteNotFound},
		"/api/v1/UserManagement/" + id:                  {404, domain.CodeRouteNotFound},
		"/api/v1/Common/Persons/%2e%2e":                 {404, domain.CodePersonNotFound},
		"/api/v1/Common/Persons/" + id[:35]:             {404, domain.CodePersonNotFound},
		"/api/v1/Common/Persons/a%2F" + id:              {404, domain.CodeRouteNotFound},
		"/api/v1/UserManagement/Users/ByUsername/a%2fb": {404, domain.CodeRouteNotFound},
		"/api/v1/UserManagement/Users/ByUsername/%00":   {404, domain.CodePersonNotFound},
		"/api/v1/UserManagement/Users/ByUsername/%ff":   {404, domain.CodePersonNotFound},
	} {
		got := w.send("GET", path, "")
		assert.Equal(t, want.status, got.status, path)
		if want.code != "" {
			got.refused(want.status, want.code)
		}
		assert.Equal(t, want.code == domain.CodeUnsupportedVersion, got.header.Get("Api-Supported-Versions") != "", path)
		assert.Empty(t, got.header.Get("X-Redirect")+got.header.Get("Location"), path)
		nobody := w.as("", "GET", path, "")
		assert.Equal(t, 401, nobody.status, path)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("")
	for _, method := range []string{"DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "FOO"} {
		got := w.send(method, "/Common/Persons", "").refused(405, domain.CodeMethodNotAllowed)
		assert.Equal(t, "GET, HEAD, POST", got.header.Get("Allow"), method)
	}
	assert.Equal(t, "POST", w.send("GET", users(id, "/Invite"), "").refused(405, domain.CodeMethodNotAllowed).header.Get("Allow"))
	head := w.send("HEAD", persons(id), "").is(200)
	assert.Equal(t, `W/"1"`, head.header.Get("ETag"))
}

func TestTenantHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("globex", false)
	w.send("GET", "/Common/Persons", "", "X-Tenant", "acme").is(200)
	real := w.send("GET", "/Common/Persons", "", "X-Tenant", "globex").refused(404, domain.CodeTenantNotFound)
	for _, slug := range []string{"nowhere", "", "ACME", "acme,globex"} {
		other := w.send("GET", "/Common/Persons", "", "X-Tenant", slug).refused(404, domain.CodeTenantNotFound)
		assert.Equal(t, real.body, other.body)
	}
}

// TestTokens: other doors' tokens and damaged ones open nothing.
func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, scim, err := w.engine.Administration.CreateCredential(t.Context(), operator(t, w.engine, "acme"), domain.NewCredential{Name: "Okta", Kind: domain.KindScim})
	require.NoError(t, err)
	eachRoute(func(r *route) {
		if r.public {
			return
		}
		for _, token := range []string{"", scim, w.token[:len(w.token)-1], strings.ToUpper(w.token)} {
			got := w.as(token, r.method, r.path(uuid.NewString()), r.acceptable()).refused(http.StatusUnauthorized, domain.CodeUnauthenticated)
			assert.NotEmpty(t, got.header.Get("WWW-Authenticate"))
		}
	})
}
