package scim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var (
	group1  = uuid.MustParse("0198c5f0-0000-7000-8000-0000000000f1")
	person1 = uuid.MustParse("0198c5f0-0000-7000-8000-000000000001")
	person2 = uuid.MustParse("0198c5f0-0000-7000-8000-000000000002")
	person3 = uuid.MustParse("0198c5f0-0000-7000-8000-000000000003")
)

// operations makes a PATCH body; G1, U1, U2 and U3 in it stand for ids.
func operations(t testing.TB, list string) Value {
	t.Helper()
	list = strings.NewReplacer("G1", group1.String(), "U1", person1.String(), "U2", person2.String(), "U3", person3.String()).Replace(list)
	body, err := ParseJSON([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + list + `]}`))
	require.NoError(t, err)
	return body
}

func TestDecodeGroupPatch(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	add := func(ids ...uuid.UUID) domain.MemberStep {
		return domain.MemberStep{Do: domain.AddMembers, People: ids}
	}
	remove := func(ids ...uuid.UUID) domain.MemberStep {
		return domain.MemberStep{Do: domain.RemoveMembers, People: ids}
	}
	replace := func(ids ...uuid.UUID) domain.MemberStep {
		return domain.MemberStep{Do: domain.ReplaceMembers, People: append([]uuid.UUID{}, ids...)}
	}
	steps := func(list ...domain.MemberStep) domain.GroupChange { return domain.GroupChange{Steps: list} }
	for _, row := range []struct {
		name, list string
		want       domain.GroupChange
	}{
		{"Entra adds", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"U1"},{"$ref":null,"value":"U2"}]}`, steps(add(person1, person2))},
		{"Entra removes by value", `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"U1"}]}`, steps(remove(person1))},
		{"removes by filter", `{"op":"remove","path":"members[value eq \"U1\"]"}`, steps(remove(person1))},
		{"removes by a list of filters", `{"op":"remove","path":"members[value eq \"U1\" or (value eq \"U2\" or VALUE eq \"U3\")]"}`, steps(remove(person1, person2, person3))},
		{"removes by filter, with a sub-attribute", `{"op":"remove","path":"members[value eq \"U1\"].value"}`, steps(remove(person1))},
		{"Okta in one request", `{"op":"remove","path":"members[value eq \"U1\"]"},{"op":"add","path":"members","value":[{"value":"U2","display":"ana@example.org"}]}`, steps(remove(person1), add(person2))},
		{"Okta replaces", `{"op":"replace","path":"members","value":[{"value":"U2"}]}`, steps(replace(person2))},
		{"Okta replaces without a path", `{"op":"replace","value":{"members":[{"value":"U2"}]}}`, steps(replace(person2))},
		{"Okta renames", `{"op":"replace","value":{"id":"G1","displayName":"Ops2"}}`, domain.GroupChange{Name: text("Ops2")}},
		{"renames by path", `{"op":"Replace","path":"displayName","value":"Ops2"}`, domain.GroupChange{Name: text("Ops2")}},
		{"renames by URN", `{"op":"replace","path":"URN:ietf:params:scim:schemas:core:2.0:Group:DisplayName","value":"Ops2"}`, domain.GroupChange{Name: text("Ops2")}},
		{"the last name counts", `{"op":"replace","path":"displayName","value":"A"},{"op":"add","path":"displayName","value":["B"]}`, domain.GroupChange{Name: text("B")}},
		{"externalId", `{"op":"add","path":"externalId","value":"x"}`, domain.GroupChange{ExternalKey: text("x")}},
		{"externalId goes", `{"op":"remove","path":"externalId"}`, domain.GroupChange{ExternalKey: text("")}},
		{"one object for many", `{"op":"add","path":"members","value":{"value":"U1"}}`, steps(add(person1))},
		{"JSON in a string", `{"op":"replace","value":"{\"schemas\":[\"x\"],\"displayName\":\"B\",\"members\":[{\"value\":\"U1\"}]}"}`, domain.GroupChange{Name: text("B"), Steps: []domain.MemberStep{replace(person1)}}},
		{"members in a string", `{"op":"add","path":"members","value":"[{\"value\":\"U1\"}]"}`, steps(add(person1))},
		{"remove all", `{"op":"remove","path":"members"}`, steps(replace())},
		{"remove all, null", `{"op":"remove","path":"members","value":null}`, steps(replace())},
		{"remove none", `{"op":"remove","path":"members","value":[]}`, steps()},
		{"replace by none", `{"op":"replace","path":"members","value":[]}`, steps(replace())},
		{"replace by null", `{"op":"replace","path":"members","value":null}`, steps(replace())},
		{"add none", `{"op":"add","path":"members","value":[]},{"op":"add","path":"members","value":null}`, steps()},
		{"malformed ids are no members, never all", `{"op":"remove","path":"members","value":[{"value":"x"}]},{"op":"remove","path":"members[value eq \"y\"]"}`, steps()},
		{"repeated ids", `{"op":"add","path":"members","value":[{"value":"U1"},{"value":"U2"},{"value":"U1"}]}`, steps(add(person1, person2))},
		{"one operation a member", `{"op":"add","path":"members","value":[{"value":"U1"}]},{"op":"add","path":"members","value":[{"value":"U2"}]},{"op":"remove","path":"members[value eq \"U1\"]"},{"op":"remove","path":"members[value eq \"U3\"]"},{"op":"add","path":"members","value":[{"value":"U3"}]}`,
			steps(add(person1, person2), remove(person1, person3), add(person3))},
		{"replacing twice is not joined", `{"op":"replace","path":"members","value":[{"value":"U1"}]},{"op":"replace","path":"members","value":[{"value":"U2"}]}`, steps(replace(person1), replace(person2))},
		{"what a group has not is ignored without a path", `{"op":"add","value":{"schemas":["x"],"meta":{"version":"1"},"nickName":"x","urn:x:1.0:Y":{"a":1},"]":1,"displayName":"B"}}`, domain.GroupChange{Name: text("B"), Ignored: []string{"urn:x:1.0:Y"}}},
		{"an attribute of a customer", `{"op":"Add","path":"urn:x:2.0:Group:badge","value":"B-1"}`, domain.GroupChange{Ignored: []string{"urn:x:2.0:Group:badge"}}},
		{"a whole schema", `{"op":"add","value":{"urn:ietf:params:scim:schemas:core:2.0:Group":{"displayName":"B"}}}`, domain.GroupChange{Name: text("B")}},
		{"its own id", `{"op":"replace","path":"id","value":"G1"}`, steps()},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.want.Group = group1
			change, err := decodeGroupPatch(operations(t, row.list), group1, view{})
			require.NoError(t, err)
			assert.Equal(t, row.want, change)
		})
	}
}

func TestDecodeGroupPatchRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, list string
		status     int
		scimType   string
	}{
		{"another id", `{"op":"replace","value":{"id":"U1","displayName":"x"}}`, 400, "mutability"},
		{"another id by path", `{"op":"replace","path":"id","value":"U1"}`, 400, "mutability"},
		{"the name goes", `{"op":"remove","path":"displayName"}`, 400, "mutability"},
		{"meta", `{"op":"replace","path":"meta","value":{}}`, 400, "mutability"},
		{"a member is changed", `{"op":"replace","path":"members[value eq \"U1\"].value","value":"U2"}`, 400, "mutability"},
		{"a display goes", `{"op":"remove","path":"members[value eq \"U1\"].display"}`, 400, "mutability"},
		{"no name", `{"op":"replace","path":"displayName","value":null}`, 400, "invalidValue"},
		{"a name that is no text", `{"op":"replace","path":"displayName","value":{"a":1}}`, 400, "invalidValue"},
		{"a number as name", `{"op":"replace","path":"displayName","value":5}`, 400, "invalidValue"},
		{"a malformed id added", `{"op":"add","path":"members","value":[{"value":"x"}]}`, 400, "invalidValue"},
		{"a group as member", `{"op":"add","path":"members","value":[{"value":"U1","type":"Group"}]}`, 400, "invalidValue"},
		{"a member without value", `{"op":"add","path":"members","value":[{"display":"x"}]}`, 400, "invalidValue"},
		{"a removed member without value", `{"op":"remove","path":"members","value":[{"display":"x"}]}`, 400, "invalidValue"},
		{"an unknown path", `{"op":"add","path":"nickName","value":"x"}`, 400, "invalidPath"},
		{"another schema's path", `{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:displayName","value":"x"}`, 400, "invalidPath"},
		{"a sub-attribute", `{"op":"add","path":"displayName.x","value":"x"}`, 400, "invalidPath"},
		{"a filter on a plain attribute", `{"op":"add","path":"displayName[value eq \"x\"]","value":"x"}`, 400, "invalidPath"},
		{"another filter", `{"op":"remove","path":"members[display eq \"x\"]"}`, 400, "invalidFilter"},
		{"another operator", `{"op":"remove","path":"members[value ne \"U1\"]"}`, 400, "invalidFilter"},
		{"and", `{"op":"remove","path":"members[value eq \"U1\" and value eq \"U2\"]"}`, 400, "invalidFilter"},
		{"not", `{"op":"remove","path":"members[not (value eq \"U1\")]"}`, 400, "invalidFilter"},
		{"broken brackets", `{"op":"remove","path":"members[value"}`, 400, "invalidFilter"},
		{"no operation", ``, 400, "invalidSyntax"},
		{"remove nothing", `{"op":"remove"}`, 400, "noTarget"},
		{"remove without a path", `{"op":"remove","value":{"members":[{"value":"U1"}]}}`, 400, "noTarget"},
		{"a value that is no object", `{"op":"add","value":"x"}`, 400, "invalidValue"},
		{"too many members", `{"op":"add","path":"members","value":[` + manyMembers(5001) + `]}`, 413, ""},
		{"too many members removed", `{"op":"remove","path":"members","value":[` + manyMembers(5001) + `]}`, 413, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeGroupPatch(operations(t, row.list), group1, view{})
			require.Error(t, err)
			shown := refusalOf(err)
			assert.Equal(t, row.status, shown.status, shown.detail)
			assert.Equal(t, row.scimType, shown.scimType, shown.detail)
			assert.NotEmpty(t, shown.detail)
		})
	}
}

