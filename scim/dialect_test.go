package scim

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestRuleTable(t *testing.T) {
	t.Parallel()
	assert.LessOrEqual(t, int(ruleCount), 64, "a set of rules is a word")
	known, names := map[domain.Dialect]bool{}, map[string]bool{}
	for _, row := range domain.DialectCatalogue() {
		known[row.Name] = true
	}
	for _, rule := range Rules() {
		assert.NotEmpty(t, rule.Forgives, rule.Name)
		assert.NotEmpty(t, rule.Source, rule.Name)
		assert.False(t, names[rule.Name] || rule.Name == "", "twice, or none: %q", rule.Name)
		names[rule.Name] = true
		for _, dialect := range rule.Dialects {
			assert.True(t, known[dialect], "%s: %s", rule.Name, dialect)
		}
	}
	for _, found := range clues() {
		assert.True(t, known[found.dialect], found.name)
		assert.NotEmpty(t, found.name)
	}
}

// clues are all that there are.
func clues() []clue {
	all := []clue{clueNoAgent, clueScim1, clueCapitalOp, clueNullRef, clueOldGroup, clueCapitalWord, clueOktaPatch, clueOktaRename, clueOktaPutGroup, clueOktaPutOff}
	for _, flag := range flags {
		all = append(all, flag.clue)
	}
	for _, agent := range agents {
		all = append(all, agent.clue)
	}
	return all
}

func TestGuessesChangeNoAnswer(t *testing.T) {
	t.Parallel()
	for _, row := range domain.DialectCatalogue() {
		for r := range ruleCount {
			if ruleTable[r].sure {
				assert.False(t, rulesOf(row.Name, false).has(r), "%s: %s", row.Name, ruleTable[r].name)
			}
		}
		assert.Equal(t, rulesOf(row.Name, false), rulesOf(row.Name, false)&rulesOf(row.Name, true))
	}
	assert.Zero(t, rulesOf("", true))
	assert.Zero(t, rulesOf(domain.DialectGeneric, true))
}

const oktaAgent, entraAgent = "Okta SCIM Client 1.0.0", "Microsoft Azure AD SCIM provisioning 1.0.0"

