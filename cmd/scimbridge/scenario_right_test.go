package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestScenario33_AGroupChangeActsOnTheNextRequest: what a connector does to the members of a group that grants a role, an
// open session sees at its next request.
func TestScenario33_AGroupChangeActsOnTheNextRequest(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("tenant sso=on", "sign-in ana ana", "role Clerk 10 users.list")
		s.ask("scim", "POST /Groups", `{"displayName":"Office"}`).gets(201, `{"id":"{{office=uuid}}","...":"..."}`)
		s.ask("rest", "PATCH /UserManagement/PermissionGroups/{{office}}", `{"Version":1,"AddRoleIds":["{{Clerk}}"]}`).refused(409, "group_managed_by_idp")
		s.given("tenant IdpGroupsEditableByRest=On")
		s.ask("rest", "PATCH /UserManagement/PermissionGroups/{{office}}", `{"Version":1,"AddRoleIds":["{{Clerk}}"]}`).gets(200, `{"RoleIds":["{{Clerk}}"],"Version":2,"...":"..."}`)
		s.ask("ana", "GET /UserManagement/Users", "").refused(403, "permission_denied")
		for range 2 {
			s.ask("scim", "PATCH /Groups/{{office}}", patchOp("add", "members", `[{"value":"{{ana}}"}]`)).gets(204, "")
			s.ask("ana", "GET /UserManagement/Users", "").gets(200, `{"...":"..."}`)
			s.ask("ana", "GET /UserManagement/Users/WhoAmI", "").gets(200, `{"Permissions":["users.list"],"Roles":[{"RoleId":"{{Clerk}}","Name":"Clerk","Weight":10,"Source":"Group"}],"...":"..."}`)
			s.ask("scim", "PATCH /Groups/{{office}}", patchOp("remove", `members[value eq \"{{ana}}\"]`, `null`)).gets(204, "")
			s.ask("ana", "GET /UserManagement/Users", "").refused(403, "permission_denied")
		}
		s.ask("ana", "GET /UserManagement/Persons/{{ana}}/Permissions", "").gets(200, `{"Permissions":[]}`)
	})
}

// TestNoDoorTakesTheLastAdministrator: the last active person with tenant.admin keeps it, whoever asks for what.
func TestNoDoorTakesTheLastAdministrator(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","EmailAddresses":[{"Address":"ben@example.org","Type":"Work"}],"UserAccess":{"Username":"ben"}}`).gets(201, `{"PersonId":"{{ben=uuid}}","...":"..."}`)
		s.given("role Boss 900 tenant.admin users.read", "grant ana Boss", "grant ben Boss") // Ben is invited only
		operator, err := s.operator()
		require.NoError(s.t, err)
		s.untouched(func() {
			s.ask("rest", "POST /UserManagement/Persons/{{ana}}/Deactivate", `{}`).refused(409, "last_administrator")
			s.ask("rest", "PATCH /UserManagement/Persons/{{ana}}", `{"IsActive":false}`).refused(409, "last_administrator")
			s.ask("rest", "DELETE /UserManagement/Persons/{{ana}}", "").refused(409, "last_administrator")
			s.ask("rest", "PATCH /UserManagement/Persons/{{ana}}/Roles", `{"RemoveRoles":["{{Boss}}"]}`).refused(403, "restricted_permission")
			s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "active", "false")).refused(403, "")
			s.ask("scim", "DELETE /Users/{{ana}}", "").refused(403, "")
			boss, err := s.engine.Roles.RoleNamed(s.t.Context(), operator, "boss")
			require.NoError(s.t, err)
			for _, act := range []func() error{
				func() error { return s.engine.Roles.Delete(s.t.Context(), operator, boss.ID, true) },
				func() error {
					_, err := s.engine.Roles.Change(s.t.Context(), operator, domain.RoleChange{Role: boss.ID, Version: boss.Version, RemovePermissions: []domain.Permission{domain.TenantAdmin}})
					return err
				},
			} {
				require.Equal(s.t, domain.CodeLastAdministrator, domain.CodeOf(act()))
			}
		})
		s.given("accept ben@example.org")
		s.ask("rest", "POST /UserManagement/Persons/{{ana}}/Deactivate", `{}`).gets(200, `{"State":"Inactive","...":"..."}`)
		s.ask("rest", "POST /UserManagement/Persons/{{ben}}/Deactivate", `{}`).refused(409, "last_administrator")
	})
}

