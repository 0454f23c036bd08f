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

// bulk sends operations as a Bulk that is not cut short.
func (c *connector) bulk(t testing.TB, operations ...string) reply {
	t.Helper()
	return c.do(t, "POST", "/Bulk", bulkOf("", operations...)).want(t, 200)
}

// bulkOf is a Bulk with further members, such as `"failOnErrors":1,`.
func bulkOf(members string, operations ...string) string {
	return `{"schemas":["` + bulkRequestURN + `"],` + members + `"Operations":[` + strings.Join(operations, ",") + `]}`
}

// operation is one of a Bulk; what is empty is left out.
func operationOf(method, path, bulkID, data string) string {
	text := `{"method":"` + method + `","path":"` + path + `"`
	if bulkID != "" {
		text += `,"bulkId":"` + bulkID + `"`
	}
	if data != "" {
		text += `,"data":` + data
	}
	return text + `}`
}

// statuses are those of the outcomes.
func (a reply) statuses() []string {
	list, _ := a.at("Operations").([]any)
	statuses := []string{}
	for _, outcome := range list {
		statuses = append(statuses, outcome.(map[string]any)["status"].(string))
	}
	return statuses
}

// created is the id of what an operation created, by its location.
func (a reply) created(t testing.TB, index int) string {
	t.Helper()
	location, _ := a.at("Operations", index, "location").(string)
	require.NotEmpty(t, location, a.Body.String())
	return location[strings.LastIndexByte(location, '/')+1:]
}

func TestBulk(t *testing.T) { onEach(t, testBulk) }

func testBulk(t *testing.T, b *bridge) {
	u := []string{b.acme.user(t, "u0"), b.acme.user(t, "u1"), b.acme.user(t, "u2")}
	group := b.acme.group(t, "Ops", u[0])
	answer := b.acme.bulk(t,
		operationOf("POST", "/Users", "one", `{"userName":"ana","nickName":"A"}`),
		operationOf("put", "/Users/"+u[0], "two", `{"userName":"u0","nickName":"B","emails":[{"value":"u0@example.org"}]}`),
		`{"method":"PATCH","path":"/Users/`+u[1]+`","version":"W/\"1\"","data":[{"op":"add","path":"nickName","value":"C"}]}`,
		operationOf("Patch", "/Users/"+u[1], "", `{"Operations":[{"op":"replace","value":{"title":"D"}}]}`),
		operationOf("DELETE", "/Users/"+u[2], "", ""),
		operationOf("POST", "/Groups", "six", `{"displayName":"Dev","members":`+memberList(u[1])+`}`),
		operationOf("PATCH", "/Groups/"+group, "", `{"Operations":[{"op":"add","path":"members","value":`+memberList(u[1])+`}]}`),
		operationOf("DELETE", "/Groups/"+group, "eight", `null`),
	)
	assert.Equal(t, []any{bulkResponseURN}, answer.at("schemas"))
	ana, dev := answer.created(t, 0), answer.created(t, 5)
	users, groups := testURL+"/scim/v2/Users/", testURL+"/scim/v2/Groups/"
	assert.Equal(t, []any{
		map[string]any{"method": "POST", "bulkId": "one", "location": users + ana, "version": `W/"1"`, "status": "201"},
		map[string]any{"method": "PUT", "bulkId": "two", "location": users + u[0], "version": `W/"2"`, "status": "200"},
		map[string]any{"method": "PATCH", "location": users + u[1], "version": `W/"2"`, "status": "200"},
		map[string]any{"method": "PATCH", "location": users + u[1], "version": `W/"3"`, "status": "200"},
		map[string]any{"method": "DELETE", "location": users + u[2], "status": "204"},
		map[string]any{"method": "POST", "bulkId": "six", "location": groups + dev, "version": `W/"1"`, "status": "201"},
		map[string]any{"method": "PATCH", "location": groups + group, "version": `W/"2"`, "status": "204"},
		map[string]any{"method": "DELETE", "bulkId": "eight", "location": groups + group, "status": "204"},
	}, answer.at("Operations"))
	for id, want := range map[string]string{ana: "A", u[0]: "B", u[1]: "C"} {
		assert.Equal(t, want, b.acme.do(t, "GET", "/Users/"+id, "").want(t, 200).at("nickName"))
	}
	assert.Equal(t, "D", b.acme.do(t, "GET", "/Users/"+u[1], "").at("title"))
	b.acme.do(t, "GET", "/Users/"+u[2], "").want(t, 404)
	b.acme.do(t, "GET", "/Groups/"+group, "").want(t, 404)
	assert.Equal(t, []string{u[1]}, b.acme.members(t, dev))
}

