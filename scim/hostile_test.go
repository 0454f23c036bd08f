package scim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// injections are texts that mean something to a database, a pattern or a path into JSON.
var injections = []string{`' OR 1=1 --`, `'; DROP TABLE person; --`, `%`, `_`, `%%`, `a%`, `\`, `\%`, `\\`, `"`, `''`, `')`, `$.value`, `$1`, `?`, `{lock}`,
	`*`, `[0]`, `{"a":1}`, "a\nb", "\u2028", "NULL", "null", "true", "0", "-1", "1e309", "ⅷ", "\u0131", "İ", "ß", "K", "ana\u200b", "🙂"}

// naughtyStrings are the texts that go wrong elsewhere; none where the corpus is not there.
func naughtyStrings(t testing.TB) (list []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "corpora", "strings", "blns.json"))
	if err == nil {
		require.NoError(t, json.Unmarshal(text, &list))
	}
	return list
}

// everyone are the people whom filters are compared on, and what a condition says of them in memory.
func (b *bridge) everyone(t *testing.T) []*domain.Person {
	t.Helper()
	b.acme.do(t, "POST", "/Users", full).want(t, 201)
	b.acme.do(t, "POST", "/Users", `{"userName":"ana@example.org","externalId":"Ext-1","name":{"givenName":"Ana"},"emails":[{"value":"Ana@Example.org","type":"work"},{"value":"ana@home.example","type":"home"}]}`).want(t, 201)
	off := b.acme.do(t, "POST", "/Users", `{"userName":"off","active":false,"phoneNumbers":["+1 555 0100"],"addresses":[{"type":"work","locality":"Rio"}]}`).want(t, 201)
	b.acme.do(t, "POST", "/Groups", `{"displayName":"Ops","members":[{"value":"`+off.id()+`"}]}`).want(t, 201)
	for i, nick := range injections {
		quoted, err := json.Marshal(nick)
		require.NoError(t, err)
		b.acme.do(t, "POST", "/Users", fmt.Sprintf(`{"userName":"n%d","nickName":%s,"photos":[{"value":%s,"type":"photo"}]}`, i, quoted, quoted)).want(t, 201)
	}
	return b.people(t)
}

// people are the users of the tenant.
func (b *bridge) people(t *testing.T) []*domain.Person {
	t.Helper()
	caller := domain.Caller{Tenant: b.acme.credential.Tenant, Connection: b.acme.credential.Connection, Door: domain.DoorScim, Permissions: domain.ScimPermissions(domain.ReadOnly)}
	everybody, err := b.engine.Directory.Users(t.Context(), caller, domain.Query{Who: domain.Linked, Count: 100, With: domain.WithGroups})
	require.NoError(t, err)
	return everybody.Items
}

// agrees demands that the door finds whom the filter finds in memory, and tells how many those are.
func (b *bridge) agrees(t require.TestingT, everybody []*domain.Person, text string) int {
	condition, err := compileFilter(userType, text, view{base: testURL + Prefix, now: time.Now()})
	require.NoError(t, err, text)
	want := []string{}
	for _, p := range everybody {
		if condition.Holds(p, time.Now()) {
			want = append(want, p.ID.String())
		}
	}
	r := httptest.NewRequest("GET", Prefix+"/Users?count=200&attributes=id&filter="+url.QueryEscape(text), nil)
	r.Header.Set("Authorization", "Bearer "+b.acme.token)
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code, "%s: %s", text, w.Body)
	var page struct{ Resources []struct{ ID string } }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
	got := []string{}
	for _, user := range page.Resources {
		got = append(got, user.ID)
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got, text)
	return len(got)
}

// TestFiltersAgreeEverywhere compares what the databases make of filters with what the conditions are in memory: every
// attribute by every operator, combinations that are drawn, and values that would break out of a statement.
func TestFiltersAgreeEverywhere(t *testing.T) { onEach(t, testFiltersAgreeEverywhere) }

