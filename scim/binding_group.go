package scim

import "github.com/scimbridge/scimbridge/domain"

// groupURN is the schema of a group.
const groupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"

var groupType = newResourceType(resourceType{
	name: "Group", endpoint: "/Groups", description: "Groups of users",
	schemas: []*schemaTable{{urn: groupURN, name: "Group", description: "Group", rows: groupRows}},
})

var groupRows = append(commonRows(domain.AttrGroupID, domain.AttrGroupExternalKey, metaRows("Group", domain.AttrGroupCreatedAt, domain.AttrGroupUpdatedAt,
	&binding{put: putGroupLocation, matches: matchLocation("/Groups", domain.AttrGroupID)}, &binding{put: putGroupVersion})),
	&binding{facts: rfcGroup.of("displayName").unique(), attribute: domain.AttrGroupName, key: true},
	membersRow,
)

var membersRow = &binding{facts: rfcGroup.of("members"), collection: domain.Members, streamed: true, subs: memberRows}

// memberRows are the sub-attributes of members. Groups are no members of groups.
var memberRows = []*binding{
	{facts: rfcGroup.of("members.value"), attribute: domain.AttrMemberPerson},
	{facts: ofUsersOnly(rfcGroup.of("members.$ref")), put: func(dst []byte, record any, v view) []byte {
		return appendLocation(dst, v.base, "/Users", record.(*domain.Member).Person)
	}},
	{facts: rfcGroup.of("members.display").readOnly(), put: func(dst []byte, record any, _ view) []byte {
		return appendText(dst, record.(*domain.Member).Name)
	}},
	{facts: ofUsersOnly(rfcGroup.of("members.type")), fixed: "User"},
}

func ofUsersOnly(f facts) facts {
	only := []string{"User"}
	if len(f.references) > 0 {
		f.references = only
	}
	if len(f.canonical) > 0 {
		f.canonical = only
	}
	return f
}

func putGroupLocation(dst []byte, record any, v view) []byte {
	return appendLocation(dst, v.base, "/Groups", record.(*domain.Group).ID)
}

func putGroupVersion(dst []byte, record any, _ view) []byte {
	return appendVersion(dst, record.(*domain.Group).Version)
}
