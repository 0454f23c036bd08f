package oauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/oauth"
)

// What a whole server answers stands in testdata/oauth.

// shape is that of RFC 6749, section 5.2: neither quotes nor backslashes in the text.
var shape = regexp.MustCompile(`^\{"error":"[a-z_]+","error_description":"[ !#-\[\]-~]+"\}$`)

func TestRefuse(t *testing.T) {
	t.Parallel()
	for code, want := range map[domain.Code]struct {
		status int
		name   string
	}{
		domain.CodeUnauthenticated: {401, "invalid_client"}, domain.CodeRateLimited: {429, "temporarily_unavailable"},
		domain.CodeOverloaded: {503, "temporarily_unavailable"}, domain.CodeUnavailable: {503, "temporarily_unavailable"},
		domain.CodeURLTooLong: {414, "invalid_request"}, domain.CodeMisdirected: {421, "invalid_request"}, domain.CodeHeaderTooLarge: {431, "invalid_request"},
		domain.CodeInternal: {500, "server_error"}, domain.CodeUsernameTaken: {500, "server_error"},
	} {
		w := httptest.NewRecorder()
		oauth.Refuse(w, httptest.NewRequest(http.MethodPost, "/oauth/token", nil), domain.Refuse(code, "", `say "it" \ so`))
		assert.Equal(t, want.status, w.Code, code)
		assert.Regexp(t, shape, w.Body.String(), code)
		assert.Contains(t, w.Body.String(), `"`+want.name+`"`, code)
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), code)
		assert.Equal(t, want.status == 401, w.Header().Get("WWW-Authenticate") != "", code)
		assert.Equal(t, want.status == 429 || want.status == 503, w.Header().Get("Retry-After") != "", code)
	}
	w := httptest.NewRecorder()
	oauth.Refuse(w, httptest.NewRequest(http.MethodPost, "/oauth/token", nil), errors.New("dial tcp db.internal"))
	assert.Equal(t, 500, w.Code)
	assert.NotContains(t, w.Body.String(), "internal:")
	assert.NotContains(t, w.Body.String(), "db.internal")
}

func TestBoundsOfAForm(t *testing.T) {
	t.Parallel()
	door := oauth.New(oauth.Config{Engine: domain.New(domain.Config{})})
	for name, test := range map[string]struct {
		body, encoding string
		status         int
	}{
		"at most 16 KiB": {"grant_type=" + strings.Repeat("x", 16<<10-11), "", 400},
		"a byte more":    {"grant_type=" + strings.Repeat("x", 16<<10-10), "", 413},
		"packed":         {"grant_type=x", "gzip", 415},
		"a bad escape":   {"grant_type=%zz", "", 400},
		"an empty one":   {"", "", 400},
	} {
		r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(test.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
		r.Header.Set("Content-Encoding", test.encoding)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		assert.Equal(t, test.status, w.Code, "%s: %s", name, w.Body)
		assert.Regexp(t, shape, w.Body.String(), name)
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest(method, "/oauth/token", nil))
		assert.Equal(t, 405, w.Code, method)
		assert.Equal(t, "POST", w.Header().Get("Allow"), method)
	}
}
