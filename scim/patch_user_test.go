package scim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	workEmail  = "EmailAddresses"
	unseenWork = "hidden@example.org Work"
)

// Each row is a request as the provider sends it, and what it changes of ana.
func TestPatchUser(t *testing.T) {
	t.Parallel()
	ent, acc := enterpriseURN, accessURN
	tests := []struct {
		name string
		ops  string // the operations, single quotes for double ones
		want map[string]string
	}{
		// Entra ID.
		{"entra: one attribute", `{'op':'Replace','path':'name.familyName','value':'Berg'}`, map[string]string{"LastName": "Berg"}},
		{"entra: op in any case", `{'op':'rEPLACE','path':'Name.FAMILYname','value':'Berg'}`, map[string]string{"LastName": "Berg"}},
		{"entra: value path", `{'op':'Replace','path':'emails[type eq \'work\'].value','value':'new@example.org'}`,
			map[string]string{workEmail: "new@example.org work primary; " + unseenWork + "; ana@home.example home Home"}},
		{"entra: add by value path makes the element", `{'op':'Add','path':'emails[type eq \'other\'].Value','value':'o@example.org'}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork + "; ana@home.example home Home; o@example.org other"}},
		{"entra: replace by value path makes the element", `{'op':'Replace','path':'phoneNumbers[type eq \'fax\'].value','value':'1'}`,
			map[string]string{"PhoneNumbers": "+1 555 0100 mobile primary; +1 555 0199 mobile; 1 fax"}},
		{"entra: part of an address keeps its siblings", `{'op':'Add','path':'addresses[type eq \'work\'].locality','value':'Niterói'}`,
			map[string]string{"StreetAddresses": "work 1 Main St Niterói RJ 20000 BR"}},
		{"entra: parts make one address", `{'op':'Add','path':'addresses[type eq \'other\'].Formatted','value':'Here'},{'op':'Add','path':'addresses[type eq \'other\'].country','value':'PT'}`,
			map[string]string{"StreetAddresses": "work 1 Main St Rio RJ 20000 BR; other Here PT"}},
		{"entra: roles by value path are dropped", `{'op':'Add','path':'roles[primary eq \'True\'].value','value':'admin'}`, map[string]string{}},
		{"entra: roles as an array are dropped", `{'op':'Add','path':'roles','value':[{'primary':'True','value':'admin'}]}`, map[string]string{}},
		{"entra: extension with a colon", `{'op':'Add','path':'` + ent + `:department','value':'Sales'}`, map[string]string{"Department": "Sales"}},
		{"entra: extension with a dot", `{'op':'Add','path':'` + ent + `.department','value':'Sales'}`, map[string]string{"Department": "Sales"}},
		{"entra: extension in another case", `{'op':'Add','path':'` + strings.ToUpper(ent) + `:costCenter','value':'4130'}`, map[string]string{"CostCenter": "4130"}},
		{"entra: manager as a string", `{'op':'Add','path':'` + ent + `:manager','value':'U2'}`, map[string]string{"ManagerPersonId": "U2"}},
		{"entra: manager as an array of one", `{'op':'Add','path':'manager','value':[{'$ref':'http://x/Users/U2','value':'U2'}]}`, map[string]string{"ManagerPersonId": "U2"}},
		{"entra: manager as an object", `{'op':'Replace','path':'` + ent + `:manager','value':{'value':'U2','displayName':'Mia'}}`, map[string]string{"ManagerPersonId": "U2"}},
		{"entra: manager.value", `{'op':'Replace','path':'` + ent + `:manager.value','value':'U2'}`, map[string]string{"ManagerPersonId": "U2"}},
		{"entra: manager removed", `{'op':'Remove','path':'` + ent + `:manager'}`, map[string]string{"ManagerPersonId": ""}},
		{"entra: manager emptied", `{'op':'Replace','path':'` + ent + `:manager','value':''}`, map[string]string{"ManagerPersonId": ""}},
		{"entra: manager removed by filter", `{'op':'Remove','path':'manager[value eq \'` + testID(9).String() + `\']'}`, map[string]string{"ManagerPersonId": ""}},
		{"entra: another manager is not removed", `{'op':'Remove','path':'manager[value eq \'U2\']'}`, map[string]string{}},
		{"entra: remove with a value writes nothing", `{'op':'Remove','path':'emails[type eq \'work\'].value','value':'ana@example.org'}`,
			map[string]string{workEmail: unseenWork + "; ana@home.example home Home primary"}},
		{"entra: disabled with a string", `{'op':'Replace','path':'active','value':'False'}`, map[string]string{"IsActive": "false"}},
		{"entra: disabled with a boolean", `{'op':'replace','path':'active','value':false}`, map[string]string{"IsActive": "false"}},
		{"entra: dotted and URN keys", `{'op':'replace','value':{'displayName':'B','name.givenName':'K','` + ent + `:employeeNumber':'78'}}`,
			map[string]string{"DisplayName": "B", "FirstName": "K", "EmployeeNumber": "78"}},
		{"entra: value path as a key", `{'op':'replace','value':{'emails[type eq \'home\'].value':'h@example.org'}}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork + "; h@example.org home Home"}},
		{"entra: rename without a path", `{'op':'replace','value':{'userName':'New@example.org'}}`, map[string]string{"Username": "New@example.org"}},
		{"entra: null clears", `{'op':'Replace','path':'title','value':null}`, map[string]string{"Title": ""}},
		{"entra: empty text clears", `{'op':'Replace','path':'title','value':''}`, map[string]string{"Title": ""}},
		{"entra: one attribute, many operations", `{'op':'Remove','path':'title'},{'op':'Add','path':'title','value':'A'},{'op':'Replace','path':'title','value':'B'}`, map[string]string{"Title": "B"}},
		{"entra before 2018: value in an array of objects", `{'op':'Replace','path':'displayName','value':[{'$ref':null,'value':'B'}]}`, map[string]string{"DisplayName": "B"}},
		// Okta.
		{"okta: deactivate", `{'op':'replace','value':{'active':false}}`, map[string]string{"IsActive": "false"}},
		{"okta: password is dropped", `{'op':'replace','value':{'password':'s3cret'}}`, map[string]string{}},
		{"okta: value in an array", `{'op':'replace','path':'active','value':[false]}`, map[string]string{"IsActive": "false"}},
		{"okta: id in the value", `{'op':'replace','value':{'id':'other','title':'T'}}`, map[string]string{"Title": "T"}},
		{"okta: empty texts", `{'op':'replace','value':{'name':{'middleName':'','honorificPrefix':''}}}`, map[string]string{}},
		// Others.
		{"keycloak: value as the text of a document", `{'op':'replace','value':'{\'schemas\':[\'` + userURN + `\'],\'title\':\'T\',\'name\':{\'givenName\':\'Eva\'}}'}`,
			map[string]string{"Title": "T", "FirstName": "Eva"}},
		{"jumpcloud: remove by a list of values", `{'op':'remove','path':'emails','value':[{'value':'ANA@home.example'}]}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork}},
		{"ping: wrong case everywhere", `{'OP':'REPLACE','PATH':'USERNAME','VALUE':'x'}`, map[string]string{"Username": "x"}},
		// RFC 7644 section 3.5.2 and the rules of our own.
		{"whole extension object", `{'op':'add','value':{'` + ent + `':{'department':'Sales','manager':{'value':'U3'}},'` + acc + `':{'mfaRequired':'False'}}}`,
			map[string]string{"Department": "Sales", "ManagerPersonId": "U3", "MfaRequired": "false"}},
		{"extension as a path", `{'op':'replace','path':'` + ent + `','value':{'department':'Sales'}}`, map[string]string{"Department": "Sales"}},
		{"extension removed", `{'op':'remove','path':'` + ent + `'}`, map[string]string{"Department": "", "EmployeeNumber": "", "ManagerPersonId": ""}},
		{"complex value leaves the rest", `{'op':'replace','path':'name','value':{'givenName':'Eva'}}`, map[string]string{"FirstName": "Eva"}},
		{"complex value removed", `{'op':'remove','path':'name'}`, map[string]string{"FirstName": "", "LastName": ""}},
		{"core URN", `{'op':'add','path':'` + userURN + `:nickName','value':'An'}`, map[string]string{"PreferredName": "An"}},
		{"schemas are ignored", `{'op':'add','value':{'schemas':['x'],'nickName':'An'}},{'op':'add','path':'schemas','value':['y']}`, map[string]string{"PreferredName": "An"}},
		{"unknown names are ignored", `{'op':'add','value':{'shoeSize':9,'name.shoe':1,'urn:x:y:z':{},'a b':1,'nickName':'An'}}`, map[string]string{"PreferredName": "An"}},
		{"read-only names in a value are ignored", `{'op':'replace','value':{'groups':[],'meta':{'version':'x'},'` + acc + `':{'accessState':'Active'}}}`, map[string]string{}},
		{"equal read-only value", `{'op':'replace','path':'id','value':'` + testID(1).String() + `'}`, map[string]string{}},
		{"replace all", `{'op':'replace','path':'emails','value':[{'value':'x@y','type':'home'},{'value':'z@y'}]}`,
			map[string]string{workEmail: unseenWork + "; x@y home primary; z@y"}},
		{"primary moves", `{'op':'add','path':'emails[type eq \'home\'].primary','value':'True'}`,
			map[string]string{workEmail: "ana@example.org work; " + unseenWork + "; ana@home.example home Home primary"}},
		{"add to a list keeps the rest", `{'op':'add','path':'emails','value':[{'value':'x@y','type':'other'}]}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork + "; ana@home.example home Home; x@y other"}},
		{"add takes the place of its type", `{'op':'add','path':'emails','value':{'value':'x@y','type':'WORK'}}`,
			map[string]string{workEmail: "x@y WORK primary; " + unseenWork + "; ana@home.example home Home"}},
		{"add of what is there", `{'op':'add','path':'emails','value':[{'value':'ANA@home.example','type':'home'}]}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork + "; ANA@home.example home Home"}},
		{"add of nothing", `{'op':'add','path':'emails','value':[]},{'op':'add','path':'emails','value':[{'type':'other','value':null}]}`, map[string]string{}},
		{"nothing left but what was not seen", `{'op':'remove','path':'emails'}`, map[string]string{workEmail: unseenWork + " primary"}},
		{"empty list clears", `{'op':'replace','path':'phoneNumbers','value':[]}`, map[string]string{"PhoneNumbers": "+1 555 0199 mobile"}},
		{"remove by filter", `{'op':'remove','path':'emails[value ew \'home.example\' or type eq \'x\']'}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork}},
		{"remove with an empty list", `{'op':'remove','path':'emails','value':[]}`, map[string]string{}},
		{"remove of what is not there", `{'op':'remove','path':'emails','value':[{'value':'x@y'}]},{'op':'remove','path':'emails[type eq \'x\']'}`, map[string]string{}},
		{"remove of a part", `{'op':'remove','path':'emails[type eq \'home\'].display'}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork + "; ana@home.example home"}},
		{"remove of the last part", `{'op':'add','path':'addresses','value':[{'type':'home','country':'BR'}]},{'op':'remove','path':'addresses[type eq \'home\'].country'}`, map[string]string{}},
		{"value cleared by replace", `{'op':'replace','path':'emails[type eq \'home\'].value','value':null}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork}},
		{"elements by filter take an object", `{'op':'replace','path':'emails[type eq \'home\']','value':{'value':'h@y','display':''}}`,
			map[string]string{workEmail: "ana@example.org work primary; " + unseenWork + "; h@y home"}},
		{"sub-attribute without a filter is of the primary element", `{'op':'replace','path':'emails.value','value':'p@y'}`,
			map[string]string{workEmail: "p@y work primary; " + unseenWork + "; ana@home.example home Home"}},
		{"echoes", `{'op':'replace','path':'photos','value':[{'value':'a','type':'photo'},{'value':'b','type':'photo','primary':true}]},{'op':'remove','path':'ims'},{'op':'add','path':'x509Certificates','value':[{'value':'MII'}]},{'op':'replace','path':'profileUrl','value':'x'}`,
			map[string]string{"Photos": "a photo; b photo primary", "Ims": "", "Certificates": "MII", "ProfileUrl": "x"}},
		{"organizations", `{'op':'remove','path':'` + acc + `:organizationIds','value':['` + testID(41).String() + `']},{'op':'add','path':'organizationIds','value':'` + strings.ToUpper(testID(43).String()) + `'}`,
			map[string]string{"OrganizationIds": testID(42).String() + "; " + testID(43).String()}},
		{"identity provider", `{'op':'add','path':'` + acc + `:identityProviderId','value':'` + testID(5).String() + `'}`, map[string]string{"IdentityProviderId": testID(5).String()}},
		{"externalId", `{'op':'replace','path':'externalId','value':'Ext-2'}`, map[string]string{"ExternalKey": "Ext-2"}},
		{"formatted name", `{'op':'replace','path':'name.formatted','value':'Dr. Ana'}`, map[string]string{"FormattedName": "Dr. Ana"}},
		{"computed names stay computed", `{'op':'replace','value':{'displayName':'Ana Ito','name':{'formatted':'Ana Ito'}}}`, map[string]string{}},
		{"the name from before, by a path, is chosen", `{'op':'replace','path':'name.familyName','value':'Melo'},{'op':'replace','path':'displayName','value':'Ana Ito'}`,
			map[string]string{"LastName": "Melo", "DisplayName": "Ana Ito"}},
		{"access is not switched by the absence of a value", `{'op':'remove','path':'active'},{'op':'replace','path':'active','value':null}`, map[string]string{}},
		{"numbers and booleans for texts", `{'op':'replace','value':{'title':5,'` + ent + `:employeeNumber':78,'nickName':true}}`,
			map[string]string{"Title": "5", "EmployeeNumber": "78", "PreferredName": "true"}},
		{"no SSO: an empty login is nothing", `{'op':'replace','path':'` + acc + `:externalLoginUsername','value':''},{'op':'remove','path':'externalLoginUsername'}`, map[string]string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			change, err := patchUser(patchBody(t, test.ops), plainView)
			require.NoError(t, err)
			after, err := apply(t, change, ana())
			require.NoError(t, err)
			assert.Equal(t, test.want, changed(ana(), after))
		})
	}
}

