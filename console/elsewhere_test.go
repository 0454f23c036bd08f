package console_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/console"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/sqlite"
)

// TestElsewhere: whom another server signs in is led there, by a page and without a redirect; what is no address of a page is
// followed by nobody.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	engine := domain.New(domain.Config{Store: db, Registry: db})
	_, err = engine.Administration.CreateTenant(t.Context(), "acme", "Acme", true, nil)
	require.NoError(t, err)
	for to, status := range map[string]int{
		"":                                      200,
		"https://idp.example.com/sso?a=1&b=2":   200,
		"/sso/acme/login?name=ana":              200,
		"javascript:alert(1)":                   500,
		"data:text/html,x":                      500,
		"//evil.example/x":                      500,
		"sso":                                   500,
		`/\evil.example`:                        500,
		"https:evil":                            500,
		`https://idp.example.com/"><script>x<`:  200,
		"https://idp.example.com/;url=https://": 200,
	} {
		asked := ""
		handler := console.New(console.Config{Engine: engine, Elsewhere: func(_ context.Context, visitor domain.Caller, name string) (string, error) {
			asked = visitor.TenantSlug + " " + name
			return to, nil
		}})
		post := func(form url.Values) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "/account/t/acme/sign-in", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w
		}
		asksPassword := post(url.Values{"Username": {"ana"}, "By": {"password"}})
		assert.Equal(t, 200, asksPassword.Code)
		assert.Contains(t, asksPassword.Body.String(), `type="password"`, "whoever asks for the form has it")
		w := post(url.Values{"Username": {"ana"}})
		assert.Equal(t, status, w.Code, to)
		assert.Equal(t, "acme ana", asked)
		assert.Empty(t, w.Header().Get("Location"), to)
		assert.Equal(t, status == 200 && to != "", strings.Contains(w.Body.String(), `http-equiv="refresh" content="0; url=`), to)
		assert.Equal(t, to == "", strings.Contains(w.Body.String(), `type="password"`), to)
		assert.Equal(t, status == 200 && to != "", strings.Contains(w.Body.String(), `name="By" value="password"`), "accounts for emergencies: %s", to)
		assert.NotContains(t, w.Body.String(), `"><script>x`, to)
		assert.NotContains(t, w.Body.String(), "javascript:", to)
	}
}
