package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/google/uuid"
)

const (
	secretBytes      = 32 // 256 random bits, far beyond guessing
	secretLength     = 2 * secretBytes
	idLength         = 2 * len(uuid.UUID{})
	credentialPrefix = "sb_"
	lowerHex         = "0123456789abcdef"
)

// ErrMalformedToken says that a text is not a token of the expected kind. It
// never repeats the text, because a mistyped token is still nearly a secret.
var ErrMalformedToken = errors.New("the token is not of the expected form")

// Purpose is the visible prefix of a token that stands for one act or one
// session. It lets secret scanners find leaked tokens, and keeps a token made
// for one purpose from being read as another.
type Purpose string

// The purposes of tokens that are looked up by their hash alone.
const (
	Session    Purpose = "sbs" // a signed-in browser or device
	Invitation Purpose = "sbi" // accept an invitation, once
	Reset      Purpose = "sbr" // choose a new password, once
	Verify     Purpose = "sbv" // prove an e-mail address, once
	Passkey    Purpose = "sbp" // answer what a passkey was asked, once
	Setup      Purpose = "sbu" // make the first administrator, once
)

// Token is a newly made token. Text is handed to its holder once and kept
// nowhere; Hash, as made by the function of that name, is what the store keeps.
type Token struct {
	Text string `json:"-"`
	Hash []byte `json:"-"`
}

// Format keeps the token out of anything printed with fmt, whatever the verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[token]")) }

// LogValue keeps the token out of structured logs.
func (Token) LogValue() slog.Value { return slog.StringValue("[token]") }

// NewToken makes a token of the form `<purpose>_<secret>`.
func NewToken(purpose Purpose) Token {
	return newToken(string(purpose) + "_")
}

// NewCredentialToken makes the token of a connector or integrator, of the form
// `sb_<id>_<secret>`. The id is public: it finds the row that holds the hash,
// so that the secret itself is only ever compared in constant time.
func NewCredentialToken(id uuid.UUID) Token {
	return newToken(credentialPrefix + hex.EncodeToString(id[:]) + "_")
}

func newToken(prefix string) Token {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the process instead
	text := hex.EncodeToString(secret)
	return Token{Text: prefix + text, Hash: Hash(text)}
}

// ParseToken returns the secret of a token made by NewToken for this purpose,
// or ErrMalformedToken.
func ParseToken(purpose Purpose, text string) (secret string, err error) {
	secret, found := strings.CutPrefix(text, string(purpose)+"_")
	if !found || !isLowerHex(secret, secretLength) {
		return "", ErrMalformedToken
	}
	return secret, nil
}

// ParseCredentialToken splits a token made by NewCredentialToken, or returns
// ErrMalformedToken. Exactly one text parses to a given pair of id and secret:
// lengths, alphabet and case are all fixed, so no shortened, padded or re-cased
// copy of a token is ever taken for it.
func ParseCredentialToken(text string) (id uuid.UUID, secret string, err error) {
	rest, found := strings.CutPrefix(text, credentialPrefix)
	if !found {
		return uuid.Nil, "", ErrMalformedToken
	}
	public, secret, found := strings.Cut(rest, "_")
	if !found || !isLowerHex(public, idLength) || !isLowerHex(secret, secretLength) {
		return uuid.Nil, "", ErrMalformedToken
	}
	_, _ = hex.Decode(id[:], []byte(public)) // its alphabet and length stand above
	return id, secret, nil
}

func isLowerHex(text string, length int) bool {
	return len(text) == length && strings.Trim(text, lowerHex) == ""
}

// Hash returns the SHA-256 of a token's secret, as returned by ParseToken or
// ParseCredentialToken. A fast hash suffices because the secret is random, so
// there is nothing to guess from a dictionary.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// EqualHash compares two hashes in time that depends on their length only. An
// empty hash equals nothing, so that a row without a secret never lets anyone in.
func EqualHash(stored, presented []byte) bool {
	return len(stored) > 0 && subtle.ConstantTimeCompare(stored, presented) == 1
}
