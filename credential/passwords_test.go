package credential_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	passwords := credential.NewPasswords(domain.NewProcessors(1))
	hash, err := passwords.Hash(t.Context(), "correct horse battery staple")
	require.NoError(t, err)
	for password, expected := range map[string]bool{"correct horse battery staple": true, "correct horse battery stapl": false, "": false} {
		right, stale, err := passwords.Verify(t.Context(), password, hash)
		require.NoError(t, err)
		assert.Equal(t, expected, right, password)
		assert.False(t, stale)
	}
	right, _, err := passwords.Verify(t.Context(), "nobody's password", "")
	require.NoError(t, err)
	assert.False(t, right, "the decoy lets nobody in")
}

func TestPasswordsGuessable(t *testing.T) {
	t.Parallel()
	passwords := credential.NewPasswords(domain.NewProcessors(1))
	for _, weak := range []string{"password1234", "qwertyuiop123", "aaaaaaaaaaaa", "Summer2026!!", "ana.ito.example"} {
		assert.True(t, passwords.Guessable(weak, []string{"ana.ito@example.org", "Ana", "Ito", "example"}), weak)
	}
	assert.False(t, passwords.Guessable("violet-ketchup-94-orbit", nil))
}

// TestPasswordsRefuseWhenTooManyWait: whoever comes when the queue is full is told so at once.
func TestPasswordsRefuseWhenTooManyWait(t *testing.T) {
	t.Parallel()
	passwords := credential.NewPasswords(domain.NewProcessors(1))
	var everybody sync.WaitGroup
	codes := make(chan domain.Code, 200)
	for range cap(codes) {
		everybody.Go(func() {
			_, _, err := passwords.Verify(context.Background(), "x", "")
			codes <- domain.CodeOf(err)
		})
	}
	everybody.Wait()
	close(codes)
	count := map[domain.Code]int{}
	for code := range codes {
		count[code]++
	}
	assert.Positive(t, count[domain.CodeOverloaded])
	assert.Positive(t, count[""])
}
