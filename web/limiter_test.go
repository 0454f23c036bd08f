package web

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	l := NewLimiter(2, func() time.Time { return now })
	limit := domain.RateLimit{PerSecond: 2, Burst: 3}
	for range 3 {
		require.NoError(t, l.Take("a", limit, 1))
	}
	for range 3 { // a refusal costs nothing
		err := l.Take("a", limit, 1)
		own, _ := errors.AsType[*domain.Error](err)
		require.NotNil(t, own)
		assert.Equal(t, domain.CodeRateLimited, own.Code)
		assert.Equal(t, time.Second/2, own.RetryAfter)
	}
	assert.NoError(t, l.Take("b", limit, 1), "another key has its own")
	now = now.Add(time.Second / 2)
	assert.NoError(t, l.Take("a", limit, 1))
	assert.Error(t, l.Take("a", limit, 1))

	l.Charge("b", limit, 10) // all that there can be
	own, _ := errors.AsType[*domain.Error](l.Take("b", limit, 1))
	require.NotNil(t, own)
	assert.Equal(t, time.Second/2, own.RetryAfter, "three were there, three were charged")
	l.Charge("b", limit, 3)
	own, _ = errors.AsType[*domain.Error](l.Take("b", limit, 1))
	assert.Equal(t, 2*time.Second, own.RetryAfter, "a charge leaves a debt")

	assert.NoError(t, l.Take("a", domain.RateLimit{PerSecond: 5, Burst: 1}, 1), "a new limit begins anew")
	for i := range 100 {
		require.NoError(t, l.Take(fmt.Sprint(i), limit, 1))
	}
	assert.Len(t, l.known, 2)
	assert.Equal(t, 2, l.recent.Len())
	assert.NoError(t, l.Take("b", limit, 3), "what was forgotten begins anew")
}

func TestClientKey(t *testing.T) {
	t.Parallel()
	for address, key := range map[string]string{
		"192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::9": "2001:db8:1:2::/64", "2001:db8:1:3::9": "2001:db8:1:3::/64",
	} {
		known := &request{from: netip.MustParseAddr(address)}
		assert.Equal(t, key, ClientKey(context.WithValue(t.Context(), requestKey, known)), address)
	}
	assert.Empty(t, ClientKey(t.Context()))
	assert.Empty(t, ClientKey(context.WithValue(t.Context(), requestKey, &request{})))
}
