package web_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/sqlite"
	"github.com/scimbridge/scimbridge/web"
)

// secrets is the part of domain.Secrets that signing in with a credential needs.
type secrets struct{ domain.Secrets }

func (secrets) NewCredential(id uuid.UUID) (string, []byte) {
	token := credential.NewCredentialToken(id)
	return token.Text, token.Hash
}

func (secrets) ParseCredential(text string) (uuid.UUID, []byte, error) {
	id, secret, err := credential.ParseCredentialToken(text)
	return id, credential.Hash(secret), err
}

func (secrets) HashToken(_ domain.TokenPurpose, text string) ([]byte, error) {
	secret, err := credential.ParseToken(credential.Session, text)
	return credential.Hash(secret), err
}

func (secrets) EqualHash(a, b []byte) bool { return credential.EqualHash(a, b) }

// gate is a door that admits the credentials of one tenant.
type gate struct {
	engine       *domain.Engine
	handler      http.Handler
	rest, scim   *domain.Credential
	token, other string
	now          *atomic.Int64
	work         func() // what a request does before it is answered
}

// operator is who stands at the machine, in the tenant.
func operator(t testing.TB, engine *domain.Engine, slug string) domain.Caller {
	t.Helper()
	caller, err := engine.Administration.Operator(context.Background(), slug)
	require.NoError(t, err)
	return caller
}

func newGate(t *testing.T, config web.Config) *gate {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	now := new(atomic.Int64)
	now.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixNano())
	engine := domain.New(domain.Config{Store: db, Registry: db, Secrets: secrets{}, Clock: func() time.Time { return time.Unix(0, now.Load()) }})
	g := &gate{engine: engine, now: now, work: func() {}}
	_, err = engine.Administration.CreateTenant(t.Context(), "acme", "Acme", false, nil)
	require.NoError(t, err)
	g.rest, g.token, err = engine.Administration.CreateCredential(t.Context(), operator(t, engine, "acme"), domain.NewCredential{Name: "hr", Kind: domain.KindRest,
		AllowedIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	require.NoError(t, err)
	g.scim, g.other, err = engine.Administration.CreateCredential(t.Context(), operator(t, engine, "acme"), domain.NewCredential{Name: "okta", Kind: domain.KindScim})
	require.NoError(t, err)
	accepts := func(caller domain.Caller) bool { return caller.Door == domain.DoorRest }
	door := web.Admit(engine.Gatekeeper, accepts, refuse)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.work()
		caller := web.CallerOf(r.Context())
		_, _ = io.WriteString(w, caller.Actor.Name+" "+caller.TenantSlug+" "+caller.IP+" "+caller.RequestID)
	}))
	config.Doors = []web.Door{{Name: "rest", Prefix: "/api", Handler: door, Refuse: refuse}}
	config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	config.Log = web.NewLogger(io.Discard)
	g.handler = web.NewHall(config)
	return g
}

// refuse is the shape of a door for tests: the code, with a status.
func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	status := map[domain.Code]int{domain.CodeUnauthenticated: 401, domain.CodeOverloaded: 503, domain.CodeInternal: 500, domain.CodeRateLimited: 429,
		domain.CodeURLTooLong: 414, domain.CodeHeaderTooLarge: 431, domain.CodeMisdirected: 421}[domain.CodeOf(err)]
	if status == 0 {
		status = http.StatusTeapot
	}
	w.Header().Set("Content-Type", "application/test")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, string(domain.CodeOf(err)))
}

func (g *gate) get(header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/x", nil)
	r.RemoteAddr = "192.0.2.7:4711"
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	return w
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	g := newGate(t, web.Config{})
	id := g.rest.ID.String()
	for name, test := range map[string]struct {
		values []string
		opens  bool
	}{
		"bearer":                     {[]string{"Bearer " + g.token}, true},
		"lower case scheme":          {[]string{"bearer " + g.token}, true},
		"upper case scheme":          {[]string{"BEARER " + g.token}, true},
		"two spaces":                 {[]string{"Bearer  " + g.token}, true},
		"basic":                      {[]string{basic(id, g.token)}, true},
		"basic, upper case id":       {[]string{basic(strings.ToUpper(id), g.token)}, true},
		"absent":                     {nil, false},
		"empty":                      {[]string{""}, false},
		"scheme only":                {[]string{"Bearer"}, false},
		"scheme and space":           {[]string{"Bearer "}, false},
		"scheme and spaces":          {[]string{"Bearer    "}, false},
		"tab":                        {[]string{"Bearer\t" + g.token}, false},
		"token only":                 {[]string{g.token}, false},
		"two headers":                {[]string{"Bearer " + g.token, "Bearer " + g.token}, false},
		"two headers, one empty":     {[]string{"Bearer " + g.token, ""}, false},
		"two tokens":                 {[]string{"Bearer " + g.token + " " + g.token}, false},
		"comma":                      {[]string{"Bearer " + g.token + ","}, false},
		"NUL":                        {[]string{"Bearer " + g.token + "\x00"}, false},
		"NUL alone":                  {[]string{"Bearer \x00"}, false},
		"quoted":                     {[]string{`Bearer "` + g.token + `"`}, false},
		"padded":                     {[]string{"Bearer " + g.token + "="}, false},
		"64 kB":                      {[]string{"Bearer " + strings.Repeat("a", 64<<10)}, false},
		"64 kB before the token":     {[]string{"Bearer" + strings.Repeat(" ", 64<<10) + g.token}, false},
		"other scheme":               {[]string{"Token " + g.token}, false},
		"null":                       {[]string{"Bearer null"}, false},
		"cut":                        {[]string{"Bearer " + g.token[:len(g.token)-1]}, false},
		"upper case token":           {[]string{"Bearer " + strings.ToUpper(g.token)}, false},
		"other door":                 {[]string{"Bearer " + g.other}, false},
		"basic, no colon":            {[]string{"Basic " + base64.StdEncoding.EncodeToString([]byte(g.token))}, false},
		"basic, no user":             {[]string{basic("", g.token)}, false},
		"basic, no password":         {[]string{basic(id, "")}, false},
		"basic, other id":            {[]string{basic(g.scim.ID.String(), g.token)}, false},
		"basic, id without hyphens":  {[]string{basic(strings.ReplaceAll(id, "-", ""), g.token)}, false},
		"basic, swapped":             {[]string{basic(g.token, id)}, false},
		"basic, extra colon":         {[]string{basic(id, g.token+":")}, false},
		"basic, not base64":          {[]string{"Basic " + id + ":" + g.token}, false},
		"basic, url base64 unpadded": {[]string{strings.TrimRight(basic(id, g.token), "=") + "_"}, false},
	} {
		w := g.get(http.Header{"Authorization": test.values, "X-Request-Id": {"abc"}})
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), name)
		if test.opens {
			assert.Equal(t, "hr acme 192.0.2.7 abc", w.Body.String(), name)
			continue
		}
		assert.Equal(t, http.StatusUnauthorized, w.Code, name)
		assert.Equal(t, "unauthenticated", w.Body.String(), name)
	}
}

