package scim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hotPath is what a request spends in this layer, and how many allocations it may cost.
type hotPath struct {
	most float64
	run  func()
}

func hotPaths(t testing.TB) map[string]hotPath {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	p, dst := ana(), make([]byte, 0, 4096)
	all, err := newProjection(userType, "", "", plainView)
	require.NoError(t, err)
	// As Okta creates, with an extension.
	post := tree(t, `{'schemas':['`+userURN+`'],'userName':'ana','name':{'givenName':'Ana','familyName':'Ito'},'emails':[{'primary':true,'value':'a@b','type':'work'}],
		'displayName':'Ana Ito','locale':'en-US','externalId':'00u1','groups':[],'active':true,'`+enterpriseURN+`':{'department':'R&D','manager':{'value':'U2'}}}`)
	// As Entra updates: a value path, a plain path and a path of an extension.
	patch := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"new@example.org"},` +
		`{"op":"Replace","path":"active","value":"False"},{"op":"Add","path":"` + enterpriseURN + `:department","value":"Sales"}]}`)
	patched := ana()
	return map[string]hotPath{
		"encode": {30, func() { dst = appendUser(dst[:0], p, plainView, all) }},
		"create": {40, func() {
			_, err := decodeUser(post, plainView)
			must(err)
		}},
		"patch": {80, func() {
			body, err := ParseJSON(patch)
			must(err)
			change, err := patchUser(body, plainView)
			must(err)
			must(change.Apply(patched))
		}},
		"filter": {25, func() {
			_, err := compileFilter(userType, `emails[type eq "work"].value eq "ana@example.org"`, plainView)
			must(err)
		}},
		"project": {0, func() {
			_, err := newProjection(userType, "id,userName,emails.value", "", plainView)
			must(err)
		}},
	}
}

func TestAllocations(t *testing.T) {
	for name, path := range hotPaths(t) {
		assert.LessOrEqual(t, testing.AllocsPerRun(100, path.run), path.most, name)
	}
}

func BenchmarkResource(b *testing.B) {
	for name, path := range hotPaths(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				path.run()
			}
		})
	}
}
