package scim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// foreignPlaces are all places of a request that can hold an id, but for the path. USER, GROUP and ORG stand for ids
// that may be another tenant's, OWN and TEAM for a user and a group of the caller, NEW for a fresh name.
var foreignPlaces = []struct{ name, method, path, body string }{
	{"a filter by id", "GET", `/Users?filter=id eq "USER"`, ``},
	{"a filter by part of the id", "GET", `/Users?filter=id co "USER"`, ``},
	{"a filter by place", "GET", `/Users?filter=meta.location eq "` + testURL + `/scim/v2/Users/USER"`, ``},
	{"a filter by group", "GET", `/Users?filter=groups.value eq "GROUP"`, ``},
	{"a filter by manager", "GET", `/Users?filter=` + enterpriseURN + `:manager.value eq "USER"`, ``},
	{"a filter on groups by id", "GET", `/Groups?filter=id eq "GROUP"`, ``},
	{"a filter by member", "GET", `/Groups?filter=members.value eq "USER"`, ``},
	{"the member of a new group", "POST", "/Groups", `{"displayName":"NEW","members":[{"value":"USER"}]}`},
	{"a reference beside the member", "POST", "/Groups", `{"displayName":"NEW","members":[{"value":"OWN","$ref":"` + testURL + `/scim/v2/Users/USER"}]}`},
	{"the member of a replaced group", "PUT", "/Groups/TEAM", `{"displayName":"Team","members":[{"value":"USER"}]}`},
	{"the id of a replaced group", "PUT", "/Groups/TEAM", `{"id":"GROUP","displayName":"Team"}`},
	{"a member added", "PATCH", "/Groups/TEAM", `{"Operations":[{"op":"add","path":"members","value":[{"value":"USER"}]}]}`},
	{"a member added without a path", "PATCH", "/Groups/TEAM", `{"Operations":[{"op":"add","value":{"members":[{"value":"USER"}]}}]}`},
	{"members replaced", "PATCH", "/Groups/TEAM", `{"Operations":[{"op":"replace","path":"members","value":[{"value":"USER"}]}]}`},
	{"a member removed", "PATCH", "/Groups/TEAM", `{"Operations":[{"op":"remove","path":"members","value":[{"value":"USER"}]}]}`},
	{"a member removed by filter", "PATCH", "/Groups/TEAM", `{"Operations":[{"op":"remove","path":"members[value eq \"USER\"]"}]}`},
	{"the id inside a group's operation", "PATCH", "/Groups/TEAM", `{"Operations":[{"op":"replace","value":{"id":"GROUP"}}]}`},
	{"the id of a new user", "POST", "/Users", `{"userName":"NEW","id":"USER","meta":{"location":"` + testURL + `/scim/v2/Users/USER"}}`},
	{"the externalId of a new user", "POST", "/Users", `{"userName":"NEW","externalId":"USER"}`},
	{"the groups of a new user", "POST", "/Users", `{"userName":"NEW","groups":[{"value":"GROUP"}]}`},
	{"the manager of a new user", "POST", "/Users", `{"userName":"NEW","` + enterpriseURN + `":{"manager":{"value":"USER"}}}`},
	{"the manager of a user", "PATCH", "/Users/OWN", `{"Operations":[{"op":"add","path":"` + enterpriseURN + `:manager","value":"USER"}]}`},
	{"an organization", "PATCH", "/Users/OWN", `{"Operations":[{"op":"add","path":"` + accessURN + `:organizationIds","value":["ORG"]}]}`},
	{"a provider", "PATCH", "/Users/OWN", `{"Operations":[{"op":"add","path":"` + accessURN + `:identityProviderId","value":"ORG"}]}`},
	{"the id of a replaced user", "PUT", "/Users/OWN", `{"id":"USER","userName":"own","emails":[{"value":"own@example.org","type":"work"}]}`},
	{"the id by path", "PATCH", "/Users/OWN", `{"Operations":[{"op":"replace","path":"id","value":"USER"}]}`},
}

// TestTenantsDoNotMeet sends ids of another tenant in every place: the answers are those for ids that nobody has, and
// no row of the other tenant changes. Both tenants have people and groups of the same names.
func TestTenantsDoNotMeet(t *testing.T) { onEach(t, testTenantsDoNotMeet) }

