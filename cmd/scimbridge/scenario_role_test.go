package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestARoleThatAnIdentityProviderSendsGivesNothing (A10): neither roles nor entitlements nor the name of a group move what
// anybody may do, whatever the policy is, beyond the roles that an operator chose for the connection.
func TestARoleThatAnIdentityProviderSendsGivesNothing(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("role Boss 900 tenant.admin", "role Clerk 10 users.list", "role Other 5 users.read")
		boss := `[{"value":"Boss","display":"Boss","primary":true},{"value":"{{Boss}}"},{"value":"Other"},{"value":"nobody"}]`
		for _, policy := range []string{"Off", s.seen["Clerk"]} {
			s.given("connection AcceptRoles=" + policy)
			for _, operation := range []string{
				patchOp("add", "roles", boss), patchOp("replace", "roles", boss), patchOp("replace", `roles[primary eq \"True\"].value`, `"Boss"`),
				patchOp("add", `roles[value eq \"Boss\"].value`, `"Boss"`), patchOp("add", `roles[type eq \"x\"]`, boss), patchOp("add", "roles.value", `"Boss"`),
				patchOp("replace", "entitlements", `[{"value":"Boss"}]`),
				`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","value":{"roles":"Boss"}}]}`,
			} {
				s.ask("scim", "PATCH /Users/{{ana}}", operation).gets(200, `{"roles":"{{-}}","...":"..."}`)
			}
			s.ask("scim", "POST /Groups", `{"displayName":"Boss`+policy+`","members":[{"value":"{{ana}}"}]}`).gets(201, `{"...":"..."}`)
			s.ask("scim", "POST /Users", `{"userName":"eva`+policy+`","roles":`+boss+`}`).gets(201, `{"id":"{{eva=uuid}}","roles":"{{-}}","...":"..."}`)
			for _, who := range []string{"ana", "eva"} {
				s.ask("rest", "GET /UserManagement/Persons/{{"+who+"}}/Permissions", "").gets(200, `{"Permissions":[]}`)
			}
		}
		assert.Zero(s.t, s.count("user_role"))
		assert.NotZero(s.t, s.count("connection WHERE CAST(notes AS TEXT) LIKE '%roles was sent and ignored%'"))
	})
}

// TestAConnectionGivesTheRolesThatItMayGive: by name or id, in every form in which connectors write lists, and no others.
func TestAConnectionGivesTheRolesThatItMayGive(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("role Clerk 10 users.list", "role Reader 5 users.read", "role Own 7 groups.read", "grant ana Own")
		s.given("connection AcceptRoles=" + s.seen["Clerk"] + "," + s.seen["Reader"])
		has := func(roles, permissions string) {
			s.t.Helper()
			s.ask("scim", "GET /Users/{{ana}}", "").gets(200, `{"roles":`+roles+`,"...":"..."}`)
			s.ask("scim", `GET /Users?filter=userName eq "ana"`, "").gets(200, `{"Resources":[{"roles":`+roles+`,"...":"..."}],"...":"..."}`)
			s.ask("rest", "GET /UserManagement/Persons/{{ana}}/Permissions", "").gets(200, `{"Permissions":[`+permissions+`]}`)
		}
		const clerk, reader, none = `{"value":"Clerk","display":"Clerk","type":"direct"}`, `{"value":"Reader","display":"Reader","type":"direct"}`, `"{{-}}"`
		for _, step := range []struct{ operation, roles, permissions string }{
			{patchOp("add", "roles", `[{"value":"clerk"}]`), "[" + clerk + "]", `"groups.read","users.list"`},
			{patchOp("add", "roles", `[{"value":"{{Reader}}"}]`), "[" + clerk + "," + reader + "]", `"groups.read","users.list","users.read"`},
			{patchOp("remove", `roles[value eq \"Clerk\"]`, `null`), "[" + reader + "]", `"groups.read","users.read"`},
			{patchOp("replace", `roles[primary eq \"True\"].value`, `"Clerk"`), "[" + clerk + "]", `"groups.read","users.list"`},
			{patchOp("remove", "roles", `[{"value":"Own"}]`), "[" + clerk + "]", `"groups.read","users.list"`},
			{patchOp("replace", "roles", `[{"display":"Reader","value":"Reader"},{"value":"Own"}]`), "[" + reader + "]", `"groups.read","users.read"`},
			{patchOp("remove", "roles", `null`), none, `"groups.read"`},
		} {
			s.ask("scim", "PATCH /Users/{{ana}}", step.operation).gets(200, `{"roles":`+step.roles+`,"...":"..."}`)
			has(step.roles, step.permissions)
		}
		s.untouched(func() {
			s.ask("scim", "PATCH /Users/{{ana}}", patchOp("replace", "roles", `[]`)).gets(200, `{"...":"..."}`)
		})
		s.ask("scim", "POST /Users", `{"userName":"eva","roles":[{"value":"Clerk"},{"value":"Own"}]}`).gets(201, `{"id":"{{eva=uuid}}","roles":[`+clerk+`],"...":"..."}`)
		s.ask("scim", "PUT /Users/{{eva}}", `{"userName":"eva","title":"x"}`).gets(200, `{"roles":[`+clerk+`],"...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{eva}}/Permissions", "").gets(200, `{"Permissions":["users.list"]}`)
		for filter, total := range map[string]string{`roles.value eq "clerk"`: "1", `roles[value eq "CLERK" and type eq "direct"]`: "1", `roles[primary eq false].display eq "Clerk"`: "1",
			`roles pr`: "1", `roles.display sw "cl"`: "1", `roles.value eq "Own"`: "0", `roles[primary eq true]`: "0", `roles eq "Reader"`: "0", `roles ne "Clerk"`: "1", `not (roles.type pr)`: "1"} {
			s.ask("scim", "GET /Users?filter="+filter, "").gets(200, `{"totalResults":`+total+`,"...":"..."}`)
		}
		s.ask("scim", "GET /Users/{{eva}}?attributes=roles.value", "").gets(200, `{"schemas":"{{*}}","id":"{{eva}}","roles":[{"value":"Clerk"}]}`)
		s.ask("scim", "GET /Users/{{eva}}?excludedAttributes=roles.display,roles.type", "").gets(200, `{"roles":[{"value":"Clerk"}],"...":"..."}`)
		s.given("connection AcceptRoles=On")
		s.ask("scim", "PATCH /Users/{{eva}}", patchOp("add", "roles", `"Own"`)).gets(200, `{"...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{eva}}/Permissions", "").gets(200, `{"Permissions":["groups.read","users.list"]}`)
		s.given("connection AcceptRoles=")
		s.ask("scim", "PATCH /Users/{{eva}}", patchOp("remove", "roles", `null`)).gets(200, `{"roles":"{{-}}","...":"..."}`)
		s.ask("rest", "GET /UserManagement/Persons/{{eva}}/Permissions", "").gets(200, `{"Permissions":["groups.read","users.list"]}`)
	})
}

