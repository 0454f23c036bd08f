package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/web"
)

// post is a server at work, with two tenants and their connectors, and what its receivers got.
type post struct {
	t      *testing.T
	server *server
	url    string
}

func newPost(t *testing.T, database string) *post {
	t.Helper()
	p := &post{t: t}
	listener, err := web.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	p.url = "http://" + listener.Addr().String()
	p.server, err = newServer(t.Context(), config{Database: database, PublicURL: p.url, Key: credential.NewKey().Line(), MailSpool: t.TempDir(),
		PrivateReceivers: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- p.server.Run(ctx, listener, nil) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-stopped)
		assert.NoError(t, p.server.Close())
	})
	return p
}

// connector is one of a tenant.
type connector struct {
	*post
	token  string
	caller domain.Caller // may do everything in the tenant
	link   uuid.UUID     // its connection
}

func (p *post) client(slug string) *connector {
	p.t.Helper()
	tenant, err := p.server.Engine().Administration.CreateTenant(p.t.Context(), slug, slug, false, nil)
	require.NoError(p.t, err)
	c, token, err := p.server.Engine().Administration.CreateCredential(p.t.Context(), operator(p.t, p.server.Engine(), slug), domain.NewCredential{Name: "scim", Kind: domain.KindScim})
	require.NoError(p.t, err)
	return &connector{post: p, token: token, link: c.Connection, caller: domain.Caller{Tenant: tenant.ID, TenantSlug: slug, Door: domain.DoorRest,
		Mode: domain.ReadWrite, Permissions: domain.AllPermissions(), Actor: domain.Actor{Kind: domain.ActorOperator, Name: "operator"}}}
}

func (c *connector) subscribe(kind domain.SubscriptionKind, url string) string {
	c.t.Helper()
	in := feed.NewSubscription{Name: "events", Kind: kind, URL: url, Connection: c.link, Audience: "https://receiver.example"}
	if kind == domain.SetPush {
		in.Token = "theirs"
	}
	if kind == domain.Webhook {
		in.Connection, in.Audience = uuid.Nil, ""
	}
	_, secret, err := c.server.feed.Create(c.t.Context(), c.caller, in)
	require.NoError(c.t, err)
	return secret
}

func (c *connector) ask(method, path, body string) (status int, answer map[string]any) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+"/scim/v2"+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer func() { _ = got.Body.Close() }()
	_ = json.NewDecoder(got.Body).Decode(&answer)
	return got.StatusCode, answer
}

func (c *connector) createUser(name string) string {
	c.t.Helper()
	status, made := c.ask("POST", "/Users", `{"userName":"`+name+`","externalId":"key of `+name+`","active":true,"emails":[{"value":"`+name+`@example.org"}]}`)
	require.Equal(c.t, 201, status, made)
	return made["id"].(string)
}

// poll gives the tokens by their ids.
func (c *connector) poll(body string) (sets map[string]string, more bool) {
	c.t.Helper()
	status, answer := c.ask("POST", "/Events/Poll", body)
	require.Equal(c.t, 200, status, answer)
	sets = map[string]string{}
	for id, token := range answer["sets"].(map[string]any) {
		sets[id] = token.(string)
	}
	return sets, answer["moreAvailable"].(bool)
}

// checked is the content of a token, checked with nothing but the keys that the server publishes.
func (p *post) checked(token string) (claims map[string]any) {
	p.t.Helper()
	answer, err := http.Get(p.url + web.KeySetPath)
	require.NoError(p.t, err)
	defer func() { _ = answer.Body.Close() }()
	var keys jose.JSONWebKeySet
	require.NoError(p.t, json.NewDecoder(answer.Body).Decode(&keys))
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(p.t, err)
	assert.Equal(p.t, "secevent+jwt", signed.Signatures[0].Protected.ExtraHeaders["typ"])
	content, err := signed.Verify(&keys)
	require.NoError(p.t, err)
	require.NoError(p.t, json.Unmarshal(content, &claims))
	return claims
}

