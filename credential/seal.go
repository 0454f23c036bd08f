package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// A sealed blob is `version | length of key id | key id | nonce | ciphertext
// and tag`. Everything before the nonce is authenticated with the context.
const sealVersion = 1

// ErrNotOpened says that a blob was not sealed by this server for this context:
// it was changed, cut, moved to another row, or sealed with a replaced key.
var ErrNotOpened = errors.New("the sealed secret can't be opened: it was changed, or sealed for another place")

// UnknownKeyError says that a blob names a key which is not configured, as
// happens when a replica misses a rotation or a backup meets a newer key file.
type UnknownKeyError struct {
	KeyID string // public
}

// Error names the missing key and what to do.
func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("the secret is sealed with key %q, which is not configured: add that key before the newest one", e.KeyID)
}

// Sealer encrypts secrets at rest with AES-256-GCM (NIST SP 800-38D). The
// newest key seals and every key opens, so keys rotate online: append a key,
// re-seal what NeedsReseal names, drop the old key. A Sealer is safe for
// concurrent use. One key may seal 2^32 secrets, the bound of random nonces.
type Sealer struct {
	newest string
	keys   map[string]cipher.AEAD
}

// NewSealer takes keys oldest first, in the order of ParseKeys.
func NewSealer(keys ...Key) (*Sealer, error) {
	if len(keys) == 0 {
		return nil, errors.New("a sealer needs at least one key")
	}
	sealer := &Sealer{newest: keys[len(keys)-1].id, keys: make(map[string]cipher.AEAD, len(keys))}
	for i, key := range keys {
		if _, taken := sealer.keys[key.id]; taken || key.id == "" {
			return nil, fmt.Errorf("key %d of the sealer has no id of its own", i+1)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return nil, fmt.Errorf("key %d of the sealer: %w", i+1, err)
		}
		sealer.keys[key.id] = aead
	}
	return sealer, nil
}

func newAEAD(key Key) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key.secret[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal encrypts a secret for one place. The context names that place (tenant,
// purpose and row id); Open must be given the same one, so a blob copied into
// another row or tenant stays shut.
func (s *Sealer) Seal(plaintext []byte, context string) []byte {
	header := append([]byte{sealVersion, byte(len(s.newest))}, s.newest...)
	return s.keys[s.newest].Seal(header, nil, plaintext, boundData(header, context))
}

// Open returns the secret of a blob made by Seal with the same context. It
// fails with *UnknownKeyError or, for every other reason alike, ErrNotOpened.
func (s *Sealer) Open(blob []byte, context string) ([]byte, error) {
	id, size, ok := readHeader(blob)
	if !ok {
		return nil, ErrNotOpened
	}
	aead, known := s.keys[id]
	if !known {
		return nil, &UnknownKeyError{KeyID: id}
	}
	plaintext, err := aead.Open(nil, nil, blob[size:], boundData(blob[:size], context))
	if err != nil {
		return nil, ErrNotOpened
	}
	return plaintext, nil
}

// Knows tells whether there is the key that a blob names, without opening it: nil, *UnknownKeyError or, for what is no blob,
// ErrNotOpened.
func (s *Sealer) Knows(blob []byte) error {
	id, _, ok := readHeader(blob)
	if !ok {
		return ErrNotOpened
	}
	if _, known := s.keys[id]; !known {
		return &UnknownKeyError{KeyID: id}
	}
	return nil
}

// NeedsReseal tells whether a blob was sealed with any key but the newest.
func (s *Sealer) NeedsReseal(blob []byte) bool {
	id, _, ok := readHeader(blob)
	return !ok || id != s.newest
}

func readHeader(blob []byte) (keyID string, size int, ok bool) {
	if len(blob) < 2 || blob[0] != sealVersion {
		return "", 0, false
	}
	size = 2 + int(blob[1])
	if len(blob) < size || !keyIDForm.Match(blob[2:size]) {
		return "", 0, false
	}
	return string(blob[2:size]), size, true
}

// boundData copies, because the AEAD must not see its output share memory with
// what it authenticates.
func boundData(header []byte, context string) []byte {
	return append(append(make([]byte, 0, len(header)+len(context)), header...), context...)
}