// TestBulkRefused sends what is no Bulk, or too much of one: nothing is done.
func TestBulkRefused(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	good := operationOf("POST", "/Users", "x", `{"userName":"ana"}`)
	before := b.Snapshot(t)
	for name, row := range map[string]struct {
		body   string
		status int
		detail string
	}{
		"no object":              {`[` + good + `]`, 400, "object"},
		"broken":                 {bulkOf("", good)[1:], 400, ""},
		"a name twice":           {bulkOf(`"operations":[],`, good), 400, "twice"},
		"no operations":          {`{"schemas":["` + bulkRequestURN + `"]}`, 400, "Operations"},
		"none":                   {bulkOf(""), 400, "Operations"},
		"one that is no list":    {`{"Operations":` + good + `}`, 400, "Operations"},
		"another message":        {`{"schemas":["` + searchRequestURN + `"],"Operations":[` + good + `]}`, 400, bulkRequestURN},
		"a limit in a string":    {bulkOf(`"failOnErrors":"1",`, good), 400, "failOnErrors"},
		"a negative limit":       {bulkOf(`"failOnErrors":-1,`, good), 400, "failOnErrors"},
		"a very negative limit":  {bulkOf(`"failOnErrors":-9223372036854775809,`, good), 400, "failOnErrors"},
		"a broken limit":         {bulkOf(`"failOnErrors":1.5,`, good), 400, "failOnErrors"},
		"a limit that is a list": {bulkOf(`"failOnErrors":[1],`, good), 400, "failOnErrors"},
		"too many operations":    {bulkOf("", strings.Repeat(good+",", maxOperations)+good), 413, "1000"},
		"too many, with a limit": {bulkOf(`"failOnErrors":1,`, strings.Repeat(good+",", maxOperations)+good), 413, "1000"},
		"too many bytes":         {bulkOf("", operationOf("POST", "/Users", "x", `{"userName":"`+strings.Repeat("x", maxBody)+`"}`)), 413, "4194304"},
		"too deep":               {bulkOf("", operationOf("POST", "/Users", "x", strings.Repeat(`{"a":`, 64)+"1"+strings.Repeat("}", 64))), 400, "deep"},
	} {
		answer := b.acme.do(t, "POST", "/Bulk", row.body).want(t, row.status)
		assert.Contains(t, answer.at("detail"), row.detail, name)
	}
	b.acme.do(t, "POST", "/Bulk", bulkOf("", good), "Content-Type", "text/plain").want(t, 415)
	b.acme.do(t, "GET", "/Bulk", "").want(t, 405)
	b.unchanged(t, before)
	for i, members := range []string{"", `"failOnErrors":null,`, `"failOnErrors":0,`, `"failOnErrors":1,`, `"failOnErrors":9223372036854775808,`} {
		body := bulkOf(members, operationOf("POST", "/Users", "x", fmt.Sprintf(`{"userName":"user%d"}`, i)))
		assert.Equal(t, []string{"201"}, b.acme.do(t, "POST", "/Bulk", body).want(t, 200).statuses(), members)
	}
}

