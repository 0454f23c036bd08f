package sso

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestShelf: an address is asked rarely, whoever asks and whatever comes of it, and what was had is used for a while.
func TestShelf(t *testing.T) {
	t.Parallel()
	now, asked, broken := noon, 0, false
	s := newShelf(func() time.Time { return now }, func(ctx context.Context, _ string) (int, error) {
		asked++
		if ctx.Err() != nil || broken {
			return 0, errors.New("broken")
		}
		return asked, nil
	})
	gone, leave := context.WithCancel(t.Context())
	leave()
	get := func(newer bool) int {
		got, err := s.get(gone, "a", newer)
		if err != nil {
			return -1
		}
		return got
	}
	broken = true
	assert.Equal(t, -1, get(false))
	broken = false
	assert.Equal(t, -1, get(false), "it did not answer a moment ago")
	now = now.Add(askedEvery)
	assert.Equal(t, 2, get(false), "whoever asked may go")
	assert.Equal(t, 2, get(true), "it was asked a moment ago")
	now = now.Add(askedEvery)
	assert.Equal(t, 2, get(false))
	assert.Equal(t, 3, get(true))
	now = now.Add(freshFor)
	assert.Equal(t, 4, get(false))
	broken, now = true, now.Add(freshFor)
	assert.Equal(t, 4, get(false), "what there was is better than nothing")
	now = now.Add(keptFor)
	assert.Equal(t, -1, get(false), "but not for ever")
	assert.Equal(t, 6, asked)
}

// TestShelfIsBounded: strangers' issuers do not fill the memory, and of many who ask at once one does.
func TestShelfIsBounded(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	s := newShelf(func() time.Time { return noon }, func(context.Context, string) (string, error) {
		asked.Add(1)
		return "x", nil
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { _, _ = s.get(t.Context(), "one", true) })
	}
	all.Wait()
	assert.EqualValues(t, 1, asked.Load())
	for i := range 2 * maxShelf {
		_, _ = s.get(t.Context(), strconv.Itoa(i), false)
	}
	assert.Len(t, s.items, maxShelf)
}

// FuzzClaims: whatever a token says, reading it does not fail, and lets nobody in who was not asked for.
func FuzzClaims(f *testing.F) {
	f.Add([]byte(`{"iss":"i","aud":["us"],"exp":1,"iat":1e30,"nonce":"n","sub":"s","amr":"mfa","email_verified":true}`))
	f.Add([]byte(`{"events":{"` + logoutEvent + `":{}},"aud":"us","exp":-1,"iat":"x","azp":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		said := claims{}
		if json.Unmarshal(text, &said) != nil {
			said = nil
		}
		if said.checkIdentity(&tokenTerms{issuers: []string{"i"}, client: "us", nonce: "n"}, noon) == nil {
			assert.Equal(t, []string{"i", "n"}, []string{said.text("iss"), said.text("nonce")})
			assert.Contains(t, said.list("aud"), "us")
			assert.WithinDuration(t, noon, said.instant("iat"), MaxAge+2*Skew)
		}
		_ = said.checkLogout(&tokenTerms{issuers: []string{"i"}, client: "us"}, noon)
		_, _, _ = said.name(""), said.name("email"), said.name("oid")
		_, _ = readKeys(text)
	})
}
