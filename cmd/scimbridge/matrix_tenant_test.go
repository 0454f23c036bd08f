package main

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twin is what the matrix of tenants works with: another tenant of the same names and keys, and what both have.
type twin struct {
	*scene
	theirs, own things
	before      []string
	beta        uuid.UUID
	fresh       int
}

// place is somewhere in a request where an id can stand. In it {PersonId} and the like stand for the ids that are
// tried, own.PersonId and the like for the caller's own, NEW for a name that nobody has yet.
type place struct {
	door, name, method, target, body string
	headers                          []string
}

// TestMatrixOfTenants puts ids of another tenant into every place of every request: each answer is, but for the
// request's own marks, the one for ids that nobody has, and no row of the other tenant changes. The tenants have people,
// groups and keys of the same names.
func TestMatrixOfTenants(t *testing.T) {
	scenario(t, func(s *scene) {
		x := s.twin()
		for _, p := range slices.Concat(x.pathPlaces(), x.queryPlaces(), x.bodyPlaces(), scimPlaces) {
			x.meetsNobody(p)
		}
		x.cursors()
		x.acting()
		assert.Equal(t, x.before, s.RowsOf(t, x.beta), "the other tenant's rows")
	})
}

// acting: a tenant that a token doesn't have is like one that isn't there, for every route; and whoever may act in both
// tenants finds in the one nothing of the other.
func (x *twin) acting() {
	x.t.Helper()
	x.given("caller both rest tenant=acme,beta permissions=all")
	for _, r := range tokenRoutes(x.t) {
		if r.door == "rest" && !r.Public {
			p := place{"rest", "tenant of the request", r.Method, variable.ReplaceAllString(r.Pattern, "{own.$1}"), acceptable(r), nil}
			p.headers = []string{"X-Tenant: beta"}
			foreign := x.answer(p, nil)
			p.headers = []string{"X-Tenant: nobody"}
			assert.Equal(x.t, x.answer(p, nil), foreign, r.name())
			assert.Contains(x.t, foreign, "tenant_not_found", r.name())
		}
	}
	own := maps.Clone(x.own)
	delete(own, "Username") // is the same in both
	for _, p := range x.pathPlaces() {
		if p.door == "rest" && len(p.headers) == 0 {
			p.door, p.headers = "both", []string{"X-Tenant: beta"}
			got, want := x.answer(p, own), x.answer(p, x.nobody())
			assert.Equal(x.t, want, got, "acting in another tenant: %s %s", p.method, p.target)
		}
	}
}

// nobody are ids that nobody has.
func (x *twin) nobody() things {
	unknown := things{}
	for name := range x.theirs {
		unknown[name] = uuid.NewString()
	}
	unknown["Domain"] = newDomain()
	return unknown
}

func (s *scene) twin() *twin {
	s.t.Helper()
	s.given("tenant beta", "caller beta-rest rest tenant=beta permissions=all", "caller beta-scim scim tenant=beta")
	x := &twin{scene: s, theirs: s.someThings("beta-scim", "beta-rest")}
	x.own = s.someThings("scim", "rest")
	delete(x.theirs, "Username") // is the same in both
	beta, err := s.engine.Administration.Tenant(s.t.Context(), "beta")
	require.NoError(s.t, err)
	x.beta = beta.ID
	x.theirs["OrganizationId"], x.theirs["IdentityProviderId"] = uuid.NewString(), uuid.NewString()
	s.AddOrganization(s.t, x.beta, uuid.MustParse(x.theirs["OrganizationId"]), "Sales")
	s.AddProvider(s.t, x.beta, uuid.MustParse(x.theirs["IdentityProviderId"]), true)
	x.before = s.RowsOf(s.t, x.beta)
	return x
}

// pathPlaces are the paths of all routes that name something, alone and on a condition.
func (x *twin) pathPlaces() (list []place) {
	for _, r := range tokenRoutes(x.t) {
		if !r.ofThings() || r.Public || strings.Contains(r.Pattern, "{Username}") {
			continue
		}
		target := strings.NewReplacer("/Groups/{id}", "/Groups/{PermissionGroupId}", "{id}", "{PersonId}").Replace(r.Pattern)
		for name, headers := range map[string][]string{"": nil, "if it is": {`If-Match: W/"1"`}, "if it is not": {`If-None-Match: W/"1"`}} {
			list = append(list, place{r.door, name + " in the path", r.Method, target, acceptable(r), headers})
		}
	}
	return list
}

// acceptable is a body that would do for a person or group of one's own.
func acceptable(r doorRoute) string {
	switch {
	case r.Method == "GET" || r.Method == "DELETE":
		return ""
	case r.door == "scim" && r.Method == "PATCH":
		return patchOp("replace", "displayName", `"x"`)
	case r.door == "scim":
		return `{"userName":"NEW","displayName":"NEW"}`
	case strings.HasSuffix(r.Pattern, "/Persons") || r.Method == "PUT" && strings.HasSuffix(r.Pattern, "/Common/Persons/{PersonId}"):
		return `{"FirstName":"A","LastName":"B"}`
	case strings.Contains(r.Pattern, "EmailAddresses"):
		return `{"Address":"NEW@example.org"}`
	case strings.HasSuffix(r.Pattern, "Id}") && (strings.Contains(r.Pattern, "/Roles/") || strings.Contains(r.Pattern, "/PermissionGroups/")):
		return `{"Version":1}`
	case strings.Contains(r.Pattern, "PhoneNumbers"):
		return `{"Number":"1"}`
	default:
		return `{}`
	}
}

