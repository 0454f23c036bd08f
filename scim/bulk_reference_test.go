package scim

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestBulkReferences resolves references wherever they may stand, to operations before and behind.
func TestBulkReferences(t *testing.T) { onEach(t, testBulkReferences) }

func testBulkReferences(t *testing.T, b *bridge) {
	own := b.acme.user(t, "own")
	group := b.acme.group(t, "Old", own)
	answer := b.acme.bulk(t,
		operationOf("PATCH", "/Groups/"+group, "", `[{"op":"add","path":"members","value":[{"value":"bulkId:ana"}]},{"op":"remove","path":"members[value eq \"`+own+`\"]"}]`),
		operationOf("POST", "/Groups", "ops", `{"displayName":"Ops","members":[{"value":"bulkId:ana","type":"User"},{"value":"bulkId:eva"},{"value":"`+own+`"}]}`),
		operationOf("PUT", "/Users/"+own, "", `{"userName":"own","emails":[{"value":"own@example.org"}],"`+enterpriseURN+`":{"manager":{"value":"bulkId:eva"}}}`),
		operationOf("POST", "/Users", "ana", `{"userName":"ana","`+enterpriseURN+`":{"manager":"bulkId:eva"}}`),
		operationOf("POST", "/Users", "eva", `{"userName":"eva","`+enterpriseURN+`":{"manager":[{"value":"bulkId:max"}]}}`),
		operationOf("POST", "/Users", "max", `{"userName":"max"}`),
		operationOf("PATCH", "/Users/bulkId:max", "", `[{"op":"add","path":"`+enterpriseURN+`:manager","value":{"value":"bulkId:ana"}},{"op":"add","path":"nickName","value":"M"}]`),
		operationOf("POST", "/Users", "gone", `{"userName":"gone"}`),
		operationOf("PATCH", "/Groups/bulkId:ops", "", `{"Operations":[{"op":"remove","path":"members[value eq \"bulkId:ana\" or value eq \"bulkId:max\"]"},{"op":"add","value":{"members":["bulkId:max"]}}]}`),
		operationOf("DELETE", "/Users/bulkId:gone", "", ""),
	)
	require.Equal(t, []string{"204", "201", "200", "201", "201", "201", "200", "201", "204", "204"}, answer.statuses(), answer.Body.String())
	ops, ana, eva, most := answer.created(t, 1), answer.created(t, 3), answer.created(t, 4), answer.created(t, 5)
	assert.Equal(t, []string{ana}, b.acme.members(t, group))
	assert.ElementsMatch(t, []string{eva, own, most}, b.acme.members(t, ops))
	for id, manager := range map[string]string{own: eva, ana: eva, eva: most, most: ana} {
		assert.Equal(t, manager, b.acme.do(t, "GET", "/Users/"+id, "").want(t, 200).at(enterpriseURN, "manager", "value"))
	}
	for _, index := range []int{6, 8, 9} {
		assert.NotContains(t, answer.at("Operations", index, "location"), "bulkId", "the location is that of the resource")
	}
	b.acme.do(t, "GET", "/Users/"+answer.created(t, 7), "").want(t, 404)
}

// TestBulkReferencesRefused leads references nowhere: the operations that depend on them fail, no others do, and nothing
// half of anything is stored.
func TestBulkReferencesRefused(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	own := b.acme.user(t, "own")
	before := b.acme.do(t, "GET", "", "").ids()
	user := func(name, manager string) string {
		return operationOf("POST", "/Users", name, `{"userName":"`+name+`","`+enterpriseURN+`":{"manager":{"value":"`+manager+`"}}}`)
	}
	set := func(name, member string) string {
		return operationOf("POST", "/Groups", name, `{"displayName":"`+name+`","members":[{"value":"`+member+`"}]}`)
	}
	patch := func(path string) string {
		return operationOf("PATCH", path, "", `[{"op":"add","path":"nickName","value":"x"}]`)
	}
	for name, row := range map[string]struct {
		operations []string
		statuses   []string
	}{
		"a circle of managers":       {[]string{user("a", "bulkId:b"), user("b", "bulkId:c"), user("c", "bulkId:a"), user("d", "x")}, []string{"409", "409", "409", "201"}},
		"one's own manager":          {[]string{user("a", "bulkId:a"), user("b", "x")}, []string{"409", "201"}},
		"a circle of groups":         {[]string{set("a", "bulkId:b"), set("b", "bulkId:a")}, []string{"409", "409"}},
		"a circle of both":           {[]string{set("a", "bulkId:b"), user("b", "bulkId:a")}, []string{"409", "409"}},
		"leading into a circle":      {[]string{user("d", "bulkId:a"), user("a", "bulkId:b"), user("b", "bulkId:a"), patch("/Users/bulkId:d")}, []string{"409", "409", "409", "409"}},
		"two circles that meet":      {[]string{user("a", "bulkId:b"), set("c", "bulkId:b"), user("b", "bulkId:a")}, []string{"409", "409", "409"}},
		"a group as a member":        {[]string{set("a", "bulkId:b"), set("b", own)}, []string{"400", "201"}},
		"a user as a group":          {[]string{user("a", "x"), operationOf("DELETE", "/Groups/bulkId:a", "", "")}, []string{"201", "404"}},
		"nobody":                     {[]string{user("a", "bulkId:x"), set("b", "bulkId:x"), patch("/Users/bulkId:x"), patch("/Users/bulkId:")}, []string{"400", "400", "400", "400"}},
		"nobody, in a path":          {[]string{operationOf("PATCH", "/Users/"+own, "", `[{"op":"remove","path":"emails[value eq \"bulkId:x\"]"}]`)}, []string{"400"}},
		"a bulkId that is no POST's": {[]string{operationOf("DELETE", "/Users/"+own+"0", "a", ""), user("b", "bulkId:a")}, []string{"404", "400"}},
		"another case":               {[]string{user("a", "x"), patch("/Users/bulkId:A")}, []string{"201", "400"}},
		"what failed":                {[]string{user("own", "x"), user("b", "bulkId:own"), set("c", "bulkId:b"), patch("/Users/bulkId:own")}, []string{"409", "409", "409", "409"}},
		"what can't be read":         {[]string{operationOf("POST", "/Users", "a", ""), user("b", "bulkId:a")}, []string{"400", "409"}},
		"what leads nowhere":         {[]string{operationOf("POST", "/Things", "a", `{}`), user("b", "bulkId:a")}, []string{"404", "409"}},
		"one bulkId twice":           {[]string{user("a", "x"), user("b", "bulkId:a"), operationOf("POST", "/Groups", "a", `{"displayName":"a"}`)}, []string{"400", "409", "400"}},
	} {
		answer := b.acme.bulk(t, row.operations...)
		assert.Equal(t, row.statuses, answer.statuses(), "%s: %s", name, answer.Body.String())
		made := []string{}
		for i, status := range row.statuses {
			if status == "201" {
				made = append(made, answer.created(t, i))
			} else {
				assert.NotEmpty(t, answer.at("Operations", i, "response", "detail"), name)
			}
		}
		assert.ElementsMatch(t, append(made, before...), b.acme.do(t, "GET", "", "").ids(), name)
		for _, id := range made {
			b.acme.bulk(t, operationOf("DELETE", "/Users/"+id, "", ""), operationOf("DELETE", "/Groups/"+id, "", ""))
		}
	}
	assert.Equal(t, `W/"1"`, b.acme.do(t, "GET", "/Users/"+own, "").Header().Get("Etag"))
}

