package scim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateGroup(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	ana := b.acme.user(t, "ana")
	answer := b.acme.do(t, "POST", "/Groups", `{"displayName":"Ops","externalId":"g1","members":[{"value":"`+ana+`"}]}`).want(t, 201)
	assert.Equal(t, testURL+"/scim/v2/Groups/"+answer.id(), answer.Header().Get("Location"))
	assert.Equal(t, `W/"1"`, answer.Header().Get("Etag"))
	assert.Equal(t, "Ops", answer.at("displayName"))
	assert.Equal(t, "g1", answer.at("externalId"))
	assert.Equal(t, ana, answer.at("members", 0, "value"))
	assert.Equal(t, "User", answer.at("members", 0, "type"))
	assert.Equal(t, testURL+"/scim/v2/Users/"+ana, answer.at("members", 0, "$ref"))
	assert.Equal(t, answer.body, b.acme.do(t, "GET", "/Groups/"+answer.id(), "").want(t, 200).body)
	assert.Equal(t, "uniqueness", b.acme.do(t, "POST", "/Groups", `{"displayName":"OPS"}`).want(t, 409).at("scimType"))
	unknown := b.acme.do(t, "POST", "/Groups", `{"displayName":"Dev","members":[{"value":"`+uuid.NewString()+`"}]}`).want(t, 400)
	assert.Equal(t, "invalidValue", unknown.at("scimType"))
	assert.EqualValues(t, 1, b.acme.do(t, "GET", "/Groups", "").at("totalResults"), "nothing of the refused group is left")
	assert.Equal(t, 400, b.acme.do(t, "POST", "/Groups", `{"members":[]}`).Code, "a group needs a name")
}

func TestReadGroups(t *testing.T) { onEach(t, testReadGroups) }

func testReadGroups(t *testing.T, b *bridge) {
	ana := b.acme.user(t, "ana")
	ops := b.acme.group(t, "Ops", ana)
	b.acme.group(t, "Dev")
	for _, path := range []string{"/Groups/" + ops + "?excludedAttributes=members", "/Groups/" + ops + "?attributes=displayName"} {
		answer := b.acme.do(t, "GET", path, "").want(t, 200)
		assert.NotContains(t, keys(answer.body), "members", path)
		assert.Equal(t, "Ops", answer.at("displayName"))
	}
	list := b.acme.do(t, "GET", `/Groups?filter=displayName eq "ops"`, "").want(t, 200)
	assert.EqualValues(t, 1, list.at("totalResults"))
	assert.Equal(t, ana, list.at("Resources", 0, "members", 0, "value"), "lists show members too")
	list = b.acme.do(t, "GET", `/Groups?excludedAttributes=members&filter=displayName eq "OPS"`, "").want(t, 200)
	assert.Nil(t, list.at("Resources", 0, "members"))
	for filter, total := range map[string]int{
		`displayName eq "none"`: 0, `members.value eq "` + ana + `"`: 1, `id eq "` + ops + `" and members eq "` + ana + `"`: 1,
		`id eq "` + ops + `" and members eq "` + uuid.NewString() + `"`: 0,
	} {
		assert.EqualValues(t, total, b.acme.do(t, "GET", "/Groups?filter="+filter, "").want(t, 200).at("totalResults"), filter)
	}
	assert.Equal(t, 304, b.acme.do(t, "GET", "/Groups/"+ops, "", "If-None-Match", `W/"1"`).Code)
	head := b.acme.do(t, "HEAD", "/Groups/"+ops, "").want(t, 200)
	assert.Zero(t, head.Body.Len())
}

func TestReplaceGroup(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	ana, eva := b.acme.user(t, "ana"), b.acme.user(t, "eva")
	path := "/Groups/" + b.acme.do(t, "POST", "/Groups", `{"displayName":"Ops","externalId":"g1","members":`+memberList(ana)+`}`).want(t, 201).id()
	put := b.acme.do(t, "PUT", path, `{"displayName":"Ops2","members":`+memberList(eva, eva)+`}`).want(t, 200)
	assert.Equal(t, "Ops2", put.at("displayName"))
	assert.Equal(t, "g1", put.at("externalId"), "kept when it is not sent")
	assert.Equal(t, eva, put.at("members", 0, "value"))
	assert.Nil(t, put.at("members", 1))
	b.acme.do(t, "PUT", path, `{"displayName":"Ops2","members":[]}`, "If-Match", `W/"1"`).want(t, 412)
	emptied := b.acme.do(t, "PUT", path, `{"displayName":"Ops2"}`).want(t, 200)
	assert.Nil(t, emptied.at("members", 0), "absent members are none")
	b.acme.do(t, "PUT", path, `{"members":[]}`).want(t, 400)
	other := b.acme.group(t, "Dev")
	b.acme.do(t, "PUT", path, `{"id":"`+other+`","displayName":"Ops3"}`)
	assert.Equal(t, "Dev", b.acme.do(t, "GET", "/Groups/"+other, "").at("displayName"), "the id in a body names nobody")
}

