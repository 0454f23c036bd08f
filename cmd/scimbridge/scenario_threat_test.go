package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// waysToDeactivate are all requests that shut somebody out, of either door, with the status of success.
var waysToDeactivate = []struct {
	name, who, request, body string
	status                   int
}{
	{"a path", "scim", "PATCH /Users/{{it}}", patchOp("replace", "active", "false"), 200},
	{"a text", "scim", "PATCH /Users/{{it}}", patchOp("Replace", "active", `"False"`), 200},
	{"an object", "scim", "PATCH /Users/{{it}}", `{"Operations":[{"op":"replace","value":{"active":false}}]}`, 200},
	{"a list of one", "scim", "PATCH /Users/{{it}}", patchOp("replace", "active", "[false]"), 200},
	{"add", "scim", "PATCH /Users/{{it}}", patchOp("add", "active", "false"), 200},
	{"PUT", "scim", "PUT /Users/{{it}}", `{"userName":"{{name}}","active":false,"emails":[{"value":"{{name}}@example.org","type":"work"}]}`, 200},
	{"DELETE", "scim", "DELETE /Users/{{it}}", "", 204},
	{"a Bulk", "scim", "POST /Bulk", `{"Operations":[{"method":"PATCH","path":"/Users/{{it}}","data":` + patchOp("replace", "active", "false") + `}]}`, 200},
	{"a Bulk that deletes", "scim", "POST /Bulk", `{"Operations":[{"method":"DELETE","path":"/Users/{{it}}"}]}`, 200},
	{"Deactivate", "rest", "POST /UserManagement/Persons/{{it}}/Deactivate", `{}`, 200},
	{"IsActive", "rest", "PATCH /UserManagement/Persons/{{it}}", `{"IsActive":false}`, 200},
	{"removed access", "rest", "DELETE /UserManagement/Persons/{{it}}", "", 204},
	{"anonymised", "rest", "POST /UserManagement/Anonymizations", `{"PersonId":"{{it}}"}`, 200},
}

// TestEveryWayToDeactivateEndsAll (A11): whichever way somebody is shut out, open sessions, invitations and password
// resets refuse at the next request, none comes back with a reactivation, and a signed receipt says what was ended.
func TestEveryWayToDeactivateEndsAll(t *testing.T) {
	scenario(t, func(s *scene) {
		for i, way := range waysToDeactivate {
			s.shutsOut(fmt.Sprint("in", i), fmt.Sprint("new", i), func(name, id string) {
				s.seen["it"], s.seen["name"] = id, name
				s.ask(way.who, way.request, way.body)
				require.Equal(s.t, way.status, s.last.StatusCode, "%s: %s", way.name, s.body)
			})
		}
	})
}

