package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newHall makes a hall with one door below /scim/v2, and gives what it logs.
func newHall(config web.Config, handler http.HandlerFunc) (*web.Hall, *bytes.Buffer) {
	log := new(bytes.Buffer)
	config.Log = web.NewLogger(log)
	config.Doors = []web.Door{{Name: "scim", Prefix: "/scim/v2", Handler: handler, Refuse: refuse, Classes: []string{"Users", "Groups"}}}
	return web.NewHall(config), log
}

func ask(handler http.Handler, target string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

func TestRequestID(t *testing.T) {
	t.Parallel()
	hall, _ := newHall(web.Config{}, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, web.RequestID(r.Context())) })
	for _, sent := range []string{"a", "0197a000-0000-7000-8000-000000000001", "job.7:Retry_2", strings.Repeat("x", 64)} {
		w := ask(hall, "/scim/v2/Users", http.Header{"X-Request-Id": {sent}})
		assert.Equal(t, sent, w.Header().Get("X-Request-Id"))
		assert.Equal(t, sent, w.Body.String())
	}
	for _, sent := range [][]string{nil, {""}, {"a b"}, {"a\r\nb"}, {"<b>"}, {"é"}, {strings.Repeat("x", 65)}, {"a", "b"}} {
		w := ask(hall, "/scim/v2/Users", http.Header{"X-Request-Id": sent})
		assert.Len(t, w.Body.String(), 36, "%q", sent)
		assert.Equal(t, w.Body.String(), w.Header().Get("X-Request-Id"))
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	t.Parallel()
	hall, _ := newHall(web.Config{Secure: true}, hello)
	for _, target := range []string{"/scim/v2/Users", "/nowhere", "/scim/v2/" + strings.Repeat("x", web.MaxURL)} {
		header := ask(hall, target, nil).Header()
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), target)
		assert.Equal(t, "no-referrer", header.Get("Referrer-Policy"), target)
		assert.Equal(t, "max-age=31536000", header.Get("Strict-Transport-Security"), target)
		assert.NotEmpty(t, header.Get("X-Request-Id"), target)
		assert.Empty(t, header.Get("Connection"), target)
	}
}

func TestPathsAreMatchedAsSent(t *testing.T) {
	t.Parallel()
	hall, _ := newHall(web.Config{}, hello)
	for target, status := range map[string]int{
		"/scim/v2": 200, "/scim/v2/": 200, "/scim/v2/Users/%2F": 200, "/SCIM/v2/Users": 200, "http://other.example/scim/v2/Users": 200,
		"/scim/v2x": 404, "/scim": 404, "/": 404, "/%73cim/v2/Users": 404, "//scim/v2/Users": 404, "/scim%2Fv2/Users": 404, "/x/../scim/v2/Users": 404,
		"/./scim/v2": 404, "/scim/v2;x/Users": 404,
	} {
		assert.Equal(t, status, ask(hall, target, nil).Code, target)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	hall, _ := newHall(web.Config{Hosts: []string{"id.example.com", "::1", "[::1]"}}, hello)
	ok := "http://id.example.com/scim/v2/"
	assert.Equal(t, http.StatusOK, ask(hall, ok+strings.Repeat("x", web.MaxURL-len(ok)), nil).Code)
	assert.Equal(t, http.StatusRequestURITooLong, ask(hall, ok+strings.Repeat("x", web.MaxURL), nil).Code)
	assert.Equal(t, http.StatusRequestURITooLong, ask(hall, ok+"?"+strings.Repeat("x", web.MaxURL), nil).Code)
	assert.Equal(t, http.StatusOK, ask(hall, ok, http.Header{"Cookie": {strings.Repeat("x", web.MaxHeader-50)}}).Code)
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, ask(hall, ok, http.Header{"Cookie": {strings.Repeat("x", web.MaxHeader)}}).Code)
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, ask(hall, ok, http.Header{"X-Many": make([]string, web.MaxHeader/10+1)}).Code)
	assert.Equal(t, http.StatusOK, ask(hall, ok, http.Header{"Authorization": {strings.Repeat("x", 64<<10)}}).Code, "Admit answers that with 401")

	w := ask(hall, ok+strings.Repeat("x", web.MaxURL), nil)
	assert.Equal(t, "url_too_long", w.Body.String(), "in the shape of the door")
	assert.Equal(t, http.StatusRequestURITooLong, ask(hall, "http://id.example.com/nowhere/"+strings.Repeat("x", web.MaxURL), nil).Code)
	assert.Equal(t, http.StatusMisdirectedRequest, ask(hall, "http://evil.example/nowhere", nil).Code)

	for host, status := range map[string]int{
		"id.example.com": 200, "ID.example.com:8080": 200, "[::1]:80": 200, "evil.example": 421, "id.example.com.evil.example": 421,
	} {
		assert.Equal(t, status, ask(hall, "http://"+host+"/scim/v2/Users", nil).Code, host)
		assert.Equal(t, 200, ask(hall, "http://"+host+"/healthz", nil).Code, host)
	}
}