// queryPlaces are the query parameters of all routes, those that ids stand in and the others.
func (x *twin) queryPlaces() (list []place) {
	for _, r := range tokenRoutes(x.t) {
		for _, parameter := range r.Parameters {
			if parameter == "After" && (strings.HasSuffix(r.Pattern, "/Forecast") || strings.HasSuffix(r.Pattern, "/ProvisioningLog")) {
				continue // a place among ids, whether or not anything has the id: nothing is looked up by it
			}
			for _, id := range slices.Sorted(maps.Keys(x.theirs)) {
				target := variable.ReplaceAllString(r.Pattern, "{own.$1}")
				list = append(list, place{r.door, parameter, r.Method, target + "?" + parameter + "={" + id + "}", acceptable(r), nil})
			}
		}
	}
	return list
}

// idFields are names of fields, known to a route or not, that hold ids.
var idFields = []string{"PersonId", "ManagerPersonId", "EmailAddressId", "PhoneNumberId", "StreetAddressId", "OrganizationId", "IdentityProviderId",
	"RoleId", "PermissionGroupId", "TenantId", "ConnectionId", "id", "externalId", "ExternalReference"}

// bodyPlaces adds each field that could hold an id to the body of each route of the native API.
func (x *twin) bodyPlaces() (list []place) {
	for _, r := range tokenRoutes(x.t) {
		body, isObject := strings.CutSuffix(acceptable(r), "}")
		if r.door != "rest" || r.Public || !isObject || r.Method == "GET" || r.Method == "DELETE" {
			continue
		}
		if body != "{" {
			body += ","
		}
		for _, field := range idFields {
			for _, form := range []string{`"%s":"%s"`, `"%ss":["%s"]`, `"Add%ss":["%s"]`, `"UserAccess":{"%ss":["%s"]}`, `"UserAccess":{"%s":"%s"}`, `"Employee":{"%s":"%s"}`, `"EmailAddresses":[{"%s":"%s","Address":"NEW@example.org"}]`} {
				id := "{" + field + "}"
				if _, known := x.theirs[field]; !known {
					id = "{PersonId}"
				}
				target := variable.ReplaceAllString(r.Pattern, "{own.$1}")
				list = append(list, place{r.door, field, r.Method, target, body + fmt.Sprintf(form, field, id) + "}", nil})
			}
		}
	}
	return list
}