func testTenantsDoNotMeet(t *testing.T, b *bridge) {
	beta := b.tenant(t, "beta", false, nil)
	own, team := b.acme.user(t, "own"), b.acme.group(t, "Team")
	user := beta.user(t, "own")
	group, organization := beta.group(t, "Team", user), uuid.New()
	b.AddOrganization(t, beta.credential.Tenant, organization, "Sales")
	before := b.rowsOf(t, beta)
	answer := func(place struct{ name, method, path, body string }, fresh, user, group, organization string) string {
		fill := strings.NewReplacer("USER", user, "GROUP", group, "ORG", organization, "OWN", own, "TEAM", team, "NEW", fresh)
		got := b.acme.do(t, place.method, fill.Replace(place.path), fill.Replace(place.body))
		assert.NotEqual(t, 500, got.Code, place.name)
		if got.Code < 300 && place.method != "GET" {
			b.acme.do(t, "PUT", "/Groups/"+team, `{"displayName":"Team"}`).want(t, 200)
		}
		return fmt.Sprint(got.Code, " ", strings.NewReplacer(user, "USER", group, "GROUP", organization, "ORG", fresh, "NEW").Replace(got.Body.String()))
	}
	for i, place := range foreignPlaces {
		foreign := answer(place, fmt.Sprintf("foreign%d", i), user, group, organization.String())
		unknown := answer(place, fmt.Sprintf("unknown%d", i), uuid.NewString(), uuid.NewString(), uuid.NewString())
		assert.Equal(t, stripped(unknown), stripped(foreign), place.name)
	}
	for _, row := range routes() {
		if !strings.Contains(row.pattern, "{id}") {
			continue
		}
		body := map[string]string{"PUT": `{"userName":"x","displayName":"x"}`, "PATCH": `{"Operations":[{"op":"add","path":"externalId","value":"x"}]}`}[row.method]
		foreign := b.acme.do(t, row.method, strings.NewReplacer("/Users/{id}", "/Users/"+user, "/Groups/{id}", "/Groups/"+group).Replace(row.pattern), body).want(t, 404)
		unknown := b.acme.do(t, row.method, row.filled(uuid.NewString()), body).want(t, 404)
		assert.Equal(t, unknown.Body.String(), foreign.Body.String(), row.pattern)
		assert.Equal(t, unknown.Header(), foreign.Header(), row.pattern)
	}
	assert.Equal(t, before, b.rowsOf(t, beta), "the other tenant's rows")
}

var volatile = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+Z|W/\\"\d+\\"`)

// stripped leaves out of an answer what differs from one request to the next anyway.
func stripped(answer string) string { return volatile.ReplaceAllString(answer, "*") }

// rowsOf are all rows of a connector's tenant.
func (b *bridge) rowsOf(t testing.TB, c *connector) []string {
	t.Helper()
	tenant := c.credential.Tenant.String()
	mark := strings.NewReplacer("tenant_id="+tenant, "*", "tenant_id="+strings.ReplaceAll(tenant, "-", ""), "*") // each database in its way
	var rows []string
	for table, lines := range b.Snapshot(t) {
		for _, line := range lines {
			if mark.Replace(line) != line {
				rows = append(rows, table+" "+lastSeen.ReplaceAllString(line, ""))
			}
		}
	}
	slices.Sort(rows)
	require.NotEmpty(t, rows)
	return rows
}

// TestNamesOfOtherTenantsAreFree creates what another tenant has already.
func TestNamesOfOtherTenantsAreFree(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	beta := b.tenant(t, "beta", false, nil)
	body := `{"userName":"ana","externalId":"x","emails":[{"value":"ana@example.org","primary":true}],"` + enterpriseURN + `":{"employeeNumber":"7"}}`
	theirs := beta.do(t, "POST", "/Users", body).want(t, 201).id()
	ours := b.acme.do(t, "POST", "/Users", body).want(t, 201).id()
	assert.NotEqual(t, theirs, ours)
	beta.group(t, "Ops", theirs)
	b.acme.group(t, "Ops", ours)
	for _, path := range []string{"/Users", "/Groups"} {
		assert.EqualValues(t, 1, b.acme.do(t, "GET", path, "").want(t, 200).at("totalResults"), path)
	}
	for _, header := range []string{"X-Tenant", "X-Tenant-Id", "Tenant", "X-Forwarded-Host", "Host"} {
		answer := b.acme.do(t, "GET", "/Users", "", header, "beta").want(t, 200)
		assert.Equal(t, ours, answer.at("Resources", 0, "id"), header)
	}
}

// TestConnectionsOfATenant hides from one connection what another one deleted, and nothing else.
func TestConnectionsOfATenant(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	_, err := b.engine.Administration.CreateConnection(t.Context(), operator(t, b.engine, "acme"), "second", nil)
	require.NoError(t, err)
	second := b.connector(t, "acme", domain.NewCredential{Connection: "second"})
	id := b.acme.user(t, "ana")
	b.acme.do(t, "PATCH", "/Users/"+id, `{"Operations":[{"op":"add","path":"externalId","value":"key"}]}`).want(t, 200)
	assert.Nil(t, second.do(t, "GET", "/Users/"+id, "").want(t, 200).at("externalId"), "keys are a connection's own")
	assert.EqualValues(t, 0, second.do(t, "GET", `/Users?filter=externalId eq "key"`, "").at("totalResults"))
	b.acme.do(t, "DELETE", "/Users/"+id, "").want(t, 204)
	assert.Equal(t, false, second.do(t, "GET", "/Users/"+id, "").want(t, 200).at("active"))
}