func TestPanicBecomesTheDoorsRefusal(t *testing.T) {
	t.Parallel()
	hall, log := newHall(web.Config{}, func(http.ResponseWriter, *http.Request) { panic("secret detail") })
	w := ask(hall, "/scim/v2/Users", http.Header{"X-Request-Id": {"abc"}})
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Equal(t, "internal", w.Body.String())
	assert.Equal(t, "abc", w.Header().Get("X-Request-Id"))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], `"request_id":"abc"`)
	assert.Contains(t, lines[0], `"cause":"secret detail"`)
	assert.Contains(t, lines[0], "TestPanicBecomesTheDoorsRefusal")
	assert.Contains(t, lines[1], `"status":500`)
}

func TestPanicInTheMiddleOfAnAnswerBreaksItOff(t *testing.T) {
	t.Parallel()
	hall, _ := newHall(web.Config{}, func(w http.ResponseWriter, r *http.Request) { hello(w, r); panic("late") })
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { ask(hall, "/scim/v2/Users", nil) })
	hall, _ = newHall(web.Config{}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { ask(hall, "/scim/v2/Users", nil) })
}

func TestOverloadAtTheDoor(t *testing.T) {
	t.Parallel()
	const places = 4 // at the door, for one slot
	entered, leave := make(chan struct{}), make(chan struct{})
	hall, _ := newHall(web.Config{InFlight: 1}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "wait" {
			entered <- struct{}{}
			<-leave
		}
		hello(w, r)
	})
	first := make(chan int)
	for range places {
		go func() { first <- ask(hall, "/scim/v2/Users?wait", nil).Code }()
		<-entered
	}
	w := ask(hall, "/scim/v2/Users", nil)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "overloaded", w.Body.String())
	assert.Equal(t, http.StatusOK, ask(hall, "/healthz", nil).Code)
	w = ask(hall, "/nowhere", nil)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "2", w.Header().Get("Retry-After"))
	close(leave)
	for range places {
		assert.Equal(t, http.StatusOK, <-first)
	}
	assert.Equal(t, http.StatusOK, ask(hall, "/scim/v2/Users", nil).Code, "the places are free again")
	assert.Contains(t, ask(hall.Metrics(), "/metrics", nil).Body.String(), "\nscimbridge_http_requests_shed_total{reason=\"door\"} 2\n")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	down := errors.New("dial tcp db.internal:5432: refused")
	var cause error
	hall, log := newHall(web.Config{Ready: func(context.Context) error { return cause }}, hello)
	w := ask(hall, "/readyz", nil)
	assert.Equal(t, http.StatusOK, w.Code)
	cause = down
	w = ask(hall, "/readyz", nil)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "not ready\n", w.Body.String())
	assert.Equal(t, http.StatusOK, ask(hall, "/healthz", nil).Code)
	r := httptest.NewRequest(http.MethodPost, "/healthz", nil)
	w = httptest.NewRecorder()
	hall.ServeHTTP(w, r)
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Empty(t, log.String(), "probes are not logged")
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	hall, log := newHall(web.Config{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "12345")
	})
	ask(hall, "/scim/v2/Users/%1b%5B2J%0Aforged?token=sbi_secret", http.Header{"Authorization": {"Bearer sb_secret"}, "X-Request-Id": {"abc"}})
	assert.Equal(t, 1, strings.Count(log.String(), "\n"))
	assert.NotContains(t, log.String(), "secret")
	var line map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &line))
	delete(line, "time")
	assert.IsType(t, 0.0, line["duration_ms"])
	delete(line, "duration_ms")
	assert.Equal(t, map[string]any{"level": "INFO", "msg": "request", "request_id": "abc", "door": "scim", "method": "GET",
		"path": "/scim/v2/Users/%1b%5B2J%0Aforged", "status": 201.0, "bytes": 5.0, "remote": "192.0.2.1", "tenant": "", "credential_id": "", "person_id": ""}, line)
}

