package main

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/rest"
	"github.com/scimbridge/scimbridge/rest/openapi/openapitest"
	"github.com/scimbridge/scimbridge/scim"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// TestScenario03_AFailureAnywhereLeavesNothing fails a create through either door at each of its writes, that of the
// access among them.
func TestScenario03_AFailureAnywhereLeavesNothing(t *testing.T) {
	scenario(t, func(s *scene) {
		for _, create := range []struct{ who, path, body string }{
			{"rest", "/api/v1/Common/Persons", strings.Replace(anaInvited, "{", `{"Employee":{"EmployeeNumber":"7"},`, 1)},
			{"scim", "/scim/v2/Users", strings.ReplaceAll(anaScim, "ana", "ben")},
		} {
			for n := 1; ; n++ {
				require.Less(s.t, n, 50, "the create never comes to its end")
				before := s.rowsOfAll()
				status, fired := s.failingAt(n, create.who, create.path, create.body)
				if !fired {
					require.Greater(s.t, n, 5, "person, access, invitation, mail, audit and events are writes")
					assert.Equal(s.t, 201, status)
					break
				}
				require.Equal(s.t, 500, status, "write %d", n)
				require.Equal(s.t, before, s.rowsOfAll(), "write %d", n)
			}
		}
		s.holds("people 2")
		s.holds("mail", "Invitation ana@example.org Waiting", "Invitation ben@example.org Waiting")
	})
}

// failingAt sends a request to a server whose store fails at the n-th write.
func (s *scene) failingAt(n int, who, path, body string) (status int, fired bool) {
	s.t.Helper()
	failing := storetest.Failing(s.DB, n)
	engine := domain.New(domain.Config{Store: failing, Registry: s.DB, Secrets: credential.NewSecrets(s.sealer), Passwords: credential.NewPasswords(domain.NewProcessors(1)), Authenticator: credential.Totp{}, Clock: s.now})
	door := openapitest.Watch(s.t, rest.New(rest.Config{Engine: engine, PublicURL: replayBase}))
	if who == "scim" {
		door = scim.New(scim.Config{Engine: engine, PublicURL: replayBase})
	}
	request := httptest.NewRequest("POST", path, strings.NewReader(body))
	request.Header.Set("Authorization", s.callers[who].authorization)
	request.Header.Set("Content-Type", s.callers[who].media)
	recorder := httptest.NewRecorder()
	door.ServeHTTP(recorder, request)
	assert.NotContains(s.t, recorder.Body.String(), "injected")
	return recorder.Code, failing.Fired()
}

func TestScenario27_IdentityIdsAreNeitherTakenNorShown(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "title", `"Engineer"`)).gets(200, `{"...":"..."}`)
		s.untouched(func() {
			for _, name := range []string{"IdentityUserUnique", "identityuserunique", "IdentityId", "IdentityAccountId"} {
				field := `"` + name + `":"` + unknownID + `"`
				s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima",`+field+`}`).refused(400, "protected_field")
				s.ask("rest", "PATCH /Common/Persons/{{ana}}", `{`+field+`}`).refused(400, "protected_field")
				s.ask("rest", "PUT /Common/Persons/{{ana}}", `{"FirstName":"Ana","LastName":"Silva",`+field+`}`).refused(400, "protected_field")
				s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","UserAccess":{`+field+`}}`).refused(400, "protected_field")
			}
		})
		s.ask("rest", "DELETE /UserManagement/Persons/{{ana}}", "").gets(204, "")
		of := s.someThings("scim", "rest")
		for _, r := range tokenRoutes(t) {
			caller, known := s.callers[r.door]
			if r.Method == "GET" && known {
				got := s.raw("GET", r.at(t, of), caller.authorization, "")
				assert.NotContains(s.t, strings.ToLower(got.body), "identityuser", r.name())
			}
		} // and keptSecrets looks for the ids themselves
	})
}