// scimPlaces are the places of SCIM requests outside paths.
var scimPlaces = []place{
	{"scim", "filter by id", "GET", `/scim/v2/Users?filter=id eq "{PersonId}"`, "", nil},
	{"scim", "filter by part of an id", "GET", `/scim/v2/Users?filter=id sw "{PersonId}"`, "", nil},
	{"scim", "filter by location", "GET", `/scim/v2/Users?filter=meta.location eq "` + replayBase + `/scim/v2/Users/{PersonId}"`, "", nil},
	{"scim", "filter by group", "GET", `/scim/v2/Users?filter=groups.value eq "{PermissionGroupId}"`, "", nil},
	{"scim", "filter by manager", "GET", `/scim/v2/Users?filter=` + enterpriseURN + `:manager.value eq "{PersonId}"`, "", nil},
	{"scim", "filter by member", "GET", `/scim/v2/Groups?filter=members.value eq "{PersonId}"`, "", nil},
	{"scim", "filter over all", "GET", `/scim/v2?filter=id eq "{PersonId}" or id eq "{PermissionGroupId}"`, "", nil},
	{"scim", "search", "POST", "/scim/v2/.search", `{"filter":"id eq \"{PersonId}\""}`, nil},
	{"scim", "search for users", "POST", "/scim/v2/Users/.search", `{"filter":"id eq \"{PersonId}\""}`, nil},
	{"scim", "search for groups", "POST", "/scim/v2/Groups/.search", `{"filter":"members[value eq \"{PersonId}\"]"}`, nil},
	{"scim", "new member", "POST", "/scim/v2/Groups", `{"displayName":"NEW","members":[{"value":"{PersonId}"}]}`, nil},
	{"scim", "reference of a new member", "POST", "/scim/v2/Groups", `{"displayName":"NEW","members":[{"value":"own.PersonId","$ref":"` + replayBase + `/scim/v2/Users/{PersonId}"}]}`, nil},
	{"scim", "member added", "PATCH", "/scim/v2/Groups/own.PermissionGroupId", patchOp("add", "members", `[{"value":"{PersonId}"}]`), nil},
	{"scim", "members replaced", "PATCH", "/scim/v2/Groups/own.PermissionGroupId", patchOp("replace", "members", `[{"value":"{PersonId}"}]`), nil},
	{"scim", "member removed", "PATCH", "/scim/v2/Groups/own.PermissionGroupId", patchOp("remove", "members", `[{"value":"{PersonId}"}]`), nil},
	{"scim", "member filtered", "PATCH", "/scim/v2/Groups/own.PermissionGroupId", `{"Operations":[{"op":"remove","path":"members[value eq \"{PersonId}\"]"}]}`, nil},
	{"scim", "group's id in a value", "PATCH", "/scim/v2/Groups/own.PermissionGroupId", `{"Operations":[{"op":"replace","value":{"id":"{PermissionGroupId}"}}]}`, nil},
	{"scim", "members of a PUT", "PUT", "/scim/v2/Groups/own.PermissionGroupId", `{"displayName":"Staff","members":[{"value":"{PersonId}"}]}`, nil},
	{"scim", "id of a PUT", "PUT", "/scim/v2/Groups/own.PermissionGroupId", `{"id":"{PermissionGroupId}","displayName":"Staff"}`, nil},
	{"scim", "id of a new user", "POST", "/scim/v2/Users", `{"userName":"NEW","id":"{PersonId}","meta":{"location":"/Users/{PersonId}"}}`, nil},
	{"scim", "externalId", "POST", "/scim/v2/Users", `{"userName":"NEW","externalId":"{PersonId}"}`, nil},
	{"scim", "groups of a new user", "POST", "/scim/v2/Users", `{"userName":"NEW","groups":[{"value":"{PermissionGroupId}"}]}`, nil},
	{"scim", "manager", "PATCH", "/scim/v2/Users/own.PersonId", patchOp("add", enterpriseURN+":manager", `{"value":"{PersonId}"}`), nil},
	{"scim", "organization", "PATCH", "/scim/v2/Users/own.PersonId", patchOp("add", accessURN+":organizationIds", `["{OrganizationId}"]`), nil},
	{"scim", "provider", "PATCH", "/scim/v2/Users/own.PersonId", patchOp("add", accessURN+":identityProviderId", `"{IdentityProviderId}"`), nil},
	{"scim", "path of a Bulk", "POST", "/scim/v2/Bulk", `{"Operations":[{"method":"DELETE","path":"/Users/{PersonId}"},{"method":"PATCH","path":"/Groups/{PermissionGroupId}","data":` + patchOp("replace", "displayName", `"x"`) + `},
		{"method":"PUT","path":"/Users/{PersonId}","version":"W/\"1\"","data":{"userName":"x"}}]}`, nil},
	{"scim", "data of a Bulk", "POST", "/scim/v2/Bulk", `{"Operations":[{"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"NEW","members":[{"value":"{PersonId}"}]}},
		{"method":"POST","path":"/Users","bulkId":"b","data":{"userName":"NEW","` + enterpriseURN + `":{"manager":{"value":"{PersonId}"}}}}]}`, nil},
}

// meetsNobody demands that the place answers the other tenant's ids like ids of nobody.
func (x *twin) meetsNobody(p place) {
	x.t.Helper()
	got, want := x.answer(p, x.theirs), x.answer(p, x.nobody())
	assert.Equal(x.t, want, got, "%s: %s %s %s", p.name, p.method, p.target, p.body)
}

var changing = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z|W/\\?"\d+\\?"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|new\d+|"(Version|InvitationCount)":\d+`)

// filled fills the things into a place.
func (x *twin) filled(p place, of things) (target, body string) {
	x.fresh++
	fill := []string{"NEW", "new" + strconv.Itoa(x.fresh)}
	for name, value := range x.own {
		fill = append(fill, "{own."+name+"}", value, "own."+name, value)
	}
	for name, value := range of {
		fill = append(fill, "{"+name+"}", value)
	}
	filled := strings.NewReplacer(fill...)
	return filled.Replace(p.target), filled.Replace(p.body)
}

// answer is all of the answer that may not differ.
func (x *twin) answer(p place, of things) string {
	x.t.Helper()
	target, body := x.filled(p, of)
	got := x.raw(p.method, target, x.callers[p.door].authorization, body, p.headers...)
	header := http.Header.Clone(got.header)
	requestID := header.Get("X-Request-Id")
	for _, own := range []string{"X-Request-Id", "Date", "Content-Length"} { // names of ours differ in length
		header.Del(own)
	}
	shown := fmt.Sprint(got.status, " ", header, " ", got.body)
	return changing.ReplaceAllString(strings.ReplaceAll(shown, requestID, "REQUEST"), "*")
}

// cursors: what the other tenant was given to page on with is no cursor here.
func (x *twin) cursors() {
	x.t.Helper()
	x.ask("scim", "POST /Users", `{"userName":"second"}`).gets(201, `{"...":"..."}`)
	x.ask("scim", "GET /Users?cursor=&count=1", "").gets(200, `{"nextCursor":"{{cursor=text}}","...":"..."}`)
	x.given("caller another scim connection=scim")
	for _, caller := range []string{"beta-scim", "another"} {
		x.ask(caller, "GET /Users?cursor={{cursor}}&count=1", "").refused(400, "invalidCursor")
	}
	x.before = x.RowsOf(x.t, x.beta) // the other tenant's connection was in use
}