func TestPatchGroup(t *testing.T) { onEach(t, testPatchGroup) }

func testPatchGroup(t *testing.T, b *bridge) {
	u := []string{b.acme.user(t, "u1"), b.acme.user(t, "u2"), b.acme.user(t, "u3")}
	group := b.acme.group(t, "Ops")
	ids := strings.NewReplacer("U1", u[0], "U2", u[1], "U3", u[2], "G1", group)
	for _, step := range []struct {
		operations string
		members    []string
	}{
		{`{"op":"Add","path":"members","value":[{"$ref":null,"value":"U1"},{"$ref":null,"value":"U2"}]}`, []string{u[0], u[1]}},
		{`{"op":"Add","path":"members","value":[{"value":"U1"}]}`, []string{u[0], u[1]}},
		{`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"U1"}]}`, []string{u[1]}},
		{`{"op":"Remove","path":"members","value":[{"value":"U1"},{"value":"nonsense"}]}`, []string{u[1]}},
		{`{"op":"remove","path":"members[value eq \"U2\"]"},{"op":"add","path":"members","value":[{"value":"U3","display":"x"}]}`, []string{u[2]}},
		{`{"op":"replace","value":{"members":[{"value":"U1"},{"value":"U2"}]}}`, []string{u[0], u[1]}},
		{`{"op":"replace","value":{"id":"G1","displayName":"Ops2"}}`, []string{u[0], u[1]}},
		{`{"op":"replace","path":"members","value":[{"value":"U3"},{"value":"U2"}]}`, []string{u[1], u[2]}},
		{`{"op":"remove","path":"members[value eq \"U2\" or value eq \"U3\"]"}`, nil},
		{`{"op":"add","path":"members","value":{"value":"U1"}}`, []string{u[0]}},
		{`{"op":"remove","path":"members"}`, nil},
	} {
		answer := b.acme.do(t, "PATCH", "/Groups/"+group, `{"Operations":[`+ids.Replace(step.operations)+`]}`).want(t, 204)
		assert.Zero(t, answer.Body.Len())
		assert.ElementsMatch(t, step.members, b.acme.members(t, group), step.operations)
	}
	shown := b.acme.do(t, "PATCH", "/Groups/"+group+"?attributes=displayName,members", `{"Operations":[`+ids.Replace(`{"op":"add","path":"members","value":[{"value":"U1"}]}`)+`]}`).want(t, 200)
	assert.Equal(t, "Ops2", shown.at("displayName"))
	assert.NotContains(t, keys(shown.body), "members")
}

func TestPatchGroupIsAllOrNothing(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	ana := b.acme.user(t, "ana")
	path := "/Groups/" + b.acme.group(t, "Ops", ana)
	b.acme.group(t, "Dev")
	nobody := uuid.NewString()
	before := b.Snapshot(t)
	for _, row := range []struct {
		operations, scimType string
		status               int
	}{
		{`{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"` + nobody + `"}]}`, "invalidValue", 400},
		{`{"op":"remove","path":"members"},{"op":"replace","path":"displayName","value":"Dev"}`, "uniqueness", 409},
		{`{"op":"remove","path":"members"},{"op":"replace","path":"displayName","value":""}`, "invalidValue", 400},
		{`{"op":"remove","path":"members"},{"op":"add","path":"nickName","value":"x"}`, "invalidPath", 400},
		{`{"op":"remove","path":"members"},{"op":"move","path":"members"}`, "invalidSyntax", 400},
	} {
		answer := b.acme.do(t, "PATCH", path, `{"Operations":[`+row.operations+`]}`).want(t, row.status)
		assert.Equal(t, row.scimType, answer.at("scimType"), row.operations)
	}
	unknown := b.acme.do(t, "PATCH", path, `{"Operations":[{"op":"add","path":"members","value":[{"value":"`+nobody+`"}]}]}`)
	assert.Contains(t, unknown.at("detail"), nobody, "the answer names who is unknown")
	b.unchanged(t, before)
}

