package rest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// columnNames are the names of all columns of the schema, and those that attackers try, as fields of this API.
func (w *world) columnNames() []string {
	w.t.Helper()
	names := []string{"IsAdmin", "TenantId", "SsoId", "Locator", "Permissions", "Roles", "MfaEnrolled", "VerifiedAt", "IsProtected", "ManagedBy", "LoginState"}
	rows, err := w.Raw.Query("SELECT DISTINCT c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1")
	require.NoError(w.t, err)
	defer rows.Close()
	for rows.Next() {
		var column string
		require.NoError(w.t, rows.Scan(&column))
		var name strings.Builder
		for part := range strings.SplitSeq(column, "_") {
			name.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		names = append(names, name.String())
	}
	require.NoError(w.t, rows.Err())
	return names
}

// TestMassAssignment adds each column of the schema to each body: it is refused and nothing happens, or it is a field
// of the route, or one of the server's own that is ignored.
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.send("POST", "/Common/Persons", fullPerson).is(201)
	id := made.text("PersonId")
	w.send("POST", users(id, "/Invite"), `{"SendInvitation":false}`).is(201)
	element := map[string]string{}
	for list, name := range map[string]string{"EmailAddresses": "EmailAddressId", "PhoneNumbers": "PhoneNumberId", "StreetAddresses": "StreetAddressId"} {
		element[name] = made.at(list).([]any)[0].(map[string]any)[name].(string)
	}
	element["ScimConnectionId"] = w.send("POST", "/Administration/ScimConnections", `{"Name":"spare"}`).is(201).text("ScimConnectionId")
	columns := w.columnNames()
	require.Greater(t, len(columns), 100)
	before := w.Snapshot(t)
	accepted := map[string]bool{}
	eachOpenRoute(func(r *route) {
		if r.body == noBody {
			return
		}
		second := uuid.NewString()
		for name, value := range element {
			if strings.Contains(r.pattern, name) {
				second = value
			}
		}
		first := id
		if strings.Contains(r.pattern, "{ScimConnectionId}") {
			first = element["ScimConnectionId"] // the one thing that has a field which is an object
		}
		assert.Equal(t, 400, w.send(r.method, r.path(first, second), everything(columns)).status, "%s with all of them", r.name())
		for _, column := range columns {
			body := fmt.Sprintf(`{%q:{"x":"injected"}}`, column) // of a type that no scalar has
			if got := w.send(r.method, r.path(first, second), body); got.status != 400 {
				accepted[column] = true
				assert.Less(t, got.status, 300, "%s %s %s", r.name(), column, got.body)
			}
		}
	})
	assert.Equal(t, before, w.Snapshot(t))
	assert.Equal(t, map[string]bool{"PersonId": true, "LegacyId": true, "Version": true, "CreatedAt": true, "UpdatedAt": true}, accepted,
		"these alone are read past, and change nothing")
}

// plausible is a value such as the column has.
func plausible(column string) any {
	switch {
	case strings.HasSuffix(column, "Id"):
		return "0198c5f0-0000-7000-8000-00000000000a"
	case strings.HasSuffix(column, "At") || strings.HasSuffix(column, "Until") || strings.HasSuffix(column, "Expires"):
		return "2020-01-02T03:04:05Z"
	case strings.HasPrefix(column, "Is") || strings.HasSuffix(column, "Required") || strings.HasSuffix(column, "Enabled") || column == "BreakGlass" || column == "Administers":
		return true
	case strings.HasSuffix(column, "Count") || column == "Version" || column == "Weight":
		return 7
	case strings.HasSuffix(column, "s"):
		return []string{"tenant.admin"}
	default:
		return "injected"
	}
}

// everything is a body of all the columns at once, each with a value of its kind.
func everything(columns []string) string {
	body := map[string]any{}
	for _, column := range columns {
		body[column] = plausible(column)
	}
	text, _ := json.Marshal(body)
	return string(text)
}

// TestMassAssignmentByPeople does the same where people act for themselves and where nobody knows them yet: each column
// alone, of a kind that no field has and of its own beside what the route needs, and all of them at once.
func TestMassAssignmentByPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.send("POST", "/Common/Persons", fullPerson).is(201).text("PersonId")
	w.send("POST", users(id, "/Invite"), `{"SendInvitation":false,"Username":"ana"}`).is(201)
	w.sso(true)
	boss, err := w.engine.Roles.Create(t.Context(), operator(t, w.engine, "acme"), domain.NewRole{Name: "Boss", Permissions: []domain.Permission{domain.TenantAdmin}})
	require.NoError(t, err)
	_, err = w.engine.Appointments.ChangeRoles(t.Context(), operator(t, w.engine, "acme"), uuid.MustParse(id), domain.Moves{Add: []uuid.UUID{boss.ID}})
	require.NoError(t, err)
	session, columns := w.session("ana"), w.columnNames()
	before, routes := w.Snapshot(t), 0
	try := func(r *route, ask func(body string) int) {
		routes++
		assert.Equal(t, 400, ask(everything(columns)), "%s with all of them", r.name())
		for _, column := range columns {
			assert.Equal(t, 400, ask(fmt.Sprintf(`{%q:{"x":"injected"}}`, column)), "%s %s", r.name(), column)
			if column != "Username" && column != "Name" { // which are fields of Login and of passkeys
				alone, err := json.Marshal(map[string]any{column: plausible(column)})
				require.NoError(t, err)
				assert.Equal(t, 400, ask(string(alone)), "%s %s", r.name(), alone)
			}
		}
	}
	eachRoute(func(r *route) {
		if r.session && r.body != noBody {
			try(r, func(body string) int { return w.as(session, r.method, r.path(id), body).status })
		}
	})
	eachRoute(func(r *route) {
		if r.public && r.body != noBody {
			try(r, func(body string) int {
				w.wait(time.Minute) // strangers may ask no more often
				return w.as("", r.method, r.path(id), body, "X-Tenant", "acme").status
			})
		}
	})
	assert.Greater(t, routes, 8)
	assert.Equal(t, before, w.Snapshot(t))
}

// TestOwnedFieldsAreReadPast: what only the server sets may be sent, and stays what the server says.
func TestOwnedFieldsAreReadPast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const forged = "0198c5f0-0000-7000-8000-00000000000a"
	made := w.person(`"PersonId":"` + forged + `","Version":99,"CreatedAt":"2000-01-01T00:00:00Z","State":"Active","LegacyId":"1",
		"EmailAddresses":[{"EmailAddressId":"` + forged + `","Address":"a@b","VerifiedAt":"2000-01-01T00:00:00Z"}]`)
	shown := w.send("GET", persons(made), "").is(200)
	email := shown.at("EmailAddresses").([]any)[0].(map[string]any)
	assert.NotContains(t, shown.body, forged)
	assert.NotContains(t, shown.body, "2000-01-01")
	assert.EqualValues(t, 1, shown.at("Version"))
	assert.Nil(t, shown.at("LegacyId"))
	put := w.send("PUT", persons(made, "/EmailAddresses/", email["EmailAddressId"].(string)), `{"Address":"a@b","VerifiedAt":"2000-01-01T00:00:00Z","EmailAddressId":"`+forged+`"}`).is(200)
	assert.Equal(t, email["EmailAddressId"], put.text("EmailAddressId"))
	assert.Nil(t, put.at("VerifiedAt"))
	assert.Equal(t, `W/"1"`, put.header.Get("ETag"))
}
