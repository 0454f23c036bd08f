package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/web"
)

// TestDevices: a browser is known again by the cookie that it got when it signed in, and by nothing that it made up.
func TestDevices(t *testing.T) {
	t.Parallel()
	of := func(values ...string) web.Device {
		r := httptest.NewRequest("GET", "/", nil)
		for _, value := range values {
			r.AddCookie(&http.Cookie{Name: web.DeviceCookie, Value: value})
		}
		return web.DeviceOf(r)
	}
	assert.Empty(t, of())
	fresh := web.NewDevice()
	keeps := func(device web.Device) (kept *http.Cookie) {
		answer := httptest.NewRecorder()
		web.Enter(answer, "token", device)
		for _, c := range answer.Result().Cookies() {
			if c.Name == web.DeviceCookie {
				kept = c
			}
		}
		return kept
	}
	kept := keeps(fresh)
	require.NotNil(t, kept)
	assert.True(t, kept.Secure && kept.HttpOnly && kept.Path == "/" && kept.Domain == "" && kept.MaxAge > 0 && kept.SameSite == http.SameSiteLaxMode)
	assert.Equal(t, fresh, of(kept.Value))
	assert.Len(t, fresh.Hash(), 32)
	assert.NotEqual(t, fresh, web.NewDevice())
	for name, values := range map[string][]string{"none": nil, "short": {"x"}, "two": {kept.Value, kept.Value}, "long": {kept.Value + "x"}} {
		assert.Empty(t, of(values...), name)
		assert.Empty(t, of(values...).Hash(), name)
	}
	assert.Nil(t, keeps(""))
}
