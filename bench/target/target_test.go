package target

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	for base, allowed := range map[string]bool{
		"http://127.0.0.1:8080/scim/v2":      true,
		"http://127.1.2.3/scim":              true,
		"http://[::1]:8080/scim/v2":          true,
		"http://[::ffff:127.0.0.1]/scim/v2":  true,
		"https://localhost/scim/v2":          true,
		"http://192.0.2.1/scim/v2":           false,
		"http://0.0.0.0:8080/scim/v2":        false,
		"http://10.0.0.1/":                   false,
		"http://[2001:db8::1]/":              false,
		"http://127.0.0.1@192.0.2.1/":        false,
		"http://127.0.0.1.invalid/":          false,
		"ftp://127.0.0.1/":                   false,
		"127.0.0.1:8080":                     false,
		"http:///scim/v2":                    false,
		"":                                   false,
		"http://127.0.0.1:8080/%zz":          false,
		"http://169.254.169.254/latest/meta": false,
	} {
		_, err := New(base, "token", SCIM)
		assert.Equal(t, allowed, err == nil, "%q: %v", base, err)
	}
}

// A name may be resolved to another address after it was checked.
func TestDialerRefusesOtherAddresses(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "192.0.2.1:80": false, "[fe80::1%eth0]:80": false, "nonsense": false,
	} {
		assert.Equal(t, allowed, dialer.Control("tcp", address, nil) == nil, address)
	}
	_, err := dialer.DialContext(t.Context(), "tcp", "192.0.2.1:80")
	assert.ErrorContains(t, err, "is not a loopback address")
}

// serve answers every request by the handler and returns a target for it.
func serve(t *testing.T, handler http.HandlerFunc) *Target {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	to, err := New(server.URL+"/scim/v2/", "secret", SCIM)
	require.NoError(t, err)
	return to
}

func TestSendWhatAConnectorSends(t *testing.T) {
	t.Parallel()
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/scim/v2/Users", r.URL.Path)
		assert.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
		assert.Equal(t, SCIM, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"id":"u1"}`)
	})
	answer := to.Send(t.Context(), Call{Method: http.MethodPost, Path: "/Users", Body: []byte(`{}`), Expect: "u1"})
	assert.True(t, answer.Accepted())
	assert.EqualValues(t, len(`{"id":"u1"}`), answer.Bytes)
}

func TestSendTellsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	to := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/scim/v2/busy":
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/scim/v2/moved":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		case "/scim/v2/broken":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "not 100 bytes")
		default:
			fmt.Fprint(w, `{"id":"u2"}`)
		}
	})
	busy := to.Send(t.Context(), Call{Method: http.MethodGet, Path: "/busy"})
	assert.True(t, busy.Refused() && busy.RetryAfter)
	assert.Contains(t, busy.Detail, "GET /busy: 429")
	assert.Equal(t, http.StatusFound, to.Send(t.Context(), Call{Method: http.MethodGet, Path: "/moved"}).Status, "never followed")
	assert.Zero(t, to.Send(t.Context(), Call{Method: http.MethodGet, Path: "/broken"}).Status, "half an answer is none")
	wrong := to.Send(t.Context(), Call{Method: http.MethodGet, Path: "/Users/u1", Expect: "u1"})
	assert.True(t, wrong.Wrong && !wrong.Accepted())
}

func TestSendToNobody(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	to, err := New("http://"+listener.Addr().String(), "", SCIM)
	require.NoError(t, err)
	answer := to.Send(t.Context(), Call{Method: http.MethodGet, Path: "/Users"})
	assert.Zero(t, answer.Status)
	assert.NotEmpty(t, answer.Detail)
}

func TestFetchFailsWithTheStatus(t *testing.T) {
	t.Parallel()
	to := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, "taken")
	})
	err := to.Fetch(t.Context(), Call{Method: http.MethodGet, Path: "/Users"}, nil)
	assert.True(t, hasStatus(err, http.StatusConflict))
	assert.False(t, hasStatus(err, http.StatusNotFound))
	assert.EqualError(t, err, "GET /Users: status 409 taken")
}

func TestConfigOfASilentServer(t *testing.T) {
	t.Parallel()
	to := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	config := to.Config(t.Context())
	assert.Zero(t, config.BulkSize(500))
	assert.Equal(t, 200, config.PageSize(200))
}

func TestConfigBoundsRequests(t *testing.T) {
	t.Parallel()
	var config Config
	require.NoError(t, json.Unmarshal([]byte(`{"bulk":{"supported":true,"maxOperations":1000,"maxPayloadSize":120000},"filter":{"maxResults":50}}`), &config))
	assert.Equal(t, 100, config.BulkSize(500))
	assert.Equal(t, 20, config.BulkSize(20))
	assert.Equal(t, 50, config.PageSize(200))
}

func TestFilterIsEncodedAsConnectorsDo(t *testing.T) {
	t.Parallel()
	path := Filter("/Users", `emails[type eq "work"].value`, `a+b "c"@x.example`)
	assert.NotContains(t, path, "+")
	parsed, err := url.Parse(path)
	require.NoError(t, err)
	assert.Equal(t, `emails[type eq "work"].value eq "a+b \"c\"@x.example"`, parsed.Query().Get("filter"))
}

// TestMeantAnswers: a sign-in is answered with a redirection, and nobody's password with a refusal.
func TestMeantAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Values("Authorization"), "there is no token")
		assert.Equal(t, "acme", r.Header.Get("X-Tenant"))
		assert.Equal(t, FORM, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusSeeOther)
	}))
	t.Cleanup(server.Close)
	to, err := New(server.URL, "", FORM)
	require.NoError(t, err)
	call := Call{Method: http.MethodPost, Path: "/acs", Body: []byte("a=b"), Header: map[string]string{"X-Tenant": "acme"}}
	assert.False(t, to.Send(t.Context(), call).Accepted())
	call.Meant = func(r *http.Response) bool { return r.StatusCode == http.StatusSeeOther }
	assert.True(t, to.Send(t.Context(), call).Accepted())
	call.Meant = func(r *http.Response) bool { return len(r.Cookies()) > 0 }
	assert.False(t, to.Send(t.Context(), call).Accepted())
}