func TestScenario28_NobodySetsAPassword(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.untouched(func() {
			for _, field := range []string{`"Password":"secret"`, `"password":"secret"`, `"TemporaryPassword":"secret"`} {
				for _, route := range []string{"PATCH /UserManagement/Persons/{{ana}}", "POST /UserManagement/Persons/{{ana}}/Deactivate",
					"POST /UserManagement/Persons/{{ana}}/ResetPassword", "PATCH /Common/Persons/{{ana}}", "POST /Common/Persons"} {
					s.ask("rest", route, `{`+field+`}`).refused(400, "password_not_accepted")
				}
				s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","UserAccess":{`+field+`}}`).refused(400, "password_not_accepted")
			}
			s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "password", `"secret"`)).gets(200, `{"password":"{{-}}","...":"..."}`)
		}, "connection") // which notes that a password came in vain
		s.ask("scim", "PUT /Users/{{ana}}", strings.Replace(anaScim, `"active"`, `"password":"secret","active"`, 1)).gets(200, `{"password":"{{-}}","...":"..."}`)
		assert.NoError(s.t, s.signsInWith("ana", goodPassword), "the old password works")
		s.given("connection ScimPassword=Reject")
		s.untouched(func() {
			s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "password", `"secret"`)).refused(400, "mutability")
		})
	})
}

func TestScenario29_AResetIsMailedAndShown(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/ResetPassword", `{}`).gets(202, `{"State":"Active","LoginState":"PasswordResetPending","...":"..."}`)
		s.holds("mail", "Invitation ana@example.org Cancelled", "PasswordReset ana@example.org Waiting")
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/ResetPassword", `{}`).gets(202, `{"...":"..."}`)
		s.holds("mail", "Invitation ana@example.org Cancelled", "PasswordReset ana@example.org Cancelled", "PasswordReset ana@example.org Waiting")
		assert.Equal(s.t, 1, s.count("reset_token WHERE revoked_at = 0 AND consumed_at = 0"), "only the newest link works")

		s.given("tenant sso=on", "sign-in ana ana")
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/ResetPassword", `{"InvalidateCurrent":true}`).gets(202, `{"LoginState":"PasswordResetPending","...":"..."}`)
		s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
		s.refusedBy("rest", s.login("ana", goodPassword), 403, "the password has to be chosen anew")
		token := s.mailed(domain.MailReset, "ana@example.org")
		body := `{"Token":"` + token + `","NewPassword":"lantern-92-cobalt-river"}`
		s.given("sign-in ana ana")
		s.ask("nobody", "POST /api/v1/Account/PasswordReset/Complete", body).gets(204, "")
		s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
		s.ask("nobody", "POST /api/v1/Account/PasswordReset/Complete", body).refused(400, "token_invalid")
		assert.Equal(s.t, 401, s.login("ana", goodPassword).status)
		assert.Equal(s.t, 201, s.login("ana", "lantern-92-cobalt-river").status)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"LoginState":"LoggedIn","...":"..."}`)
	})
}

func TestScenario30_AForgottenPasswordTellsNothing(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		shapes := map[string]bool{}
		for _, name := range []string{"ana", "nobody", "ana@example.org"} {
			got := s.raw("POST", "/api/v1/Account/PasswordReset/Request", "", `{"UsernameOrEmail":"`+name+`"}`, "X-Tenant: "+homeTenant)
			assert.Equal(s.t, 202, got.status)
			shapes[shape(got)] = true
		}
		assert.Len(s.t, shapes, 1)
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"LoginState":"NeverLoggedIn","LoginFlags":["NeverLoggedIn"],"...":"..."}`)
		s.given("clock +1s")
		s.holds("mail", "Invitation ana@example.org Cancelled", "PasswordReset ana@example.org Waiting")
		s.ask("rest", "GET /UserManagement/Persons/{{ana}}", "").gets(200, `{"LoginState":"NeverLoggedIn","LoginFlags":["NeverLoggedIn"],"...":"..."}`)
	})
}

func TestScenario31_AnMfaResetEndsSessionsAndAsksAnew(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("enroll ana", "tenant sso=on", "sign-in ana ana")
		s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", accessURN+":mfaRequired", "true")).gets(200, `{"`+accessURN+`":{"mfaEnrolled":true,"mfaRequired":true,"...":"..."},"...":"..."}`)
		s.given("sign-in ana again")
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/ResetMfa", `{}`).gets(200, `{"MfaRequired":true,"MfaEnrolled":false,"LoginState":"MfaEnrollmentPending","...":"..."}`)
		s.ask("again", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
		s.ask("scim", "GET /Users/{{ana}}", "").gets(200, `{"`+accessURN+`":{"mfaEnrolled":false,"loginState":"MfaEnrollmentPending","...":"..."},"...":"..."}`)
		assert.Zero(s.t, s.count("mfa_enrollment"))
		got := s.login("ana", goodPassword)
		require.NoError(s.t, s.seen.matchJSON(`{"code":"mfa_enrollment_required","SessionToken":"{{half=text}}","...":"..."}`, got.body))
		s.given("session half {{half}}")
		s.ask("half", "POST /Account/Mfa/Enroll", `{}`).gets(200, `{"OtpAuthUri":"{{*text}}","Secret":"{{secret=text}}"}`)
	})
}