func TestDecodeGroupPatchTakesManyMembers(t *testing.T) {
	t.Parallel()
	change, err := decodeGroupPatch(operations(t, `{"op":"add","path":"members","value":[`+manyMembers(5000)+`]}`), group1, view{})
	require.NoError(t, err)
	assert.Len(t, change.Steps[0].People, 5000)
}

func manyMembers(count int) string {
	var list []string
	for i := range count {
		list = append(list, fmt.Sprintf(`{"value":"0198c5f0-0000-7000-8000-%012x"}`, i))
	}
	return strings.Join(list, ",")
}

func FuzzGroupPatch(f *testing.F) {
	for _, seed := range []string{
		`{"op":"Add","path":"members","value":[{"$ref":null,"value":"0198c5f0-0000-7000-8000-000000000001"}]}`,
		`{"op":"remove","path":"members[value eq \"0198c5f0-0000-7000-8000-000000000001\" or value eq \"x\"]"}`,
		`{"op":"replace","value":{"id":"0198c5f0-0000-7000-8000-0000000000f1","displayName":"B","members":[]}}`,
		`{"op":"replace","value":"{\"displayName\":\"B\"}"},{"op":"remove","path":"externalId"}`,
		`{"op":"remove","path":"members"}`, `{"op":"remove","path":"members","value":[{"value":"x"}]}`,
		`{"op":"add","value":{"` + groupURN + `":{"` + groupURN + `":{"members[value eq 1]":1}}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, operations string) {
		body, err := ParseJSON([]byte(`{"Operations":[` + operations + `]}`))
		if err != nil {
			return
		}
		change, err := decodeGroupPatch(body, group1, view{})
		if err != nil {
			assert.Contains(t, []int{400, 413}, refusalOf(err).status, "%v", err)
			return
		}
		assert.Equal(t, group1, change.Group)
		for _, step := range change.Steps {
			assert.True(t, step.Do == domain.ReplaceMembers || len(step.People) > 0, "a step that does nothing")
		}
	})
}