// TestGroupRoleRules: a group of a name that the operator mapped grants those roles, another name grants nothing, a rename
// takes along what belongs to the name, and restricted roles are never among them.
func TestGroupRoleRules(t *testing.T) {
	scenario(t, func(s *scene) {
		s.active()
		s.given("role Boss 900 tenant.admin", "role Clerk 10 users.list", "role Reader 5 users.read")
		s.given("connection GroupRoleRules=Office=" + s.seen["Clerk"] + "," + s.seen["Boss"] + ";Readers=" + s.seen["Reader"])
		may := func(permissions string) {
			s.t.Helper()
			s.ask("rest", "GET /UserManagement/Persons/{{ana}}/Permissions", "").gets(200, `{"Permissions":[`+permissions+`]}`)
		}
		member := `"members":[{"value":"{{ana}}"}]`
		s.ask("scim", "POST /Groups", `{"displayName":"Boss",`+member+`}`).gets(201, `{"...":"..."}`)
		may("") // nobody mapped that name
		s.ask("scim", "POST /Groups", `{"displayName":"office",`+member+`}`).gets(201, `{"id":"{{office=uuid}}","...":"..."}`)
		may(`"users.list"`)
		s.ask("scim", "PATCH /Groups/{{office}}", patchOp("replace", "displayName", `"Readers"`)).gets(204, "")
		may(`"users.read"`)
		s.ask("scim", "PATCH /Groups/{{office}}", patchOp("replace", "displayName", `"Nobody's"`)).gets(204, "")
		may("")
		s.ask("scim", "PUT /Groups/{{office}}", `{"displayName":"Office",`+member+`}`).gets(200, `{"...":"..."}`)
		may(`"users.list"`)
		s.ask("scim", "PATCH /Groups/{{office}}", patchOp("remove", `members[value eq \"{{ana}}\"]`, `null`)).gets(204, "")
		may("")
		s.ask("scim", "PATCH /Groups/{{office}}", patchOp("add", "members", `[{"value":"{{ana}}"}]`)).gets(204, "")
		may(`"users.list"`)
		s.ask("scim", "DELETE /Groups/{{office}}", "").gets(204, "")
		may("")
		assert.Zero(s.t, s.count("group_role x JOIN role r ON r.tenant_id = x.tenant_id AND r.role_id = x.role_id WHERE r.is_restricted"))
	})
}
