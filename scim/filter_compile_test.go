package scim

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// Each filter is asked of ana, and must say of her what the row says.
func TestCompileFilter(t *testing.T) {
	t.Parallel()
	id, manager, group, organization := testID(1).String(), testID(9).String(), testID(61).String(), testID(41).String()
	tests := []struct {
		holds   bool
		filters []string
	}{
		{true, []string{
			// What providers send.
			`userName eq "ANA@example.org"`, `username Eq "ana@example.org"`, `externalId eq "Ext-1"`, `emails[type eq "work"].value eq "Ana@Example.org"`,
			`id eq "` + id + `" and manager eq "` + manager + `"`, `manager eq "` + manager + `" and id eq "` + id + `"`, `emails eq "ana@home.example"`, `email Co "ana" or emails Co "ana"`,
			enterpriseURN + `:employeeNumber eq "77"`, `employeeNumber eq 77`, enterpriseURN + `.department eq "r&d"`, `active eq true`, `active eq "True"`, `active ne "False"`,
			// All that the tables hold.
			`meta.created eq "2026-01-30T00:00:00.123456Z"`, `meta.created lt "2026-01-30T00:00:00.123457Z"`, `meta.lastModified ge "2026-01-31T12:00:00.123456+01:00"`,
			`meta.lastModified gt "2026-01-31T11:00:00"`, `meta.resourceType eq "user"`, `meta.resourceType pr and meta.location pr`, `meta.location eq "` + base + `/Users/` + id + `"`,
			`meta[resourceType eq "User" and created gt "2020-01-01T00:00:00Z"]`,
			`schemas eq "` + strings.ToUpper(enterpriseURN) + `"`, `schemas co "useraccess"`, `schemas pr`, `schemas eq "` + userURN + `"`, `not (schemas eq "urn:x")`, `schemas ne "urn:x"`,
			`name.givenName sw "a" and name.familyName ew "TO"`, `name[givenName eq "Ana"]`, `name pr`, `displayName eq "ana ito"`, `displayName sw "Ana I"`, `title co "gine"`, `locale ge "pt"`,
			`profileUrl eq "not a url"`, `phoneNumbers.value eq "+1 555 0100"`, `phoneNumbers[type eq "mobile" and primary eq "true"]`, `addresses.locality eq "rio"`, `addresses pr`,
			`addresses[type eq "work" and not (country eq "PT")]`, `photos.type eq "photo"`, `ims eq "ana"`, `groups eq "` + group + `"`, `groups.value eq "` + strings.ToUpper(group) + `"`,
			`groups.display eq "ops"`, `groups[type eq "direct" and display eq "Ops"]`, `organizationIds eq "` + organization + `"`, `organizationIds[value eq "` + organization + `"]`,
			`mfaRequired eq true`, `mfaEnrolled eq false`, `accessState eq "active"`, `loginState pr`, `lastLoginAt le "2026-01-31T12:00:00Z"`, accessURN + `:mfaRequired eq "True"`,
			// Nothing is nothing, and ne is not eq.
			`nickName eq ""`, `nickName eq null`, `not (nickName pr)`, `nickName ne "x"`, `title ne null`, `title ne ""`, `emails.display ne null`, `invitedAt eq null`, `entitlements eq null`,
			`emails ne "other"`, `identityProviderId eq ""`, `identityProviderId ne "x"`, `title pr and not (nickName pr)`, `externalId ne "ext-1"`, `phoneNumbers.display eq ""`,
			`roles ne "x"`, `not (roles pr)`, `not (roles[primary eq "True"].value eq "x")`, `roles eq null`,
			`emails[display eq null]`, `emails[not (type eq "work") and display ne ""]`,
			`id sw "aa" and id gt "a"`, `userName eq "x" or (userName pr and active eq true)`, `userName co ""`,
		}},
		{false, []string{
			`userName eq "x"`, `externalId eq "ext-1"`, `externalId sw "ext"`, `id eq "` + strings.ToUpper(id) + `"`, `id eq "U1"`, `id eq "{` + id + `}"`, `manager eq "U2"`,
			`emails[type eq "work"].value eq "ana@home.example"`, `emails ne "ana@example.org"`, `emails[type eq "fax"]`, `groups.value eq "x"`, `active eq false`, `active ne true`,
			`meta.created gt "2026-01-30T00:00:00.123456Z"`, `meta.location eq "` + base + `/Groups/` + id + `"`, `meta.resourceType eq "Group"`, `meta.resourceType gt "z"`, `meta.location ne "` + base + `/Users/` + id + `"`,
			`schemas eq "urn:x"`, `schemas eq ""`, `schemas eq "` + groupURN + `"`, `roles pr`, `roles.value eq "x"`, `roles[primary eq true]`, `nickName co ""`, `nickName gt "a"`,
			`title eq null`, `organizationIds eq "x"`, `identityProviderId pr`, `invitedAt pr`, `invitedAt lt "2030-01-01T00:00:00Z"`, `groups.type eq "indirect"`, `emails eq null`, `x509Certificates pr`,
		}},
	}
	for _, test := range tests {
		for _, text := range test.filters {
			text = strings.ReplaceAll(text, "email Co", "emails Co")
			condition, err := compileFilter(userType, text, plainView)
			if assert.NoError(t, err, text) {
				assert.Equal(t, test.holds, condition.Holds(ana(), noon), text)
			}
		}
	}
}

func TestCompileFilterRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`email co "x"`, `shoeSize eq 1`, `name.shoe eq 1`, `urn:x:y:User:z eq 1`, enterpriseURN + ` pr`, enterpriseURN + `:shoe pr`,
		`password eq "x"`, `password pr`, `password sw "a"`, `sendInvitation eq true`, `externalLoginUsername eq "x"`, accessURN + `:externalLoginUsername pr`,
		`active gt true`, `active co "t"`, `active eq "yes"`, `active eq 1`, `mfaRequired lt false`, `emails[primary sw "t"]`,
		`meta.created eq "yesterday"`, `meta.created co "2026-01-01T00:00:00Z"`, `meta.created eq 5`, `meta.version eq "W/\"1\""`, `meta.location co "x"`,
		`name eq "x"`, `meta eq "x"`, `addresses eq "Rio"`, `addresses ne null`, `emails[shoe eq 1]`, `emails[emails.type eq "x"]`, `title[value eq "x"]`, `emails.value[type eq "x"]`,
		`manager.displayName eq "Mia"`, `manager.$ref pr`, `groups.$ref eq "x"`, `title gt null`, `userName co null`, `members eq "x"`, `emails[type eq "work"].shoe eq 1`,
		`userName eq ana@example.org`, ``, `userName`, `not userName eq "x"`,
	} {
		_, err := compileFilter(userType, text, plainView)
		assert.Equal(t, "invalidFilter", failure(err), text)
	}
	_, err := compileFilter(userType, `externalLoginUsername eq "x"`, ssoView)
	assert.NoError(t, err)
}

func TestCompileGroupFilter(t *testing.T) {
	t.Parallel()
	person, group := testID(1), &domain.Group{ID: testID(61), Name: "Ops", CreatedAt: noon, UpdatedAt: noon, Link: &domain.Link{ExternalKey: "G"}}
	for _, text := range []string{
		`displayName eq "OPS"`, `id eq "` + group.ID.String() + `" and externalId eq "G"`, `meta.lastModified pr and meta.resourceType eq "Group"`, `schemas eq "` + groupURN + `"`, `displayName ne "x"`,
	} {
		condition, err := compileFilter(groupType, text, plainView)
		if assert.NoError(t, err, text) {
			assert.True(t, condition.Holds(group, noon), text)
		}
	}
	member := domain.Some{Collection: domain.Members, Where: domain.Compare{Attribute: domain.AttrMemberPerson, Value: domain.TextValue(person.String())}}
	tests := []struct {
		text string
		want domain.Condition
	}{
		{`members eq "` + strings.ToUpper(person.String()) + `"`, member},
		{`members.value eq "` + person.String() + `"`, member},
		{`members.value ne "` + person.String() + `"`, domain.Not{Condition: member}},
		{`members[value eq "` + person.String() + `"]`, member},
		{`members pr`, domain.Some{Collection: domain.Members, Where: always}},
		{`members eq null`, domain.Not{Condition: domain.Some{Collection: domain.Members, Where: domain.Present{Attribute: domain.AttrMemberPerson}}}},
		{`members.type eq "user"`, domain.Some{Collection: domain.Members, Where: always}},
		{`members[type eq "Group"]`, domain.Some{Collection: domain.Members, Where: never}},
	}
	for _, test := range tests {
		got, err := compileFilter(groupType, test.text, plainView)
		require.NoError(t, err, test.text)
		assert.Equal(t, test.want, got, test.text)
	}
	for _, text := range []string{`members.display eq "x"`, `userName eq "x"`, `meta.version pr`, `description eq "x"`} {
		_, err := compileFilter(groupType, text, plainView)
		assert.Equal(t, "invalidFilter", failure(err), text)
	}
}

func TestSortAttribute(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]*domain.Attribute{
		"userName": domain.AttrUsername, "NAME.familyname": domain.AttrLastName, "meta.lastModified": domain.AttrUpdatedAt, "displayName": domain.AttrShownName, "id": domain.AttrID,
		enterpriseURN + ":department": domain.AttrDepartment, "manager": domain.AttrManager, userURN + ":title": domain.AttrTitle, "active": domain.AttrIsActive,
	} {
		got, err := sortAttribute(userType, path, plainView)
		require.NoError(t, err, path)
		assert.Same(t, want, got, path)
	}
	for _, path := range []string{"", "shoe", "emails", "emails.value", `emails[type eq "work"]`, "name", "password", "meta.version", "externalLoginUsername", enterpriseURN, "groups", "schemas"} {
		_, err := sortAttribute(userType, path, plainView)
		assert.Equal(t, "invalidPath", failure(err), path)
	}
}

// What the tables say can be compared must be what the domain has.
func TestSearchedAttributesExist(t *testing.T) {
	t.Parallel()
	known := slices.Concat(domain.PersonAttributes(), domain.GroupAttributes(), domain.Members.Attributes, []*domain.Attribute{domain.AttrStreetShown})
	for _, c := range domain.PersonCollections() {
		known = append(known, c.Attributes...)
	}
	eachBinding(func(_ *resourceType, b *binding) {
		for _, a := range []*domain.Attribute{b.attribute, b.search} {
			assert.True(t, a == nil || slices.Contains(known, a), b.path)
		}
	})
}