func TestAdmitLooksAtTheClientAddress(t *testing.T) {
	t.Parallel()
	g := newGate(t, web.Config{})
	for _, test := range []struct {
		peer, forwarded string
		opens           bool
	}{
		{"192.0.2.7:1", "", true},
		{"[::ffff:192.0.2.7]:1", "", true},
		{"203.0.113.1:1", "", false},
		{"203.0.113.1:1", "192.0.2.7", false}, // not our proxy: anybody could say that
		{"127.0.0.1:1", "192.0.2.7", true},
		{"127.0.0.1:1", "192.0.2.7, 203.0.113.1", false}, // what the client sent stands left of what the proxy saw
		{"127.0.0.1:1", "203.0.113.1, 192.0.2.7", true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/x", nil)
		r.RemoteAddr = test.peer
		r.Header.Set("Authorization", "Bearer "+g.token)
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		w := httptest.NewRecorder()
		g.handler.ServeHTTP(w, r)
		assert.Equal(t, test.opens, w.Code == http.StatusOK, "%+v", test)
	}
}

func TestRevokedCredentialIsOutWithinASecond(t *testing.T) {
	t.Parallel()
	g := newGate(t, web.Config{})
	header := http.Header{"Authorization": {"Bearer " + g.token}}
	require.Equal(t, http.StatusOK, g.get(header).Code)
	_, err := g.engine.Administration.RevokeCredential(t.Context(), operator(t, g.engine, "acme"), g.rest.ID)
	require.NoError(t, err)
	g.now.Add(int64(time.Second))
	assert.Equal(t, http.StatusUnauthorized, g.get(header).Code)
}

func TestNoDamagedTokenOpens(t *testing.T) {
	t.Parallel()
	g := newGate(t, web.Config{})
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(g.token)-1).Draw(t, "at")
		damaged := []byte(g.token)
		damaged[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		assert.Equal(t, http.StatusUnauthorized, g.get(http.Header{"Authorization": {"Bearer " + string(damaged)}}).Code)
		assert.Equal(t, http.StatusUnauthorized, g.get(http.Header{"Authorization": {"Bearer " + g.token[:at]}}).Code)
		if at > 0 {
			assert.Equal(t, http.StatusUnauthorized, g.get(http.Header{"Authorization": {"Bearer " + g.token[at:]}}).Code)
		}
	})
}

func TestCallerOutsideADoorMayDoNothing(t *testing.T) {
	t.Parallel()
	assert.Equal(t, domain.Caller{}, web.CallerOf(t.Context()))
	assert.Empty(t, web.RequestID(t.Context()))
}

// TestWhoIsKnownWaitsForATurn fills the only place: the next request of a known caller waits, whoever is unknown is
// refused at once, and probes are answered.
func TestWhoIsKnownWaitsForATurn(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	g := newGate(t, web.Config{InFlight: 1})
	g.work = func() {
		entered <- struct{}{}
		<-leave
	}
	header := http.Header{"Authorization": {"Bearer " + g.token}}
	codes := make(chan int)
	for range 2 {
		go func() { codes <- g.get(header).Code }()
	}
	<-entered
	assert.Equal(t, http.StatusUnauthorized, g.get(nil).Code)
	assert.Equal(t, http.StatusOK, ask(g.handler, "/healthz", nil).Code)
	leave <- struct{}{}
	<-entered
	leave <- struct{}{}
	assert.ElementsMatch(t, []int{<-codes, <-codes}, []int{http.StatusOK, http.StatusOK})
}
