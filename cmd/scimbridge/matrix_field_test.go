package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/rest/openapi"
)

// writingRoute is a route that writes fields of a person.
type writingRoute struct {
	within string // what its fields are called in the table of fields, in front of the name
	gives  bool   // it creates: a person, or the access of one
	rest   string // of the body, which the fields are put into; %s is a name that nobody has
	status int
}

const newPersonText = `"FirstName":"Ben","LastName":"Lima","EmailAddresses":[{"Address":"%s@example.org"}]`

var writingRoutes = map[string]writingRoute{
	"POST /Common/Persons":                                      {"", true, newPersonText, 201},
	"PUT /Common/Persons/{PersonId}":                            {"", false, newPersonText, 200},
	"PATCH /Common/Persons/{PersonId}":                          {"", false, ``, 200},
	"PUT /Common/Persons/{PersonId}/Employee":                   {"Employee.", false, ``, 200},
	"PATCH /Common/Persons/{PersonId}/Employee":                 {"Employee.", false, ``, 200},
	"POST /UserManagement/Persons/{PersonId}/Invite":            {"UserAccess.", true, `"Username":"%s","SendInvitation":false`, 201},
	"PATCH /UserManagement/Persons/{PersonId}":                  {"UserAccess.", false, ``, 200},
	"PATCH /UserManagement/Persons/{PersonId}/Roles":            {"", false, ``, 200},
	"PATCH /UserManagement/Persons/{PersonId}/Organizations":    {"", false, ``, 200},
	"PATCH /UserManagement/Persons/{PersonId}/PermissionGroups": {"", false, ``, 200},
}

// unwritten are fields that are no person's: options of the request, and what is only read back.
var unwritten = []string{"PersonId", "LegacyId", "State", "Version", "CreatedAt", "UpdatedAt", "UserAccess.SendInvitation", "UserAccess.InvitationMessage"}

// personFields are the fields of people: to which aspect each belongs, and a value of it; %s is a name that nobody has.
var personFields = func() map[string]personField {
	fields := map[string]personField{
		"EmailAddresses": {domain.AspectProfile, `[{"Address":"%s@example.com"}]`}, "PhoneNumbers": {domain.AspectProfile, `[{"Number":"7"}]`},
		"StreetAddresses": {domain.AspectProfile, `[{"City":"Rome"}]`}, "Locale": {domain.AspectProfile, `"de"`}, "PreferredLanguage": {domain.AspectProfile, `"de"`},
		"TimeZone": {domain.AspectProfile, `"UTC"`}, "Employee.HireDate": {domain.AspectProfile, `"2024-02-29"`}, "Employee.TerminationDate": {domain.AspectProfile, `"2024-02-29"`},
		"Employee.ManagerPersonId": {domain.AspectProfile, `"{{boss}}"`}, "ExternalLoginUsername": {domain.AspectExternalLogin, `"login-%s"`},
		"UserAccess.ExternalLoginUsername": {domain.AspectExternalLogin, `"login-%s"`}, "UserAccess.Username": {domain.AspectUsername, `"%s"`},
		"UserAccess.IsActive": {domain.AspectActive, `false`}, "UserAccess.MfaRequired": {domain.AspectMfa, `true`},
		"UserAccess.IdentityProviderId": {domain.AspectProvider, `null`}, "UserAccess.RoleIds": {domain.AspectRoles, `["{{Clerk}}"]`},
		"UserAccess.PermissionGroupIds": {domain.AspectGroups, `["{{crew}}"]`}, "UserAccess.OrganizationIds": {domain.AspectOrganizations, `["{{sales}}"]`},
		"AddRoles": {domain.AspectRoles, `["{{Clerk}}"]`}, "RemoveRoles": {domain.AspectRoles, `["{{Clerk}}"]`},
		"AddPermissionGroups": {domain.AspectGroups, `["{{crew}}"]`}, "RemovePermissionGroups": {domain.AspectGroups, `["{{crew}}"]`},
		"AddOrganizationIds": {domain.AspectOrganizations, `["{{sales}}"]`}, "RemoveOrganizationIds": {domain.AspectOrganizations, `["{{sales}}"]`},
	}
	for _, name := range []string{"FirstName", "LastName", "MiddleName", "PreferredName", "DisplayName", "Prefix", "Suffix", "ExternalReference", "Employee.EmployeeNumber",
		"Employee.Title", "Employee.Department", "Employee.Division", "Employee.CostCenter", "Employee.OrganizationName", "Employee.EmploymentType"} {
		fields[name] = personField{domain.AspectProfile, `"x-%s"`}
	}
	return fields
}()

type personField struct {
	aspect domain.Aspect
	value  string
}

