package scim

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// What a create makes of a body, apart from the switch that is on and the link that is always there.
func TestDecodeUser(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	person := func(fill func(n *domain.NewPerson)) domain.NewPerson {
		n := domain.NewPerson{Access: &domain.NewAccess{Username: "ana", IsActive: true}, Link: &domain.NewLink{}}
		fill(&n)
		return n
	}
	tests := []struct {
		name string
		body string
		want domain.NewPerson
	}{
		{"least", `{'userName':'ana'}`, person(func(*domain.NewPerson) {})},
		{"userName as sent", `{'USERNAME':' Ana '}`, person(func(n *domain.NewPerson) { n.Access.Username = " Ana " })},
		{"entra", `{'schemas':['` + userURN + `','urn:ietf:params:scim:schemas:extension:enterprise:2.0User'],'externalId':'an','userName':'ana','active':true,
			'emails':[{'primary':true,'type':'work','value':'ana@example.org'}],'meta':{'resourceType':'User'},'name':{'formatted':'Ana Ito','familyName':'Ito','givenName':'Ana'},
			'roles':[],'addresses':null,'department':null,'manager':null,'title':null,'` + enterpriseURN + `':{'department':'R&D','manager':'U2'}}`,
			person(func(n *domain.NewPerson) {
				n.FirstName, n.LastName, n.Link.ExternalKey, n.Link.Echo.FormattedName = "Ana", "Ito", "an", "Ana Ito"
				n.Emails = []domain.EmailAddress{{Address: "ana@example.org", Type: "work", IsPrimary: true}}
				n.Employee = domain.Employee{Department: "R&D", Manager: "U2"}
			})},
		{"entra: nulls behind the extension", `{'` + enterpriseURN + `':{'department':'R&D'},'userName':'ana','department':null}`,
			person(func(n *domain.NewPerson) { n.Employee.Department = "R&D" })},
		{"okta", `{'schemas':['` + userURN + `'],'userName':'ana','name':{'givenName':'Ana','familyName':'Ito','middleName':''},'emails':[{'primary':true,'value':'a@b','type':'work'}],
			'displayName':'Ana Ito','locale':'en-US','externalId':'00u1','groups':[],'password':'1mz050nq','active':true}`,
			person(func(n *domain.NewPerson) {
				n.FirstName, n.LastName, n.DisplayName, n.Locale, n.Link.ExternalKey = "Ana", "Ito", "Ana Ito", "en-US", "00u1"
				n.Emails = []domain.EmailAddress{{Address: "a@b", Type: "work", IsPrimary: true}}
				n.Ignored = []string{"password"}
			})},
		{"validator: roles as texts, free forms", `{'userName':'ana','roles':[{'primary':'True','value':'x','type':'y'}],'locale':'any where','profileUrl':'no URL','timezone':'?','preferredLanguage':'!',
			'` + enterpriseURN + `':{'manager':{'value':'RANDOM'},'employeeNumber':7}}`,
			person(func(n *domain.NewPerson) {
				n.Locale, n.TimeZone, n.PreferredLanguage, n.Link.Echo.ProfileURL = "any where", "?", "!", "no URL"
				n.Employee = domain.Employee{Manager: "RANDOM", Number: "7"}
				n.Ignored = []string{"roles"}
			})},
		{"onelogin: old URNs and extra keys", `{'schemas':['urn:scim:schemas:core:1.0'],'userName':'ana','urn:scim:schemas:extension:x:1.0':{'y':1},'extra':{'a':[1]},'nickName':null}`,
			person(func(n *domain.NewPerson) { n.Ignored = []string{"urn:scim:schemas:extension:x:1.0"} })},
		{"without schemas", `{'userName':'ana','title':'T','userType':'Employee'}`,
			person(func(n *domain.NewPerson) { n.Employee = domain.Employee{Title: "T", EmploymentType: "Employee"} })},
		{"unqualified extension", `{'userName':'ana','employeeNumber':'7','manager':'U2','organizationIds':['` + testID(4).String() + `']}`,
			person(func(n *domain.NewPerson) {
				n.Employee = domain.Employee{Number: "7", Manager: "U2"}
				n.Access.OrganizationIDs = []uuid.UUID{testID(4)}
			})},
		{"inactive, as a text", `{'userName':'ana','active':'False'}`, person(func(n *domain.NewPerson) { n.Access.IsActive = false })},
		{"active is null", `{'userName':'ana','active':null}`, person(func(*domain.NewPerson) {})},
		{"first work address is primary", `{'userName':'ana','emails':[{'value':'h','type':'home'},{'value':'w','type':'Work'},{'value':'v','type':'work'}]}`,
			person(func(n *domain.NewPerson) {
				n.Emails = []domain.EmailAddress{{Address: "h", Type: "home"}, {Address: "w", Type: "Work", IsPrimary: true}, {Address: "v", Type: "work"}}
			})},
		{"else the first", `{'userName':'ana','emails':[{'value':'h','type':'home'},{'value':'o'}]}`,
			person(func(n *domain.NewPerson) {
				n.Emails = []domain.EmailAddress{{Address: "h", Type: "home", IsPrimary: true}, {Address: "o"}}
			})},
		{"bare and empty elements", `{'userName':'ana','emails':'a@b','phoneNumbers':['1',{'type':'work','value':''},{'type':'fax'},{},null],'addresses':{'country':'BR','type':'work','primary':'true'}}`,
			person(func(n *domain.NewPerson) {
				n.Emails = []domain.EmailAddress{{Address: "a@b", IsPrimary: true}}
				n.Phones = []domain.PhoneNumber{{Number: "1"}}
				n.Addresses = []domain.StreetAddress{{Country: "BR", Type: "work", IsPrimary: true}}
			})},
		{"echoes, verbatim", `{'userName':'ana','ims':[{'value':'a','type':'x'},{'value':'a','type':'y','display':'A','primary':true}],'photos':[{'value':'p'}],'entitlements':['e'],'x509Certificates':[{'value':'%%'}]}`,
			person(func(n *domain.NewPerson) {
				n.Link.Echo = domain.Echo{IMs: []domain.EchoValue{{Value: "a", Type: "x"}, {Value: "a", Type: "y", Display: "A", IsPrimary: true}},
					Photos: []domain.EchoValue{{Value: "p"}}, Entitlements: []domain.EchoValue{{Value: "e"}}, Certificates: []domain.EchoValue{{Value: "%%"}}}
			})},
		{"own extension", `{'userName':'ana','` + accessURN + `':{'mfaRequired':'True','identityProviderId':'` + testID(5).String() + `','sendInvitation':false,'accessState':'Active','externalLoginUsername':null}}`,
			person(func(n *domain.NewPerson) {
				n.Access.MfaRequired, n.Access.SendInvitation, n.Access.ProviderID = &yes, &no, testID(5)
			})},
		{"dotted and URN keys", `{'userName':'ana','name.givenName':'Ana','` + strings.ToLower(enterpriseURN) + `:department':'D'}`,
			person(func(n *domain.NewPerson) { n.FirstName, n.Employee.Department = "Ana", "D" })},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := decodeUser(tree(t, test.body), plainView)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
			_, err = replaceUser(tree(t, test.body), plainView)
			assert.NoError(t, err, "what can be created can be replaced")
		})
	}
}

func TestBodyRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, want, detail string }{
		{"no object", `[]`, "invalidSyntax", "object"},
		{"no userName", `{'externalId':'x'}`, "invalidValue", "userName"},
		{"empty userName", `{'userName':''}`, "invalidValue", "userName"},
		{"null userName", `{'userName':null}`, "invalidValue", "userName"},
		{"userName is a number", `{'userName':5}`, "invalidValue", "userName"},
		{"externalId is a number", `{'userName':'ana','externalId':5}`, "invalidValue", "externalId"},
		{"active is a word", `{'userName':'ana','active':'yes'}`, "invalidValue", "active"},
		{"name is a text", `{'userName':'ana','name':'Ana'}`, "invalidValue", "name"},
		{"title is an object", `{'userName':'ana','title':{}}`, "invalidValue", "title"},
		{"extension is a text", `{'userName':'ana','` + enterpriseURN + `':'x'}`, "invalidValue", enterpriseURN},
		{"two primaries", `{'userName':'ana','emails':[{'value':'a','primary':true},{'value':'b','primary':true}]}`, "invalidValue", "emails"},
		{"no organization", `{'userName':'ana','` + accessURN + `':{'organizationIds':['x']}}`, "invalidValue", "organizationIds"},
		{"login without SSO", `{'userName':'ana','` + accessURN + `':{'externalLoginUsername':'x'}}`, "sso_not_enabled", "externalLoginUsername"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeUser(tree(t, test.body), plainView)
			require.Error(t, err)
			assert.Equal(t, test.want, failure(err))
			assert.Contains(t, err.Error(), test.detail)
			_, err = replaceUser(tree(t, test.body), plainView)
			assert.Equal(t, test.want, failure(err))
		})
	}
}