// shutsOut demands that nothing is left to somebody who is signed in, nor to somebody who is invited, when shut has
// been done to both.
func (s *scene) shutsOut(signedIn, invited string, shut func(name, id string)) {
	s.t.Helper()
	ids := map[string]string{}
	for _, name := range []string{signedIn, invited} {
		s.ask("scim", "POST /Users", strings.ReplaceAll(anaScim, "ana", name)).gets(201, `{"id":"{{it=uuid}}","...":"..."}`)
		ids[name] = s.seen["it"]
		delete(s.seen, "it")
	}
	open := s.invitation(invited + "@example.org")
	s.wait(10 * time.Minute) // for the limits of strangers
	s.given("accept "+signedIn+"@example.org", "tenant sso=on", "sign-in "+signedIn+" session", "tenant sso=off")
	s.asHalves(signedIn, ids[signedIn])
	s.ask("rest", "POST /UserManagement/Persons/"+ids[signedIn]+"/ResetPassword", `{"InvalidateCurrent":false}`).gets(202, `{"...":"..."}`)
	link := s.mailed(domain.MailReset, signedIn+"@example.org")
	s.ask("session", "GET /UserManagement/Users/WhoAmI", "").gets(200, `{"...":"..."}`)

	for name, id := range ids {
		shut(name, id)
	}
	s.gaveReceipt(ids[signedIn], `{"Sessions":3,"Invitations":0,"ResetLinks":1,"Enrolments":0,"ApiKeys":0}`)
	s.gaveReceipt(ids[invited], `{"Sessions":0,"Invitations":1,"ResetLinks":0,"Enrolments":0,"ApiKeys":0}`)
	s.ask("session", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
	s.ask("session", "GET /scim/v2/Me", "").refused(401, "")
	s.ask("typed", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
	s.ask("half", "POST /Account/Mfa/Enroll", `{}`).refused(401, "unauthenticated")
	assert.Equal(s.t, 401, s.login(signedIn, goodPassword).status)
	s.ask("nobody", "POST /api/v1/Account/PasswordReset/Complete", `{"Token":"`+link+`","NewPassword":"lantern-92-cobalt-river"}`).refused(400, "token_invalid")
	assert.True(s.t, domain.Is(s.redeem(open), domain.CodeTokenInvalid), "the invitation")
	for _, live := range []string{"session WHERE ended_at = 0", "reset_token WHERE revoked_at = 0 AND consumed_at = 0", "invitation WHERE status = 'Pending'", "outbox WHERE status = 'Waiting' AND kind <> 'StrangeSignIn'"} {
		assert.Zero(s.t, s.count(live), live)
	}
	s.ask("rest", "POST /UserManagement/Persons/"+ids[signedIn]+"/Activate", `{"SendInvitation":false}`)
	s.ask("session", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
}

// asHalves signs somebody in by password, and once more after a second factor became required, which opens a pending session.
func (s *scene) asHalves(name, id string) {
	s.t.Helper()
	delete(s.seen, "typed")
	delete(s.seen, "half")
	require.NoError(s.t, s.seen.matchJSON(`{"SessionToken":"{{typed=text}}","...":"..."}`, s.login(name, goodPassword).body))
	s.SQL(s.t, "UPDATE user_access SET mfa_required = TRUE WHERE username = ?", name)
	require.NoError(s.t, s.seen.matchJSON(`{"SessionToken":"{{half=text}}","...":"..."}`, s.login(name, goodPassword).body))
	s.SQL(s.t, "UPDATE user_access SET mfa_required = FALSE WHERE username = ?", name)
	s.given("session typed {{typed}}", "session half {{half}}")
	s.ask("typed", "GET /UserManagement/Users/WhoAmI", "").gets(200, `{"PersonId":"`+id+`","...":"..."}`)
	s.ask("half", "GET /UserManagement/Users/WhoAmI", "").refused(403, "mfa_enrollment_required")
}

// TestConnectorsGrantNothing (A10): roles, entitlements and groups that a connector writes give nobody a permission.
func TestConnectorsGrantNothing(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on")
		s.ask("scim", "POST /Users", anaScim).gets(201, `{"id":"{{it=uuid}}","...":"..."}`)
		s.given("sign-in ana ana")
		for _, value := range []string{`["admin"]`, `[{"value":"admin","primary":"True"}]`, `[{"value":"users.delete","type":"permission"}]`} {
			for _, attribute := range []string{"roles", "entitlements"} {
				s.ask("scim", "PATCH /Users/{{it}}", patchOp("add", attribute, value))
				s.ask("scim", "PATCH /Users/{{it}}", patchOp("replace", attribute, value))
			}
		}
		s.ask("scim", "PATCH /Users/{{it}}", patchOp("replace", `roles[primary eq \"True\"].value`, `"Administrator"`)).gets(200, `{"roles":"{{-}}","...":"..."}`)
		for _, name := range []string{"Admins", "Administrators", "Operators", "System", "users.delete"} {
			s.ask("scim", "POST /Groups", `{"displayName":"`+name+`","members":[{"value":"{{it}}"}]}`).gets(201, `{"...":"..."}`)
		}
		s.ask("scim", "PUT /Users/{{it}}", `{"userName":"ana","groups":[{"value":"x"}],"permissions":["users.delete"],"isAdmin":true,
			"emails":[{"value":"ana@example.org","type":"work"}],"name":{"givenName":"Ana","familyName":"Silva"}}`).gets(200, `{"...":"..."}`)
		for _, request := range []string{"GET /Common/Persons", "GET /UserManagement/Users", "DELETE /Common/Persons/{{it}}"} {
			s.ask("ana", request, "").refused(403, "permission_denied")
		}
	})
}

// TestARecycledNameInheritsNothing (A13): whoever is created under the name, key and address of somebody who was
// removed gets nothing of theirs.
func TestARecycledNameInheritsNothing(t *testing.T) {
	scenario(t, func(s *scene) {
		s.ask("scim", "POST /Users", anaScim).gets(201, `{"id":"{{it=uuid}}","...":"..."}`)
		s.ask("scim", "POST /Groups", `{"displayName":"Ops","members":[{"value":"{{it}}"}]}`).gets(201, `{"id":"{{ops=uuid}}","...":"..."}`)
		invitation := s.invitation("ana@example.org")
		s.given("accept ana@example.org", "tenant sso=on", "sign-in ana ana", "tenant sso=off")
		s.ask("rest", "POST /UserManagement/Persons/{{it}}/ResetPassword", `{}`).gets(202, `{"...":"..."}`)

		s.ask("rest", "DELETE /UserManagement/Persons/{{it}}", "").gets(204, "")
		s.ask("rest", "DELETE /Common/Persons/{{it}}", "").gets(204, "")
		s.ask("scim", "POST /Users", anaScim).gets(201, `{"id":"{{new=uuid}}","groups":"{{-}}","...":"..."}`)
		assert.NotEqual(s.t, s.seen["it"], s.seen["new"])
		s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").refused(401, "unauthenticated")
		assert.True(s.t, domain.Is(s.redeem(invitation), domain.CodeTokenInvalid))
		assert.Zero(s.t, s.count("user_access WHERE password_hash <> ''"), "no password")
		assert.Zero(s.t, s.count("group_member"), "no group")
		assert.Zero(s.t, s.count("session WHERE ended_at = 0"), "no session")
		assert.Zero(s.t, s.count("reset_token WHERE revoked_at = 0 AND consumed_at = 0"), "no reset")
		assert.Equal(s.t, 1, s.count("scim_link"), "the link is the new one's")
		s.ask("scim", "GET /Groups/{{ops}}", "").gets(200, `{"members":"{{*}}","...":"..."}`)
		assert.NotContains(s.t, s.body, s.seen["new"])
	})
}
