package scim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/web"
)

// TestBulkIsAsOneByOne sends the same random operations as a Bulk and one after the other, to tenants that are alike:
// the outcomes are the same, and so are the users in the end.
func TestBulkIsAsOneByOne(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		twins := make([]*connector, 2)
		people := make([][]string, 2)
		for n := range twins {
			twins[n] = b.tenant(t, fmt.Sprintf("twin%d-%d", round, n), false, nil)
			for i := range 3 {
				people[n] = append(people[n], twins[n].user(t, fmt.Sprintf("name%d", i)))
			}
		}
		plan := rapid.SliceOfN(rapid.Custom(drawStep), 1, 8).Draw(rt, "operations")
		var operations, alone, together []string
		for i, step := range plan {
			path := step.path(people[0])
			operations = append(operations, operationOf(step.method, path, fmt.Sprint("id", i), step.body(i)))
			alone = append(alone, fmt.Sprint(twins[1].do(t, step.method, step.path(people[1]), step.body(i)).Code))
		}
		together = twins[0].bulk(t, operations...).statuses()
		require.Equal(rt, alone, together)
		require.Equal(rt, twins[1].everybody(t), twins[0].everybody(t))
	})
}

// bulkStep is one random operation on one of three users, or on nobody.
type bulkStep struct {
	method     string
	user, name int
}

func drawStep(t *rapid.T) bulkStep {
	return bulkStep{rapid.SampledFrom([]string{"POST", "POST", "PUT", "PATCH", "PATCH", "DELETE"}).Draw(t, "method"),
		rapid.IntRange(0, 2).Draw(t, "user"), rapid.IntRange(0, 5).Draw(t, "name")}
}

func (s bulkStep) path(people []string) string {
	if s.method == "POST" {
		return "/Users"
	}
	return "/Users/" + people[s.user]
}

func (s bulkStep) body(i int) string {
	switch s.method {
	case "PATCH":
		return []string{
			fmt.Sprintf(`{"Operations":[{"op":"replace","path":"userName","value":"name%d"}]}`, i%6),
			`{"Operations":[{"op":"replace","path":"active","value":false}]}`,
			`{"Operations":[{"op":"replace","path":"active","value":true}]}`,
			fmt.Sprintf(`{"Operations":[{"op":"replace","path":"nickName","value":"nick%d"}]}`, i),
			`{"Operations":[{"op":"replace","path":"userName","value":""}]}`,
			fmt.Sprintf(`{"Operations":[{"op":"replace","value":{"emails[type eq \"work\"].value":"%d@example.org"}}]}`, i%3),
		}[s.name]
	case "DELETE":
		return ""
	default:
		return fmt.Sprintf(`{"userName":"name%d","nickName":"nick%d","emails":[{"value":"%d@example.org"}]}`, s.name, i, i)
	}
}

// everybody tells what the connector sees of its users, in the order of their names.
func (c *connector) everybody(t testing.TB) (lines []string) {
	t.Helper()
	list := c.do(t, "GET", "/Users?sortBy=userName&attributes=userName,nickName,active,meta.version", "").want(t, 200)
	for i := range list.ids() {
		lines = append(lines, fmt.Sprint(list.at("Resources", i, "userName"), list.at("Resources", i, "nickName"), list.at("Resources", i, "active"),
			list.at("Resources", i, "meta", "version")))
	}
	return lines
}

// TestBulkNamesNobodyElse sends ids of another tenant in every place of a Bulk, and of other resources in bodies: the
// answers are those for ids that nobody has, and no row of the other tenant changes.
func TestBulkNamesNobodyElse(t *testing.T) { onEach(t, testBulkNamesNobodyElse) }

