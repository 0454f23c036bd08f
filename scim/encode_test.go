package scim

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestAppendUser(t *testing.T) {
	t.Parallel()
	id, group := testID(1).String(), testID(61).String()
	want := `{'schemas':['` + userURN + `','` + enterpriseURN + `','` + accessURN + `'],'id':'` + id + `','externalId':'Ext-1',` +
		`'meta':{'resourceType':'User','created':'2026-01-30T00:00:00.123456Z','lastModified':'2026-01-31T11:00:00.123456Z','version':'W/\"7\"','location':'` + base + `/Users/` + id + `'},` +
		`'userName':'ana@example.org','name':{'formatted':'Ana Ito','familyName':'Ito','givenName':'Ana'},'displayName':'Ana Ito','profileUrl':'not a URL','title':'Engineer','locale':'pt-BR','active':true,` +
		`'emails':[{'value':'ana@example.org','type':'work','primary':true},{'value':'ana@home.example','display':'Home','type':'home','primary':false}],` +
		`'phoneNumbers':[{'value':'+1 555 0100','type':'mobile','primary':true}],` +
		`'ims':[{'value':'ana','type':'xmpp'}],'photos':[{'value':'photo?','type':'photo','primary':true}],` +
		`'addresses':[{'formatted':'1 Main St\nRio, RJ 20000\nBR','streetAddress':'1 Main St','locality':'Rio','region':'RJ','postalCode':'20000','country':'BR','type':'work','primary':false}],` +
		`'groups':[{'value':'` + group + `','$ref':'` + base + `/Groups/` + group + `','display':'Ops','type':'direct'}],` +
		`'` + enterpriseURN + `':{'employeeNumber':'77','department':'R&D','manager':{'value':'` + testID(9).String() + `','$ref':'` + base + `/Users/` + testID(9).String() + `','displayName':'Mia'}},` +
		`'` + accessURN + `':{'mfaRequired':true,'organizationIds':['` + testID(41).String() + `','` + testID(42).String() + `'],'accessState':'Active','loginState':'MfaEnrollmentPending','mfaEnrolled':false,` +
		`'activatedAt':'2026-01-30T12:00:00.123456Z','lastLoginAt':'2026-01-31T10:00:00.123456Z'}}`
	proj, err := newProjection(userType, "", "", plainView)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(want, `'`, `"`), string(appendUser(nil, ana(), plainView, proj)))
	assert.Equal(t, `W/"7"`, userVersion(ana()))
}

func TestAppendUserShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	bare := &domain.Person{ID: testID(1), Access: &domain.UserAccess{Username: "ana"}}
	got := shownUser(t, bare, plainView)
	assert.Equal(t, []any{userURN, accessURN}, got["schemas"])
	assert.Equal(t, "ana", got["displayName"], "at last from userName")
	assert.Equal(t, false, got["active"])
	for _, name := range []string{"name", "externalId", "emails", "groups", enterpriseURN} {
		assert.NotContains(t, got, name)
	}
	assert.NotContains(t, got["meta"], "created", "never")

	p := ana()
	p.ExternalLogin, p.ManagerName, p.DisplayName = "ana@idp", "", "Shown"
	p.Link.Echo.FormattedName, p.Addresses[0].Formatted = "Dr. Ana", "There"
	assert.NotContains(t, shownUser(t, p, plainView)[accessURN], "externalLoginUsername")
	got = shownUser(t, p, ssoView)
	assert.Equal(t, "ana@idp", got[accessURN].(map[string]any)["externalLoginUsername"])
	assert.Equal(t, map[string]any{"value": testID(9).String()}, got[enterpriseURN].(map[string]any)["manager"], "a manager whom nobody knows")
	assert.Equal(t, "Shown", got["displayName"])
	assert.Equal(t, "Dr. Ana", got["name"].(map[string]any)["formatted"])
	assert.Equal(t, "There", got["addresses"].([]any)[0].(map[string]any)["formatted"])
}

// Of each type one element is shown: the primary one, else the oldest. Without a type all are.
func TestShownElements(t *testing.T) {
	t.Parallel()
	p := ana()
	p.Emails = []domain.EmailAddress{{Address: "1", Type: "work"}, {Address: "2", Type: "WORK", IsPrimary: true}, {Address: "3", Type: "home"}, {Address: "4", Type: "Home"}, {Address: "5"}, {Address: "6"}}
	p.Link.Echo.Photos = []domain.EchoValue{{Value: "1", Type: "photo"}, {Value: "2", Type: "photo"}}
	shown := func(name string) (values []string) {
		for _, element := range shownUser(t, p, plainView)[name].([]any) {
			values = append(values, element.(map[string]any)["value"].(string))
		}
		return values
	}
	assert.Equal(t, []string{"2", "3", "5", "6"}, shown("emails"))
	assert.Equal(t, []string{"1", "2"}, shown("photos"))
}

