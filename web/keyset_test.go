package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/web"
)

func TestKeySetIsForEverybody(t *testing.T) {
	t.Parallel()
	set, failure := `{"keys":[]}`, error(nil)
	hall := web.NewHall(web.Config{Doors: []web.Door{web.KeySetDoor(func(context.Context) ([]byte, error) { return []byte(set), failure }, 5*time.Minute)}})
	w := ask(hall, web.KeySetPath, nil)
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, set, w.Body.String())
	assert.Equal(t, "application/jwk-set+json", w.Header().Get("Content-Type"))
	assert.Equal(t, "public, max-age=300", w.Header().Get("Cache-Control"))
	tag := w.Header().Get("ETag")
	assert.Equal(t, http.StatusNotModified, ask(hall, web.KeySetPath, http.Header{"If-None-Match": {tag}}).Code)
	set = `{"keys":[{}]}`
	assert.Equal(t, http.StatusOK, ask(hall, web.KeySetPath, http.Header{"If-None-Match": {tag}}).Code)

	for _, path := range []string{web.KeySetPath + "/", web.KeySetPath + "/x", "/.well-known/JWKS.json", "/.well-known", "/.well-known/jwks%2Ejson"} {
		assert.Equal(t, http.StatusNotFound, ask(hall, path, nil).Code, path)
	}
	posted := httptest.NewRecorder()
	hall.ServeHTTP(posted, httptest.NewRequest(http.MethodPost, web.KeySetPath, nil))
	assert.Equal(t, http.StatusMethodNotAllowed, posted.Code)
	assert.Equal(t, "GET, HEAD", posted.Header().Get("Allow"))

	failure = errors.New("secret cause")
	w = ask(hall, web.KeySetPath, nil)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.NotContains(t, w.Body.String(), "secret")
	assert.Empty(t, w.Header().Get("ETag"))
}
