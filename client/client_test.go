package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// server answers one request after the other, and keeps what it got.
type server struct {
	*Client
	got    []*http.Request
	bodies []string
	slept  []time.Duration
}

func serve(t *testing.T, answers ...func(w http.ResponseWriter)) *server {
	t.Helper()
	s := new(server)
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.got, s.bodies = append(s.got, r), append(s.bodies, string(body))
		answers[min(len(s.got), len(answers))-1](w)
	}))
	t.Cleanup(at.Close)
	c, err := New(Config{URL: at.URL + "/", Token: "token", Tenant: "acme"})
	require.NoError(t, err)
	c.sleep = func(_ context.Context, span time.Duration) error {
		s.slept = append(s.slept, span)
		return nil
	}
	s.Client = c
	return s
}

func says(status int, body string, header ...string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestACreationIsSafeToSendAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, says(503, `{"code":"overloaded","detail":"Too many."}`, "Retry-After", "3"), says(201, `{"PersonId":"p","UserAccess":{"State":"Invited"}}`))
	created, err := s.CreatePerson(t.Context(), NewPerson{Person: Person{FirstName: "Ada"}, UserAccess: &NewAccess{}})
	require.NoError(t, err)
	assert.Equal(t, "p", created.PersonId)
	assert.Equal(t, "Invited", created.UserAccess.State)
	require.Len(t, s.got, 2)
	assert.NotEmpty(t, s.got[0].Header.Get("Idempotency-Key"))
	assert.Equal(t, s.got[0].Header.Get("Idempotency-Key"), s.got[1].Header.Get("Idempotency-Key"))
	assert.Equal(t, []time.Duration{3 * time.Second}, s.slept)
	assert.Equal(t, "Bearer token", s.got[0].Header.Get("Authorization"))
	assert.Equal(t, "acme", s.got[0].Header.Get("X-Tenant"))
	assert.JSONEq(t, `{"FirstName":"Ada","LastName":"","UserAccess":{}}`, s.bodies[0])
}

func TestARefusalIsTold(t *testing.T) {
	t.Parallel()
	s := serve(t, says(409, `{"code":"username_taken","detail":"Taken.","errors":{"Username":["Taken."],"Z":["Why."]},"traceId":"t"}`))
	_, err := s.CreatePersonOnce(t.Context(), "mine", NewPerson{})
	var refused *Error
	require.True(t, errors.As(err, &refused))
	assert.Equal(t, "username_taken", CodeOf(err))
	assert.Equal(t, "Taken. Z: Why. (username_taken, 409)", refused.Error())
	assert.Equal(t, "mine", s.got[0].Header.Get("Idempotency-Key"))
	require.Len(t, s.got, 1, "what is wrong is not sent again")
}

func TestWhatIsNoAnswerOfTheServer(t *testing.T) {
	t.Parallel()
	s := serve(t, says(502, "<html>Bad Gateway</html>"))
	_, err := s.Person(t.Context(), "p")
	assert.Equal(t, "unknown", CodeOf(err))
	assert.ErrorContains(t, err, "502")
}

func TestItGivesUp(t *testing.T) {
	t.Parallel()
	s := serve(t, says(429, `{"code":"rate_limited"}`))
	_, err := s.WhoAmI(t.Context())
	assert.Equal(t, "rate_limited", CodeOf(err))
	assert.Len(t, s.got, 5)
	s = serve(t, says(429, `{"code":"resend_too_soon"}`))
	_, err = s.ResendInvitation(t.Context(), "p", "")
	assert.Equal(t, "resend_too_soon", CodeOf(err))
	assert.Len(t, s.got, 1, "a minute has to pass, which the caller decides about")
}

func TestPathsAndConditions(t *testing.T) {
	t.Parallel()
	s := serve(t, says(200, `{}`))
	_, err := s.UserByUsername(t.Context(), "a b/ü?")
	require.NoError(t, err)
	_, err = s.ReplacePerson(t.Context(), "p", Person{PersonId: "p", FirstName: "A", LastName: "B", Version: 7})
	require.NoError(t, err)
	assert.Equal(t, "/api/v1/UserManagement/Users/ByUsername/a%20b%2F%C3%BC%3F", s.got[0].URL.EscapedPath())
	assert.Equal(t, `W/"7"`, s.got[1].Header.Get("If-Match"))
	assert.JSONEq(t, `{"FirstName":"A","LastName":"B"}`, s.bodies[1])
}

func TestAllWalksThroughThePages(t *testing.T) {
	t.Parallel()
	s := serve(t, says(200, `{"Items":[{"Username":"a"},{"Username":"b"}],"Offset":0,"Count":2}`),
		says(200, `{"Items":[{"Username":"c"}],"Offset":2,"Count":2,"ListCompleted":true}`))
	var names []string
	for user, err := range All(t.Context(), Window{Count: 2}, func(ctx context.Context, w Window) (Page[BasicUser], error) {
		return s.BasicUsers(ctx, UserFilter{State: "Active"}, w)
	}) {
		require.NoError(t, err)
		names = append(names, user.Username)
	}
	assert.Equal(t, []string{"a", "b", "c"}, names)
	assert.Equal(t, "Count=2&Offset=2&State=Active", s.got[1].URL.RawQuery)
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "id.example.org", "ftp://id.example.org", "/api"} {
		_, err := New(Config{URL: bad})
		assert.Error(t, err, bad)
	}
	for _, good := range []string{"https://id.example.org", "https://id.example.org/", "https://id.example.org/api/v1/"} {
		c, err := New(Config{URL: good})
		require.NoError(t, err)
		assert.Equal(t, "https://id.example.org/api/v1", c.base)
	}
}
