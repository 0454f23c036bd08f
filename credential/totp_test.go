package credential_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
)

// TestTotpAgreesWithAnotherImplementation compares with pquerna/otp at many times.
func TestTotpAgreesWithAnotherImplementation(t *testing.T) {
	t.Parallel()
	secret := credential.Totp{}.NewSecret()
	for i := range 200 {
		at := time.Unix(int64(i)*987_654_321, 0)
		code, err := totp.GenerateCode(secret, at)
		require.NoError(t, err)
		step, ok := credential.Totp{}.Match(secret, code, at)
		assert.True(t, ok, at)
		assert.Equal(t, at.Unix()/30, step)
	}
}

func TestTotpWindow(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_010, 0)
	secret := credential.Totp{}.NewSecret()
	for seconds, accepted := range map[int]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
		at := now.Add(time.Duration(seconds) * time.Second)
		code, err := totp.GenerateCode(secret, at)
		require.NoError(t, err)
		_, ok := credential.Totp{}.Match(secret, code, now)
		assert.Equal(t, accepted, ok, "a code of %d seconds from now", seconds)
	}
	for _, code := range []string{"", "12345", "1234567", "abcdef", "１２３４５６"} {
		_, ok := credential.Totp{}.Match(secret, code, now)
		assert.False(t, ok, code)
	}
}

func TestTotpAddressIsReadByApps(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(credential.Totp{}.Address("JBSWY3DPEHPK3PXP", "Acme & Söhne", "ana@example.org"))
	require.NoError(t, err)
	assert.Equal(t, "otpauth", address.Scheme)
	assert.Equal(t, "totp", address.Host)
	assert.Equal(t, "/Acme & Söhne:ana@example.org", address.Path)
	assert.Equal(t, "Acme & Söhne", address.Query().Get("issuer"))
	assert.Equal(t, "JBSWY3DPEHPK3PXP", address.Query().Get("secret"))
	assert.NotContains(t, address.RawQuery, "+")
}
