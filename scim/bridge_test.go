package scim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// bridge is the door on the true engine and a database of the test's own, with the tenant acme and its connector.
type bridge struct {
	*storetest.Fixture
	engine  *domain.Engine
	handler http.Handler
	acme    *connector
}

const testURL = "https://id.example.org"

func newBridge(t testing.TB) *bridge {
	t.Helper()
	return newBridgeOn(t, storetest.SQLite(t))
}

func newBridgeOn(t testing.TB, fixture *storetest.Fixture) *bridge {
	t.Helper()
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	b := &bridge{Fixture: fixture}
	b.engine = domain.New(domain.Config{Store: fixture.DB, Registry: fixture.DB, Secrets: credential.NewSecrets(sealer)})
	b.handler = New(Config{Engine: b.engine, PublicURL: testURL})
	b.acme = b.tenant(t, "acme", false, nil)
	return b
}

// databases are what the door is tested on where the database could make a difference.
var databases = []struct {
	name string
	open func(t testing.TB, clock ...storetest.Clock) *storetest.Fixture
}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}}

// onEach runs a test on every database.
func onEach(t *testing.T, test func(t *testing.T, b *bridge)) {
	t.Helper()
	t.Parallel()
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			t.Parallel()
			test(t, newBridgeOn(t, database.open(t)))
		})
	}
}

// tenant makes a tenant with a connector whose connection has the policies.
func (b *bridge) tenant(t testing.TB, slug string, sso bool, policies map[string]string) *connector {
	t.Helper()
	_, err := b.engine.Administration.CreateTenant(t.Context(), slug, "", sso, nil)
	require.NoError(t, err)
	_, err = b.engine.Administration.CreateConnection(t.Context(), operator(t, b.engine, slug), "scim", policies)
	require.NoError(t, err)
	return b.connector(t, slug, domain.NewCredential{Connection: "scim"})
}

// operator is who stands at the machine, in the tenant.
func operator(t testing.TB, engine *domain.Engine, slug string) domain.Caller {
	t.Helper()
	caller, err := engine.Administration.Operator(context.Background(), slug)
	require.NoError(t, err)
	return caller
}

// connector makes a SCIM credential.
func (b *bridge) connector(t testing.TB, tenant string, in domain.NewCredential) *connector {
	t.Helper()
	in.Name, in.Kind = "connector", domain.KindScim
	c, token, err := b.engine.Administration.CreateCredential(t.Context(), operator(t, b.engine, tenant), in)
	require.NoError(t, err)
	return &connector{bridge: b, credential: c, token: token}
}

// connector is a client with a token.
type connector struct {
	bridge     *bridge
	credential *domain.Credential
	token      string
}

// reply is an answer with its body as JSON.
type reply struct {
	*httptest.ResponseRecorder
	body map[string]any
}

// do sends a request with a path below Prefix; headers are names and values by turns.
func (c *connector) do(t testing.TB, method, path, body string, headers ...string) reply {
	t.Helper()
	return c.bridge.do(t, method, Prefix+path, body, append([]string{"Authorization", "Bearer " + c.token}, headers...)...)
}

func (b *bridge) do(t testing.TB, method, target, body string, headers ...string) reply {
	t.Helper()
	r := httptest.NewRequest(method, blanks.Replace(target), strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	answer := reply{ResponseRecorder: httptest.NewRecorder()}
	b.handler.ServeHTTP(answer, r)
	if answer.Body.Len() > 0 {
		require.Equal(t, "application/scim+json", answer.Header().Get("Content-Type"))
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &answer.body), answer.Body.String())
	}
	return answer
}

// status sends a request of acme and gives nothing but the status, 0 for no answer: for many requests, from anywhere.
func (b *bridge) status(method, path, body string) int {
	r, err := http.NewRequest(method, testURL+Prefix+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header["Authorization"] = []string{"Bearer " + b.acme.token}
	r.RemoteAddr = "192.0.2.1:1"
	w := &nowhere{header: make(http.Header, 8)}
	b.handler.ServeHTTP(w, r)
	return w.status
}

// nowhere is a response that costs nothing.
type nowhere struct {
	header http.Header
	status int
	bytes  int
}

func (w *nowhere) Header() http.Header    { return w.header }
func (w *nowhere) WriteHeader(status int) { w.status = status }
func (w *nowhere) Write(part []byte) (int, error) {
	w.bytes += len(part)
	return len(part), nil
}

// blanks lets tests write filters as they are read.
var blanks = strings.NewReplacer(" ", "%20", `"`, "%22")

// want requires a status, and shows the answer where it is another one.
func (a reply) want(t testing.TB, status int) reply {
	t.Helper()
	require.Equal(t, status, a.Code, a.Body.String())
	return a
}

// at gives the value under names and, where the body has a list, indexes; nil when there is none.
func (a reply) at(path ...any) any {
	var value any = a.body
	for _, step := range path {
		switch at := value.(type) {
		case map[string]any:
			value = at[step.(string)]
		case []any:
			if step.(int) >= len(at) {
				return nil
			}
			value = at[step.(int)]
		default:
			return nil
		}
	}
	return value
}

func (a reply) id() string { id, _ := a.body["id"].(string); return id }

// user makes a user of that name, and gives the id.
func (c *connector) user(t testing.TB, name string) string {
	t.Helper()
	return c.do(t, "POST", "/Users", `{"userName":"`+name+`","emails":[{"value":"`+name+`@example.org","type":"work","primary":true}]}`).want(t, 201).id()
}

// group makes a group with members, and gives the id.
func (c *connector) group(t testing.TB, name string, members ...string) string {
	t.Helper()
	return c.do(t, "POST", "/Groups", `{"displayName":"`+name+`","members":`+memberList(members...)+`}`).want(t, 201).id()
}

func memberList(ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, `{"value":"`+id+`"}`)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// members lists the ids of a group's members as GET shows them.
func (c *connector) members(t testing.TB, group string) []string {
	t.Helper()
	ids := []string{}
	list, _ := c.do(t, "GET", "/Groups/"+group, "").want(t, 200).at("members").([]any)
	for _, member := range list {
		ids = append(ids, member.(map[string]any)["value"].(string))
	}
	return ids
}

// lastSeen are the notes that a connection was in use and of what kind its client is, which any request may leave.
var lastSeen = regexp.MustCompile(`last_seen_at=\d+|seen_dialect=.* seen_dialect_at=\d+`)

// unchanged asserts that no row differs from the earlier snapshot, but for when a connection was in use.
func (b *bridge) unchanged(t testing.TB, before map[string][]string) {
	t.Helper()
	after := b.Snapshot(t)
	for table := range after {
		for i := range after[table] {
			after[table][i] = lastSeen.ReplaceAllString(after[table][i], "")
		}
		was := slices.Clone(before[table])
		for i := range was {
			was[i] = lastSeen.ReplaceAllString(was[i], "")
		}
		added, removed := lacking(after[table], was), lacking(was, after[table])
		assert.Empty(t, added, "new in %s", table)
		assert.Empty(t, removed, "gone from %s", table)
	}
}

// lacking is what stands in the first list and not in the second.
func lacking(list, other []string) (rest []string) {
	for _, line := range list {
		if !slices.Contains(other, line) {
			rest = append(rest, line)
		}
	}
	return rest
}
