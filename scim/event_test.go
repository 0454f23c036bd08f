package scim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// observer is a subscriber of security events.
type observer struct {
	*bridge
	events       *Events
	signer       *credential.Signer
	subscription *domain.Subscription
	seen         int64 // the index of the last event
}

// testKey seals the signing keys of all observers.
var testKey = credential.NewKey()

func (b *bridge) observer(t *testing.T, of *connector) *observer {
	t.Helper()
	sealer, err := credential.NewSealer(testKey)
	require.NoError(t, err)
	o := &observer{bridge: b, signer: credential.NewSigner(b.DB, sealer, nil), subscription: &domain.Subscription{ID: uuid.New(),
		Tenant: of.credential.Tenant, Connection: of.credential.Connection, Kind: domain.SetPoll, Audience: "https://receiver.example"}}
	o.events = NewEvents(b.engine.Base(), o.signer, testURL+"/")
	return o
}

// happened gives the events since the last call.
func (o *observer) happened(t *testing.T) []domain.Event {
	t.Helper()
	var list []domain.Event
	require.NoError(t, o.engine.Base().Read(t.Context(), domain.Caller{Tenant: o.subscription.Tenant}, func(tx domain.Tx) (err error) {
		list, err = tx.ListEvents(domain.EventQuery{After: o.seen, Until: 1 << 40, Count: 1000})
		return err
	}))
	if len(list) > 0 {
		o.seen = list[len(list)-1].Index
	}
	return list
}

// claims gives the content of the tokens about what happened since the last call.
func (o *observer) claims(t *testing.T) (list []map[string]any) {
	t.Helper()
	happened := o.happened(t)
	rendered, err := o.events.Render(t.Context(), o.subscription, happened)
	require.NoError(t, err)
	again, err := o.events.Render(t.Context(), o.subscription, happened)
	require.NoError(t, err)
	for i, set := range rendered {
		assert.Equal(t, set.ID, again[i].ID, "the id does not change")
		content, err := o.signer.Verify(t.Context(), "secevent+jwt", string(set.Body))
		require.NoError(t, err)
		var claims map[string]any
		require.NoError(t, json.Unmarshal(content, &claims))
		assert.Equal(t, set.ID.String(), claims["jti"])
		list = append(list, claims)
	}
	return list
}

