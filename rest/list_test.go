package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// walk reads a list page by page and gives the ids in their order.
func (w *world) walk(path string, count int) []string {
	w.t.Helper()
	var found []string
	for offset := 0; ; offset += count {
		page := w.send("GET", fmt.Sprintf("%s?Offset=%d&Count=%d", path, offset, count), "").is(200)
		for _, item := range page.items() {
			found = append(found, item["PersonId"].(string))
		}
		if page.at("ListCompleted") == true {
			return found
		}
		require.Len(w.t, page.items(), count, "a page that is not the last is full")
		require.Less(w.t, offset, 1000)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var made []string
	for i := range 120 {
		if i%10 == 0 {
			w.wait(time.Second)
		}
		made = append(made, w.person(fmt.Sprintf(`"UserAccess":{"Username":"u%d","SendInvitation":false}`, i)))
	}
	for _, path := range []string{"/Common/Persons", "/UserManagement/Users", "/UserManagement/Users/Basic"} {
		for _, count := range []int{7, 60, 120} {
			assert.Equal(t, made, w.walk(path, count), "%s by %d", path, count)
		}
	}
	for _, test := range []struct {
		path         string
		count, items int
		completed    bool
	}{
		{"/Common/Persons", 50, 50, false}, {"/Common/Persons?Count=100000", 200, 120, true}, {"/UserManagement/Users?Offset=100", 50, 20, true},
		{"/UserManagement/Users/Basic", 500, 120, true}, {"/UserManagement/Users/Basic?Count=99999", 2000, 120, true},
		{"/Common/Persons?Offset=120", 50, 0, true}, {"/Common/Persons?Offset=2147483647", 50, 0, true},
		{"/Common/Persons?Count=0", 0, 0, false}, {"/Common/Persons?Count=0&Offset=120", 0, 0, true}, {"/Common/Persons?count=20&OFFSET=100", 20, 20, true},
	} {
		page := w.send("GET", test.path, "").is(200)
		assert.EqualValues(t, test.count, page.at("Count"), test.path)
		assert.Len(t, page.items(), test.items, test.path)
		assert.Equal(t, test.completed, page.at("ListCompleted"), test.path)
		assert.NotContains(t, page.json(), "TotalCount")
	}
	assert.EqualValues(t, 120, w.send("GET", "/UserManagement/Users?Extended=true&Count=3", "").is(200).at("TotalCount"))
	basic := w.send("GET", "/UserManagement/Users/Basic?Count=1&Extended=true", "").is(200)
	assert.Equal(t, map[string]any{"PersonId": made[0], "Username": "u0", "FirstName": "Ana", "LastName": "Silva"}, basic.items()[0])
	assert.EqualValues(t, 120, basic.at("TotalCount"))
}

func TestParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("")
	for query, fault := range map[string]string{
		"Offset=-1": "Offset", "Offset=x": "Offset", "Offset=1.0": "Offset", "Offset=9223372036854775808": "Offset", "Count=-1": "Count", "Count=": "Count",
		"Count=1&Count=2": "Count", "Count=1&count=2": "Count", "Username=a&USERNAME=a": "Username", "Nonsense=1": "Nonsense", "filter=x": "filter",
		"IsActive=1": "IsActive", "MfaRequired=yes": "MfaRequired", "HasLoggedIn=": "HasLoggedIn", "State=Gone": "State", "LoginState=x": "LoginState",
		"RoleId=x": "RoleId", "PermissionGroupId=1": "PermissionGroupId", "UpdatedSince=yesterday": "UpdatedSince", "UpdatedSince=2026-01-01": "UpdatedSince",
		"Username=%00": "Username", "Username=%ff": "Username", "Extended=2": "Extended", "%ff=1": "\ufffd", "ExternalReference=x": "ExternalReference",
	} {
		assert.Contains(t, w.send("GET", "/UserManagement/Users?"+query, "").refused(400, domain.CodeInvalidParameter).faults(), fault, query)
	}
	w.send("GET", "/UserManagement/Users?a=%zz", "").refused(400, domain.CodeInvalidParameter)
	w.send("GET", "/UserManagement/Users?a;b", "").refused(400, domain.CodeInvalidParameter)
	assert.Len(t, w.send("GET", "/UserManagement/Users?Offset=x&Count=y&State=z", "").refused(400, domain.CodeInvalidParameter).faults(), 3)
	w.send("GET", persons(id, "?Extended=true"), "").refused(400, domain.CodeInvalidParameter)
	w.send("GET", users(id, "?Extended=true"), "").is(200)
	w.send("GET", users(id, "?Count=1"), "").refused(400, domain.CodeInvalidParameter)
}

func TestFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant, err := w.engine.Administration.Tenant(t.Context(), "acme")
	require.NoError(t, err)
	organization, group := uuid.New(), uuid.New()
	w.AddOrganization(t, tenant.ID, organization, "Sales")
	w.SQL(t, "INSERT INTO permission_group (tenant_id, group_id, name, name_folded, version, created_at, updated_at) VALUES (?, ?, 'Staff', 'staff', 1, 1, 1)", tenant.ID, group)

	ana := w.person(`"DisplayName":"Boss 100%","Employee":{"EmployeeNumber":"E7"},"ExternalReference":"Ref",
		"EmailAddresses":[{"Address":"x@y"},{"Address":"Ana_1@Example.org","IsPrimary":true}],
		"UserAccess":{"Username":"ana","MfaRequired":true,"OrganizationIds":["` + organization.String() + `"],"PermissionGroupIds":["` + group.String() + `"]}`)
	w.wait(time.Hour)
	bo := w.send("POST", "/Common/Persons", `{"FirstName":"Bo","LastName":"ÉRIC","UserAccess":{"Username":"bo","IsActive":false}}`).is(201).text("PersonId")
	cy := w.send("POST", "/Common/Persons", `{"FirstName":"Cy","LastName":"Ek"}`).is(201).text("PersonId")
	w.SQL(t, "UPDATE user_access SET last_login_at = 1, activated_at = 1 WHERE username = 'ana'")
	names := map[string]string{ana: "ana", bo: "bo", cy: "cy"}

	for _, test := range []struct{ list, query, want string }{
		{"Users", "", "ana bo"}, {"Users", "Username=A", "ana"}, {"Users", "Username=b&IsActive=false", "bo"}, {"Users", "Username=b&IsActive=true", ""},
		{"Users", "EmailAddress=ANA_1", "ana"}, {"Users", "EmailAddress=an%25", ""}, {"Users", "EmailAddress=a__", ""}, {"Users", "EmailAddress=x%40y", "ana"},
		{"Users", "FirstName=n", "ana"}, {"Users", "LastName=%C3%A9ri", "bo"}, {"Users", "DisplayName=100%25", "ana"}, {"Users", "DisplayName=bo+%C3%89", "bo"},
		{"Users", "MfaRequired=true", "ana"}, {"Users", "State=inactive", "bo"}, {"Users", "State=Active", "ana"}, {"Users", "State=Invited", ""},
		{"Users", "State=NotProvisioned", "cy"}, {"Users", "State=Anonymized", ""}, {"Users", "LoginState=disabled", "bo"}, {"Users", "LoginState=None&State=NotProvisioned", "cy"},
		{"Users", "RoleId=" + uuid.NewString(), ""}, {"Users", "PermissionGroupId=" + group.String(), "ana"}, {"Users", "OrganizationId=" + organization.String(), "ana"},
		{"Users", "OrganizationId=" + strings.ToUpper(organization.String()), "ana"}, {"Users", "IdentityProviderId=" + organization.String(), ""},
		{"Users", "EmployeeNumber=e7", "ana"}, {"Users", "EmployeeNumber=e", ""}, {"Users", "HasLoggedIn=true", "ana"}, {"Users", "HasLoggedIn=false", "bo"},
		{"Users", "UpdatedSince=2026-03-02T09:30:00Z", "bo"}, {"Users", "UpdatedSince=2026-03-02T10:30:00%2B01:00", "bo"}, {"Users", "UpdatedSince=2026-03-02T10:30:00+01:00", "bo"},
		{"Users", "Username=%27%20OR%201%3D1%20--", ""},
		{"Persons", "", "ana bo cy"}, {"Persons", "EmailAddress=example", "ana"}, {"Persons", "FirstName=Y", "cy"}, {"Persons", "DisplayName=cy+ek", "cy"},
		{"Persons", "ExternalReference=Ref", "ana"}, {"Persons", "ExternalReference=ref", ""}, {"Persons", "EmployeeNumber=E7", "ana"}, {"Persons", "UpdatedSince=2026-03-02T09:30:00Z", "bo cy"},
	} {
		lists := map[string][]string{"Users": {"/UserManagement/Users", "/UserManagement/Users/Basic"}, "Persons": {"/Common/Persons"}}
		for _, path := range lists[test.list] {
			page := w.send("GET", path+"?"+test.query, "").is(200)
			var found []string
			for _, item := range page.items() {
				found = append(found, names[item["PersonId"].(string)])
			}
			assert.Equal(t, test.want, strings.Join(found, " "), "%s?%s", path, test.query)
		}
	}
	extended := w.send("GET", users(ana, "?Extended=true"), "").is(200)
	assert.Equal(t, []any{map[string]any{"PermissionGroupId": group.String(), "Name": "Staff"}}, extended.at("PermissionGroups"))
	assert.Equal(t, []any{map[string]any{"OrganizationId": organization.String(), "Name": "Sales"}}, extended.at("Organizations"))
	assert.Equal(t, []any{}, extended.at("Roles"))
}

// TestEveryFilterIsTested: a filter in a table stands in the tables of the tests above, too.
func TestEveryFilterIsTested(t *testing.T) {
	t.Parallel()
	var names []string
	for _, row := range slices.Concat(personFilters, userFilters) {
		_, err := url.ParseQuery(row.name + "=x")
		assert.NoError(t, err)
		names = append(names, row.name)
	}
	slices.Sort(names)
	assert.Equal(t, []string{"Count", "DisplayName", "EmailAddress", "EmployeeNumber", "Extended", "ExternalReference", "FirstName", "HasLoggedIn", "IdentityProviderId",
		"IsActive", "LastName", "LoginState", "MfaRequired", "Offset", "OrganizationId", "PermissionGroupId", "RoleId", "State", "UpdatedSince", "Username"}, slices.Compact(names))
}

// TestCostlySearches shows an integrator that a search which no index answers is refused where there are many people,
// for whom a small bound stands.
func TestCostlySearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"ann", "bob", "eve"} {
		w.user(name)
	}
	w.Bound(store.Bounds{Work: 30, Time: time.Minute})
	for _, query := range []string{"/UserManagement/Users?DisplayName=x", "/UserManagement/Users?LoginState=Locked", "/Common/Persons?FirstName=x"} {
		w.send("GET", query, "").refused(400, domain.CodeSearchTooCostly)
	}
	w.send("GET", "/UserManagement/Users?DisplayName=x&Username=ann", "").is(200)
	w.send("GET", "/Common/Persons?EmailAddress=ann", "").is(200)
	w.send("GET", "/Common/Persons", "").is(200)
}
