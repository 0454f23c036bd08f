package sso

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
	"github.com/scimbridge/scimbridge/web"
)

// newRelyingWorld is the world for OpenID providers, which keep real time.
func newRelyingWorld(t testing.TB, open storetest.Open, client *http.Client) *world {
	t.Helper()
	w := &world{}
	clock := func() time.Time { return time.Now().Add(time.Duration(w.ticks.Load()) * time.Microsecond) }
	w.Fixture = open(t, clock)
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	w.engine = domain.New(domain.Config{Store: w.DB, Registry: w.DB, Secrets: credential.NewSecrets(sealer), Clock: clock})
	w.acme = w.tenant(t, "acme")
	w.handler = w.replica(clock, client)
	return w
}

// replica is one more server on the same database.
func (w *world) replica(clock func() time.Time, client *http.Client) http.Handler {
	config := Config{Engine: w.engine, PublicURL: "https://id.example.com", Strangers: web.NewStrangers(spread()), Client: client,
		Home: func(tenant string) string { return "/home/" + tenant }, SecondFactor: func(tenant string) string { return "/code/" + tenant }}
	return web.NewHall(web.Config{Doors: []web.Door{{Name: "sso", Prefix: Prefix, Handler: New(config), Refuse: Refuse, Routes: Routes()}},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Clock: clock})
}

// spread is a clock by which nobody comes too often.
func spread() func() time.Time {
	var mu sync.Mutex
	now := noon
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Hour)
		return now
	}
}

// addOpenID adds an enabled OpenID provider.
func (w *world) addOpenID(t testing.TB, tenant domain.Caller, prefix, issuer string, settings ...func(*domain.NewProvider)) *domain.IdentityProvider {
	t.Helper()
	in := domain.NewProvider{Name: prefix, Prefix: prefix, Type: domain.ProviderOidc, Enabled: true, ClientSecret: clientSecret,
		Oidc: &domain.OidcSettings{Issuer: issuer, ClientID: clientID}}
	for _, set := range settings {
		set(&in)
	}
	p, err := w.engine.Providers.Add(t.Context(), tenant, in)
	require.NoError(t, err)
	return p
}

const (
	clientID, clientSecret = "scimbridge", "a secret & more: +/"
	callbackPath           = "/sso/acme/op/callback"
	opLogin                = "/sso/acme/op/login"
)

// still is a client that follows no redirects, as the server's own.
func still(server *httptest.Server) *http.Client {
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// realOP is an OpenID provider that somebody else has written.
type realOP struct {
	*httptest.Server
	client *http.Client
}

type opUsers map[string]*storage.User

func (u opUsers) GetUserByID(id string) *storage.User { return u[id] }
func (u opUsers) ExampleClientID() string             { return "nobody" }
func (u opUsers) GetUserByUsername(name string) *storage.User {
	for _, user := range u {
		if user.Username == name {
			return user
		}
	}
	return nil
}

func newRealOP(t testing.TB, public bool, users ...*storage.User) *realOP {
	t.Helper()
	var handler http.Handler
	op := &realOP{Server: httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))}
	t.Cleanup(op.Close)
	op.client = still(op.Server)
	known := opUsers{}
	for _, user := range users {
		user.Password, known[user.ID] = "pass", user
	}
	client := storage.WebClient(clientID, clientSecret, "https://id.example.com"+callbackPath)
	if public {
		client = storage.NativeClient(clientID, "https://id.example.com"+callbackPath)
	}
	handler = exampleop.SetupServer(op.URL, storage.NewStorageWithClients(known, map[string]*storage.Client{clientID: client}), slog.New(slog.DiscardHandler), false)
	return op
}