// told is the events in short: the resource, and what happened with the attributes.
func (o *observer) told(t *testing.T) (lines []string) {
	t.Helper()
	for _, claims := range o.claims(t) {
		about := claims["sub_id"].(map[string]any)
		line, _, _ := strings.Cut(strings.TrimPrefix(about["uri"].(string), "/"), "/")
		if key, known := about["externalId"]; known {
			line += "(" + key.(string) + ")"
		}
		events := claims["events"].(map[string]any)
		for _, uri := range slices.Sorted(maps.Keys(events)) {
			line += " " + strings.TrimPrefix(uri, eventURN)
			if attributes, found := events[uri].(map[string]any)["attributes"]; found {
				line += fmt.Sprint(attributes)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestSecurityEventToken(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	o := b.observer(t, b.acme)
	before := time.Now().Unix()
	made := b.acme.do(t, "POST", "/Users", `{"userName":"ada","externalId":"e1","active":true,"name":{"givenName":"Ada","familyName":"Lovelace"},"emails":[{"value":"ada@example.org"}]}`)
	require.Equal(t, 201, made.Code)
	list := o.claims(t)
	require.Len(t, list, 1)
	claims := list[0]
	for _, name := range []string{"iat", "toe"} {
		assert.InDelta(t, before, claims[name], 5, name)
		delete(claims, name)
	}
	for _, name := range []string{"jti", "txn"} {
		assert.NoError(t, uuid.Validate(claims[name].(string)), name)
		delete(claims, name)
	}
	attributes := claims["events"].(map[string]any)[eventCreate].(map[string]any)["attributes"]
	assert.Subset(t, attributes, []any{"id", "userName", "externalId", "name.givenName", "name.familyName", "emails", "active"})
	claims["events"].(map[string]any)[eventCreate] = nil
	assert.Equal(t, map[string]any{"iss": testURL, "aud": "https://receiver.example",
		"sub_id": map[string]any{"format": "scim", "uri": "/Users/" + made.body["id"].(string), "externalId": "e1"},
		"events": map[string]any{eventCreate: nil}}, claims, "ids and nothing else")
}

func TestEventsOfAUser(t *testing.T) {
	onEach(t, func(t *testing.T, b *bridge) {
		_, err := b.engine.Administration.CreateConnection(t.Context(), operator(t, b.engine, "acme"), "other", nil)
		require.NoError(t, err)
		stranger := b.connector(t, "acme", domain.NewCredential{Connection: "other"})
		own, foreign := b.observer(t, b.acme), b.observer(t, stranger)
		other := b.observer(t, b.tenant(t, "beta", false, nil))
		for _, o := range []*observer{own, foreign, other} {
			o.happened(t) // what the set-up did
		}
		const body = `{"userName":"ada","externalId":"e1","active":true,"emails":[{"value":"ada@example.org"}]}`
		made := b.acme.do(t, "POST", "/Users", body)
		require.Equal(t, 201, made.Code)
		at := "/Users/" + made.body["id"].(string)
		assert.Len(t, own.told(t), 1)
		create := foreign.told(t)
		require.Len(t, create, 1)
		assert.Contains(t, create[0], "Users prov:create:notice[id userName")
		assert.NotContains(t, create[0], "externalId", "another connection's key")

		for _, step := range []struct {
			by                 *connector
			method, path, body string
			own, foreign       []string
		}{
			{b.acme, "PATCH", at, patchText(`{"op":"replace","path":"title","value":"Countess"}`),
				[]string{"Users(e1) prov:patch:notice[title]"}, []string{"Users prov:patch:notice[title]"}},
			{b.acme, "PATCH", at, patchText(`{"op":"replace","path":"title","value":"Countess"}`), nil, nil},
			{b.acme, "PATCH", at, patchText(`{"op":"replace","path":"externalId","value":"e2"}`), []string{"Users(e2) prov:patch:notice[externalId]"}, nil},
			{b.acme, "PUT", at, strings.Replace(body, "e1", "e2", 1), []string{"Users(e2) prov:put:notice[title]"}, []string{"Users prov:put:notice[title]"}},
			{b.acme, "PATCH", at, patchText(`{"op":"replace","path":"active","value":false}`), []string{"Users(e2) prov:deactivate"}, []string{"Users prov:deactivate"}},
			{b.acme, "PATCH", at, patchText(`{"op":"replace","value":{"active":true,"nickName":"Ada","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines"}}}`),
				[]string{"Users(e2) prov:activate prov:patch:notice[nickName " + enterpriseURN + ":department]"},
				[]string{"Users prov:activate prov:patch:notice[nickName " + enterpriseURN + ":department]"}},
			{stranger, "PATCH", at, patchText(`{"op":"replace","path":"externalId","value":"x1"}`), nil,
				[]string{"Users(x1) feed:add prov:patch:notice[externalId]"}},
			{b.acme, "DELETE", at, "", []string{"Users(e2) feed:remove prov:deactivate"}, []string{"Users(x1) prov:deactivate"}},
			{stranger, "PATCH", at, patchText(`{"op":"replace","path":"title","value":"Lady"}`), nil, []string{"Users(x1) prov:patch:notice[title]"}},
		} {
			answer := step.by.do(t, step.method, step.path, step.body)
			require.Less(t, answer.Code, 300, answer.Body)
			assert.Equal(t, step.own, own.told(t), "%s %s", step.method, step.body)
			assert.Equal(t, step.foreign, foreign.told(t), "%s %s, seen by another connection", step.method, step.body)
		}
		assert.Empty(t, other.told(t), "another tenant")
	})
}

func patchText(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}

func TestEventsOfAGroup(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	o := b.observer(t, b.acme)
	ada := b.acme.do(t, "POST", "/Users", `{"userName":"ada","emails":[{"value":"ada@example.org"}]}`).body["id"].(string)
	o.happened(t)
	made := b.acme.do(t, "POST", "/Groups", `{"displayName":"Ops","externalId":"g1"}`)
	require.Equal(t, 201, made.Code)
	at := "/Groups/" + made.body["id"].(string)
	assert.Equal(t, []string{"Groups(g1) prov:create:notice[id displayName]"}, o.told(t))
	require.Less(t, b.acme.do(t, "PATCH", at, patchText(`{"op":"add","path":"members","value":[{"value":"`+ada+`"}]}`)).Code, 300)
	assert.Equal(t, []string{"Groups(g1) prov:patch:notice[members]"}, o.told(t))
	require.Less(t, b.acme.do(t, "PUT", at, `{"displayName":"Operations"}`).Code, 300)
	assert.Equal(t, []string{"Groups(g1) prov:put:notice[displayName members]"}, o.told(t))
	require.Less(t, b.acme.do(t, "DELETE", at, "").Code, 300)
	assert.Equal(t, []string{"Groups prov:delete"}, o.told(t))
}

func TestSecurityEventsAreAnnounced(t *testing.T) {
	t.Parallel()
	view := plainView
	assert.NotContains(t, parsed(t, appendServiceProviderConfig(nil, view)), "securityEvents")
	view.events = true
	announced := parsed(t, appendServiceProviderConfig(nil, view))["securityEvents"].(map[string]any)
	assert.Equal(t, "none", announced["asyncRequest"])
	assert.Len(t, announced["eventUris"], 8)
	assert.Contains(t, announced["eventUris"], "urn:ietf:params:scim:event:prov:patch:notice")
}