// TestClues shows what each kind of request gives away.
func TestClues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, method, path, agent, body string
		want                            domain.Dialect
		sure                            bool
	}{
		{"nothing", "GET", "/Users", "curl/8", "", "", false},
		{"no agent", "GET", "/Users", "", "", domain.DialectOneLogin, false},
		{"Okta", "GET", "/Users?startIndex=1&count=2", oktaAgent, "", domain.DialectOktaWizard, false},
		{"Okta patches a user", "PATCH", "/Users/{id}", oktaAgent, `{"Operations":[]}`, domain.DialectOktaCatalogue, true},
		{"Okta puts a user", "PUT", "/Users/{id}", oktaAgent, `{"active":true}`, domain.DialectOktaWizard, false},
		{"Okta puts a user out", "PUT", "/Users/{id}", oktaAgent, `{"active":false}`, domain.DialectOktaWizard, true},
		{"Okta puts a group", "PUT", "/Groups/{id}", oktaAgent, `{}`, domain.DialectOktaWizard, true},
		{"Okta adds members", "PATCH", "/Groups/{id}", oktaAgent, `{"Operations":[{"op":"add","path":"members","value":[{"value":"u"}]}]}`, domain.DialectOktaWizard, false},
		{"Okta renames a group", "PATCH", "/Groups/{id}", oktaAgent, `{"Operations":[{"op":"replace","value":{"id":"g","displayName":"n"}}]}`, domain.DialectOktaCatalogue, true},
		{"Entra", "GET", "/Users", entraAgent, "", domain.DialectEntra, true},
		{"Entra with its flag", "GET", "/Users?aadOptscim062020&count=1", entraAgent, "", domain.DialectEntraCompliant, true},
		{"the flag with a value", "GET", "/Users?AADOPTSCIM062020=", "x", "", domain.DialectEntraCompliant, true},
		{"the flag in a value", "GET", "/Users?filter=userName+eq+%22aadOptscim062020%22", "x", "", "", false},
		{"the old flag", "GET", "/Users?AzureAdScimPatch2017", "x", "", domain.DialectEntra, true},
		{"capital op", "PATCH", "/Users/{id}", "x", `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, domain.DialectEntra, false},
		{"all capitals", "PATCH", "/Users/{id}", "x", `{"Operations":[{"op":"replace","path":"Title","value":"Add"}]}`, "", false},
		{"$ref null", "PATCH", "/Groups/{id}", "x", `{"Operations":[{"op":"add","path":"members","value":[{"$ref":null,"value":"u"}]}]}`, domain.DialectEntra, true},
		{"old group", "POST", "/Groups", "x", `{"schemas":["` + groupURN + `","` + oldGroupURN + `"]}`, domain.DialectEntra, true},
		{"SCIM 1", "POST", "/Users", "x", `{"schemas":["urn:scim:schemas:core:1.0"]}`, domain.DialectOneLogin, true},
		{"SCIM 1 in a value", "POST", "/Users", "x", `{"title":"urn:scim:schemas:core:1.0"}`, "", false},
		{"Google", "GET", "/Users?count=1", "Google-Auto-Provisioning", "", domain.DialectGoogleWorkspace, true},
		{"PingOne", "GET", `/Users?filter=username+Eq+%22ana%22`, "x", "", domain.DialectPing, false},
		{"an operator in a value", "GET", `/Users?filter=displayName+eq+%22a+Eq+b%22`, "x", "", "", false},
		{"capitals only", "GET", `/Users?filter=userName+EQ+%22ana%22`, "x", "", "", false},
		{"idp-scim-sync", "GET", "/Users", "idp-scim-sync/0.31.0", "", domain.DialectAwsSync, true},
		{"a client that names itself", "GET", "/Users", "JumpCloud/1", "", domain.DialectJumpCloud, true},
		{"another one", "GET", "/Users", "Rippling SCIM", "", domain.DialectRippling, true},
		{"a third one", "GET", "/Users", "PingFederate", "", domain.DialectPing, true},
	} {
		r := httptest.NewRequest(test.method, Prefix+strings.ReplaceAll(test.path, "{id}", "x"), nil)
		r.Header.Set("User-Agent", test.agent)
		x := &exchange{r: r, task: task{caller: domain.Caller{Door: domain.DoorScim}}}
		require.NoError(t, x.parameters.read(r.URL.RawQuery), test.name)
		x.listen(strings.Split(test.path, "?")[0])
		if test.body != "" {
			body, err := ParseJSON([]byte(test.body))
			require.NoError(t, err, test.name)
			x.listenTo(body)
		}
		assert.Equal(t, test.want, x.sighting.Dialect, test.name)
		assert.Equal(t, test.sure, x.sighting.Sure, test.name)
		assert.Equal(t, rulesOf(test.want, test.sure), x.view.rules, test.name)
	}
}

// TestWhatIsCertainIsNotLookedFor holds that a fixed or certain dialect stays, and that telling costs nothing.
func TestWhatIsCertainIsNotLookedFor(t *testing.T) { // not parallel: it counts allocations
	r := httptest.NewRequest("GET", Prefix+"/Users/x?aadOptscim062020", nil)
	r.Header.Set("User-Agent", oktaAgent)
	for _, sure := range []bool{true, false} {
		x := &exchange{r: r, task: task{caller: domain.Caller{Door: domain.DoorScim, Dialect: domain.DialectPing, DialectSure: sure}}}
		assert.Zero(t, testing.AllocsPerRun(100, func() { x.listen("/Users/{id}") }))
		assert.Equal(t, sure, x.caller.Dialect == domain.DialectPing)
	}
}

var anID = uuid.MustParse("00000000-0000-4000-8000-000000000001")

// needed are the rules that a request needed, as a connection would show them.
func needed(do func(v view) error, rules ruleSet) ([]string, error) {
	v := plainView
	v.deviations, v.rules = new(deviations), rules
	err := do(v)
	return ruleSet(v.deviations.set.Load()).names(), err
}

// TestDeviations shows for each rule a request that needs it, and that only it is noted.
func TestDeviations(t *testing.T) {
	t.Parallel()
	post := func(body string) func(v view) error {
		return func(v view) error { _, err := decodeUser(tree(t, body), v); return err }
	}
	put := func(body string) func(v view) error {
		return func(v view) error { _, err := replaceUser(tree(t, body), v); return err }
	}
	patch := func(operations string) func(v view) error {
		return func(v view) error {
			change, err := patchUser(tree(t, `{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[`+operations+`]}`), v)
			if err != nil {
				return err
			}
			return change.Apply(ana())
		}
	}
	group := func(operations string) func(v view) error {
		return func(v view) error {
			_, err := decodeGroupPatch(tree(t, `{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[`+operations+`]}`), anID, v)
			return err
		}
	}
	find := func(filter string) func(v view) error {
		return func(v view) error { _, err := compileFilter(userType, filter, v); return err }
	}
	for _, test := range []struct {
		want string
		do   func(v view) error
		on   ruleSet
	}{
		{"", post(`{'schemas':['` + userURN + `'],'userName':'ana','active':true,'name':{'givenName':'Ana'},'emails':[{'value':'a@b','type':'work','primary':true}]}`), 0},
		{"", patch(`{'op':'replace','path':'title','value':'x'}`), 0},
		{"", patch(`{'op':'replace','value':{'title':'x','active':false}}`), 0},
		{"", find(`userName eq "ana" and active eq true`), 0},
		{"operator-case", patch(`{'op':'Replace','path':'title','value':'x'}`), 0},
		{"no-schemas", post(`{'userName':'ana'}`), 0},
		{"unknown-schema", post(`{'schemas':['urn:ietf:params:scim:schemas:extension:enterprise:2.0User'],'userName':'ana'}`), 0},
		{"text-boolean", patch(`{'op':'replace','path':'active','value':'False'}`), 0},
		{"text-boolean", find(`active eq "True"`), 0},
		{"plain-as-text", patch(`{'op':'replace','path':'title','value':7}`), 0},
		{"empty-text", patch(`{'op':'replace','path':'title','value':''}`), 0},
		{"list-of-one", patch(`{'op':'replace','path':'active','value':[false]}`), 0},
		{"wrapped-value", patch(`{'op':'replace','path':'title','value':{'value':'x'}}`), 0},
		{"bare-value", patch(`{'op':'replace','path':'` + enterpriseURN + `:manager','value':'U2'}`), 0},
		{"bare-element", patch(`{'op':'add','path':'emails','value':{'value':'x@y','type':'other'}}`), 0},
		{"json-text", patch(`{'op':'replace','value':'{\"title\":\"x\"}'}`), 0},
		{"path-as-name", patch(`{'op':'replace','value':{'name.givenName':'x'}}`), 0},
		{"dot-after-urn", patch(`{'op':'replace','path':'` + enterpriseURN + `.department','value':'x'}`), 0},
		{"bare-extension", patch(`{'op':'replace','value':{'department':'x'}}`), 0},
		{"read-only-repeated", patch(`{'op':'replace','value':{'id':'x','title':'x'}}`), 0},
		{"read-only-repeated", group(`{'op':'replace','value':{'id':'` + anID.String() + `','displayName':'x'}}`), 0},
		{"remove-with-value", patch(`{'op':'remove','path':'emails','value':[{'value':'x@y'}]}`), 0},
		{"remove-with-value", group(`{'op':'remove','path':'members','value':[{'value':'` + anID.String() + `'}]}`), 0},
		{"bare-element", group(`{'op':'add','path':'members','value':{'value':'` + anID.String() + `'}}`), 0},
		{"bare-value", group(`{'op':'add','path':'members','value':['` + anID.String() + `']}`), 0},
		{"creates-element", patch(`{'op':'replace','path':'addresses[type eq \"other\"].locality','value':'x'}`), 0},
		{"scim1-names", patch(`{'op':'replace','path':'urn:scim:schemas:extension:enterprise:1.0.department','value':'x'}`), 1 << ruleScim1Names},
		{"scim1-names", patch(`{'op':'replace','path':'urn:scim:schemas:core:1.0:name.givenName','value':'x'}`), 1 << ruleScim1Names},
		{"unquoted-value", find(`userName eq ana@example.org`), 1 << ruleUnquotedValue},
		{"email-alias", find(`email co "ana"`), 1 << ruleEmailAlias},
		{"put-keeps-absent", put(`{'schemas':['` + userURN + `'],'userName':'ana'}`), 1 << rulePutKeeps},
	} {
		got, err := needed(test.do, test.on)
		require.NoError(t, err, test.want)
		assert.Equal(t, test.want, strings.Join(got, " "))
	}
	for _, refused := range []func(v view) error{find(`userName eq ana@example.org`), find(`email co "ana"`)} {
		_, err := needed(refused, 0)
		assert.Error(t, err, "what is for one dialect is for no other")
	}
}

// TestScim1Names holds that what the old names say arrives where the new ones put it.
func TestScim1Names(t *testing.T) {
	t.Parallel()
	v := plainView
	v.rules = 1 << ruleScim1Names
	body := tree(t, `{'schemas':['urn:scim:schemas:core:1.0'],'userName':'ana','urn:scim:schemas:extension:enterprise:1.0':{'department':'R&D','manager':{'managerId':'x','value':'U2'}}}`)
	in, err := decodeUser(body, v)
	require.NoError(t, err)
	assert.Equal(t, "R&D", in.Profile.Employee.Department)
	in, err = decodeUser(body, plainView)
	require.NoError(t, err)
	assert.Empty(t, in.Profile.Employee.Department, "nobody else means that")
	assert.NotEmpty(t, in.Ignored)
}

// TestHearingIsKept plays requests through the door: what they tell stands on the connection, and is written once.
func TestHearingIsKept(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	connection := func() *domain.Connection {
		c, err := b.engine.Administration.Connection(t.Context(), operator(t, b.engine, "acme"), "scim")
		require.NoError(t, err)
		return c
	}
	id := b.acme.user(t, "ana")
	assert.Equal(t, domain.DialectOneLogin, connection().Seen.Dialect)
	patch := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`
	b.acme.do(t, "PATCH", "/Users/"+id+"?aadOptscim062020", patch).want(t, 200)
	c := connection()
	assert.Equal(t, domain.DialectEntraCompliant, c.Seen.Dialect)
	assert.True(t, c.Seen.Sure)
	var names []string
	for _, deviation := range c.Deviations {
		names = append(names, deviation.Rule)
		assert.Equal(t, 1, deviation.Count)
	}
	assert.Contains(t, names, "operator-case")
	assert.Contains(t, names, "text-boolean")

	b.acme.do(t, "PATCH", "/Users/"+id+"?aadOptscim062020", patch).want(t, 200)
	before := connection()
	b.acme.do(t, "PATCH", "/Users/"+id+"?aadOptscim062020", patch).want(t, 200)
	if after := connection(); after.LastSeenAt.Equal(before.LastSeenAt) { // else counts went along with that note
		assert.Equal(t, before.Deviations, after.Deviations, "no request pays a write for being seen again")
	}
}
