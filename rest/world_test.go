package rest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/rest/openapi/openapitest"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// world is the door on a true engine and a store of the test's own, with a clock that the test moves.
type world struct {
	*storetest.Fixture
	t      *testing.T
	engine *domain.Engine
	feed   *feed.Feed
	door   http.Handler
	moved  atomic.Int64 // by which the clock is ahead of start
	token  string       // of a credential with every permission, in tenant acme

	mu       sync.Mutex
	answered strings.Builder // every body and header that came back
}

// start is the time at which every test begins.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const publicURL = "https://id.example.org"

// newWorld makes a world with the tenant acme.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	w.Fixture = storetest.SQLite(t, w.now)
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	w.engine = domain.New(domain.Config{Store: w.DB, Registry: w.DB, Secrets: credential.NewSecrets(sealer),
		Passwords: credential.NewPasswords(domain.NewProcessors(1)), Authenticator: credential.Totp{}, Clock: w.now})
	w.feed = feed.New(feed.Config{Base: w.engine.Base(), Renderers: map[domain.SubscriptionKind]feed.Renderer{domain.SetPush: noSets, domain.SetPoll: noSets}})
	w.door = openapitest.Watch(t, New(Config{Engine: w.engine, Feed: w.feed, Signer: credential.NewSigner(w.DB, sealer, w.now), PublicURL: publicURL + "/"}))
	w.tenant("acme", false)
	w.token = w.credential("acme", domain.ReadWrite, domain.AllPermissions()...)
	t.Cleanup(w.keptSecrets)
	return w
}

// noSets stands for what renders security event tokens.
func noSets(context.Context, *domain.Subscription, []domain.Event) ([]feed.Rendered, error) {
	return nil, nil
}

// keptSecrets holds every test to this: no answer has shown anything of an identity account, a hash or a token.
func (w *world) keptSecrets() {
	answered := w.answered.String()
	for _, query := range []string{
		"SELECT lower(hex(identity_user_unique)) FROM user_access", "SELECT lower(hex(token_hash)) FROM invitation",
		"SELECT lower(hex(token_hash)) FROM reset_token", "SELECT lower(hex(token_hash)) FROM session",
		"SELECT lower(hex(secret_hash)) FROM credential", "SELECT password_hash FROM user_access WHERE password_hash <> ''",
	} {
		rows, err := w.Raw.Query(query)
		require.NoError(w.t, err)
		for rows.Next() {
			var secret string
			require.NoError(w.t, rows.Scan(&secret))
			raw, err := hex.DecodeString(secret)
			require.NoError(w.t, err)
			assert.NotContains(w.t, answered, secret, query)
			assert.NotContains(w.t, answered, base64.StdEncoding.EncodeToString(raw), query)
			if id, err := uuid.FromBytes(raw); err == nil {
				assert.NotContains(w.t, answered, id.String(), query)
			}
		}
		require.NoError(w.t, rows.Err())
		require.NoError(w.t, rows.Close())
	}
}

func (w *world) now() time.Time { return start.Add(time.Duration(w.moved.Load())) }

func (w *world) wait(d time.Duration) { w.moved.Add(int64(d)) }

func (w *world) tenant(slug string, sso bool) {
	w.t.Helper()
	_, err := w.engine.Administration.CreateTenant(context.Background(), slug, slug, sso, nil)
	require.NoError(w.t, err)
}

// sso turns the SSO of acme on or off and waits until every server knows.
func (w *world) sso(on bool) {
	w.t.Helper()
	_, err := w.engine.Administration.UpdateTenant(context.Background(), operator(w.t, w.engine, "acme"), domain.TenantChange{Sso: &on})
	require.NoError(w.t, err)
	w.wait(2 * time.Second)
}

// operator is who stands at the machine, in the tenant.
func operator(t testing.TB, engine *domain.Engine, slug string) domain.Caller {
	t.Helper()
	caller, err := engine.Administration.Operator(context.Background(), slug)
	require.NoError(t, err)
	return caller
}

