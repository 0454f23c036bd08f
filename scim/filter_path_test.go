package scim

import (
	"strings"
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	enterprise := func(name, sub string) AttrPath { return AttrPath{URN: enterpriseURN, Name: name, Sub: sub} }
	work := compare("type", OpEq, "work")
	shortURN := strings.TrimSuffix(enterpriseURN, ":User")
	tests := []struct {
		text string
		want Path
	}{
		{`members`, Path{Attr: attr("members")}},
		{` members `, Path{Attr: attr("members")}},
		{`name.familyName`, Path{Attr: AttrPath{Name: "name", Sub: "familyName"}}},
		{`addresses[type eq "work"]`, Path{Attr: attr("addresses"), Filter: work}},
		{`emails[type eq "work"].Value`, Path{Attr: attr("emails"), Filter: work, Sub: "Value"}},
		{`manager.$ref`, Path{Attr: AttrPath{Name: "manager", Sub: "$ref"}}},
		{`members[value eq "U1"].$ref`, Path{Attr: attr("members"), Filter: compare("value", OpEq, "U1"), Sub: "$ref"}},
		{`roles[primary eq "True"].value`, Path{Attr: attr("roles"), Filter: compare("primary", OpEq, "True"), Sub: "value"}},
		{`a[b pr and c pr or not (d pr)]`, Path{
			Attr: attr("a"), Filter: or(and(present("b"), present("c")), &Not{Term: present("d")}),
		}},
		{enterpriseURN + `:employeeNumber`, Path{Attr: enterprise("employeeNumber", "")}},
		{enterpriseURN + `:manager.value`, Path{Attr: enterprise("manager", "value")}},
		{userURN + `:emails[type eq "work"].value`, Path{
			Attr: AttrPath{URN: userURN, Name: "emails"}, Filter: work, Sub: "value",
		}},
		{enterpriseURN, Path{Attr: AttrPath{URN: shortURN, Name: "User"}}},
		{enterpriseURN + `.employeeNumber`, Path{Attr: AttrPath{URN: shortURN, Name: "User", Sub: "employeeNumber"}}},
		{enterpriseURN + `.manager.value`, Path{Attr: AttrPath{URN: shortURN, Name: "User", Sub: "manager.value"}}},
		{userURN + `.emails[type eq "work"].value`, Path{
			Attr:   AttrPath{URN: strings.TrimSuffix(userURN, ":User"), Name: "User", Sub: "emails"},
			Filter: work, Sub: "value",
		}},
		{`urn:example:acme-x:2.0:costCode`, Path{Attr: AttrPath{URN: "urn:example:acme-x:2.0", Name: "costCode"}}},
		{`urn:example:acme:2.0`, Path{Attr: AttrPath{URN: "urn:example:acme", Name: "2", Sub: "0"}}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParsePath(test.text)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			assert.Equal(t, strings.TrimSpace(test.text), got.String())
		})
	}
}

func TestParsePathRefuses(t *testing.T) {
	t.Parallel()
	const path, filter = scimerrors.ScimTypeInvalidPath, scimerrors.ScimTypeInvalidFilter
	tests := []struct {
		text     string
		scimType scimerrors.ScimType
		message  string
		offset   int
	}{
		{``, path, "expected an attribute, found the end", 0},
		{`/members`, path, "expected an attribute such as", 0},
		{`members/0`, path, "expected an attribute such as", 0},
		{`members[0]`, filter, "expected an attribute such as", 8},
		{`members[]`, filter, "expected an attribute", 8},
		{`members[value eq "U1"`, filter, "expected and, or, or ]", 21},
		{`members[value eq U1]`, filter, "expected a value", 17},
		{`members[value eq "U1]`, filter, `no closing "`, 17},
		{`members[a[b pr]]`, filter, "inside brackets", 9},
		{`members[value eq "U1"]x`, path, "expected the end of the path", 22},
		{`members[value eq "U1"].`, path, "expected a sub-attribute", 22},
		{`members[value eq "U1"].a.b`, path, "expected a sub-attribute", 22},
		{`members[value eq "U1"].2`, path, "expected a sub-attribute", 22},
		{`members[value eq "U1"][value eq "U2"]`, path, "expected the end of the path", 22},
		{"members[value eq \"U1\"]\u00e9", path, "printable ASCII", 22},
		{`members eq "U1"`, path, "expected the end of the path", 8},
		{`(members)`, path, "expected an attribute", 0},
		{`a.b.c`, path, "expected an attribute such as", 0},
		{`a b`, path, "expected the end of the path", 2},
		{strings.Repeat("a", 2049), path, "longer than 2048 bytes", 2048},
		{`a[` + strings.Repeat("(", 32) + `b pr`, filter, "more than 32 deep", 33},
		{`a[` + strings.Repeat("b pr or ", 32) + `b pr]`, filter, "more than 32 comparisons", 2 + 32*8 + 2},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			_, err := ParsePath(test.text)
			assertRefused(t, err, test.scimType, test.message, test.offset)
		})
	}
}

func TestAttrPathWithin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, schema   string
		attribute, sub string
		ok             bool
	}{
		{enterpriseURN + ":department", enterpriseURN, "department", "", true},
		{strings.ToUpper(enterpriseURN) + ":Department", enterpriseURN, "Department", "", true},
		{enterpriseURN + ":manager.value", enterpriseURN, "manager", "value", true},
		{enterpriseURN + ".department", enterpriseURN, "department", "", true},
		{enterpriseURN + ".manager.value", enterpriseURN, "manager", "value", true},
		{enterpriseURN, enterpriseURN, "", "", true},
		{strings.ToLower(enterpriseURN), enterpriseURN, "", "", true},
		{"urn:example:acme:2.0", "urn:example:acme:2.0", "", "", true},
		{"urn:example:acme:2.0:costCode", "urn:example:acme:2.0", "costCode", "", true},
		{"urn:example:acme:2.0.costCode", "urn:example:acme:2.0", "costCode", "", true},
		{enterpriseURN + ":department", userURN, "", "", false},
		{enterpriseURN + "s:department", enterpriseURN, "", "", false},
		{enterpriseURN + ":more:department", enterpriseURN, "", "", false},
		{strings.TrimSuffix(enterpriseURN, ":User") + "User:department", enterpriseURN, "", "", false},
		{"department", enterpriseURN, "", "", false},
		{"name.givenName", "name", "", "", false},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			path, err := ParsePath(test.path)
			require.NoError(t, err)
			attribute, sub, ok := path.Attr.Within(test.schema)
			assert.Equal(t, test.ok, ok)
			assert.Equal(t, test.attribute, attribute)
			assert.Equal(t, test.sub, sub)
		})
	}
}