// TestAnAdministratorGivesRestrictedRolesInPerson: no credential may, a session with tenant.admin may what it holds itself.
func TestAnAdministratorGivesRestrictedRolesInPerson(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("tenant sso=on", "people 1 staff", "role Boss 900 tenant.admin users.read", "role Keeper 10 credentials.manage", "grant ana Boss", "sign-in ana ana",
			"caller admin rest permissions=tenant.admin,users.update-roles")
		s.seen["eva"] = s.seen["staff.1"]
		give := `{"AddRoles":["{{Boss}}"]}`
		s.ask("admin", "PATCH /Administration/Persons/{{eva}}/RestrictedRoles", give).refused(403, "restricted_permission")
		s.ask("admin", "PATCH /UserManagement/Persons/{{eva}}/Roles", give).refused(403, "restricted_permission")
		s.ask("ana", "PATCH /UserManagement/Persons/{{eva}}/Roles", give).refused(403, "permission_denied")
		s.ask("ana", "PATCH /Administration/Persons/{{eva}}/RestrictedRoles", `{"AddRoles":["{{Keeper}}"]}`).refused(403, "privilege_escalation")
		s.ask("ana", "PATCH /Administration/Persons/{{eva}}/RestrictedRoles", give).gets(200, `{"Items":[{"RoleId":"{{Boss}}","Name":"Boss","Weight":900,"Source":"Direct"}]}`)
		s.ask("scim", "GET /Users/{{eva}}", "").gets(200, `{"...":"..."}`)
		s.ask("scim", "PATCH /Users/{{eva}}", patchOp("replace", "title", `"x"`)).refused(403, "")
		s.ask("ana", "PATCH /Administration/Persons/{{eva}}/RestrictedRoles", `{"RemoveRoles":["{{Boss}}"]}`).gets(200, `{"Items":[]}`)
		s.ask("scim", "PATCH /Users/{{eva}}", patchOp("replace", "title", `"x"`)).gets(200, `{"...":"..."}`)
		s.ask("ana", "PATCH /Administration/Persons/{{eva}}/BreakGlass", `{"BreakGlass":true}`).gets(200, `{"PersonId":"{{eva}}","BreakGlass":true}`)
		s.ask("scim", "PATCH /Users/{{eva}}", patchOp("replace", "title", `"y"`)).refused(403, "")
		s.ask("ana", "PATCH /Administration/Persons/{{eva}}/BreakGlass", `{"BreakGlass":false}`).gets(200, `{"PersonId":"{{eva}}","BreakGlass":false}`)
		s.ask("scim", "PATCH /Users/{{eva}}", patchOp("replace", "title", `"y"`)).gets(200, `{"...":"..."}`)
	})
}

// TestTwoAdministratorsDontGoAtOnce deactivates both administrators at the same moment on two servers: one stays.
func TestTwoAdministratorsDontGoAtOnce(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("role Boss 900 tenant.admin", "tenant sso=on")
		doors := s.doors("rest")
		for round := range 5 {
			prefix := strings.Repeat("x", round+1)
			s.given("people 2 "+prefix, "grant "+prefix+"1@example.org Boss", "grant "+prefix+"2@example.org Boss")
			s.SQL(s.t, "UPDATE user_access SET is_active = FALSE WHERE username NOT LIKE ?", prefix+"_@example.org")
			var wait sync.WaitGroup
			status := make([]string, 2)
			for i := range status {
				wait.Go(func() {
					door := doors[i%len(doors)]
					status[i], _ = door.send(http.MethodPost, "/UserManagement/Persons/"+s.seen[prefix+"."+string(rune('1'+i))]+"/Deactivate", `{}`)
				})
			}
			wait.Wait()
			assert.ElementsMatch(s.t, []string{"200", "409"}, status, "round %d", round)
			require.Equal(s.t, 1, s.count("user_access WHERE administers AND is_active AND activated_at <> 0"))
		}
	})
}

// TestANameThatLooksLikeAnAdministratorsIsFlagged (B9): it is taken, and told of in the audit and in the provisioning log.
func TestANameThatLooksLikeAnAdministratorsIsFlagged(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("role Boss 900 tenant.admin", "grant ana Boss", "people 1 staff")
		const note = `The user name looks like that of {{ana}}, a protected account.`
		s.ask("scim", "POST /Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"\u0430na"}`).gets(201, `{"id":"{{eva=uuid}}","userName":"аna","...":"..."}`)
		s.ask("rest", "GET /UserManagement/ProvisioningLog?PersonId={{eva}}", "").gets(200, `{"Items":[{"Notes":["`+note+`"],"...":"..."}],"...":"..."}`)
		s.ask("rest", "GET /UserManagement/ProvisioningLog?PersonId={{ana}}&Operation=Create&Count=1", "").gets(200, `{"Items":[{"Notes":["`+note+`"],"...":"..."}],"...":"..."}`)
		s.ask("rest", "GET /UserManagement/AuditEvents?PersonId={{eva}}", "").gets(200, `{"Items":[{"Note":"`+note+`","...":"..."}],"...":"..."}`)

		s.ask("scim", "PATCH /Users/{{eva}}", patchOp("replace", "userName", `"eva"`)).gets(200, `{"userName":"eva","...":"..."}`)
		s.ask("rest", "GET /UserManagement/AuditEvents?PersonId={{eva}}&Count=1", "").gets(200, `{"Items":[{"Note":null,"...":"..."}],"...":"..."}`)
		s.ask("rest", "PATCH /UserManagement/Persons/{{eva}}", `{"Username":"ａＮａ\u200b"}`).gets(200, `{"...":"..."}`)
		s.ask("rest", "GET /UserManagement/AuditEvents?PersonId={{eva}}&Count=1", "").gets(200, `{"Items":[{"Note":"`+note+`","...":"..."}],"...":"..."}`)
	})
}
