package credential_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
)

func TestPassword(t *testing.T) {
	t.Parallel()
	password := "pässwörd " + strings.Repeat("x", 100)
	stored := credential.HashPassword(password)
	assert.True(t, strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$"), stored)
	assert.NotEqual(t, stored, credential.HashPassword(password), "salts must differ")
	assert.False(t, credential.NeedsRehash(stored))

	for name, test := range map[string]struct {
		presented string
		want      bool
	}{
		"same":           {password, true},
		"cut":            {password[:72], false},
		"longer":         {password + "x", false},
		"other case":     {strings.ToUpper(password), false},
		"decomposed":     {strings.Replace(password, "ä", "a\u0308", 1), false},
		"trailing space": {password + " ", false},
		"empty":          {"", false},
	} {
		got, err := credential.VerifyPassword(test.presented, stored)
		require.NoError(t, err, name)
		assert.Equal(t, test.want, got, name)
	}
}

// Hashes of the reference implementation's test file (phc-winner-argon2).
func TestPasswordOfTheReferenceImplementation(t *testing.T) {
	t.Parallel()
	const stored = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	matches, err := credential.VerifyPassword("password", stored)
	require.NoError(t, err)
	assert.True(t, matches)
	assert.True(t, credential.NeedsRehash(stored))
}

func TestUnknownHash(t *testing.T) {
	t.Parallel()
	const good = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	turn := func(old, replacement string) string { return strings.Replace(good, old, replacement, 1) }
	for name, stored := range map[string]string{
		"empty":              "",
		"plain text":         "password",
		"bcrypt":             "$2b$12$abcdefghijklmnopqrstuuvwxyzabcdefghijklmnopqrstuvwxyzabcd",
		"argon2d":            turn("argon2id", "argon2d"),
		"version 16":         turn("v=19", "v=16"),
		"memory too large":   turn("m=256", "m=4194304"),
		"memory overflows":   turn("m=256", "m=4294967552"),
		"memory too small":   turn("m=256", "m=7"),
		"too many passes":    turn("t=2", "t=17"),
		"no pass":            turn("t=2", "t=0"),
		"no lane":            turn("p=1", "p=0"),
		"lanes overflow":     turn("p=1", "p=257"),
		"negative":           turn("t=2", "t=-2"),
		"leading zero":       turn("t=2", "t=02"),
		"leading sign":       turn("t=2", "t=+2"),
		"trailing parameter": turn("p=1", "p=1,x=1"),
		"short salt":         turn("c29tZXNhbHQ", "c29t"),
		"empty digest":       good[:strings.LastIndex(good, "$")+1],
		"padded digest":      good + "=",
		"cut digest":         good[:len(good)-24],
		"more parts":         good + "$",
		"very long":          good + strings.Repeat("A", 300),
		"line feed in salt":  turn("c29t", "c29t\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			matches, err := credential.VerifyPassword("password", stored)
			assert.ErrorIs(t, err, credential.ErrUnknownHash)
			assert.False(t, matches)
			assert.True(t, credential.NeedsRehash(stored))
		})
	}
}

// Verification parses by the same function, after which it costs a hash.
func FuzzNeedsRehash(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Add(credential.HashPassword("seed"))
	f.Fuzz(func(t *testing.T, stored string) {
		if !credential.NeedsRehash(stored) {
			assert.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, stored)
		}
	})
}

func BenchmarkHashPassword(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		credential.HashPassword("correct horse battery staple")
	}
}