func TestReferences(t *testing.T) {
	t.Parallel()
	ids := map[string]string{"a": "1", `b"c`: "2", "": "3"}
	find := func(bulkID string) (string, bool) { id, known := ids[bulkID]; return id, known }
	for text, want := range map[string]string{
		`"bulkId:a"`:                   `"1"`,
		`"bulkId:b\"c"`:                `"2"`,
		`"bulkId:"`:                    `"3"`,
		`"bulkId:x"`:                   `"bulkId:x"`,
		`"BulkId:a"`:                   `"BulkId:a"`,
		`" bulkId:a"`:                  `" bulkId:a"`,
		`{"x":["bulkId:a",{"y":"z"}]}`: `{"x":["1",{"y":"z"}]}`,
		`{"bulkId:a":"bulkId:x"}`:      `{"bulkId:a":"bulkId:x"}`,
		`{"path":"m[v eq \"bulkId:a\" or v eq \"bulkId:x\" or v eq \"bulkId:a\"].x"}`: `{"path":"m[v eq \"1\" or v eq \"bulkId:x\" or v eq \"1\"].x"}`,
		`{"Path":"m[v eq \"bulkId:a]"}`:                                               `{"Path":"m[v eq \"bulkId:a]"}`,
		`{"value":"say \"bulkId:a\""}`:                                                `{"value":"say \"bulkId:a\""}`,
		`[1,true,null,{"a":[]},"bulkId"]`:                                             `[1,true,null,{"a":[]},"bulkId"]`,
	} {
		value, err := ParseJSON([]byte(text))
		require.NoError(t, err, text)
		replaced, changed := value.withReferences(find)
		assert.Equal(t, want, string(replaced.AppendJSON(nil)), text)
		assert.Equal(t, text != want, changed, text)
		assert.Equal(t, text, string(value.AppendJSON(nil)), "the value itself stays as it is")
	}
}

// TestBulkPlan compares plans of random references with what they must be: every operation once, behind all that it
// refers to, and refused exactly if a way leads from it back to itself.
func TestBulkPlan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 12).Draw(t, "operations")
		operations, reached := make([]*bulkOperation, count), make([]map[int]bool, count)
		for i := range operations {
			operations[i] = &bulkOperation{method: "POST", bulkID: fmt.Sprint(i)}
			reached[i] = map[int]bool{}
			for _, other := range rapid.SliceOfN(rapid.IntRange(0, count-1), 0, 3).Draw(t, "references") {
				reached[i][other] = true
				operations[i].data.Kind = KindArray
				operations[i].data.Items = append(operations[i].data.Items, Value{Kind: KindString, Text: bulkReference + fmt.Sprint(other)})
			}
		}
		order := planBulk(operations)
		require.ElementsMatch(t, operations, order)
		for range count {
			for i := range reached {
				for j := range maps.Clone(reached[i]) {
					maps.Copy(reached[i], reached[j])
				}
			}
		}
		for i, o := range operations {
			require.Same(t, o, order[o.place])
			require.Equal(t, reached[i][i], o.err != nil, "operation %d", i)
			for _, other := range o.refers {
				if o.err == nil {
					require.Less(t, other.place, o.place)
				}
			}
		}
	})
}