func onEachDatabase(t *testing.T, test func(t *testing.T, p *post)) {
	t.Helper()
	t.Parallel()
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			t.Parallel()
			source := database.open(t).Source
			if !strings.Contains(source, "://") {
				source = sqlitePrefix + source
			}
			test(t, newPost(t, source))
		})
	}
}

func TestEventsAreFetched(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, p *post) {
		mine, other := p.client("acme"), p.client("beta")
		mine.subscribe(domain.SetPoll, "")
		other.subscribe(domain.SetPoll, "")
		ada := mine.createUser("ada")
		first, more := mine.poll(`{}`) // waits for it
		require.Len(t, first, 1)
		assert.False(t, more)
		var id string
		for jti, token := range first {
			id = jti
			claims := p.checked(token)
			assert.Equal(t, jti, claims["jti"])
			assert.Equal(t, p.url, claims["iss"])
			assert.Equal(t, "https://receiver.example", claims["aud"])
			assert.Equal(t, map[string]any{"format": "scim", "uri": "/Users/" + ada, "externalId": "key of ada"}, claims["sub_id"])
			assert.Contains(t, claims["events"], "urn:ietf:params:scim:event:prov:create:notice")
		}
		again, _ := mine.poll(`{"returnImmediately":true}`)
		assert.Contains(t, again, id, "until it is acknowledged")

		nothing, _ := other.poll(`{"returnImmediately":true,"ack":["` + id + `"],"setErrs":{"` + id + `":{"err":"invalid_audience"}}}`)
		assert.Empty(t, nothing)
		again, _ = mine.poll(`{"returnImmediately":true}`)
		assert.Contains(t, again, id, "another tenant can't acknowledge it")

		left, _ := mine.poll(`{"returnImmediately":true,"ack":["` + id + `"]}`)
		assert.Empty(t, left)
		mine.createUser("bob")
		next, _ := mine.poll(`{}`)
		require.Len(t, next, 1)
		for jti := range next {
			left, _ = mine.poll(`{"returnImmediately":true,"setErrs":{"` + jti + `":{"err":"invalid_request","description":"?"}}}`)
			assert.Empty(t, left, "what can't be taken is not sent again")
		}
	})
}

func TestEventsArePushed(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, p *post) {
		tokens, hooks := make(chan string, 10), make(chan http.Header, 10)
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.URL.Path == "/hook" {
				hooks <- r.Header.Clone()
				return
			}
			if assert.Equal(t, "Bearer theirs", r.Header.Get("Authorization")) && assert.Equal(t, "application/secevent+jwt", r.Header.Get("Content-Type")) {
				tokens <- string(body)
			}
			w.WriteHeader(http.StatusAccepted)
		}))
		t.Cleanup(receiver.Close)
		mine, other := p.client("acme"), p.client("beta")
		mine.subscribe(domain.SetPush, receiver.URL+"/events")
		mine.subscribe(domain.Webhook, receiver.URL+"/hook")
		other.createUser("eve")
		ada := mine.createUser("ada")
		select {
		case token := <-tokens:
			assert.Equal(t, "/Users/"+ada, p.checked(token)["sub_id"].(map[string]any)["uri"])
		case <-time.After(30 * time.Second):
			t.Fatal("no token came")
		}
		select {
		case header := <-hooks:
			assert.NoError(t, uuid.Validate(header.Get("webhook-id")))
			assert.Regexp(t, `^v1,[A-Za-z0-9+/]{43}=$`, header.Get("webhook-signature"))
		case <-time.After(30 * time.Second):
			t.Fatal("no webhook came")
		}
		require.Less(t, first(mine.ask("DELETE", "/Users/"+ada, "")), 300)
		select {
		case token := <-tokens:
			assert.Contains(t, p.checked(token)["events"], "urn:ietf:params:scim:event:feed:remove")
		case <-time.After(30 * time.Second):
			t.Fatal("no second token came")
		}
	})
}

func first[A, B any](a A, _ B) A { return a }
