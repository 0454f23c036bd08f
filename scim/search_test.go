package scim

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// world is a tenant of five users and three groups, and a neighbour with as many.
func world(t *testing.T, b *bridge) (users, groups []string) {
	t.Helper()
	beta := b.tenant(t, "beta", false, nil)
	for i := range 5 {
		users = append(users, b.acme.user(t, fmt.Sprintf("user%d", i)))
		beta.user(t, fmt.Sprintf("user%d", i))
	}
	for i := range 3 {
		groups = append(groups, b.acme.group(t, fmt.Sprintf("Group %d", i), users[i]))
		beta.group(t, fmt.Sprintf("Group %d", i))
	}
	return users, groups
}

func (a reply) ids() []string {
	ids := []string{}
	list, _ := a.at("Resources").([]any)
	for _, resource := range list {
		ids = append(ids, resource.(map[string]any)["id"].(string))
	}
	return ids
}

// TestSearchAnswersAsGet asks the same thing both ways.
func TestSearchAnswersAsGet(t *testing.T) { onEach(t, testSearchAnswersAsGet) }

func testSearchAnswersAsGet(t *testing.T, b *bridge) {
	world(t, b)
	for _, row := range []struct{ body, query string }{
		{`{}`, ``},
		{`{"schemas":["` + searchRequestURN + `"]}`, ``},
		{`{"SCHEMAS":["` + strings.ToUpper(searchRequestURN) + `"],"Count":2}`, `count=2`},
		{`{"schemas":null,"filter":null,"count":null,"attributes":null}`, ``},
		{`{"schemas":[],"filter":"","attributes":[],"excludedAttributes":[],"sortBy":"","sortOrder":""}`, ``},
		{`{"filter":"displayName sw \"group\""}`, `filter=displayName sw "group"`},
		{`{"startIndex":2,"count":1}`, `startIndex=2&count=1`},
		{`{"startIndex":-7,"count":0}`, `startIndex=-7&count=0`},
		{`{"count":100000000000000000000}`, `count=100000000000000000000`},
		{`{"attributes":["displayName","id"]}`, `attributes=displayName,id`},
		{`{"excludedAttributes":["members","emails","meta.created"]}`, `excludedAttributes=members,emails,meta.created`},
		{`{"sortBy":"id","sortOrder":"descending"}`, `sortBy=id&sortOrder=descending`},
		{`{"sortBy":"meta.created","sortOrder":"descending","count":3,"startIndex":2}`, `sortBy=meta.created&sortOrder=descending&count=3&startIndex=2`},
	} {
		for _, at := range []string{"", "/Users", "/Groups"} {
			get := b.acme.do(t, "GET", at+"?"+row.query, "").want(t, 200)
			search := b.acme.do(t, "POST", at+"/.search", row.body).want(t, 200)
			assert.Equal(t, get.Body.String(), search.Body.String(), "%s %s", at, row.body)
			both := b.acme.do(t, "POST", at+"/.search?"+row.query, row.body).want(t, 200)
			assert.Equal(t, get.Body.String(), both.Body.String(), "in the query as well: %s %s", at, row.body)
		}
	}
}

