package scim

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// FuzzPatchUser reads a body as each kind of request there is. Whatever it holds, it is refused in our words or leaves
// a person that can be shown.
func FuzzPatchUser(f *testing.F) {
	for _, seed := range []string{
		`{"Operations":[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x"},{"op":"add","path":"manager","value":[{"value":"U"}]}]}`,
		`{"Operations":[{"op":"replace","value":{"name.givenName":"K","emails[type eq \"work\"].primary":"True","` + enterpriseURN + `":{"manager":"x"}}}]}`,
		`{"Operations":[{"op":"remove","path":"addresses[not (type eq \"work\") or country pr].formatted"},{"op":"replace","path":"photos","value":["a",{"value":"b","primary":true}]}]}`,
		`{"Operations":[{"op":"replace","value":"{\"title\":\"T\",\"active\":[false]}"},{"op":"remove","path":"` + accessURN + `"}]}`,
		`{"Operations":[{"op":"add","path":"manager[value eq \"x\"].value","value":"y"},{"op":"remove","path":"roles[primary eq \"True\"].value"},{"op":"replace","path":"meta.version","value":1}]}`,
		`{"userName":"ana","name":{"givenName":"Ana"},"emails":[{"value":"a","type":"work"},{"value":"a","type":"work"}],"organizationIds":["` + testID(1).String() + `"],"schemas":["` + enterpriseURN + `"]}`,
		`{"displayName":"Ops","members":[{"value":"` + testID(1).String() + `"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		body, err := ParseJSON(text)
		if err != nil {
			return
		}
		for _, v := range []view{plainView, ssoView} {
			for _, read := range []func(Value, view) (domain.PersonChange, error){patchUser, replaceUser} {
				change, err := read(body, v)
				p := copied(ana())
				if err == nil {
					err = change.Apply(p)
				}
				assertOurs(t, err)
				assertShown(t, p, v)
			}
			created, err := decodeUser(body, v)
			if assertOurs(t, err); err == nil {
				assertShown(t, &domain.Person{Profile: created.Profile, Access: &domain.UserAccess{Username: created.Access.Username}, Link: &domain.Link{Echo: created.Link.Echo}}, v)
			}
			_, _, _, _, _, err = decodeGroup(body, v)
			assertOurs(t, err)
		}
	})
}

// assertOurs tells whether an error is one that the client may see.
func assertOurs(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		assert.NotEmpty(t, failure(err))
		assert.NotEqual(t, string(domain.CodeInternal), failure(err), err)
	}
}

func assertShown(t *testing.T, p *domain.Person, v view) {
	t.Helper()
	proj, err := newProjection(userType, "", "", v)
	require.NoError(t, err)
	assert.True(t, json.Valid(appendUser(nil, p, v, proj)))
}

// FuzzCompileFilter holds what compiles against a person and a group, and reads the text as other parameters.
func FuzzCompileFilter(f *testing.F) {
	for _, seed := range []string{
		`userName eq "ana" and not (emails[type eq "work"].value co "x")`, `meta.created gt "2026-01-01T00:00:00Z" or schemas ne "x"`, `groups eq "x"`, `members[value eq "x"]`,
		`roles[primary eq "True"].value eq "x"`, `active ne "False"`, `name pr`, `meta.location eq "` + base + `/Users/x"`, enterpriseURN + `:manager[value pr]`, `name.givenName,emails.value`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, rt := range resourceTypes {
			record := any(ana())
			if rt == groupType {
				record = &domain.Group{ID: testID(61), Name: "Ops"}
			}
			if condition, err := compileFilter(rt, text, ssoView); err != nil {
				assert.Equal(t, "invalidFilter", failure(err))
			} else {
				holds := condition.Holds(record, noon)
				assert.NotEqual(t, holds, domain.Not{Condition: condition}.Holds(record, noon))
			}
			if _, err := sortAttribute(rt, text, ssoView); err != nil {
				assert.NotEmpty(t, failure(err))
			}
			if proj, err := newProjection(rt, text, text, ssoView); err == nil {
				proj.wants(text)
			}
		}
	})
}