// credential makes a Rest credential and gives its token; without permissions it has all.
func (w *world) credential(slug string, mode domain.AccessMode, permissions ...domain.Permission) string {
	w.t.Helper()
	_, token, err := w.engine.Administration.CreateCredential(context.Background(), operator(w.t, w.engine, slug), domain.NewCredential{
		Name: "HR sync", Kind: domain.KindRest, Mode: mode, Permissions: permissions})
	require.NoError(w.t, err)
	return token
}

// session signs a person in and gives the session's token. SSO must be on.
func (w *world) session(name string) string {
	w.t.Helper()
	tenant, err := w.engine.Administration.Tenant(context.Background(), "acme")
	require.NoError(w.t, err)
	signedIn, err := w.engine.Gatekeeper.SignInByName(context.Background(),
		domain.Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Door: domain.DoorSso}, w.Provider(w.t, tenant.ID), name)
	require.NoError(w.t, err)
	return signedIn.Token
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// send sends a request below /api/v1 with the world's token; headers come as name, value, …
func (w *world) send(method, path, body string, headers ...string) *answer {
	w.t.Helper()
	return w.as(w.token, method, path, body, headers...)
}

// as is send with another token.
func (w *world) as(token, method, path, body string, headers ...string) *answer {
	w.t.Helper()
	if !strings.HasPrefix(strings.ToLower(path), "/api") {
		path = "/api/v1" + path
	}
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.door.ServeHTTP(recorder, request)
	content, err := io.ReadAll(recorder.Body)
	require.NoError(w.t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintln(&w.answered, recorder.Header(), string(content))
	return &answer{w.t, recorder.Code, recorder.Header(), string(content)}
}

// is demands a status and gives the answer on.
func (a *answer) is(status int) *answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.body)
	return a
}

// refused demands an error of a code.
func (a *answer) refused(status int, code domain.Code) *answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.body)
	require.Equal(a.t, string(code), a.text("code"), a.body)
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	return a
}

// json is the body.
func (a *answer) json() map[string]any {
	a.t.Helper()
	var content map[string]any
	require.NoError(a.t, json.Unmarshal([]byte(a.body), &content), a.body)
	return content
}

// at is the value at a path of names.
func (a *answer) at(names ...string) any {
	a.t.Helper()
	var value any = a.json()
	for _, name := range names {
		object, ok := value.(map[string]any)
		require.True(a.t, ok, "no object around %s in %s", name, a.body)
		value = object[name]
	}
	return value
}

// text is the text at a path of names, "" for none.
func (a *answer) text(names ...string) string {
	a.t.Helper()
	text, _ := a.at(names...).(string)
	return text
}

// items are the elements of a list.
func (a *answer) items() []map[string]any {
	a.t.Helper()
	list, ok := a.at("Items").([]any)
	require.True(a.t, ok, a.body)
	items := make([]map[string]any, len(list))
	for i := range list {
		items[i] = list[i].(map[string]any)
	}
	return items
}

// faults are the field errors.
func (a *answer) faults() map[string]any {
	a.t.Helper()
	faults, _ := a.at("errors").(map[string]any)
	return faults
}

// person makes a person and gives the id; the body lacks only the names.
func (w *world) person(more string) string {
	w.t.Helper()
	if more != "" {
		more = "," + more
	}
	return w.send("POST", "/Common/Persons", `{"FirstName":"Ana","LastName":"Silva"`+more+`}`).is(201).text("PersonId")
}

// user makes an invited person with the username and an address made of it.
func (w *world) user(username string) string {
	w.t.Helper()
	return w.person(`"EmailAddresses":[{"Address":"` + username + `@example.org","Type":"Work"}],"UserAccess":{"Username":"` + username + `"}`)
}

// dead gives up the newest mail and tells its id.
func (w *world) dead() string {
	w.t.Helper()
	w.SQL(w.t, "UPDATE outbox SET status = 'Dead', reason = '550 no such mailbox' WHERE status = 'Waiting'")
	var id uuid.UUID
	require.NoError(w.t, w.Raw.QueryRow("SELECT message_id FROM outbox ORDER BY message_id DESC LIMIT 1").Scan(&id))
	return id.String()
}

func persons(id string, more ...string) string {
	return "/Common/Persons/" + id + strings.Join(more, "")
}

func users(id string, more ...string) string {
	return "/UserManagement/Persons/" + id + strings.Join(more, "")
}