// signIn does what somebody does at the provider, from our redirect to the one that leads back.
func (op *realOP) signIn(t testing.TB, to, user string) *url.URL {
	t.Helper()
	follow := func(answer *http.Response, err error) *url.URL {
		t.Helper()
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		next, err := answer.Location()
		body, _ := io.ReadAll(answer.Body)
		require.NoError(t, err, "%d %s", answer.StatusCode, body)
		return next
	}
	form := follow(op.client.Get(to))
	back := follow(op.client.PostForm(op.URL+"/login/username", url.Values{"username": {user}, "password": {"pass"}, "id": {form.Query().Get("authRequestID")}}))
	return follow(op.client.Get(back.String()))
}

// away clicks on "sign in" and gives where the browser is sent, with its cookie.
func (w *world) away(t testing.TB, path string) (string, *http.Cookie) {
	t.Helper()
	answer := w.do("GET", path, "")
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, w.note(t))
	return answer.Header.Get("Location"), cookie(answer, browserCookie)
}

// rogue is an OpenID provider that says whatever a test wants. The test's own hand is behind it: it is for what no real
// provider would say.
type rogue struct {
	*httptest.Server
	client   *http.Client
	mu       sync.Mutex
	key      *rsa.PrivateKey
	document map[string]any // changes of the discovery document
	keys     []jose.JSONWebKey
	raw      any // instead of the keys
	fetches  int // of the keys
	token    func(form url.Values) string
	access   string
	info     map[string]any
	seen     url.Values // the last request for tokens
	basic    [2]string
}

func newRogue(t testing.TB) *rogue {
	t.Helper()
	r := &rogue{key: rogueKey(), document: map[string]any{}, access: "access"}
	r.keys = []jose.JSONWebKey{{Key: &r.key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}
	mux := http.NewServeMux()
	r.Server = httptest.NewTLSServer(mux)
	t.Cleanup(r.Close)
	r.client = still(r.Server)
	answer := func(path string, say func(*http.Request) any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, request *http.Request) {
			r.mu.Lock()
			defer r.mu.Unlock()
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(say(request))
		})
	}
	discovery := func(*http.Request) any {
		document := map[string]any{"issuer": r.URL, "authorization_endpoint": r.URL + "/authorize", "token_endpoint": r.URL + "/token",
			"jwks_uri": r.URL + "/keys", "userinfo_endpoint": r.URL + "/info", "end_session_endpoint": r.URL + "/end?x=y"}
		for name, value := range r.document {
			document[name] = value
		}
		return document
	}
	answer("/.well-known/openid-configuration", discovery)
	answer("/{shared}/v2.0/.well-known/openid-configuration", discovery)
	answer("/keys", func(*http.Request) any {
		if r.fetches++; r.raw != nil {
			return r.raw
		}
		return jose.JSONWebKeySet{Keys: r.keys}
	})
	answer("/info", func(*http.Request) any { return r.info })
	answer("/token", func(request *http.Request) any {
		_ = request.ParseForm()
		r.seen = request.PostForm
		r.basic[0], r.basic[1], _ = request.BasicAuth()
		return map[string]any{"access_token": r.access, "token_type": "Bearer", "expires_in": 60, "id_token": r.token(request.PostForm)}
	})
	return r
}

var rogueKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// says is what an ID token says of somebody.
func (r *rogue) says(nonce string, at time.Time, changes ...map[string]any) map[string]any {
	said := map[string]any{"iss": r.URL, "aud": clientID, "sub": "s-" + ana, "exp": at.Add(time.Minute).Unix(), "iat": at.Unix(), "nonce": nonce,
		"preferred_username": ana, "sid": "session-1"}
	for _, change := range changes {
		for name, value := range change {
			if said[name] = value; value == nil {
				delete(said, name)
			}
		}
	}
	return said
}

// sign makes a token.
func sign(algorithm jose.SignatureAlgorithm, key any, said any, headers ...map[jose.HeaderKey]any) string {
	options := (&jose.SignerOptions{}).WithHeader("kid", "1")
	for _, header := range headers {
		for name, value := range header {
			options.WithHeader(name, value)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	token, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, err := token.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

// unsigned makes a token with the algorithm none.
func unsigned(said any) string {
	payload, _ := json.Marshal(said)
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
}
