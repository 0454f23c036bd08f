package credential

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// recoveryBytes is the entropy of a recovery code: 80 random bits are beyond guessing at any rate that sign-in allows,
// and short enough to be typed.
const recoveryBytes = 10

// recoveryText leaves out the letters and digits that are taken for one another.
var recoveryText = base32.NewEncoding("abcdefghjkmnpqrstvwxyz0123456789").WithPadding(base32.NoPadding)

// NewRecoveryCode makes a code of four groups of four characters, which opens an account once instead of an
// authenticator app.
func NewRecoveryCode() Token {
	secret := make([]byte, recoveryBytes)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the process instead
	text := recoveryText.EncodeToString(secret)
	return Token{Text: text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:], Hash: Hash(text)}
}

// ParseRecoveryCode returns the secret of a recovery code as people type it, with or without case, blanks and dashes,
// or ErrMalformedToken.
func ParseRecoveryCode(text string) (secret string, err error) {
	secret = strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(text))
	if _, err := recoveryText.DecodeString(secret); err != nil || len(secret) != recoveryText.EncodedLen(recoveryBytes) {
		return "", ErrMalformedToken
	}
	return secret, nil
}
