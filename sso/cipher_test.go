package sso

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the digest of RSA-OAEP in XML Encryption
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// countedKey counts how often it was used.
type countedKey struct {
	*rsa.PrivateKey
	used *int
}

// Decrypt implements crypto.Decrypter.
func (k countedKey) Decrypt(random io.Reader, wrapped []byte, options crypto.DecrypterOpts) ([]byte, error) {
	*k.used++
	return k.PrivateKey.Decrypt(random, wrapped, options)
}

// TestTamperingIsNoOtherWork (C18): whatever was done to an encrypted message, each of our keys is tried once, the message is
// opened with one, and there is one error, the very same, for all.
func TestTamperingIsNoOtherWork(t *testing.T) {
	t.Parallel()
	used, key := 0, make([]byte, 32)
	_, _ = rand.Read(key)
	var keys []countedKey
	for range 2 {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		keys = append(keys, countedKey{made, &used})
	}
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	gcm, err := cipher.NewGCM(block)
	require.NoError(t, err)
	nonce := make([]byte, gcm.NonceSize())
	sealed := gcm.Seal(nonce, nonce, []byte("<Assertion/>"), nil)

	for _, of := range keys {
		wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, &of.PublicKey, key, nil) //nolint:gosec // see above
		require.NoError(t, err)
		unwraps := func(text []byte) []byte {
			used = 0
			opened := unwrap(keys, text, wrapOAEP, "", "")
			assert.Equal(t, len(keys), used)
			assert.Len(t, opened, 32)
			return opened
		}
		assert.Equal(t, key, unwraps(wrapped))
		for _, place := range []int{0, 1, len(wrapped) / 2, len(wrapped) - 1} {
			flipped := append([]byte{}, wrapped...)
			flipped[place] ^= 1
			for _, tampered := range [][]byte{flipped, wrapped[:place]} {
				_, err := unseal(unwraps(tampered), sealed)
				assert.Same(t, errSealed, err)
			}
		}
	}
	plain, err := unseal(key, sealed)
	require.NoError(t, err)
	assert.Equal(t, "<Assertion/>", string(plain))
	for place := range sealed {
		flipped := append([]byte{}, sealed...)
		flipped[place] ^= 1
		for _, tampered := range [][]byte{flipped, sealed[:place]} {
			_, err := unseal(key, tampered)
			assert.Same(t, errSealed, err)
		}
	}
}