func TestSearchRefused(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	for name, row := range map[string]struct{ query, body, scimType, detail string }{
		"no object":               {"", `[]`, "invalidSyntax", "object"},
		"nothing":                 {"", ` `, "invalidSyntax", ""},
		"an unknown member":       {"", `{"filters":"id pr"}`, "invalidSyntax", "filters"},
		"a cursor that is none":   {"", `{"cursor":"x"}`, "invalidCursor", "cursor"},
		"twice":                   {"", `{"count":1,"Count":1}`, "invalidSyntax", "twice"},
		"another message":         {"", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}`, "invalidSyntax", searchRequestURN},
		"schemas that is no list": {"", `{"schemas":"` + searchRequestURN + `"}`, "invalidSyntax", searchRequestURN},
		"a filter that is none":   {"", `{"filter":["id pr"]}`, "invalidValue", "filter"},
		"a count in a string":     {"", `{"count":"5"}`, "invalidValue", "count"},
		"a broken count":          {"", `{"count":1.5}`, "invalidValue", "count"},
		"a boolean startIndex":    {"", `{"startIndex":true}`, "invalidValue", "startIndex"},
		"names in a string":       {"", `{"attributes":"id,userName"}`, "invalidValue", "attributes"},
		"a name that is none":     {"", `{"excludedAttributes":["id",1]}`, "invalidValue", "excludedAttributes"},
		"a filtered name":         {"", `{"attributes":["emails[type eq \"work\"]"]}`, "invalidPath", "emails"},
		"a bad filter":            {"", `{"filter":"id"}`, "invalidFilter", ""},
		"a long filter":           {"", `{"filter":"` + strings.Repeat("(", 3000) + `"}`, "invalidFilter", ""},
		"a bad order":             {"", `{"sortOrder":"up"}`, "invalidValue", "sortOrder"},
		"a bad sort":              {"", `{"sortBy":"shoeSize"}`, "invalidPath", "shoeSize"},
		"two filters":             {"filter=id+pr", `{"filter":"not (id pr)"}`, "invalidValue", "filter"},
		"two counts":              {"count=1", `{"count":2}`, "invalidValue", "count"},
		"two lists of names":      {"attributes=id", `{"attributes":["id","name"]}`, "invalidValue", "attributes"},
		"a parameter twice":       {"count=1&count=1", `{}`, "invalidValue", "count"},
	} {
		for _, at := range []string{"", "/Users", "/Groups"} {
			answer := b.acme.do(t, "POST", at+"/.search?"+row.query, row.body).want(t, 400)
			assert.Equal(t, row.scimType, answer.at("scimType"), "%s: %s", at, name)
			assert.Contains(t, answer.at("detail"), row.detail, "%s: %s", at, name)
		}
	}
	b.acme.do(t, "POST", "/.search", `{"filter":"`+strings.Repeat("x", maxSearch)+`"}`).want(t, 413)
	b.acme.do(t, "POST", "/Users/.search", `{}`, "Content-Type", "text/plain").want(t, 415)
	b.acme.do(t, "GET", "/Users/.search", "").want(t, 405)
}

// TestRootPages walks through all resources in pages of every size: each resource is there once, in one order.
func TestRootPages(t *testing.T) { onEach(t, testRootPages) }

func testRootPages(t *testing.T, b *bridge) {
	users, groups := world(t, b)
	want := append(users, groups...)
	for _, root := range []string{"", "/"} {
		assert.Equal(t, want, b.acme.do(t, "GET", root, "").want(t, 200).ids())
	}
	for size := 1; size <= len(want)+1; size++ {
		seen := []string{}
		for start := 1; start <= len(want); start += size {
			page := b.acme.do(t, "GET", fmt.Sprintf("?startIndex=%d&count=%d", start, size), "").want(t, 200)
			assert.EqualValues(t, len(want), page.at("totalResults"))
			assert.EqualValues(t, start, page.at("startIndex"))
			assert.EqualValues(t, len(page.ids()), page.at("itemsPerPage"))
			seen = append(seen, page.ids()...)
		}
		assert.Equal(t, want, seen, "pages of %d", size)
	}
	for query, total := range map[string]int{"count=0": 0, "startIndex=9": 0, "startIndex=8": 1, "startIndex=6&count=1": 1, "startIndex=9223372036854775808": 0} {
		page := b.acme.do(t, "GET", "?"+query, "").want(t, 200)
		assert.EqualValues(t, len(want), page.at("totalResults"), query)
		assert.Len(t, page.ids(), total, query)
	}
	full := b.acme.do(t, "GET", "", "").want(t, 200)
	for i, id := range want {
		at := "/Users/"
		if i >= len(users) {
			at = "/Groups/"
		}
		assert.Equal(t, b.acme.do(t, "GET", at+id, "").want(t, 200).body, full.at("Resources", i), "a resource looks as it does alone")
	}
}

// TestRootFilters compares what a filter on everything selects with what it means for each type.
func TestRootFilters(t *testing.T) { onEach(t, testRootFilters) }

func testRootFilters(t *testing.T, b *bridge) {
	users, groups := world(t, b)
	all := append(append([]string{}, users...), groups...)
	for filter, want := range map[string][]string{
		`meta.resourceType eq "User"`:                           users,
		`meta.resourceType eq "Group"`:                          groups,
		`meta.resourceType ne "Group"`:                          users,
		`schemas eq "` + groupURN + `"`:                         groups,
		`schemas eq "` + enterpriseURN + `"`:                    {},
		`meta.created gt "2020-01-01T00:00:00Z"`:                all,
		`id eq "` + users[1] + `" or id eq "` + groups[2] + `"`: {users[1], groups[2]},
		`id eq "` + uuid.NewString() + `"`:                      {},
		`displayName eq "user3" or displayName eq "group 1"`:    {users[3], groups[1]},
		`userName pr`:         users,
		`not (userName pr)`:   groups,
		`userName ne "user2"`: {users[0], users[1], users[3], users[4], groups[0], groups[1], groups[2]},
		`userName eq "user2" or members.value eq "` + users[1] + `"`: {users[2], groups[1]},
		`userName eq null`: groups,
		`userName ne null`: users,
		`userName sw "user" and displayName sw "group"`:                       {},
		`emails[type eq "work" and value sw "user4"]`:                         {users[4]},
		`not (emails[type eq "work"])`:                                        groups,
		`members pr`:                                                          groups,
		`members[value eq "` + users[0] + `"]`:                                {groups[0]},
		`groups.value eq "` + groups[1] + `"`:                                 {users[1]},
		`active eq true`:                                                      users,
		`active gt true or id pr`:                                             nil,
		userURN + `:userName eq "user0"`:                                      {users[0]},
		groupURN + `:displayName co "1"`:                                      {groups[1]},
		userURN + `:displayName co "1"`:                                       {users[1]},
		enterpriseURN + `:department ne "x" and meta.resourceType eq "Group"`: groups,
		`shoeSize eq 38`:                                                      nil,
		`members.shoeSize eq 38`:                                              nil,
		`emails[shoeSize eq 38]`:                                              nil,
		accessURN + `:externalLoginUsername pr`:                               nil, // there is no SSO
	} {
		answer := b.acme.do(t, "GET", "/?filter="+url.QueryEscape(filter), "")
		if want == nil {
			assert.Equal(t, "invalidFilter", answer.want(t, 400).at("scimType"), filter)
			continue
		}
		assert.Equal(t, want, answer.want(t, 200).ids(), filter)
		assert.EqualValues(t, len(want), answer.at("totalResults"), filter)
	}
}

func TestRootSortAndProjection(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	users, groups := world(t, b)
	backwards := []string{users[4], users[3], users[2], users[1], users[0]}
	for query, want := range map[string][]string{
		"sortBy=userName&sortOrder=descending":    append(append([]string{}, backwards...), groups...),
		"sortBy=displayName&sortOrder=descending": append(append([]string{}, backwards...), groups[2], groups[1], groups[0]),
		"sortBy=displayName":                      append(append([]string{}, users...), groups...),
	} {
		assert.Equal(t, want, b.acme.do(t, "GET", "/?"+query, "").want(t, 200).ids(), query)
	}
	for _, path := range []string{"shoeSize", "members", "emails", "emails["} {
		require.NotEmpty(t, b.acme.do(t, "GET", "/?sortBy="+url.QueryEscape(path), "").want(t, 400).at("scimType"), path)
	}
	answer := b.acme.do(t, "GET", "/?attributes=userName,members.value&startIndex=5&count=2", "").want(t, 200)
	assert.ElementsMatch(t, []string{"schemas", "id", "userName"}, keys(answer.at("Resources", 0).(map[string]any)))
	assert.ElementsMatch(t, []string{"schemas", "id", "members"}, keys(answer.at("Resources", 1).(map[string]any)))
}