func TestDecodeUserWithSso(t *testing.T) {
	t.Parallel()
	got, err := decodeUser(tree(t, `{'userName':'ana','`+accessURN+`':{'externalLoginUsername':'Ana@idp'}}`), ssoView)
	require.NoError(t, err)
	assert.Equal(t, "Ana@idp", got.ExternalLogin)
}

// What a replace changes of ana. A body of userName alone clears what it may.
func TestReplaceUser(t *testing.T) {
	t.Parallel()
	bare := map[string]string{
		"FirstName": "", "LastName": "", "Locale": "", "Title": "",
		workEmail: unseenWork + " primary", "PhoneNumbers": "+1 555 0199 mobile", "StreetAddresses": "",
		"ProfileUrl": "", "Photos": "", "Ims": "",
	}
	with := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for _, values := range []map[string]string{bare, more} {
			for name, value := range values {
				all[name] = value
			}
		}
		for name, value := range all {
			if value == "-" {
				delete(all, name)
			}
		}
		return all
	}
	tests := []struct {
		name string
		body string
		want map[string]string
	}{
		{"keeps active, externalId and what it does not speak of", `{'userName':'ana@example.org'}`, bare},
		{"extension in schemas is replaced", `{'userName':'ana@example.org','schemas':['` + userURN + `','` + strings.ToUpper(enterpriseURN) + `']}`,
			with(map[string]string{"EmployeeNumber": "", "Department": "", "ManagerPersonId": ""})},
		{"extension sent is replaced", `{'userName':'ana@example.org','` + enterpriseURN + `':{'department':'Sales'}}`,
			with(map[string]string{"EmployeeNumber": "", "Department": "Sales", "ManagerPersonId": ""})},
		{"own extension sent is replaced", `{'userName':'ana@example.org','` + accessURN + `':{'organizationIds':['` + testID(42).String() + `']}}`,
			with(map[string]string{"MfaRequired": "false", "OrganizationIds": testID(42).String()})},
		{"extension sent as null", `{'userName':'ana@example.org','` + enterpriseURN + `':null}`,
			with(map[string]string{"EmployeeNumber": "", "Department": "", "ManagerPersonId": ""})},
		{"deactivates", `{'userName':'ana@example.org','active':false}`, with(map[string]string{"IsActive": "false"})},
		{"renames", `{'userName':'Eva','externalId':'Ext-2'}`, with(map[string]string{"Username": "Eva", "ExternalKey": "Ext-2"})},
		{"clears externalId when told", `{'userName':'ana@example.org','externalId':null}`, with(map[string]string{"ExternalKey": ""})},
		{"parts of a name", `{'userName':'ana@example.org','name':{'givenName':'Ana','honorificPrefix':'Dr.'}}`, with(map[string]string{"FirstName": "-", "Prefix": "Dr."})},
		{"computed names put back stay computed", `{'userName':'ana@example.org','displayName':'Ana Ito','name':{'formatted':'Ana Ito','givenName':'Ana','familyName':'Melo'}}`,
			with(map[string]string{"FirstName": "-", "LastName": "Melo"})},
		{"names of their own", `{'userName':'ana@example.org','displayName':'ana ito','name':{'formatted':'Ms. Ito','givenName':'Ana','familyName':'Melo'}}`,
			with(map[string]string{"FirstName": "-", "LastName": "Melo", "DisplayName": "ana ito", "FormattedName": "Ms. Ito"})},
		{"id, meta and groups are no matter", `{'userName':'ana@example.org','id':'` + testID(2).String() + `','meta':{'version':'x'},'groups':[{'value':'x'}],'locale':'pt-BR'}`, with(map[string]string{"Locale": "-"})},
		{"addresses keep their identity", `{'userName':'ana@example.org','emails':[{'value':'h2','type':'home'},{'value':'ana@example.org','type':'work','primary':true},{'value':'n'}]}`,
			with(map[string]string{workEmail: "ana@example.org work primary; " + unseenWork + "; h2 home; n"})},
		{"an address changes its type", `{'userName':'ana@example.org','emails':[{'value':'ana@example.org','type':'other'}]}`,
			with(map[string]string{workEmail: "ana@example.org other primary; " + unseenWork})},
		{"what was not seen, but is named", `{'userName':'ana@example.org','emails':[{'value':'hidden@example.org','type':'work','primary':true}]}`,
			with(map[string]string{workEmail: "hidden@example.org work primary"})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			change, err := replaceUser(tree(t, test.body), plainView)
			require.NoError(t, err)
			after, err := apply(t, change, ana())
			require.NoError(t, err)
			assert.Equal(t, test.want, changed(ana(), after))
		})
	}
}