func testFiltersAgreeEverywhere(t *testing.T, b *bridge) {
	everybody := b.everyone(t)
	found := 0
	for _, text := range storeFilters {
		found += b.agrees(t, everybody, text)
	}
	assert.Greater(t, found, len(storeFilters), "filters that find nobody prove nothing")
	values := slices.Concat(injections, naughtyStrings(t))
	for n, value := range values {
		quoted, err := json.Marshal(value)
		require.NoError(t, err)
		operator := []string{"eq", "co", "sw", "ew", "ne"}[n%5]
		if len(quoted) < 1500 {
			b.agrees(t, everybody, "nickName "+operator+" "+string(quoted))
			b.agrees(t, everybody, "photos[type eq \"photo\" and value "+operator+" "+string(quoted)+"]")
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.SampledFrom(storeFilters).Draw(r, "first")
		for range rapid.IntRange(1, 3).Draw(r, "more") {
			next := rapid.SampledFrom(storeFilters).Draw(r, "next")
			text = rapid.SampledFrom([]string{"%s and %s", "%s or %s", "not (%s) or %s", "(%s) and not (%s)"}).Draw(r, "joined by")
			text = fmt.Sprintf(text, next, rapid.SampledFrom(storeFilters).Draw(r, "last"))
		}
		b.agrees(r, everybody, text)
	})
}

// TestFilterPathsAreNoWayIn writes the texts where a filter has an attribute.
func TestFilterPathsAreNoWayIn(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	b.acme.user(t, "ana")
	for _, path := range slices.Concat(injections, naughtyStrings(t), []string{"password", "person.id", "tenant_id", "1", "userName--", "userName/**/", "(select 1)"}) {
		for _, text := range []string{path + ` eq "x"`, path + ` pr`, `emails[` + path + ` eq "x"]`, `userName eq ` + path} {
			answer := b.acme.do(t, "GET", "/Users?filter="+url.QueryEscape(text), "")
			if answer.Code == 200 {
				assert.Zero(t, len(answer.at("Resources").([]any)), "%q finds somebody", text)
				continue
			}
			assert.Equal(t, "invalidFilter", answer.want(t, 400).at("scimType"), text)
		}
		assert.Contains(t, []int{200, 400}, b.acme.do(t, "GET", "/Users?sortBy="+url.QueryEscape(path), "").Code, path)
	}
}

// likeNames are names that people, locales and collations take for each other or don't.
var likeNames = func() (list []string) {
	for _, root := range []string{"ana", "straße", "STRASSE", "straẞe", "İstanbul", "istanbul", "ıstanbul", "Istanbul", "Kelvin", "\u212Aelvin", "kelvin", "ſister", "sister",
		"Σίσυφος", "σίσυφοσ", "ΣΊΣΥΦΟΣ", "ﬁle", "file", "ａna", "ÅNGSTRÖM", "ångström", "a\u030angstro\u0308m", "\u212Bngström", "ǅ", "ǆ", "日本", "ñandú", "ｱ", "ア", "é", "e\u0301", "É"} {
		for _, variant := range []string{root, strings.ToUpper(root), strings.ToLower(root), root + "x", root + "\u00ad", "x" + root} {
			if !slices.Contains(list, variant) {
				list = append(list, variant)
			}
		}
	}
	return list
}()

// TestKeysFoldAlikeOnBothDatabases creates users whose names are alike or not: more than 10,000 pairs, and of each pair
// both databases say what domain.Fold says.
func TestKeysFoldAlikeOnBothDatabases(t *testing.T) { onEach(t, testKeysFoldAlike) }

func testKeysFoldAlike(t *testing.T, b *bridge) {
	require.Greater(t, len(likeNames)*(len(likeNames)-1)/2, 10_000)
	first := map[string]string{}
	for _, name := range likeNames {
		quoted, err := json.Marshal(name)
		require.NoError(t, err)
		answer := b.acme.do(t, "POST", "/Users", `{"userName":`+string(quoted)+`}`)
		if taken := first[domain.Fold(name)]; taken != "" {
			assert.Equal(t, 409, answer.Code, "%q is %q", name, taken)
		} else {
			assert.Equal(t, 201, answer.Code, "%q: %s", name, answer.Body)
			first[domain.Fold(name)] = answer.id()
		}
		found := b.acme.do(t, "GET", "/Users?attributes=id&filter="+url.QueryEscape("userName eq "+string(quoted)), "").want(t, 200)
		assert.Equal(t, first[domain.Fold(name)], found.at("Resources", 0, "id"), "%q", name)
	}
}

