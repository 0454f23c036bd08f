package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const unknownID = "0198c5f0-0000-7000-8000-00000000000a"

func TestScenario26_AnotherTenantsPeopleAreNobody(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant beta sso=off", "caller beta rest tenant=beta", "caller beta-scim scim tenant=beta")
		s.ask("beta-scim", "POST /Users", anaScim).gets(201, `{"id":"{{foreign=uuid}}","...":"..."}`)
		s.ask("beta-scim", "POST /Groups", `{"displayName":"Staff","members":[{"value":"{{foreign}}"}]}`).gets(201, `{"id":"{{foreign-group=uuid}}","...":"..."}`)
		s.ask("scim", "POST /Groups", `{"displayName":"Ours"}`).gets(201, `{"id":"{{ours=uuid}}","...":"..."}`)

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

func TestScenario35_ACredentialDoesWhatItMay(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("caller rest-reader rest mode=ReadOnly", "caller scim-reader scim mode=ReadOnly",
			"caller helpdesk rest permissions=users.read,users.list,users.update")
		of := s.someThings("scim", "rest")
		s.untouched(func() {
			for _, r := range tokenRoutes(t) {
				reader, known := s.callers[r.door+"-reader"]
				if !known {
					continue
				}
				got := s.raw(r.Method, r.at(t, of), reader.authorization, acceptable(r))
				switch {
				case r.Public:
				case r.Session && len(r.Needs) == 0:
					s.refusedBy(r.door, got, 403, r.name())
				case r.writes():
					s.refusedBy(r.door, got, 403, r.name())
					if r.door == "rest" {
						assert.Contains(s.t, got.body, "read_only_credential", r.name())
					}
				case r.Method == "GET" && !strings.HasSuffix(r.Pattern, "/Me") && !strings.HasSuffix(r.Pattern, "/WhoAmI"):
					want := map[bool]int{true: 409, false: 200}[strings.HasSuffix(r.Pattern, "/Download")] // the report has not run yet
					assert.Equal(s.t, want, got.status, r.name())
				}
			}
			s.ask("helpdesk", "POST /UserManagement/Persons/{{it}}/Deactivate", `{}`).refused(403, "permission_denied")
			s.ask("helpdesk", "PATCH /UserManagement/Persons/{{it}}", `{"IsActive":false}`).refused(403, "permission_denied")
			s.ask("helpdesk", "GET /UserManagement/Persons/{{it}}", "").gets(200, `{"State":"Invited","...":"..."}`)
			s.ask("helpdesk", "GET /Common/Persons/{{it}}", "").refused(403, "permission_denied")
			s.ask("helpdesk", "POST /UserManagement/Persons/"+unknownID+"/Deactivate", `{}`).refused(403, "permission_denied")
			s.ask("rest", "GET /scim/v2/Users", "").refused(401, "")
			s.ask("scim", "GET /api/v1/Common/Persons", "").refused(401, "unauthenticated")
		})
	})
}