func TestReplaceUserKeepsIdentity(t *testing.T) {
	t.Parallel()
	change, err := replaceUser(tree(t, `{'userName':'ana','emails':[{'value':'ANA@HOME.example'},{'value':'new@example.org','type':'work'}]}`), plainView)
	require.NoError(t, err)
	after, err := apply(t, change, ana())
	require.NoError(t, err)
	assert.Equal(t, []domain.EmailAddress{
		{ID: testID(11), Address: "new@example.org", Type: "work", IsPrimary: true, VerifiedAt: noon},
		{ID: testID(12), Address: "hidden@example.org", Type: "Work", VerifiedAt: noon},
		{ID: testID(13), Address: "ANA@HOME.example"},
	}, after.Emails)
}

// A login that follows from another attribute is no value that a client could have left out on purpose.
func TestReplaceUserAndProjectedLogin(t *testing.T) {
	t.Parallel()
	change, err := replaceUser(tree(t, `{'userName':'ana@example.org','`+accessURN+`':{}}`), ssoView)
	require.NoError(t, err)
	for projected, want := range map[string]string{"ana@idp": "ana@idp", "other": ""} {
		p := ana()
		p.ExternalLogin, p.Link.ProjectedLogin = "ana@idp", projected
		after, err := apply(t, change, p)
		require.NoError(t, err)
		assert.Equal(t, want, after.ExternalLogin)
	}
}

func TestDecodeGroup(t *testing.T) {
	t.Parallel()
	one, two := testID(1), testID(2)
	name, key, keyed, members, present, err := decodeGroup(tree(t, `{'schemas':['x'],'DisplayName':'Ops','externalId':'E','members':[{'$ref':null,'value':'`+
		one.String()+`','type':'User','display':'a'},'`+strings.ToUpper(two.String())+`',{'value':'`+one.String()+`'}],'id':'x','meta':{},'other':1}`), plainView)
	require.NoError(t, err)
	assert.Equal(t, []any{"Ops", "E", true, []uuid.UUID{one, two}, true}, []any{name, key, keyed, members, present})

	_, _, keyed, members, present, err = decodeGroup(tree(t, `{'displayName':'Ops','members':null}`), plainView)
	require.NoError(t, err)
	assert.Equal(t, []any{false, []uuid.UUID(nil), false}, []any{keyed, members, present})

	_, _, _, members, present, err = decodeGroup(tree(t, `{'`+groupURN+`:displayName':'Ops','members':[]}`), plainView)
	require.NoError(t, err)
	assert.Equal(t, []any{[]uuid.UUID{}, true}, []any{members, present})
}

func TestDecodeGroupRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ body, want, detail string }{
		{`[]`, "invalidSyntax", "object"},
		{`{}`, "invalidValue", "displayName"},
		{`{'displayName':null}`, "invalidValue", "displayName"},
		{`{'displayName':5}`, "invalidValue", "displayName"},
		{`{'displayName':'x','externalId':[1,2]}`, "invalidValue", "externalId"},
		{`{'displayName':'x','members':['U1']}`, "invalidValue", "members[0]"},
		{`{'displayName':'x','members':[{'display':'x'}]}`, "invalidValue", "members[0]"},
		{`{'displayName':'x','members':[{'value':'` + testID(1).String() + `','type':'group'}]}`, "invalidValue", "members[0] is a group"},
		{`{'displayName':'x','members':[{'value':'{` + testID(1).String() + `}'}]}`, "invalidValue", "members[0]"},
	}
	for _, test := range tests {
		_, _, _, _, _, err := decodeGroup(tree(t, test.body), plainView)
		require.Error(t, err, test.body)
		assert.Equal(t, test.want, failure(err), test.body)
		assert.Contains(t, err.Error(), test.detail)
	}
}
