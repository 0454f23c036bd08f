package workload

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryStrangerComesFromElsewhere(t *testing.T) {
	t.Parallel()
	s := &Stage{}
	seen := map[string]bool{}
	for range 70_000 {
		seen[s.stranger()["X-Forwarded-For"]] = true
	}
	assert.Len(t, seen, 70_000)
	assert.Contains(t, seen, "10.1.0.0")
}

func TestSignedInIsWithACookie(t *testing.T) {
	t.Parallel()
	cookie := http.Header{"Set-Cookie": {"session=x"}}
	assert.True(t, isSignedIn(&http.Response{StatusCode: http.StatusSeeOther, Header: cookie}))
	assert.False(t, isSignedIn(&http.Response{StatusCode: http.StatusSeeOther}))
	assert.False(t, isSignedIn(&http.Response{StatusCode: http.StatusOK, Header: cookie}))
	assert.True(t, isUnknown(&http.Response{StatusCode: http.StatusUnauthorized}))
	assert.False(t, isUnknown(&http.Response{StatusCode: http.StatusTooManyRequests}))
}
