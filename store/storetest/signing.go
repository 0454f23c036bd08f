package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var signingPromises = []promise{
	{"signing keys come back as they were stored, the newest first", signingKeysKept},
	{"a generation of signing keys is taken once", signingKeyOnce},
}

func signingKey(generation int) *domain.SigningKey {
	return &domain.SigningKey{Generation: generation, ID: "key", Public: []byte{1, 0, 255}, Sealed: []byte("sealed"), CreatedAt: noon, SignsAt: noon.Add(time.Hour)}
}

func signingKeysKept(t *testing.T, open Open) {
	w := newWorld(t, open)
	list, err := w.ListSigningKeys(ctx())
	require.NoError(t, err)
	assert.Empty(t, list)
	first, second := signingKey(1), signingKey(2)
	saved, err := w.SaveSigningKeys(ctx(), first)
	require.NoError(t, err)
	assert.True(t, saved)
	first.Sealed, first.RetiresAt, first.EndsAt, first.Distrusted = nil, noon.Add(2*time.Hour), noon.Add(3*time.Hour), true
	saved, err = w.SaveSigningKeys(ctx(), second, first)
	require.NoError(t, err)
	assert.True(t, saved)
	list, err = w.ListSigningKeys(ctx())
	require.NoError(t, err)
	assert.Empty(t, cmp.Diff([]*domain.SigningKey{second, first}, list))
}

func signingKeyOnce(t *testing.T, open Open) {
	w := newWorld(t, open)
	var won atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if saved, err := w.SaveSigningKeys(ctx(), signingKey(1)); assert.NoError(t, err) && saved {
				won.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, won.Load())
	changed := signingKey(1)
	changed.Distrusted = true
	saved, err := w.SaveSigningKeys(ctx(), signingKey(1), changed)
	require.NoError(t, err)
	assert.False(t, saved)
	list, err := w.ListSigningKeys(ctx())
	require.NoError(t, err)
	assert.False(t, list[0].Distrusted, "nothing changes with a generation that is taken")
}
