package credential_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/credential"
)

const place = "tenant 1/totp/row 7"

func newSealer(t require.TestingT, keys ...credential.Key) *credential.Sealer {
	sealer, err := credential.NewSealer(keys...)
	require.NoError(t, err)
	return sealer
}

func TestSealRoundTrip(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, credential.NewKey())
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		context := rapid.String().Draw(t, "context")
		blob := sealer.Seal(plaintext, context)
		opened, err := sealer.Open(blob, context)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(plaintext, opened))
		assert.NotEqual(t, blob, sealer.Seal(plaintext, context), "nonces must differ")

		_, err = sealer.Open(blob, context+rapid.StringN(1, 8, -1).Draw(t, "more"))
		assert.ErrorIs(t, err, credential.ErrNotOpened)
	})
}

func TestSealHidesTheSecret(t *testing.T) {
	t.Parallel()
	secret := []byte("correct horse battery staple")
	blob := newSealer(t, credential.NewKey()).Seal(secret, place)
	assert.False(t, bytes.Contains(blob, secret[:8]))
}

func TestChangedBlobStaysShut(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t, credential.NewKey())
	blob := sealer.Seal([]byte("secret"), place)
	for i := range blob {
		_, err := sealer.Open(blob[:i], place)
		assert.Error(t, err, "cut at %d", i)
		for bit := range 8 {
			changed := bytes.Clone(blob)
			changed[i] ^= 1 << bit
			opened, err := sealer.Open(changed, place)
			assert.Error(t, err, "bit %d of byte %d", bit, i)
			assert.Nil(t, opened)
		}
	}
	_, err := sealer.Open(append(bytes.Clone(blob), 0), place)
	assert.ErrorIs(t, err, credential.ErrNotOpened)
}

// The boundary between key id and context must not be movable.
func TestHeaderIsBound(t *testing.T) {
	t.Parallel()
	key := credential.NewKey()
	_, material, _ := bytes.Cut([]byte(key.Line()), []byte(":"))
	keys, err := credential.ParseKeys("a:" + string(material) + " ab:" + string(material))
	require.NoError(t, err)
	blob := newSealer(t, keys[0]).Seal([]byte("secret"), "bc")
	moved := append([]byte{blob[0], 2, 'a', 'b'}, blob[3:]...)
	_, err = newSealer(t, keys...).Open(moved, "c")
	assert.ErrorIs(t, err, credential.ErrNotOpened)
}

func TestRotation(t *testing.T) {
	t.Parallel()
	older, newer := credential.NewKey(), credential.NewKey()
	before, during, after := newSealer(t, older), newSealer(t, older, newer), newSealer(t, newer)

	blob := before.Seal([]byte("secret"), place)
	assert.False(t, before.NeedsReseal(blob))
	assert.True(t, during.NeedsReseal(blob))
	opened, err := during.Open(blob, place)
	require.NoError(t, err)

	resealed := during.Seal(opened, place)
	assert.False(t, during.NeedsReseal(resealed))
	opened, err = after.Open(resealed, place)
	require.NoError(t, err)
	assert.Equal(t, "secret", string(opened))

	_, err = after.Open(blob, place)
	var unknown *credential.UnknownKeyError
	require.ErrorAs(t, err, &unknown)
	id, _, _ := bytes.Cut([]byte(older.Line()), []byte(":"))
	assert.Equal(t, string(id), unknown.KeyID)
	assert.ErrorContains(t, err, "not configured")
}

func TestReplacedKeyUnderTheSameID(t *testing.T) {
	t.Parallel()
	one, err := credential.ParseKeys("k1:" + credential.NewKey().Line()[9:])
	require.NoError(t, err)
	other, err := credential.ParseKeys("k1:" + credential.NewKey().Line()[9:])
	require.NoError(t, err)
	_, err = newSealer(t, other...).Open(newSealer(t, one...).Seal([]byte("secret"), place), place)
	assert.ErrorIs(t, err, credential.ErrNotOpened)
}

func TestNewSealerRefuses(t *testing.T) {
	t.Parallel()
	key := credential.NewKey()
	for name, keys := range map[string][]credential.Key{
		"no key":   nil,
		"zero key": {{}},
		"same id":  {key, key},
	} {
		_, err := credential.NewSealer(keys...)
		assert.Error(t, err, name)
	}
}

func FuzzOpen(f *testing.F) {
	sealer := newSealer(f, credential.NewKey())
	f.Add([]byte{}, place)
	f.Add([]byte{1, 255, 'a'}, place)
	f.Add([]byte{1, 1, 'a'}, "")
	f.Fuzz(func(t *testing.T, blob []byte, context string) {
		opened, err := sealer.Open(blob, context)
		assert.Error(t, err, "nobody forges a blob")
		assert.Nil(t, opened)
	})
}
