package scim

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// person is somebody who is signed in.
type person struct {
	*connector // who made the user
	id, token  string
}

// signIn makes a user of a tenant with SSO and signs it in.
func (b *bridge) signIn(t *testing.T, name string) person {
	t.Helper()
	c := b.tenant(t, "sso-"+name, true, nil)
	id := c.user(t, name)
	signedIn, err := b.engine.Gatekeeper.SignInByName(t.Context(), domain.Caller{Tenant: c.credential.Tenant, Door: domain.DoorSso}, b.Provider(t, c.credential.Tenant), name)
	require.NoError(t, err)
	return person{c, id, signedIn.Token}
}

// ask sends a request of the person's.
func (p person) ask(t *testing.T, method, path, body string, headers ...string) reply {
	t.Helper()
	return p.bridge.do(t, method, Prefix+path, body, append([]string{"Authorization", "Bearer " + p.token}, headers...)...)
}

func TestMe(t *testing.T) { onEach(t, testMe) }

func testMe(t *testing.T, b *bridge) {
	sue, tom := b.signIn(t, "sue"), b.signIn(t, "tom")
	sue.do(t, "PATCH", "/Users/"+sue.id, `{"Operations":[{"op":"add","value":{"externalId":"key","nickName":"S","`+enterpriseURN+`:manager":"`+sue.id+`"}}]}`).want(t, 200)
	group := sue.group(t, "Ops", sue.id)
	for _, p := range []person{sue, tom} {
		answer := p.ask(t, "GET", "/Me", "").want(t, 200)
		assert.Equal(t, p.id, answer.id())
		location := testURL + "/scim/v2/Users/" + p.id
		assert.Equal(t, location, answer.Header().Get("Location"))
		assert.Equal(t, location, answer.Header().Get("Content-Location"))
		assert.Equal(t, location, answer.at("meta", "location"))
		assert.Equal(t, answer.at("meta", "version"), answer.Header().Get("Etag"))
	}
	answer := sue.ask(t, "GET", "/Me", "")
	connectors := sue.do(t, "GET", "/Users/"+sue.id, "").want(t, 200)
	assert.Nil(t, answer.at("externalId"), "a key is a connection's own")
	delete(connectors.body, "externalId")
	assert.Equal(t, connectors.body, answer.body, "apart from that it is what the connector sees")
	assert.Equal(t, group, answer.at("groups", 0, "value"))
	assert.Equal(t, "sue", answer.at(accessURN, "externalLoginUsername"), "SSO is on")

	short := sue.ask(t, "GET", "/Me?attributes=userName", "").want(t, 200)
	assert.ElementsMatch(t, []string{"schemas", "id", "userName"}, keys(short.body))
	same := sue.ask(t, "GET", "/Me", "", "If-None-Match", answer.Header().Get("Etag")).want(t, 304)
	assert.Equal(t, testURL+"/scim/v2/Users/"+sue.id, same.Header().Get("Location"))
	assert.Zero(t, sue.ask(t, "HEAD", "/Me", "").want(t, 200).Body.Len())
}

// TestMeIsReadOnly has people try everything else: nothing changes, and they see nobody, themselves included.
func TestMeIsReadOnly(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	sue := b.signIn(t, "sue")
	other := sue.user(t, "other")
	group := sue.group(t, "Ops", other)
	before := b.Snapshot(t)
	patch := `{"Operations":[{"op":"replace","path":"nickName","value":"x"}]}`
	for method, body := range map[string]string{"PUT": `{"userName":"sue"}`, "PATCH": patch, "POST": `{"userName":"new"}`, "DELETE": ""} {
		answer := sue.ask(t, method, "/Me", body).want(t, 501)
		assert.Equal(t, "501", answer.at("status"), method)
		assert.Contains(t, answer.at("detail"), "native API")
	}
	sue.ask(t, "OPTIONS", "/Me", "").want(t, 405)
	for _, request := range [][3]string{
		{"GET", "", ""}, {"GET", "/", ""}, {"GET", "/Users", ""}, {"GET", "/Users/" + sue.id, ""}, {"GET", "/Users/" + other, ""}, {"GET", "/Users/x", ""},
		{"GET", "/Groups/" + group, ""}, {"PATCH", "/Users/" + sue.id, patch}, {"DELETE", "/Users/" + other, ""}, {"POST", "/Users", `{"userName":"x"}`},
		{"POST", "/.search", `{}`}, {"POST", "/Users/.search", `{}`}, {"POST", "/Bulk", bulkOf("", operationOf("DELETE", "/Users/"+other, "", ""))},
		{"GET", "/Schemas", ""}, {"GET", "/ServiceProviderConfig", ""}, {"GET", "/Nothing", ""}, {"GET", "/Me/", ""}, {"GET", "/me", ""}, {"GET", "/Me/x", ""},
		{"GET", "/%4de", ""}, {"TRACE", "/Users", ""},
	} {
		answer := sue.ask(t, request[0], request[1], request[2])
		assert.Equal(t, 403, answer.Code, "%s %s", request[0], request[1])
		assert.NotContains(t, answer.Body.String(), "userName")
	}
	b.unchanged(t, before)
}

// TestMeOfConnectors asks as nobody in particular.
func TestMeOfConnectors(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	reader := b.connector(t, "acme", domain.NewCredential{Connection: "scim", Mode: domain.ReadOnly})
	for _, c := range []*connector{b.acme, reader} {
		for _, method := range []string{"GET", "PUT", "PATCH", "POST", "DELETE"} {
			answer := c.do(t, method, "/Me", `{}`).want(t, 501)
			assert.Equal(t, "501", answer.at("status"), method)
			assert.Empty(t, answer.Header().Get("Location"))
		}
	}
}

// TestMeEnds tells that nobody is there any more once a session has ended, however it did.
func TestMeEnds(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	for i, end := range []func(p person){
		func(p person) {
			p.do(t, "PATCH", "/Users/"+p.id, `{"Operations":[{"op":"replace","path":"active","value":false}]}`).want(t, 200)
		},
		func(p person) { p.do(t, "DELETE", "/Users/"+p.id, "").want(t, 204) },
		func(p person) { p.bulk(t, operationOf("DELETE", "/Users/"+p.id, "", "")) },
		func(p person) { b.SQL(t, "UPDATE tenant SET disabled = 1 WHERE slug = 'sso-person3'") },
	} {
		p := b.signIn(t, fmt.Sprintf("person%d", i))
		p.ask(t, "GET", "/Me", "").want(t, 200)
		end(p)
		p.ask(t, "GET", "/Me", "").want(t, 401)
	}
}