func TestLoggedTextIsHarmless(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a\nb", "a\r\nb", "\x1b[31m", "a\u2028b", "\x7f\u009b2J", "\xff\xfe", strings.Repeat("é", 1<<19), strings.Repeat("x", 1<<20)} {
		var log bytes.Buffer
		logger := web.NewLogger(&log)
		logger.Info("event", "name", text, "cause", errors.New(text))
		assert.Equal(t, 1, strings.Count(log.String(), "\n"), "%.20q", text)
		assert.Less(t, log.Len(), 3<<10, "%.20q", text)
		assert.NotContains(t, strings.TrimSpace(log.String()), "\u2028")
		for _, c := range strings.TrimSpace(log.String()) {
			assert.False(t, c < 0x20 || c >= 0x7f && c < 0xa0, "%.20q", text)
		}
		assert.True(t, json.Valid(log.Bytes()), "%.20q", text)
	}
}

func TestLogErrorIsTiedToTheRequest(t *testing.T) {
	t.Parallel()
	hall, log := newHall(web.Config{}, func(_ http.ResponseWriter, r *http.Request) {
		web.LogError(r.Context(), domain.Fail(domain.CodeInternal, errors.New("disk on fire"), "Something went wrong."))
	})
	w := ask(hall, "/scim/v2/Users", http.Header{"X-Request-Id": {"abc"}})
	assert.Equal(t, http.StatusOK, w.Code, "a silent handler answers 200, as in net/http")
	first, _, _ := strings.Cut(log.String(), "\n")
	assert.Contains(t, first, "disk on fire")
	assert.Contains(t, first, `"request_id":"abc"`)
}

func TestMetricsHaveNoLabelThatAClientInvents(t *testing.T) {
	t.Parallel()
	hall, _ := newHall(web.Config{}, hello)
	for _, target := range []string{"/scim/v2/Users/1", "/scim/v2/users", "/scim/v2/Groups", "/scim/v2/evil", "/scim/v2/x/y", "/evil/1", "/evil/2"} {
		ask(hall, target, nil)
	}
	w := ask(hall.Metrics(), "/metrics", nil)
	for _, line := range []string{
		`scimbridge_http_requests_total{door="scim",route="Users",status="200"} 2`,
		`scimbridge_http_requests_total{door="scim",route="Groups",status="200"} 1`,
		`scimbridge_http_requests_total{door="scim",route="other",status="200"} 2`,
		`scimbridge_http_requests_total{door="none",route="other",status="404"} 2`,
		`scimbridge_http_request_duration_seconds_count{door="scim",route="Users"} 2`,
		"scimbridge_http_requests_in_flight 0",
		"go_goroutines ",
	} {
		assert.Contains(t, w.Body.String(), "\n"+line)
	}
	assert.NotContains(t, w.Body.String(), "evil")
	assert.Equal(t, http.StatusNotFound, ask(hall, "/metrics", nil).Code, "not on the public listener")
}