// patchBody makes a PATCH of operations in which \' stands for a double quote inside a string.
func patchBody(t rapid.TB, operations string) Value {
	t.Helper()
	text := strings.ReplaceAll(operations, `\'`, `\"`)
	return tree(t, `{'Operations':[`+text+`]}`)
}

func TestPatchUserRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, ops, want, detail string }{
		{"unknown attribute", `{'op':'add','path':'shoeSize','value':9}`, "invalidPath", "shoeSize"},
		{"unknown sub-attribute", `{'op':'add','path':'name.shoe','value':9}`, "invalidPath", "name.shoe"},
		{"unknown attribute of a schema", `{'op':'add','path':'` + enterpriseURN + `:shoe','value':9}`, "invalidPath", "shoe"},
		{"unknown attribute of a schema, dotted", `{'op':'add','path':'` + userURN + `.shoe','value':9}`, "invalidPath", "shoe"},
		{"unknown attribute below a schema", `{'op':'add','path':'` + accessURN + `:a:b','value':9}`, "invalidPath", "a:b"},
		{"attribute of a group", `{'op':'add','path':'` + groupURN + `:members','value':9}`, "invalidPath", "members"},
		{"a prefix that is no URN", `{'op':'add','path':'x:y:z','value':9}`, "invalidPath", "x:y:z"},
		{"malformed path", `{'op':'add','path':'a..b','value':9}`, "invalidPath", ""},
		{"malformed filter", `{'op':'add','path':'emails[type eq work].value','value':'x'}`, "invalidFilter", ""},
		{"malformed key with brackets", `{'op':'add','value':{'emails[type eq':'x'}}`, "invalidFilter", ""},
		{"filter on an unknown sub-attribute", `{'op':'add','path':'emails[shoe eq 1].value','value':'x'}`, "invalidFilter", "shoe"},
		{"filter on a plain attribute", `{'op':'add','path':'title[value eq 1]','value':'x'}`, "invalidPath", "title"},
		{"remove without a path", `{'op':'remove','value':{'title':'x'}}`, "noTarget", "path"},
		{"no operation", `{'path':'title','value':'x'}`, "invalidSyntax", "op"},
		{"unknown operation", `{'op':'move','path':'title','value':'x'}`, "invalidSyntax", "op"},
		{"operation is no object", `5`, "invalidSyntax", ""},
		{"add without a value", `{'op':'add','path':'title'}`, "invalidValue", "value"},
		{"path is no string", `{'op':'add','path':5,'value':'x'}`, "invalidPath", "path"},
		{"no path, no object", `{'op':'add','value':'x'}`, "invalidValue", "object"},
		{"userName removed", `{'op':'remove','path':'userName'}`, "mutability", "userName"},
		{"userName emptied", `{'op':'replace','path':'userName','value':''}`, "invalidValue", "userName"},
		{"userName no string", `{'op':'replace','path':'userName','value':5}`, "invalidValue", "userName"},
		{"groups", `{'op':'add','path':'groups','value':[{'value':'G'}]}`, "mutability", "groups"},
		{"groups removed", `{'op':'remove','path':'groups'}`, "mutability", "groups"},
		{"meta", `{'op':'replace','path':'meta.created','value':'2020-01-01T00:00:00Z'}`, "mutability", "meta.created"},
		{"another id", `{'op':'replace','path':'id','value':'x'}`, "mutability", "id"},
		{"state", `{'op':'replace','path':'` + accessURN + `:accessState','value':'Invited'}`, "mutability", "accessState"},
		{"name of the manager", `{'op':'replace','path':'manager.displayName','value':'Eva'}`, "mutability", "manager.displayName"},
		{"no boolean", `{'op':'replace','path':'active','value':'perhaps'}`, "invalidValue", "active"},
		{"no id", `{'op':'replace','path':'identityProviderId','value':'x'}`, "invalidValue", "identityProviderId"},
		{"object for a text", `{'op':'replace','path':'title','value':{'x':1}}`, "invalidValue", "title"},
		{"text for an object", `{'op':'replace','path':'name','value':'Ana'}`, "invalidValue", "name"},
		{"text for an address", `{'op':'add','path':'addresses','value':'Rio'}`, "invalidValue", "addresses"},
		{"two primaries", `{'op':'add','path':'emails','value':[{'value':'a','primary':true},{'value':'b','primary':'True'}]}`, "invalidValue", "emails"},
		{"no element to make", `{'op':'replace','path':'emails[value co \'nobody\'].display','value':'x'}`, "noTarget", "emails"},
		{"another manager", `{'op':'replace','path':'manager[value eq \'U9\'].value','value':'U2'}`, "noTarget", "manager"},
		{"several values for a filter", `{'op':'replace','path':'emails[type eq \'x\']','value':[{'value':'a'},{'value':'b'}]}`, "invalidValue", "emails"},
		{"too many elements", `{'op':'add','path':'photos','value':[` + strings.Repeat(`'a',`, 100) + `'a']}`, "invalidValue", "photos"},
		{"no SSO", `{'op':'replace','path':'` + accessURN + `:externalLoginUsername','value':'ana'}`, "sso_not_enabled", "externalLoginUsername"},
		{"no SSO, without a path", `{'op':'replace','value':{'externalLoginUsername':'ana'}}`, "sso_not_enabled", "externalLoginUsername"},
		{"in the second operation", `{'op':'add','path':'title','value':'x'},{'op':'add','path':'shoe','value':'x'}`, "invalidPath", "Operation 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			change, err := patchUser(patchBody(t, test.ops), plainView)
			if err == nil {
				_, err = apply(t, change, ana())
			}
			require.Error(t, err)
			assert.Equal(t, test.want, failure(err), err)
			assert.Contains(t, err.Error(), test.detail)
		})
	}
}

