package credential_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
)

func TestRecoveryCodeAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	code := credential.NewRecoveryCode()
	assert.Regexp(t, `^([a-z0-9]{4}-){3}[a-z0-9]{4}$`, code.Text)
	for _, typed := range []string{code.Text, strings.ToUpper(code.Text), strings.ReplaceAll(code.Text, "-", " "), strings.ReplaceAll(code.Text, "-", "")} {
		secret, err := credential.ParseRecoveryCode(typed)
		require.NoError(t, err, typed)
		assert.Equal(t, code.Hash, credential.Hash(secret), typed)
	}
	assert.NotEqual(t, code.Text, credential.NewRecoveryCode().Text)
}

func TestRecoveryCodeRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "123456", "abcd-abcd-abcd", "abcd-abcd-abcd-abcd-a", "abcd-abcd-abcd-abc!", "iiii-llll-oooo-uuuu"} {
		_, err := credential.ParseRecoveryCode(text)
		assert.ErrorIs(t, err, credential.ErrMalformedToken, text)
	}
}