// needed is the permission that the one table of the engine has for the field.
func (f personField) needed(t testing.TB, gives bool) domain.Permission {
	for _, row := range domain.FieldPermissions() {
		if row.Aspect == f.aspect && gives {
			return row.Give
		}
		if row.Aspect == f.aspect {
			return row.Change
		}
	}
	require.Fail(t, "no permission is said for an aspect")
	return ""
}

// described are the fields of the requests of a route, as its description has them; those of objects behind the name of
// the object and a dot.
func described(t testing.TB, name string) []string {
	t.Helper()
	var document map[string]any
	require.NoError(t, json.Unmarshal(openapi.Document(), &document))
	method, pattern, _ := strings.Cut(name, " ")
	at := func(node any, path ...string) any {
		for _, key := range path {
			object, _ := node.(map[string]any)
			node = object[key]
		}
		return node
	}
	fields := map[string]bool{}
	var walk func(schema any, within string)
	walk = func(schema any, within string) {
		if to, ok := at(schema, "$ref").(string); ok {
			walk(at(document, strings.Split(strings.TrimPrefix(to, "#/"), "/")...), within)
		}
		for _, word := range []string{"allOf", "anyOf"} {
			parts, _ := at(schema, word).([]any)
			for _, part := range parts {
				walk(part, within)
			}
		}
		properties, _ := at(schema, "properties").(map[string]any)
		for property, of := range properties {
			fields[within+property] = true
			walk(of, within+property+".")
		}
	}
	content := at(document, "paths", pattern, strings.ToLower(method), "requestBody", "content", "application/json", "schema")
	require.NotNil(t, content, name)
	walk(content, writingRoutes[name].within)
	for field := range fields { // an object is written by its fields
		if object, _, found := strings.Cut(field, "."); found {
			delete(fields, object)
		}
	}
	return slices.Sorted(maps.Keys(fields))
}

// body puts a field with its value, for somebody of that name, into what the route needs besides.
func (r writingRoute) body(field, value, name string) string {
	parts := []string{fmt.Sprintf("%q:%s", strings.TrimPrefix(field, r.within), value)}
	if object, inner, found := strings.Cut(strings.TrimPrefix(field, r.within), "."); found {
		parts[0] = fmt.Sprintf(`%q:{%q:%s}`, object, inner, value)
		if object == "UserAccess" && inner != "Username" {
			parts[0] = fmt.Sprintf(`%q:{%q:%s,"Username":"%%s","SendInvitation":false}`, object, inner, value)
		} else if object == "UserAccess" {
			parts[0] = fmt.Sprintf(`%q:{%q:%s,"SendInvitation":false}`, object, inner, value)
		}
	}
	own := strings.SplitN(parts[0], ":", 2)[0]
	for part := range strings.SplitSeq(r.rest, ",") {
		if part != "" && !strings.HasPrefix(part, own+":") {
			parts = append(parts, part)
		}
	}
	return strings.ReplaceAll("{"+strings.Join(parts, ",")+"}", "%s", name)
}

// TestMatrixOfFields: whoever may do everything but write one field is refused and nothing of the request is stored, the
// other fields included; with the permission it is done. What a field needs is the engine's table, which fields a route
// takes is its description's: a new field without a row is asked for.
func TestMatrixOfFields(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("tenant sso=on", "role Clerk 10 users.list", "organization Sales sales")
		s.ask("rest", "POST /UserManagement/PermissionGroups", `{"Name":"Crew"}`).gets(201, `{"PermissionGroupId":"{{crew=uuid}}","...":"..."}`)
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Bo","LastName":"Boss"}`).gets(201, `{"PersonId":"{{boss=uuid}}","...":"..."}`)
		lacking, count := s.lackingEach(), 0
		for _, name := range slices.Sorted(maps.Keys(writingRoutes)) {
			r := writingRoutes[name]
			for _, field := range described(t, name) {
				if slices.Contains(unwritten, field) || field == "Username" || field == "UserAccess" {
					continue // the name that a person suggests is no field of its own: what a person signs in with mirrors it
				}
				of, known := personFields[field]
				require.True(t, known, "%s takes %s: say in personFields what it belongs to", name, field)
				count++
				someone := fmt.Sprint("someone", count)
				s.ask("rest", "POST /Common/Persons", fmt.Sprintf(`{"FirstName":"Ana","LastName":"Silva"%s}`, r.access(name, someone))).
					gets(201, `{"PersonId":"{{it=uuid}}","...":"..."}`)
				request := strings.ReplaceAll(name, "{PersonId}", "{{it}}")
				body := r.body(field, of.value, "new-"+someone)
				without := lacking[of.needed(t, r.gives)]
				require.NotEmpty(t, without, "%s %s", name, field)
				s.untouched(func() { s.ask(without, request, body).refused(403, "permission_denied") })
				s.ask("rest", request, body).gets(r.status, `{"...":"..."}`)
			}
		}
		assert.Greater(t, count, 100)
	})
}