func TestScenario32_BothDoorsPageThroughTheSamePeople(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("people 120 staff")
		var viaScim, viaRest []string
		for _, start := range []int{1, 101} {
			s.ask("scim", fmt.Sprintf("GET /Users?startIndex=%d&count=100&attributes=id", start), "").gets(200, `{"totalResults":120,"...":"..."}`)
			viaScim = append(viaScim, s.ids("Resources", "id")...)
		}
		for _, offset := range []int{0, 100} {
			s.ask("rest", fmt.Sprintf("GET /UserManagement/Users?Offset=%d&Count=100&Extended=true", offset), "").gets(200,
				fmt.Sprintf(`{"TotalCount":120,"ListCompleted":%t,"...":"..."}`, offset == 100))
			viaRest = append(viaRest, s.ids("Items", "PersonId")...)
		}
		var made []string
		for i := range 120 {
			made = append(made, s.seen[fmt.Sprintf("staff.%d", i+1)])
		}
		assert.Equal(s.t, made, viaScim)
		assert.Equal(s.t, made, viaRest)
	})
}

// ids are the values of a member of each element of a list in the last answer.
func (s *scene) ids(list, name string) []string {
	s.t.Helper()
	body, err := decodeJSON(s.body)
	require.NoError(s.t, err)
	var ids []string
	for _, element := range body.(map[string]any)[list].([]any) {
		ids = append(ids, element.(map[string]any)[name].(string))
	}
	return ids
}

func TestScenario34_ARestrictedGroupIsOutOfReach(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.ask("scim", "POST /Groups", `{"displayName":"Admins"}`).gets(201, `{"id":"{{admins=uuid}}","...":"..."}`)
		s.given("restrict Admins")
		s.untouched(func() {
			s.ask("scim", "PATCH /Groups/{{admins}}", patchOp("add", "members", `[{"value":"{{ana}}"}]`)).refused(403, "")
			s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","UserAccess":{"Username":"ben","SendInvitation":false,
				"PermissionGroupIds":["{{admins}}"]}}`).refused(403, "restricted_permission")
			s.ask("scim", "GET /Groups", "").gets(200, nobodyListed)
			s.ask("scim", "GET /Groups/{{admins}}", "").refused(404, "")
		})
	})
}

func TestScenario37_TheFirstRungDecides(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		const access = `"UserAccess":{"Username":"`
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"A","LastName":"A","Employee":{"EmployeeNumber":"E7"},`+access+`a","SendInvitation":false}}`).gets(201, `{"PersonId":"{{a=uuid}}","...":"..."}`)
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"B","LastName":"B",`+access+`e7","SendInvitation":false}}`).gets(201, `{"PersonId":"{{b=uuid}}","...":"..."}`)
		signedIn, err := s.signsIn("E7")
		require.NoError(s.t, err)
		assert.Equal(s.t, []string{s.seen["b"], "Username"}, []string{signedIn.Person.String(), signedIn.MatchedBy})

		s.ask("rest", "POST /Common/Persons", `{"FirstName":"C","LastName":"C","EmailAddresses":[{"Address":"mail@example.org","Type":"Work"}],`+access+`c","SendInvitation":false,"IsActive":false}}`).gets(201, `{"...":"..."}`)
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"D","LastName":"D",`+access+`mail@example.org","SendInvitation":false}}`).gets(201, `{"...":"..."}`)
		s.untouched(func() {
			_, err = s.signsIn("mail@example.org")
			assert.Equal(s.t, domain.CodeAccountInactive, domain.CodeOf(err), "no lower rung is tried")
			_, err = s.signsIn("nobody")
			assert.Equal(s.t, domain.CodeNoMatchingUser, domain.CodeOf(err))
		}, "audit_event", "domain_event", "ledger_head", "audit_mention")
		assert.Equal(s.t, 2, s.count("audit_event WHERE action = ?", "SIGN_IN_FAILED"))
	})
}
