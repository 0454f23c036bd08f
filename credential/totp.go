package credential

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 authenticator apps know no other; HMAC does not need collision resistance
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Totp makes and checks the codes of authenticator apps (RFC 6238 with its defaults: 6 digits, 30 seconds, SHA-1). It
// implements [domain.Authenticator].
type Totp struct{}

const (
	totpSecretBytes = 20 // RFC 4226, section 4, R6: 160 bits are recommended
	totpPeriod      = 30 * time.Second
	totpDigits      = 6
	totpSkew        = 1 // steps before and behind the present one
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret implements [domain.Authenticator]: 160 random bits in base32, as apps take them.
func (Totp) NewSecret() string {
	secret := make([]byte, totpSecretBytes)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the process instead
	return base32Text.EncodeToString(secret)
}

// Address implements [domain.Authenticator]: the otpauth URI that a QR code shows.
func (Totp) Address(secret, issuer, account string) string {
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	query := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(query.Encode(), "+", "%20") // apps read a plus as a plus
}

// Match implements [domain.Authenticator]. Every step of the window is computed and compared, whatever matched.
func (Totp) Match(secret, code string, now time.Time) (step int64, ok bool) {
	key, err := base32Text.DecodeString(secret)
	if err != nil || len(code) != totpDigits {
		return 0, false
	}
	present := now.Unix() / int64(totpPeriod/time.Second)
	for candidate := present - totpSkew; candidate <= present+totpSkew; candidate++ {
		if subtle.ConstantTimeCompare([]byte(hotp(key, candidate)), []byte(code)) == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// hotp is the code of a counter (RFC 4226, section 5.3).
func hotp(key []byte, counter int64) string {
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, counter) // a hash takes everything
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	value := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, value%1_000_000)
}