// access is the access of the person whom the route changes; one who is invited has none.
func (r writingRoute) access(name, someone string) string {
	if strings.HasSuffix(name, "/Invite") {
		return ""
	}
	return fmt.Sprintf(`,"UserAccess":{"Username":%q,"SendInvitation":false}`, someone)
}

// lackingEach makes, for each permission that a field needs, a caller who has all but that.
func (s *scene) lackingEach() map[domain.Permission]string {
	s.t.Helper()
	callers := map[domain.Permission]string{}
	for _, row := range domain.FieldPermissions() {
		for _, permission := range []domain.Permission{row.Give, row.Change} {
			if permission == "" || callers[permission] != "" {
				continue
			}
			others := slices.DeleteFunc(slices.Clone(domain.AllPermissions()), func(p domain.Permission) bool { return p == permission })
			callers[permission] = fmt.Sprint("lacking", len(callers))
			s.given("caller " + callers[permission] + " rest permissions=" + strings.ReplaceAll(others.String(), " ", ","))
		}
	}
	return callers
}

// TestNobodyGivesWhatTheyLack (A17) tries every door that takes roles or groups for somebody else: whoever may use it, but
// does not hold what the role grants, is refused, and nothing of the request is stored.
func TestNobodyGivesWhatTheyLack(t *testing.T) {
	scenario(t, func(s *scene) {
		s.given("role Clerk 10 users.list")
		s.ask("rest", "POST /UserManagement/PermissionGroups", `{"Name":"Crew","RoleIds":["{{Clerk}}"]}`).gets(201, `{"PermissionGroupId":"{{crew=uuid}}","...":"..."}`)
		s.ask("rest", "POST /UserManagement/PermissionGroups", `{"Name":"Bare"}`).gets(201, `{"PermissionGroupId":"{{bare=uuid}}","...":"..."}`)
		others := slices.DeleteFunc(slices.Clone(domain.AllPermissions()), func(p domain.Permission) bool { return p == domain.UsersList })
		s.given("caller poor rest permissions=" + strings.ReplaceAll(others.String(), " ", ","))
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Ana","LastName":"Silva","UserAccess":{"Username":"ana","SendInvitation":false}}`).gets(201, `{"PersonId":"{{it=uuid}}","...":"..."}`)
		s.ask("rest", "POST /Common/Persons", `{"FirstName":"Bo","LastName":"Ek","EmailAddresses":[{"Address":"bo@example.org"}]}`).gets(201, `{"PersonId":"{{bo=uuid}}","...":"..."}`)
		for _, gift := range []string{`"RoleIds":["{{Clerk}}"]`, `"PermissionGroupIds":["{{crew}}"]`} {
			for _, door := range [][2]string{
				{"POST /Common/Persons", `{"FirstName":"Ben","LastName":"Lima","UserAccess":{"Username":"ben","SendInvitation":false,` + gift + `}}`},
				{"POST /UserManagement/Persons/{{bo}}/Invite", `{"Username":"bo","SendInvitation":false,` + gift + `}`},
			} {
				s.untouched(func() { s.ask("poor", door[0], door[1]).refused(403, "privilege_escalation") })
			}
			s.ask("poor", "POST /UserManagement/Invitations/Bulk", `{"AllOrNothing":true,"Users":[{"PersonId":"{{bo}}","Username":"bo","SendInvitation":false,`+gift+`}]}`).
				gets(409, `{"code":"bulk_failed","...":"..."}`)
			s.ask("rest", "GET /UserManagement/Persons/{{bo}}", "").gets(200, `{"State":"NotProvisioned","...":"..."}`)
		}
		for _, door := range [][2]string{
			{"PATCH /UserManagement/Persons/{{it}}/Roles", `{"AddRoles":["{{Clerk}}"]}`},
			{"PATCH /UserManagement/Persons/{{it}}/PermissionGroups", `{"AddPermissionGroups":["{{crew}}"]}`},
			{"PATCH /UserManagement/PermissionGroups/{{crew}}/Members", `{"AddPersonIds":["{{it}}"]}`},
			{"POST /UserManagement/PermissionGroups", `{"Name":"Mine","RoleIds":["{{Clerk}}"]}`},
			{"POST /UserManagement/PermissionGroups", `{"Name":"Mine","Permissions":["users.list"]}`},
			{"PATCH /UserManagement/PermissionGroups/{{bare}}", `{"Version":1,"AddRoleIds":["{{Clerk}}"]}`},
			{"POST /UserManagement/Roles", `{"Name":"Mine","Permissions":["users.list"]}`},
		} {
			s.untouched(func() { s.ask("poor", door[0], door[1]).refused(403, "privilege_escalation") })
		}
	})
}
