package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/scimbridge/scimbridge/domain"
)

// fieldPermissions are the fields that need a permission of their own, in every route that takes them.
var fieldPermissions = []struct {
	request, body string
	permission    domain.Permission
	status        int
}{
	{"PATCH /Common/Persons/{{it}}", `{"ExternalLoginUsername":"login"}`, domain.SsoWrite, 200},
	{"PATCH /Common/Persons/{{it}}", `{"FirstName":"Eva"}`, domain.PersonsWrite, 200},
	{"PUT /Common/Persons/{{it}}", `{"FirstName":"Eva","LastName":"Roth","ExternalLoginUsername":"login"}`, domain.SsoWrite, 200},
	{"POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","ExternalLoginUsername":"ben"}`, domain.SsoWrite, 201},
	{"POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","UserAccess":{"Username":"ben","SendInvitation":false}}`, domain.UsersProvision, 201},
	{"POST /UserManagement/Persons/{{bare}}/Invite", `{"Username":"bare","SendInvitation":false,"ExternalLoginUsername":"bare"}`, domain.SsoWrite, 201},
	{"PATCH /UserManagement/Persons/{{it}}", `{"Username":"other"}`, domain.UsersUpdate, 200},
	{"PATCH /UserManagement/Persons/{{it}}", `{"IsActive":false}`, domain.UsersActivate, 200},
	{"PATCH /UserManagement/Persons/{{it}}", `{"Username":"other","IsActive":false}`, domain.UsersActivate, 200},
	{"PATCH /UserManagement/Persons/{{it}}", `{"MfaRequired":true}`, domain.UsersMfa, 200},
	{"PATCH /UserManagement/Persons/{{it}}/Roles", `{"AddRoles":["{{Clerk}}"]}`, domain.UsersRoles, 200},
	{"PATCH /UserManagement/Persons/{{it}}/PermissionGroups", `{"AddPermissionGroups":[]}`, domain.UsersGroups, 200},
	{"PATCH /UserManagement/Persons/{{it}}/Organizations", `{"AddOrganizationIds":["{{sales}}"]}`, domain.UsersOrganizations, 200},
}

// TestMatrixOfFields: whoever may do everything but write one field is refused and nothing of the request is stored, the
// other fields included; with the permission it is done.
func TestMatrixOfFields(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on", "role Clerk 10 users.list", "organization Sales sales")
		all := domain.AllPermissions()
		for i, field := range fieldPermissions {
			name := fmt.Sprint("lacking", i)
			others := slices.DeleteFunc(slices.Clone(all), func(p domain.Permission) bool { return p == field.permission })
			s.given("caller " + name + " rest permissions=" + strings.ReplaceAll(others.String(), " ", ","))
			s.ask("rest", "POST /Common/Persons", fmt.Sprintf(`{"FirstName":"Ana","LastName":"Silva","UserAccess":{"Username":"ana%d","SendInvitation":false}}`, i)).
				gets(201, `{"PersonId":"{{it=uuid}}","...":"..."}`)
			s.ask("rest", "POST /Common/Persons", `{"FirstName":"Bo","LastName":"Bare"}`).gets(201, `{"PersonId":"{{bare=uuid}}","...":"..."}`)
			s.untouched(func() { s.ask(name, field.request, field.body).refused(403, "permission_denied") })
			s.ask("rest", field.request, field.body).gets(field.status, `{"...":"..."}`)
			s.ask("rest", "POST /UserManagement/Anonymizations", `{"PersonId":"{{it}}"}`).gets(200, `{"...":"..."}`)
		}
	})
}