// TestBulkOperationsRefused sends single operations that can't be done, each between two that can.
func TestBulkOperationsRefused(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	user, group := b.acme.user(t, "ana"), b.acme.group(t, "Ops")
	made := 0
	for name, row := range map[string]struct {
		operation string
		status    string
		scimType  any
		echo      []string
	}{
		"no object":               {`"POST"`, "400", "invalidSyntax", nil},
		"null":                    {`null`, "400", "invalidSyntax", nil},
		"empty":                   {`{}`, "400", "invalidSyntax", nil},
		"no method":               {`{"path":"/Users","bulkId":"x","data":{"userName":"x"}}`, "400", "invalidSyntax", []string{"bulkId"}},
		"GET":                     {operationOf("GET", "/Users", "x", ""), "400", "invalidSyntax", []string{"method", "bulkId"}},
		"HEAD":                    {operationOf("HEAD", "/Users/"+user, "", ""), "400", "invalidSyntax", []string{"method"}},
		"a method that is none":   {`{"method":["POST"],"path":"/Users","bulkId":"x","data":{"userName":"x"}}`, "400", "invalidSyntax", []string{"bulkId"}},
		"POST without bulkId":     {operationOf("POST", "/Users", "", `{"userName":"x"}`), "400", "invalidValue", []string{"method"}},
		"POST with an empty one":  {`{"method":"POST","path":"/Users","bulkId":"","data":{"userName":"x"}}`, "400", "invalidValue", []string{"method"}},
		"a bulkId that is none":   {`{"method":"POST","path":"/Users","bulkId":7,"data":{"userName":"x"}}`, "400", "invalidSyntax", []string{"method"}},
		"no path":                 {`{"method":"POST","bulkId":"x","data":{"userName":"x"}}`, "400", "invalidSyntax", []string{"method", "bulkId"}},
		"no data":                 {operationOf("POST", "/Users", "x", ""), "400", "invalidSyntax", []string{"method", "bulkId"}},
		"data that is none":       {operationOf("PUT", "/Users/"+user, "", `"x"`), "400", "invalidSyntax", []string{"method", "location"}},
		"an array to PUT":         {operationOf("PUT", "/Users/"+user, "", `[]`), "400", "invalidSyntax", []string{"method", "location"}},
		"a version that is none":  {`{"method":"DELETE","path":"/Users/` + user + `","version":1}`, "400", "invalidSyntax", []string{"method", "location"}},
		"an old version":          {`{"method":"DELETE","path":"/Users/` + user + `","version":"W/\"9\""}`, "412", nil, []string{"method", "location"}},
		"an old version, PATCH":   {`{"method":"PATCH","path":"/Groups/` + group + `","version":"W/\"9\"","data":[{"op":"remove","path":"members"}]}`, "412", nil, []string{"method", "location"}},
		"outside":                 {operationOf("POST", "/Things", "x", `{}`), "404", nil, []string{"method", "bulkId"}},
		"outside, absolute":       {operationOf("POST", testURL+"/scim/v2/Users", "x", `{"userName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"outside, with prefix":    {operationOf("POST", "/scim/v2/Users", "x", `{"userName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"outside, by dots":        {operationOf("POST", "/Users/../Groups", "x", `{"displayName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"outside, by encoding":    {operationOf("POST", "/%55sers", "x", `{"userName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"a query":                 {operationOf("POST", "/Users?attributes=id", "x", `{"userName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"no slash":                {operationOf("POST", "Users", "x", `{"userName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"a slash too many":        {operationOf("POST", "/Users/", "x", `{"userName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"the native API":          {operationOf("POST", "/../../api/v1/Common/Persons", "x", `{"userName":"x"}`), "404", nil, []string{"method", "bulkId"}},
		"a Bulk":                  {operationOf("POST", "/Bulk", "x", bulkOf("", operationOf("POST", "/Users", "y", `{"userName":"x"}`))), "403", nil, []string{"method", "bulkId"}},
		"a search":                {operationOf("POST", "/Users/.search", "x", `{}`), "403", nil, []string{"method", "bulkId"}},
		"oneself":                 {operationOf("PATCH", "/Me", "", `{}`), "403", nil, []string{"method"}},
		"discovery":               {operationOf("PUT", "/Schemas/"+userURN, "", `{}`), "405", nil, []string{"method"}},
		"POST to a user":          {operationOf("POST", "/Users/"+user, "x", `{"userName":"x"}`), "405", nil, []string{"method", "bulkId"}},
		"DELETE of all":           {operationOf("DELETE", "/Users", "", ""), "405", nil, []string{"method"}},
		"PUT of all":              {operationOf("PUT", "/Groups", "", `{"displayName":"x"}`), "405", nil, []string{"method"}},
		"nobody":                  {operationOf("DELETE", "/Users/"+uuid.NewString(), "", ""), "404", nil, []string{"method", "location"}},
		"no id":                   {operationOf("DELETE", "/Users/ana", "", ""), "404", nil, []string{"method"}},
		"an id in capitals":       {operationOf("DELETE", "/Users/"+strings.ToUpper(user), "", ""), "404", nil, []string{"method"}},
		"the group as a user":     {operationOf("DELETE", "/Users/"+group, "", ""), "404", nil, []string{"method", "location"}},
		"a name that is taken":    {operationOf("POST", "/Users", "x", `{"userName":"ANA"}`), "409", "uniqueness", []string{"method", "bulkId"}},
		"no name":                 {operationOf("POST", "/Users", "x", `{"nickName":"x"}`), "400", "invalidValue", []string{"method", "bulkId"}},
		"no operations":           {operationOf("PATCH", "/Users/"+user, "", `[]`), "400", "invalidSyntax", []string{"method", "location"}},
		"a read-only attribute":   {operationOf("PATCH", "/Users/"+user, "", `[{"op":"replace","path":"id","value":"x"}]`), "400", "mutability", []string{"method", "location"}},
		"a member that is nobody": {operationOf("POST", "/Groups", "x", `{"displayName":"x","members":`+memberList(uuid.NewString())+`}`), "400", "invalidValue", []string{"method", "bulkId"}},
		"too many of a PATCH": {operationOf("PATCH", "/Users/"+user, "", `[`+strings.Repeat(`{"op":"remove","path":"title"},`, maxOperations)+`{"op":"remove","path":"title"}]`),
			"413", "tooMany", []string{"method", "location"}},
	} {
		before := b.acme.do(t, "GET", "", "").want(t, 200).ids()
		good := func() string {
			made++
			return operationOf("POST", "/Users", fmt.Sprintf("good%d", made), fmt.Sprintf(`{"userName":"good%d"}`, made))
		}
		answer := b.acme.bulk(t, good(), row.operation, good())
		assert.Equal(t, []string{"201", row.status, "201"}, answer.statuses(), name)
		outcome := answer.at("Operations", 1).(map[string]any)
		assert.ElementsMatch(t, append([]string{"status", "response"}, row.echo...), keys(outcome), name)
		assert.Equal(t, row.status, answer.at("Operations", 1, "response", "status"), name)
		assert.Equal(t, row.scimType, answer.at("Operations", 1, "response", "scimType"), name)
		assert.NotEmpty(t, answer.at("Operations", 1, "response", "detail"), name)
		after := b.acme.do(t, "GET", "?count=200", "").want(t, 200).ids()
		assert.ElementsMatch(t, append(before, answer.created(t, 0), answer.created(t, 2)), after, name)
		b.acme.bulk(t, operationOf("DELETE", "/Users/"+answer.created(t, 0), "", ""), operationOf("DELETE", "/Users/"+answer.created(t, 2), "", ""))
	}
	assert.Equal(t, `W/"1"`, b.acme.do(t, "GET", "/Users/"+user, "").want(t, 200).Header().Get("Etag"))
	assert.Equal(t, `W/"1"`, b.acme.do(t, "GET", "/Groups/"+group, "").want(t, 200).Header().Get("Etag"))
}

// TestBulkIsAuthorised has each operation need what a request of its own needs.
func TestBulkIsAuthorised(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	user := b.acme.user(t, "ana")
	secret := b.acme.group(t, "Secret", user)
	open := b.acme.group(t, "Open")
	tenant, err := b.engine.Administration.Tenant(t.Context(), "acme")
	require.NoError(t, err)
	operator := domain.Caller{Tenant: tenant.ID, Actor: domain.Actor{Kind: domain.ActorOperator}, Mode: domain.ReadWrite, Permissions: domain.AllPermissions()}
	_, err = b.engine.Groups.Change(t.Context(), operator, domain.GroupChange{Group: uuid.MustParse(secret),
		Grants: domain.GrantChange{AddPermissions: []domain.Permission{domain.SystemAdmin}}})
	require.NoError(t, err)
	reader := b.connector(t, "acme", domain.NewCredential{Connection: "scim", Mode: domain.ReadOnly})
	before := b.Snapshot(t)
	operations := []string{
		operationOf("POST", "/Users", "x", `{"userName":"eva"}`),
		operationOf("DELETE", "/Users/"+user, "", ""),
		operationOf("PATCH", "/Groups/"+open, "", `[{"op":"replace","path":"displayName","value":"x"}]`),
	}
	assert.Equal(t, []string{"403", "403", "403"}, reader.bulk(t, operations...).statuses(), "a read-only token")
	b.unchanged(t, before)
	operations = append(operations, operationOf("PATCH", "/Groups/"+secret, "", `[{"op":"replace","path":"displayName","value":"x"}]`))
	assert.Equal(t, []string{"201", "403", "204", "403"}, b.acme.bulk(t, operations...).statuses(), "a protected account and a restricted group")
	b.acme.do(t, "GET", "/Users/"+user, "").want(t, 200)
}