func TestAppendGroup(t *testing.T) {
	t.Parallel()
	group := &domain.Group{ID: testID(61), Name: `O"ps`, Version: 2, CreatedAt: noon, UpdatedAt: noon.In(time.FixedZone("", 3600)), Link: &domain.Link{ExternalKey: "G"}}
	proj, err := newProjection(groupType, "", "", plainView)
	require.NoError(t, err)
	id := testID(61).String()
	assert.Equal(t, strings.ReplaceAll(`{'schemas':['`+groupURN+`'],'id':'`+id+`','externalId':'G','meta':{'resourceType':'Group','created':'2026-01-31T12:00:00.123456Z',`+
		`'lastModified':'2026-01-31T12:00:00.123456Z','version':'W/\"2\"','location':'`+base+`/Groups/`+id+`'},'displayName':'O\"ps'`, `'`, `"`),
		string(appendGroupHead(nil, group, plainView, proj)))
	assert.Equal(t, `W/"2"`, groupVersion(group))

	person := testID(1).String()
	assert.JSONEq(t, `{"value":"`+person+`","$ref":"`+base+`/Users/`+person+`","display":"Ana","type":"User"}`,
		string(appendMember(nil, domain.Member{Person: testID(1), Name: "Ana"}, plainView, projection{groupType, groupType.shown})))
	assert.True(t, proj.wants("members"))
	for _, asked := range [][2]string{{"", "Members"}, {"displayName", ""}, {"", groupURN + ":members"}} {
		proj, err = newProjection(groupType, asked[0], asked[1], plainView)
		require.NoError(t, err)
		assert.False(t, proj.wants("members"), asked)
	}
}

func TestProjection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		attributes, excluded string
		want                 []string // members besides schemas and id; a sub-attribute behind its attribute
	}{
		{"userName", "", []string{"userName"}},
		{"USERNAME, name.givenName ,shoe,,urn:x:y:z,a b", "", []string{"userName", "name", "name.givenName"}},
		{"emails.value", "", []string{"emails", "emails.value"}},
		{"name", "name.formatted", []string{"name", "name.givenName", "name.familyName"}},
		{"id", "", nil},
		{"shoe", "", nil},
		{"password,sendInvitation,roles", "", nil},
		{enterpriseURN, "", []string{enterpriseURN, enterpriseURN + ".employeeNumber", enterpriseURN + ".department", enterpriseURN + ".manager"}},
		{enterpriseURN + ":department,meta.version", "", []string{enterpriseURN, enterpriseURN + ".department", "meta", "meta.version"}},
		{"department", "", []string{enterpriseURN, enterpriseURN + ".department"}},
		{userURN + ":title", "", []string{"title"}},
		{userURN, "id,schemas,meta,name,emails,phoneNumbers,ims,photos,addresses,groups,active,locale,profileUrl,externalId,title,userName", []string{"displayName"}},
	}
	for _, test := range tests {
		proj, err := newProjection(userType, test.attributes, test.excluded, plainView)
		require.NoError(t, err)
		var got []string
		object := parsed(t, appendUser(nil, ana(), plainView, proj))
		assert.Equal(t, testID(1).String(), object["id"])
		assert.Contains(t, object["schemas"], userURN)
		delete(object, "id")
		assert.Equal(t, object[enterpriseURN] != nil, strings.Contains(strings.Join(toStrings(object["schemas"]), " "), enterpriseURN))
		delete(object, "schemas")
		for name, value := range object {
			got = append(got, name)
			if list, ok := value.([]any); ok {
				value = list[0]
			}
			if complex, ok := value.(map[string]any); ok {
				for sub := range complex {
					got = append(got, name+"."+sub)
				}
			}
		}
		assert.ElementsMatch(t, test.want, got, "%s / %s", test.attributes, test.excluded)
	}

	all, err := newProjection(userType, " ", "", plainView)
	require.NoError(t, err)
	assert.Equal(t, userType.shown, all.mask, "an empty parameter counts as not given")
	assert.True(t, all.wants("groups") && all.wants(enterpriseURN) && all.wants("manager.displayName"))
	none, err := newProjection(userType, "", "groups,emails.value,"+enterpriseURN, plainView)
	require.NoError(t, err)
	assert.False(t, none.wants("groups") || none.wants(enterpriseURN) || none.wants("emails.value") || none.wants("shoe") || none.wants("["))
	assert.True(t, none.wants("emails"))
	_, err = newProjection(userType, `emails[type eq "work"].value`, "", plainView)
	assert.Equal(t, "invalidPath", failure(err))
	_, err = newProjection(userType, "", `emails[type eq "work"]`, plainView)
	assert.Equal(t, "invalidPath", failure(err))
}

func toStrings(list any) (texts []string) {
	for _, item := range list.([]any) {
		texts = append(texts, item.(string))
	}
	return texts
}
