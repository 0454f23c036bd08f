package credential_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/credential"
)

var (
	goodID     = uuid.MustParse("0190a4c5-7e1b-7a2c-9d3e-4f5a6b7c8d9e")
	goodSecret = strings.Repeat("0123456789abcdef", 4)
	goodText   = "sb_0190a4c57e1b7a2c9d3e4f5a6b7c8d9e_" + goodSecret
)

func TestParseCredentialToken(t *testing.T) {
	t.Parallel()
	id, secret, err := credential.ParseCredentialToken(goodText)
	require.NoError(t, err)
	assert.Equal(t, goodID, id)
	assert.Equal(t, goodSecret, secret)

	for name, text := range map[string]string{
		"empty":                "",
		"prefix only":          "sb_",
		"upper case prefix":    "SB_" + goodText[3:],
		"session's prefix":     "sbs_" + goodSecret,
		"upper case id":        strings.ToUpper(goodText[:35]) + goodText[35:],
		"upper case secret":    goodText[:36] + strings.ToUpper(goodSecret),
		"id with hyphens":      "sb_" + goodID.String() + "_" + goodSecret,
		"no separator":         "sb_0190a4c57e1b7a2c9d3e4f5a6b7c8d9e" + goodSecret,
		"two separators":       "sb_0190a4c57e1b7a2c9d3e4f5a6b7c8d9e__" + goodSecret,
		"short secret":         goodText[:len(goodText)-1],
		"long secret":          goodText + "0",
		"trailing separator":   goodText + "_",
		"trailing newline":     goodText + "\n",
		"leading space":        " " + goodText,
		"letter outside hex":   goodText[:len(goodText)-1] + "g",
		"NUL inside":           goodText[:50] + "\x00" + goodText[51:],
		"full-width digit":     goodText[:len(goodText)-1] + "０",
		"invalid UTF-8":        goodText[:len(goodText)-1] + "\xff",
		"shifted separator":    "sb_0190a4c57e1b7a2c9d3e4f5a6b7c8d9e0_" + goodSecret[1:],
		"twice":                goodText + goodText,
		"with its scheme":      "Bearer " + goodText,
		"secret in upper half": strings.Replace(goodText, "a", "A", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, secret, err := credential.ParseCredentialToken(text)
			assert.ErrorIs(t, err, credential.ErrMalformedToken)
			assert.Empty(t, secret)
		})
	}
}

// admits is what a door does with a presented token.
func admits(stored credential.Token, owner uuid.UUID, presented string) bool {
	id, secret, err := credential.ParseCredentialToken(presented)
	return err == nil && id == owner && credential.EqualHash(stored.Hash, credential.Hash(secret))
}

func TestNoAlteredCredentialTokenIsAdmitted(t *testing.T) {
	t.Parallel()
	token := credential.NewCredentialToken(goodID)
	require.True(t, admits(token, goodID, token.Text))

	refused := func(altered string) {
		t.Helper()
		assert.False(t, admits(token, goodID, altered), "%q", altered)
	}
	for i := range len(token.Text) {
		refused(token.Text[:i])
		refused(token.Text[i+1:])
		refused(token.Text[:i] + token.Text[i+1:])
		if upper := strings.ToUpper(token.Text[i : i+1]); upper != token.Text[i:i+1] {
			refused(token.Text[:i] + upper + token.Text[i+1:])
		}
		for bit := range 8 {
			flipped := []byte(token.Text)
			flipped[i] ^= 1 << bit
			refused(string(flipped))
		}
	}
	refused(strings.ToUpper(token.Text))
	refused(credential.NewCredentialToken(goodID).Text)
	refused(credential.NewCredentialToken(uuid.New()).Text)
}

func TestCredentialTokenRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		token := credential.NewCredentialToken(id)
		got, secret, err := credential.ParseCredentialToken(token.Text)
		require.NoError(t, err)
		assert.Equal(t, id, got)
		assert.Equal(t, token.Hash, credential.Hash(secret))
	})
}

func TestPurposeTokens(t *testing.T) {
	t.Parallel()
	purposes := []credential.Purpose{credential.Session, credential.Invitation, credential.Reset}
	for _, made := range purposes {
		token := credential.NewToken(made)
		for _, read := range purposes {
			secret, err := credential.ParseToken(read, token.Text)
			if made != read {
				assert.ErrorIs(t, err, credential.ErrMalformedToken, "%s read as %s", made, read)
				continue
			}
			require.NoError(t, err)
			assert.Equal(t, token.Hash, credential.Hash(secret))
			assert.Len(t, secret, 64)
		}
		_, _, err := credential.ParseCredentialToken(token.Text)
		assert.ErrorIs(t, err, credential.ErrMalformedToken)
		_, err = credential.ParseToken(made, goodText)
		assert.ErrorIs(t, err, credential.ErrMalformedToken)
		for i := range len(token.Text) {
			_, err := credential.ParseToken(made, token.Text[:i])
			assert.ErrorIs(t, err, credential.ErrMalformedToken)
		}
	}
}

func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 1000 {
		seen[credential.NewToken(credential.Session).Text] = true
	}
	assert.Len(t, seen, 1000)
}

func TestTokenIsNotPrinted(t *testing.T) {
	t.Parallel()
	token := credential.NewToken(credential.Reset)
	var output bytes.Buffer
	holder := struct{ Token credential.Token }{token}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		_, _ = fmt.Fprintf(&output, verb+verb+"\n", token, holder)
	}
	slog.New(slog.NewJSONHandler(&output, nil)).Info("made", "token", token, "holder", holder)
	slog.New(slog.NewTextHandler(&output, nil)).Info("made", "token", token, "holder", holder)
	require.NoError(t, json.NewEncoder(&output).Encode(holder))

	secret, err := credential.ParseToken(credential.Reset, token.Text)
	require.NoError(t, err)
	for _, leak := range []string{secret, hex.EncodeToString([]byte(secret)), hex.EncodeToString(token.Hash), fmt.Sprint(token.Hash)} {
		assert.NotContains(t, output.String(), leak)
	}
	assert.Contains(t, output.String(), "[token]")
}

func TestEqualHash(t *testing.T) {
	t.Parallel()
	hash := credential.Hash("a")
	want := sha256.Sum256([]byte("a"))
	assert.Equal(t, want[:], hash)
	assert.True(t, credential.EqualHash(hash, credential.Hash("a")))
	assert.False(t, credential.EqualHash(hash, credential.Hash("b")))
	assert.False(t, credential.EqualHash(hash, hash[:31]))
	assert.False(t, credential.EqualHash(nil, nil), "a row without a hash must admit nobody")
	assert.False(t, credential.EqualHash(nil, hash))
}

// What parses is the only text for its id and secret; everything else is refused.
func FuzzParseCredentialToken(f *testing.F) {
	f.Add(goodText)
	f.Add("sb__")
	f.Add("sbs_" + goodSecret)
	f.Add(strings.ToUpper(goodText))
	f.Fuzz(func(t *testing.T, text string) {
		id, secret, err := credential.ParseCredentialToken(text)
		if err != nil {
			assert.ErrorIs(t, err, credential.ErrMalformedToken)
			assert.Equal(t, uuid.Nil, id)
			assert.Empty(t, secret)
			return
		}
		assert.Equal(t, text, "sb_"+hex.EncodeToString(id[:])+"_"+secret)
		assert.Len(t, secret, 64)
	})
}