// TestColumnsAreNoAttributes adds each column of the schema, and what attackers try, to each body: nothing happens that
// doesn't happen without it.
func TestColumnsAreNoAttributes(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	rows, err := b.Raw.Query("SELECT DISTINCT c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1")
	require.NoError(t, err)
	defer rows.Close()
	names := []string{"isAdmin", "tenantId", "createdAt", "ssoId", "mfaEnrolled", "passwordHash", "locator", "permissions", "isProtected", "emailVerified"}
	for rows.Next() {
		var column string
		require.NoError(t, rows.Scan(&column))
		var camel strings.Builder
		for part := range strings.SplitSeq(column, "_") {
			camel.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
		names = append(names, column, strings.ToLower(camel.String()[:1])+camel.String()[1:])
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(names), 200)
	user, group := b.acme.user(t, "ana"), b.acme.group(t, "Ops")
	b.acme.do(t, "PUT", "/Users/"+user, `{"userName":"ana","displayName":"A","emails":[{"value":"ana@example.org","type":"work","primary":true}]}`).want(t, 200)
	before := b.Snapshot(t)
	for _, name := range names {
		if userType.row(name) != nil || groupType.row(name) != nil {
			continue // an attribute, with its own rule
		}
		field := `"` + name + `":"injected"`
		for path, body := range map[string]string{
			"PUT /Users/" + user:     `{"userName":"ana","displayName":"A","emails":[{"value":"ana@example.org","type":"work","primary":true,` + field + `}],` + field + `}`,
			"PATCH /Users/" + user:   `{"Operations":[{"op":"replace","value":{"` + enterpriseURN + `":{` + field + `}}}],` + field + `}`,
			"PUT /Groups/" + group:   `{"displayName":"Ops","members":[],` + field + `}`,
			"PATCH /Groups/" + group: `{"Operations":[],` + field + `}`,
		} {
			method, path, _ := strings.Cut(path, " ")
			answer := b.acme.do(t, method, path, body)
			assert.Less(t, answer.Code, 500, "%s %s", path, body)
			assert.NotContains(t, answer.Body.String(), `"injected"`, "%s %s", path, body)
		}
	}
	after := b.Snapshot(t)
	delete(before, "connection")
	delete(after, "connection") // which notes what it was sent in vain
	assert.Equal(t, before, after)
}

// TestPatchesAreBounded sends a little less and a little more than a PATCH may hold; what is over leaves nothing.
func TestPatchesAreBounded(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	user, group := b.acme.user(t, "ana"), b.acme.group(t, "Ops")
	repeated := func(n int, part string) string { return strings.TrimSuffix(strings.Repeat(part+",", n), ",") }
	member := `{"value":"` + user + `"}`
	add := `{"op":"add","path":"members","value":[` + member + `]}`
	remove := `{"op":"remove","path":"members[value eq \"` + user + `\"]"}`
	b.acme.do(t, "PATCH", "/Groups/"+group, `{"Operations":[`+repeated(maxOperations/2, add+","+remove)+`]}`).want(t, 204)
	assert.Empty(t, b.acme.members(t, group))
	before := b.Snapshot(t)
	for path, body := range map[string]string{
		"/Groups/" + group + "?a=1": `{"Operations":[` + repeated(maxOperations+1, add) + `]}`,
		"/Groups/" + group + "?a=2": `{"Operations":[{"op":"add","path":"members","value":[` + manyMembers(maxPatchMembers+1) + `]}]}`,
		"/Groups/" + group + "?a=3": `{"Operations":[` + add + `],"x":"` + strings.Repeat("x", maxBody) + `"}`,
		"/Users/" + user:            `{"Operations":[` + repeated(100_000, `{"op":"add","path":"title","value":"x"}`) + `]}`,
	} {
		answer := b.acme.do(t, "PATCH", path, body).want(t, 413)
		assert.Equal(t, "413", answer.at("status"))
	}
	b.unchanged(t, before)
}

// hostileBodies are what no client sends by mistake.
var hostileBodies = []string{
	``, ` `, `null`, `true`, `0`, `"x"`, `[]`, `{}`, `{`, `}`, `[[[[`, `{"a":`, "\x00", "\xff\xfe{}", "\uFEFF{}", `{}{}`, `{"a":1,"A":2}`, `{"":""}`, `{"\u0000":1}`, `{"userName":"\ud800"}`,
	`{"userName":{"userName":{}}}`, `{"userName":["a","b"]}`, `{"userName":1e999}`, `{"userName":true,"active":"perhaps"}`, `{"displayName":[],"members":{}}`, `{"members":[null,[],{},"x",1]}`,
	`{"Operations":null}`, `{"Operations":[null]}`, `{"Operations":[[]]}`, `{"Operations":[{}]}`, `{"Operations":[{"op":null}]}`, `{"Operations":[{"op":"add"}]}`, `{"Operations":{"op":"add"}}`,
	`{"Operations":[{"op":"remove","path":""}]}`, `{"Operations":[{"op":"replace","path":"[","value":1}]}`, `{"Operations":[{"op":"replace","path":"emails[type eq","value":1}]}`,
	`{"Operations":[{"op":"add","value":"not json"}]}`, `{"Operations":[{"op":"add","value":"{\"userName\":{}}"}]}`, `{"Operations":[{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"bulkId:a"}}]}`,
	`{"Operations":[{"method":"GET","path":"/Users"}]}`, `{"Operations":[{"method":"DELETE","path":"../../etc"}]}`, `{"Operations":[{"method":"POST","path":"/Bulk","bulkId":"x","data":{}}]}`,
	`{"failOnErrors":-1,"Operations":[]}`, `{"failOnErrors":"x"}`, `{"startIndex":-9223372036854775808,"count":9223372036854775807}`, `{"startIndex":1e30,"count":"1"}`, `{"cursor":1}`, `{"filter":1}`,
	`{"filter":"((((((","sortBy":"emails[","attributes":["a[b]"],"excludedAttributes":5}`, `{"schemas":5,"meta":5,"id":{},"externalId":[]}`,
}

// TestNoInputEndsTheProcess sends hostile bodies, parameters and headers to every route. Each is answered, in our words.
func TestNoInputEndsTheProcess(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	bodies := slices.Concat(hostileBodies, []string{strings.Repeat("[", 1_000_000), strings.Repeat(`{"a":`, 1_000_000), `{"filter":"` + strings.Repeat("(", 100_000) + `"}`})
	for _, text := range naughtyStrings(t) {
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		bodies = append(bodies, `{"userName":`+string(quoted)+`,"displayName":`+string(quoted)+`,"filter":`+string(quoted)+`,"Operations":[{"op":"add","path":`+string(quoted)+`,"value":"x"}]}`)
	}
	queries := []string{"", "?filter=%00", "?filter=" + strings.Repeat("(", 3000), "?count=9223372036854775808&startIndex=-9223372036854775809", "?count=-0", "?cursor=%ff", "?cursor=" + strings.Repeat("A", 5000),
		"?attributes=" + strings.Repeat("a,", 3000), "?sortBy=emails[type eq \"x\"]&sortOrder=up", "?%gg", "?filter=a&filter=b", "?;", "?filter=not%20not"}
	headers := [][]string{nil, {"If-Match", "W/\"" + strings.Repeat("9", 4000) + "\""}, {"If-None-Match", "\x01"}, {"Content-Type", "application/json; charset=\"\""}, {"Accept", "*/"}}
	sent := 0
	for _, row := range routes() {
		user, group := b.acme.victim(t)
		path := strings.NewReplacer("/Users/{id}", "/Users/"+user, "/Groups/{id}", "/Groups/"+group, "{name}", "User").Replace(row.pattern)
		for i, body := range bodies {
			if row.method == "GET" && i > len(queries) {
				break
			}
			answer := b.acme.do(t, row.method, path+queries[i%len(queries)], body, headers[i%len(headers)]...)
			assert.True(t, answer.Code < 500 || answer.Code == http.StatusNotImplemented, "%s %s %.80q: %d", row.method, path, body, answer.Code)
			if answer.Code >= 400 {
				assert.NotEmpty(t, answer.at("detail"), "%s %s %.80q", row.method, path, body)
			}
			sent++
		}
	}
	assert.Greater(t, sent, 1000)
	b.acme.do(t, "GET", "/Users?count=0", "").want(t, 200)
}

// victim makes a user and a group of their own, for a route that may delete them.
func (c *connector) victim(t *testing.T) (user, group string) {
	t.Helper()
	name := fmt.Sprintf("victim%d", time.Now().UnixNano())
	return c.user(t, name), c.group(t, name)
}