func TestUnknownGroupsLookAlike(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	foreign := b.tenant(t, "beta", false, nil).group(t, "Ops")
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		body := map[string]string{"PUT": `{"displayName":"x"}`, "PATCH": `{"Operations":[{"op":"remove","path":"members"}]}`}[method]
		unknown := b.acme.do(t, method, "/Groups/"+uuid.NewString(), body).want(t, 404)
		for _, id := range []string{foreign, "x", uuid.Nil.String(), "%7B" + foreign + "%7D"} {
			answer := b.acme.do(t, method, "/Groups/"+id, body).want(t, 404)
			assert.Equal(t, unknown.Body.String(), answer.Body.String(), method)
			assert.Equal(t, unknown.Header(), answer.Header(), method)
		}
	}
}

func TestRestrictedGroups(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	ana := b.acme.user(t, "ana")
	group := b.acme.group(t, "Admins")
	b.SQL(t, "UPDATE permission_group SET restricted = ?", true)
	patch := `{"Operations":[{"op":"add","path":"members","value":[{"value":"` + ana + `"}]}]}`
	b.acme.do(t, "PATCH", "/Groups/"+group, patch).want(t, 403)
	b.acme.do(t, "DELETE", "/Groups/"+group, "").want(t, 403)
	b.acme.do(t, "GET", "/Groups/"+group, "").want(t, 404)
	assert.EqualValues(t, 0, b.acme.do(t, "GET", "/Groups", "").at("totalResults"))
}

func TestDeleteGroup(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	ana := b.acme.user(t, "ana")
	path := "/Groups/" + b.acme.group(t, "Ops", ana)
	b.acme.do(t, "DELETE", path, "", "If-Match", `W/"5"`).want(t, 412)
	b.acme.do(t, "DELETE", path, "").want(t, 204)
	b.acme.do(t, "DELETE", path, "").want(t, 404)
	b.acme.do(t, "GET", "/Users/"+ana, "").want(t, 200)
}

// TestLargeGroup sends a group in parts: all members, each once, and never all of them in memory.
func TestLargeGroup(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	const size = 3500
	people := seed(t, b, size)
	var list []string
	for _, id := range people {
		list = append(list, id.String())
	}
	group := b.acme.group(t, "All", list...)
	w := &counting{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("GET", Prefix+"/Groups/"+group, nil)
	r.Header.Set("Authorization", "Bearer "+b.acme.token)
	b.handler.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	assert.Greater(t, w.writes, 3)
	assert.Less(t, w.largest, flushAt+1<<10)
	assert.Empty(t, w.Header().Get("Content-Length"))
	assert.ElementsMatch(t, list, b.acme.members(t, group))
	unflushed := &nowhere{header: http.Header{}}
	b.handler.ServeHTTP(unflushed, r)
	assert.Equal(t, w.Body.Len(), unflushed.bytes, "a writer that can't flush gets everything too")
	short := b.acme.do(t, "GET", "/Groups/"+group+"?excludedAttributes=members", "").want(t, 200)
	assert.NotEmpty(t, short.Header().Get("Content-Length"))
}

type counting struct {
	*httptest.ResponseRecorder
	writes, largest int
}

func (c *counting) Write(part []byte) (int, error) {
	c.writes++
	c.largest = max(c.largest, len(part))
	return c.ResponseRecorder.Write(part)
}

// TestMembersOfManyWriters has writers add and remove members one by one at the same time: nobody's change is lost.
func TestMembersOfManyWriters(t *testing.T) { onEach(t, testMembersOfManyWriters) }

func testMembersOfManyWriters(t *testing.T, b *bridge) {
	const writers, each = 10, 12
	people := seed(t, b, writers*each)
	group := seedGroup(t, b, "Crew", people[:len(people)/2]).String()
	var failed atomic.Int64
	var done sync.WaitGroup
	for w := range writers {
		done.Go(func() {
			for i := range each {
				person := w*each + i
				operation := `{"op":"add","path":"members","value":[{"value":"` + people[person].String() + `"}]}`
				if person < len(people)/2 {
					operation = `{"op":"remove","path":"members[value eq \"` + people[person].String() + `\"]"}`
				}
				if b.status("PATCH", "/Groups/"+group, `{"Operations":[`+operation+`]}`) != 204 {
					failed.Add(1)
				}
			}
		})
	}
	done.Wait()
	assert.Zero(t, failed.Load())
	var want []string
	for _, id := range people[len(people)/2:] {
		want = append(want, id.String())
	}
	assert.ElementsMatch(t, want, b.acme.members(t, group))
	assert.Equal(t, fmt.Sprintf(`W/"%d"`, 1+writers*each), b.acme.do(t, "GET", "/Groups/"+group, "").Header().Get("Etag"), "every change has a version")
}
