package scim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// failing is a store whose reads fail from some time on.
type failing struct {
	domain.Store
	reads atomic.Int64 // that still succeed
}

func (f *failing) Look(ctx context.Context, scope domain.Scope, fn func(tx domain.Tx) error) error {
	if f.reads.Add(-1) < 0 {
		return errors.New("the disk is gone")
	}
	return f.Store.Look(ctx, scope, fn)
}

// TestFailureInTheMiddle makes the database fail while a large group is sent, by a real server: before the first part
// has left, the client gets an error; after it, a broken connection, and never an answer that looks whole.
func TestFailureInTheMiddle(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	group := seedGroup(t, b, "All", seed(t, b, 3500)).String()
	store := &failing{Store: b.DB}
	server := httptest.NewServer(New(Config{Engine: domain.New(domain.Config{Store: store, Registry: b.DB, Secrets: credential.NewSecrets(nil)}), PublicURL: testURL}))
	t.Cleanup(server.Close)
	get := func(reads int64) (*http.Response, []byte, error) {
		store.reads.Store(reads)
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+Prefix+"/Groups/"+group, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+b.acme.token)
		answer, err := server.Client().Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return answer, body, err
	}
	for _, reads := range []int64{0, 1} { // the group, the first page of its members
		answer, body, err := get(reads)
		require.NoError(t, err)
		assert.Equal(t, 500, answer.StatusCode)
		assert.Empty(t, answer.Header.Get("Etag"))
		assert.NotContains(t, string(body), "disk")
	}
	answer, body, err := get(3)
	assert.Equal(t, 200, answer.StatusCode)
	require.Error(t, err)
	assert.Greater(t, len(body), flushAt)
	_, body, err = get(1000)
	require.NoError(t, err)
	_, err = ParseJSON(body)
	assert.NoError(t, err)
}