func TestPatchUserBody(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no object": `[]`, "no operations": `{'schemas':[]}`, "operations no array": `{'Operations':{}}`, "none": `{'Operations':[]}`,
	} {
		_, err := patchUser(tree(t, body), plainView)
		assert.Equal(t, "invalidSyntax", failure(err), name)
	}
	many := strings.Repeat(`{'op':'add','path':'title','value':'x'},`, maxOperations)
	_, err := patchUser(patchBody(t, strings.TrimSuffix(many, ",")), plainView)
	require.NoError(t, err)
	_, err = patchUser(patchBody(t, many+`{'op':'remove','path':'title'}`), plainView)
	assert.Equal(t, &refusal{413, "tooMany", "There are 1001 operations; 1000 are the limit."}, err)
}

func TestPatchUserNotes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		ops  string
		want []string
	}{
		{`{'op':'replace','value':{'password':'x','roles':[{'value':'r'}]}},{'op':'add','path':'roles','value':'r'}`, []string{"password", "roles"}},
		{`{'op':'remove','path':'roles[value eq \'x\']'}`, []string{"roles"}},
		{`{'op':'replace','value':{'password':null,'roles':[]}}`, nil},
		{`{'op':'Add','path':'urn:x:y:2.0:User:z','value':9},{'op':'Replace','path':'URN:x:y:2.0:User:w[type eq \'a\'].v','value':null}`, []string{"urn:x:y:2.0:User:z"}},
		{`{'op':'remove','path':'urn:x:y:2.0:User:w[type eq \'a\'].v'}`, []string{"urn:x:y:2.0:User:w"}},
		{`{'op':'add','value':{'urn:x:y:2.0:User:z':9,'urn:x:y:2.0:User':{'z':9},'urn:x:n:2.0:User':null,'urn:x:ä:z':9,'shoeSize':9}}`, []string{"urn:x:y:2.0:User:z", "urn:x:y:2.0:User"}},
		{`{'op':'add','path':'urn:x:` + strings.Repeat("y", 200) + `:z','value':9}`, []string{"urn:x:" + strings.Repeat("y", 122) + "…"}},
	}
	for _, test := range tests {
		change, err := patchUser(patchBody(t, test.ops), plainView)
		require.NoError(t, err)
		assert.Equal(t, test.want, change.Ignored, test.ops)
		assert.Equal(t, domain.AspectLink, change.Touches, "writing nothing still needs the right to write")
	}
}

func TestPatchUserSettings(t *testing.T) {
	t.Parallel()
	strict := plainView
	strict.policies = domain.Policies{domain.PolicyScimPassword: domain.Reject}
	_, err := patchUser(patchBody(t, `{'op':'add','path':'password','value':'x'}`), strict)
	assert.Equal(t, "mutability", failure(err))
	_, err = patchUser(patchBody(t, `{'op':'add','value':{'password':''}}`), strict)
	assert.NoError(t, err)

	change, err := patchUser(patchBody(t, fmt.Sprintf(`{'op':'replace','value':{'active':true,'%s':{'sendInvitation':'True'}}}`, accessURN)), plainView)
	require.NoError(t, err)
	assert.Equal(t, domain.AspectActive, change.Touches)
	require.NotNil(t, change.SendInvitation)
	assert.True(t, *change.SendInvitation)

	change, err = patchUser(patchBody(t, fmt.Sprintf(`{'op':'replace','path':'%s:externalLoginUsername','value':'Ana'}`, accessURN)), ssoView)
	require.NoError(t, err)
	after, err := apply(t, change, ana())
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"ExternalLoginUsername": "Ana"}, changed(ana(), after))
}
