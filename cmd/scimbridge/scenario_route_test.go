package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// aRoute is a route about one person or group, with a body that it would accept.
type aRoute struct{ who, method, path, body string }

const aContact = `{"Address":"new@example.org","Type":"Work"}`

// personReads and personWrites are the routes about the person {{it}}, of either door; {{part}} is one of the
// person's addresses.
var (
	personReads = []aRoute{
		{"rest", "GET", "/Common/Persons/{{it}}", ""},
		{"rest", "GET", "/Common/Persons/{{it}}/EmailAddresses", ""},
		{"rest", "GET", "/Common/Persons/{{it}}/EmailAddresses/{{part}}", ""},
		{"rest", "GET", "/Common/Persons/{{it}}/PhoneNumbers", ""},
		{"rest", "GET", "/Common/Persons/{{it}}/StreetAddresses", ""},
		{"rest", "GET", "/Common/Persons/{{it}}/Employee", ""},
		{"rest", "GET", "/UserManagement/Persons/{{it}}", ""},
		{"rest", "GET", "/UserManagement/Persons/{{it}}/Invitations", ""},
		{"scim", "GET", "/Users/{{it}}", ""},
	}
	personWrites = []aRoute{
		{"rest", "PUT", "/Common/Persons/{{it}}", `{"FirstName":"A","LastName":"B"}`},
		{"rest", "PATCH", "/Common/Persons/{{it}}", `{"FirstName":"A"}`},
		{"rest", "DELETE", "/Common/Persons/{{it}}", ""},
		{"rest", "POST", "/Common/Persons/{{it}}/EmailAddresses", aContact},
		{"rest", "PUT", "/Common/Persons/{{it}}/EmailAddresses/{{part}}", aContact},
		{"rest", "DELETE", "/Common/Persons/{{it}}/EmailAddresses/{{part}}", ""},
		{"rest", "POST", "/Common/Persons/{{it}}/PhoneNumbers", `{"Number":"1","Type":"Work"}`},
		{"rest", "POST", "/Common/Persons/{{it}}/StreetAddresses", `{"City":"X","Type":"Work"}`},
		{"rest", "PUT", "/Common/Persons/{{it}}/Employee", `{"Title":"X"}`},
		{"rest", "PATCH", "/Common/Persons/{{it}}/Employee", `{"Title":"X"}`},
		{"rest", "PATCH", "/UserManagement/Persons/{{it}}", `{"Username":"x"}`},
		{"rest", "DELETE", "/UserManagement/Persons/{{it}}", ""},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/Invite", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/ResendInvitation", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/RevokeInvitation", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/ResetPassword", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/Activate", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/Deactivate", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/Unlock", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/ResetMfa", `{}`},
		{"rest", "POST", "/UserManagement/Persons/{{it}}/InvalidateSessions", `{}`},
		{"scim", "PUT", "/Users/{{it}}", `{"userName":"x"}`},
		{"scim", "PATCH", "/Users/{{it}}", patchOp("replace", "active", "false")},
		{"scim", "DELETE", "/Users/{{it}}", ""},
	}
	groupRoutes = []aRoute{
		{"scim", "GET", "/Groups/{{it}}", ""},
		{"scim", "PUT", "/Groups/{{it}}", `{"displayName":"x"}`},
		{"scim", "PATCH", "/Groups/{{it}}", patchOp("replace", "displayName", `"x"`)},
		{"scim", "DELETE", "/Groups/{{it}}", ""},
	}
	createRoutes = []aRoute{
		{"rest", "POST", "/Common/Persons", anaInvited},
		{"scim", "POST", "/Users", anaScim},
		{"scim", "POST", "/Groups", `{"displayName":"x"}`},
	}
)

const unknownID = "0198c5f0-0000-7000-8000-00000000000a"