func testBulkNamesNobodyElse(t *testing.T, b *bridge) {
	beta := b.tenant(t, "beta", false, nil)
	own, team := b.acme.user(t, "own"), b.acme.group(t, "Team")
	user := beta.user(t, "own")
	group := beta.group(t, "Team", user)
	theirs, ours := b.rowsOf(t, beta), b.Snapshot(t)
	bulk := func(user, group string) reply {
		var operations []string
		for _, method := range []string{"PUT", "PATCH", "DELETE"} {
			operations = append(operations,
				operationOf(method, "/Users/"+user, "", `{"userName":"x","Operations":[{"op":"add","path":"nickName","value":"x"}]}`),
				operationOf(method, "/Groups/"+group, "", `{"displayName":"x","Operations":[{"op":"add","path":"externalId","value":"x"}]}`))
		}
		operations = append(operations,
			operationOf("POST", "/Groups", "x", `{"displayName":"x","members":`+memberList(user)+`}`),
			operationOf("PATCH", "/Groups/"+team, "", `[{"op":"add","path":"members","value":`+memberList(user)+`}]`),
			operationOf("PUT", "/Groups/"+team, "", `{"displayName":"Team","members":`+memberList(own, user)+`}`))
		return b.acme.bulk(t, operations...)
	}
	foreign, unknown := bulk(user, group), bulk(uuid.NewString(), uuid.NewString())
	assert.Equal(t, []string{"404", "404", "404", "404", "404", "404", "400", "400", "400"}, foreign.statuses())
	assert.Equal(t, stripped(unknown.Body.String()), stripped(foreign.Body.String()))
	b.unchanged(t, ours)
	alien := `"id":"` + own + `","meta":{"location":"` + testURL + `/scim/v2/Users/` + user + `","version":"W/\"99\""},"groups":[{"value":"` + group + `"}],"password":"Pa55-w0rd",`
	answer := b.acme.bulk(t,
		operationOf("POST", "/Users", "a", `{`+alien+`"userName":"a"}`),
		operationOf("PUT", "/Users/bulkId:a", "", `{`+alien+`"userName":"a","nickName":"n","emails":[{"value":"a@example.org"}]}`),
		operationOf("PATCH", "/Users/bulkId:a", "", `{`+alien+`"Operations":[{"op":"replace","value":{`+alien+`"nickName":"m"}}]}`),
		operationOf("PUT", "/Groups/"+team, "", `{`+alien+`"displayName":"Team 2"}`))
	assert.Equal(t, []string{"201", "200", "200", "200"}, answer.statuses(), answer.Body.String())
	assert.NotContains(t, []string{own, user}, answer.created(t, 0))
	assert.Equal(t, `W/"1"`, b.acme.do(t, "GET", "/Users/"+own, "").want(t, 200).Header().Get("Etag"))
	assert.Equal(t, "Team 2", b.acme.do(t, "GET", "/Groups/"+team, "").want(t, 200).at("displayName"))
	assert.Equal(t, theirs, b.rowsOf(t, beta), "the other tenant's rows")
	for table, rows := range b.Snapshot(t) {
		assert.NotContains(t, strings.Join(rows, "\n"), "Pa55-w0rd", table)
	}
}

// TestBulkOutlivesTheServer stops the server while it does a Bulk: the client gets the whole answer, and all of it is
// stored.
func TestBulkOutlivesTheServer(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	hall := web.NewHall(web.Config{Doors: []web.Door{{Name: "scim", Prefix: "/scim", Handler: b.handler, Refuse: Refuse}}})
	listener, err := web.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- hall.Serve(ctx, listener) }()
	go func() {
		for b.acme.do(t, "GET", "/Users?count=0", "").at("totalResults") == 0. {
		}
		stop() // as soon as somebody is there
	}()
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+listener.Addr().String()+Prefix+"/Bulk", strings.NewReader(bulkOfCreates("p", 300)))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+b.acme.token)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, 200, answer.StatusCode)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var outcome struct{ Operations []struct{ Status string } }
	require.NoError(t, json.Unmarshal(text, &outcome))
	assert.Len(t, outcome.Operations, 300)
	for _, o := range outcome.Operations {
		assert.Equal(t, "201", o.Status)
	}
	require.NoError(t, <-ended)
	assert.EqualValues(t, 300, b.acme.do(t, "GET", "/Users?count=0", "").at("totalResults"))
}

// FuzzBulk sends any body: it is refused, or every operation has an outcome of its own, and none is our fault.
func FuzzBulk(f *testing.F) {
	b := newBridge(f)
	user, group := b.acme.user(f, "ana"), b.acme.group(f, "Ops")
	for _, operations := range [][]string{
		{operationOf("POST", "/Users", "a", `{"userName":"a"}`), operationOf("PATCH", "/Groups/"+group, "", `[{"op":"add","path":"members","value":[{"value":"bulkId:a"}]}]`)},
		{operationOf("POST", "/Groups", "a", `{"displayName":"a","members":["bulkId:b"]}`), operationOf("POST", "/Groups", "b", `{"displayName":"b","members":["bulkId:a"]}`)},
		{operationOf("PUT", "/Users/"+user, "", `{"userName":"ana"}`), operationOf("DELETE", "/Users/bulkId:", "x", ""), `null`, `{}`},
		{`{"method":"PATCH","path":"/Users/` + user + `","version":"W/\"1\"","data":[{"op":"remove","path":"emails[value eq \"bulkId:a\"]"}]}`},
		{operationOf("DELETE", "/Groups/"+group, "", ""), operationOf("POST", "/Bulk", "b", `{}`), operationOf("GET", "/../Me", "", "")},
	} {
		f.Add(bulkOf("", operations...))
		f.Add(bulkOf(`"failOnErrors":1,`, operations...))
	}
	f.Add(`{"Operations":[{"method":"POST","path":"/Users","bulkId":"bulkId:bulkId:","data":{"userName":"bulkId:bulkId:bulkId:"}}]}`)
	f.Add(`{"failOnErrors":1e9,"schemas":[],"Operations":[[]]}`)
	f.Fuzz(func(t *testing.T, body string) {
		answer := b.acme.do(t, "POST", "/Bulk", body)
		if answer.Code != 200 {
			assert.Contains(t, []int{400, 413}, answer.Code)
			return
		}
		message, err := ParseJSON([]byte(body))
		require.NoError(t, err)
		list, _ := message.Member("Operations")
		limit, _ := message.Member("failOnErrors")
		if limit.IsEmpty() {
			assert.Len(t, answer.statuses(), len(list.Items))
		}
		for _, status := range answer.statuses() {
			assert.Contains(t, []string{"200", "201", "204", "400", "403", "404", "405", "409", "412", "413"}, status, answer.Body.String())
		}
	})
}
