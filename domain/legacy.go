package domain

import "context"

// LegacyHash is the hash of a password as another system kept it.
type LegacyHash struct {
	Text string // a digest in the encoding, or a text that says itself how it was made ($2b$…, $6$…)
	Salt string // as text; "" without one
	LegacyScheme
}

// LegacyScheme tells how a system made its hashes that don't tell themselves.
type LegacyScheme struct {
	Algorithm    LegacyAlgorithm
	Encoding     HashEncoding
	SaltPosition SaltPosition
}

// LegacyAlgorithm names the digest that was computed of salt and password.
type LegacyAlgorithm string

// The digests that are accepted; SelfDescribing for hashes that tell themselves how they were made.
const (
	SelfDescribing LegacyAlgorithm = "None"
	LegacyMD5      LegacyAlgorithm = "MD5"
	LegacySHA1     LegacyAlgorithm = "SHA1"
	LegacySHA256   LegacyAlgorithm = "SHA256"
	LegacySHA384   LegacyAlgorithm = "SHA384"
	LegacySHA512   LegacyAlgorithm = "SHA512"
)

// HashEncoding tells how a digest is written.
type HashEncoding string

// The encodings: hexadecimal digits of either case, and base64 of either alphabet, padded or not.
const (
	HashHex    HashEncoding = "Hex"
	HashBase64 HashEncoding = "Base64"
)

// SaltPosition tells where the salt was put before the digest was computed.
type SaltPosition string

// The positions.
const (
	SaltNone   SaltPosition = "None"
	SaltPrefix SaltPosition = "Prefix"
	SaltSuffix SaltPosition = "Suffix"
)

// LegacyPasswords takes over password hashes of other systems.
type LegacyPasswords interface {
	// CheckLegacy tells what is wrong with a hash: validation_failed about PasswordHash or Salt.
	CheckLegacy(hash LegacyHash) error
	// Adopt gives the form in which the hash is stored: as slow to try as our own, so that it is computed like one, and
	// good for Verify, which finds it stale. overloaded when too many others want to compute.
	Adopt(ctx context.Context, hash LegacyHash) (string, error)
}
