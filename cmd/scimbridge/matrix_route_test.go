package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// The matrices walk every route of every door. They are made from the doors' own tables, so that a new route is in
// them without being named; a new door or a new kind of thing in a path is asked for.

// doorRoute is a route with the name of its door.
type doorRoute struct {
	door string
	web.Route
}

func (r doorRoute) name() string { return r.Method + " " + r.Pattern }

// allRoutes are the routes of all doors.
func allRoutes(t testing.TB) []doorRoute {
	t.Helper()
	var list []doorRoute
	for _, door := range doors(domain.New(domain.Config{}), nil, nil, nil, replayBase, nil, nil) {
		require.NotEmpty(t, door.Routes, "the door %s doesn't say what it answers: set Routes in doors()", door.Name)
		for _, route := range door.Routes {
			require.True(t, strings.HasPrefix(route.Pattern, door.Prefix), "%s is not within the door %s", route.Pattern, door.Name)
			list = append(list, doorRoute{door.Name, route})
		}
	}
	return list
}

// tokenRoutes are the routes of the doors that programs use, which ask for a token in the header. Pages ask a browser for
// a cookie: they are walked in matrix_page_test.go.
func tokenRoutes(t testing.TB) []doorRoute {
	t.Helper()
	return slices.DeleteFunc(allRoutes(t), func(r doorRoute) bool { return r.door == pagesDoor || r.door == ssoDoor })
}

// pageRoutes are the others.
func pageRoutes(t testing.TB) []doorRoute {
	t.Helper()
	return slices.DeleteFunc(allRoutes(t), func(r doorRoute) bool { return r.door != pagesDoor })
}

const (
	pagesDoor = "console"
	ssoDoor   = "sso" // walked in scenario_sso_test.go
)

// TestEveryRouteIsDocumented compares docs/routes.md, where a reviewer reads who may do what, with the tables.
func TestEveryRouteIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "routes.md"))
	require.NoError(t, err)
	documented := regexp.MustCompile("(?m)^\\| `.*$").FindAllString(string(text), -1)
	var rows []string
	for _, r := range allRoutes(t) {
		rows = append(rows, fmt.Sprintf("| `%s` | %s |", r.name(), r.policy()))
	}
	for _, row := range rows {
		assert.Contains(t, documented, row, "docs/routes.md lacks a route; add this line if that is who may use it")
	}
	for _, row := range documented {
		assert.Contains(t, rows, row, "docs/routes.md names a route that isn't there any more, or not for that permission")
	}
	assert.Len(t, documented, len(rows))
}

// policy is who may use the route, in words.
func (r doorRoute) policy() string {
	var words []string
	for _, permission := range r.Needs {
		words = append(words, string(permission))
	}
	if len(words) == 0 {
		words = []string{"any valid token"}
	}
	if r.Session && len(r.Needs) == 0 {
		words = []string{"people who are signed in"}
	}
	if r.Pending {
		words = append(words, "also while a second factor is missing")
	}
	if r.Public {
		words = []string{"everybody"}
	}
	if r.OrSelf {
		words = append(words, "or the person")
	}
	return strings.Join(words, ", ")
}

// things are what the variables of a path can stand for, by name.
type things map[string]string

var variable = regexp.MustCompile(`\{(\w+)\}`)

// at is the path of the route for the things.
func (r doorRoute) at(t testing.TB, of things) string {
	t.Helper()
	return variable.ReplaceAllStringFunc(r.Pattern, func(found string) string {
		name := strings.Trim(found, "{}")
		switch {
		case name == "id" && strings.Contains(r.Pattern, "/Groups/"):
			name = "PermissionGroupId"
		case name == "id":
			name = "PersonId"
		case name == "name":
			return map[bool]string{true: "User", false: "urn:ietf:params:scim:schemas:core:2.0:User"}[strings.Contains(r.Pattern, "ResourceTypes")]
		}
		value, known := of[name]
		require.True(t, known, "%s: say in the matrices what {%s} can stand for", r.name(), name)
		return value
	})
}

// ofThings tells whether the path of the route names something.
func (r doorRoute) ofThings() bool {
	return strings.Contains(r.Pattern, "{") && !strings.Contains(r.Pattern, "{name}")
}

func (r doorRoute) writes() bool {
	return slices.ContainsFunc(r.Needs, domain.Permission.Writes)
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// raw sends a request whose target is on the wire as it is written here.
func (s *scene) raw(method, target, authorization, body string, headers ...string) reply {
	s.t.Helper()
	at, err := url.Parse(s.url)
	require.NoError(s.t, err)
	at.Opaque = encodeTarget(target)
	request := &http.Request{Method: method, URL: at, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
	if body == "" {
		request.Body = http.NoBody
	} else {
		request.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Add(name, value)
	}
	return s.receives(request)
}

// receives sends a request and reads the answer.
func (s *scene) receives(request *http.Request) reply {
	s.t.Helper()
	answer, err := wire.RoundTrip(request)
	require.NoError(s.t, err, "%s %s", request.Method, request.URL)
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.True(s.t, answer.StatusCode < 500 || answer.StatusCode == http.StatusNotImplemented, "%s %s: %d %s", request.Method, request.URL, answer.StatusCode, content)
	fmt.Fprintln(&s.answered, answer.Header, string(content))
	return reply{answer.StatusCode, answer.Header, string(content)}
}

// refusals tell by the name of a door how it refuses.
var refusals = map[string]string{
	"scim": `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"%[1]d","detail":"{{*text}}","...":"..."}`,
	"rest": `{"status":%[1]d,"code":"{{*text}}","title":"{{*text}}","traceId":"{{*text}}","...":"..."}`,
}

// refusedBy demands an error of that status in the shape of the door.
func (s *scene) refusedBy(door string, got reply, status int, why string) {
	s.t.Helper()
	shape, known := refusals[door]
	require.True(s.t, known, "say in refusals how the door %s refuses", door)
	if assert.Equal(s.t, status, got.status, "%s: %s", why, got.body) && got.body != "" {
		assert.NoError(s.t, s.seen.matchJSON(fmt.Sprintf(shape, status), got.body), why)
	}
	assert.Equal(s.t, status == 401, got.header.Get("Www-Authenticate") != "", why)
}