func TestScenario26_AnotherTenantsPeopleAreNobody(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant beta sso=off", "caller beta rest tenant=beta", "caller beta-scim scim tenant=beta")
		s.ask("beta-scim", "POST /Users", anaScim).gets(201, `{"id":"{{foreign=uuid}}","...":"..."}`)
		s.ask("beta", "GET /Common/Persons/{{foreign}}", "").gets(200, `{"EmailAddresses":[{"EmailAddressId":"{{part=uuid}}","...":"..."}],"...":"..."}`)
		s.ask("beta-scim", "POST /Groups", `{"displayName":"Staff","members":[{"value":"{{foreign}}"}]}`).gets(201, `{"id":"{{foreign-group=uuid}}","...":"..."}`)
		s.ask("scim", "POST /Groups", `{"displayName":"Ours"}`).gets(201, `{"id":"{{ours=uuid}}","...":"..."}`)

		for _, route := range append(personReads, personWrites...) {
			s.likeUnknown(route, s.seen["foreign"])
		}
		for _, route := range groupRoutes {
			s.likeUnknown(route, s.seen["foreign-group"])
		}
		s.likeUnknown(aRoute{"scim", "PATCH", "/Groups/{{ours}}", patchOp("add", "members", `[{"value":"{{it}}"}]`)}, s.seen["foreign"])
		s.likeUnknown(aRoute{"scim", "POST", "/Groups", `{"displayName":"New","members":[{"value":"{{it}}"}]}`}, s.seen["foreign"])
		s.likeUnknown(aRoute{"rest", "PATCH", "/Common/Persons/{{it}}/Employee", `{"ManagerPersonId":"{{it}}"}`}, s.seen["foreign"])

		for _, request := range []string{"/Users", `/Users?filter=userName eq "ana"`, `/Users?filter=externalId eq "x-ana"`, `/Users?filter=emails.value co "example"`} {
			s.ask("scim", "GET "+request, "").gets(200, nobodyListed)
		}
		for _, request := range []string{"/Common/Persons", "/UserManagement/Users", "/UserManagement/Users/Basic", "/Common/Persons?EmailAddress=ana", "/UserManagement/Users?Username=ana"} {
			s.ask("rest", "GET "+request, "").gets(200, `{"Items":[],"...":"..."}`)
		}
		s.ask("rest", "GET /UserManagement/Users/ByUsername/ana", "").refused(404, "person_not_found")
		s.ask("scim", "GET /Groups", "").gets(200, `{"totalResults":1,"Resources":[{"id":"{{ours}}","...":"..."}],"...":"..."}`)
	})
}

// likeUnknown demands that the route answers a foreign id like one that nobody has, and changes nothing.
func (s *scene) likeUnknown(route aRoute, foreign string) {
	s.t.Helper()
	s.untouched(func() {
		got, want := s.about(route, foreign), s.about(route, unknownID)
		require.Equal(s.t, want, got, "%s %s", route.method, route.path)
		require.Contains(s.t, []string{"404", "400"}, got[:3], "%s %s", route.method, route.path)
	})
}

// about asks the route about the id and gives the answer without the id and the request's own.
func (s *scene) about(route aRoute, id string) string {
	s.t.Helper()
	s.seen["it"] = id
	s.ask(route.who, route.method+" "+route.path, route.body)
	answer := s.last.Status + s.body
	return strings.NewReplacer(id, "ID", s.last.Header.Get("X-Request-Id"), "REQUEST").Replace(answer)
}

func TestScenario35_ACredentialDoesWhatItMay(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("caller rest-reader rest mode=ReadOnly", "caller scim-reader scim mode=ReadOnly",
			"caller helpdesk rest permissions=users.read,users.list,users.update")
		s.active()
		s.ask("rest", "GET /Common/Persons/{{ana}}", "").gets(200, `{"EmailAddresses":[{"EmailAddressId":"{{part=uuid}}","...":"..."}],"...":"..."}`)
		s.ask("scim", "POST /Groups", `{"displayName":"Ours"}`).gets(201, `{"id":"{{ours=uuid}}","...":"..."}`)
		s.untouched(func() {
			for _, route := range append(append(personWrites, createRoutes...), groupRoutes[1:]...) {
				s.seen["it"] = s.seen["ana"]
				if strings.HasPrefix(route.path, "/Groups") {
					s.seen["it"] = s.seen["ours"]
				}
				s.ask(route.who+"-reader", route.method+" "+route.path, route.body)
				code := map[string]string{"rest": "read_only_credential"}[route.who]
				s.refused(403, code)
			}
			s.seen["it"] = s.seen["ana"]
			for _, route := range personReads {
				s.ask(route.who+"-reader", route.method+" "+route.path, "")
				assert.Equal(s.t, 200, s.last.StatusCode, route.path)
			}
			s.ask("helpdesk", "POST /UserManagement/Persons/{{ana}}/Deactivate", `{}`).refused(403, "permission_denied")
			s.ask("helpdesk", "PATCH /UserManagement/Persons/{{ana}}", `{"IsActive":false}`).refused(403, "permission_denied")
			s.ask("helpdesk", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"State":"Active","...":"..."}`)
			s.ask("helpdesk", "GET /Common/Persons/{{ana}}", "").refused(403, "permission_denied")
			s.ask("helpdesk", "POST /UserManagement/Persons/"+unknownID+"/Deactivate", `{}`).refused(403, "permission_denied")
			s.ask("rest", "GET /scim/v2/Users", "").refused(401, "")
			s.ask("scim", "GET /api/v1/Common/Persons", "").refused(401, "unauthenticated")
		})
	})
}
