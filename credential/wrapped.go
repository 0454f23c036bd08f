package credential

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// A fast digest of another system is never stored as it came: whoever stole it
// could try billions of passwords a second. What is stored is the argon2id hash
// of its lower-case hexadecimal form, and the recipe of the digest before it:
//
//	$wrapped$SHA256,Prefix$<salt>$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<digest>
const wrappedPrefix = "$wrapped$"

// maxLegacySalt is how many bytes a salt of another system may have.
const maxLegacySalt = 128

var digests = map[domain.LegacyAlgorithm]func() hash.Hash{
	domain.LegacyMD5: md5.New, domain.LegacySHA1: sha1.New, domain.LegacySHA256: sha256.New,
	domain.LegacySHA384: sha512.New384, domain.LegacySHA512: sha512.New,
}

// checkLegacy implements [domain.LegacyPasswords].
func checkLegacy(h domain.LegacyHash) error {
	if h.Algorithm == domain.SelfDescribing {
		if h.Salt != "" {
			return wrongLegacy("Salt", "A hash that tells itself how it was made has its salt within; leave Salt out, or name the Algorithm.")
		}
		return checkForeign(h.Text)
	}
	newHash, known := digests[h.Algorithm]
	if !known {
		return wrongLegacy("Algorithm", "The algorithm must be MD5, SHA1, SHA256, SHA384 or SHA512; None for hashes that tell themselves how they were made.")
	}
	digest, ok := decodeDigest(h.Text, h.Encoding)
	switch {
	case !ok:
		return wrongLegacy("PasswordHash", "The hash can't be read in the encoding "+string(h.Encoding)+".")
	case len(digest) != newHash().Size():
		return wrongLegacy("PasswordHash", "The hash has not the length of a "+string(h.Algorithm)+" digest.")
	case (h.SaltPosition == domain.SaltNone) != (h.Salt == ""):
		return wrongLegacy("Salt", "A Salt is needed if, and only if, SaltPosition is Prefix or Suffix.")
	case len(h.Salt) > maxLegacySalt:
		return wrongLegacy("Salt", "The salt is too long; 128 bytes are the limit.")
	default:
		return nil
	}
}

func wrongLegacy(attribute, message string) error {
	return &domain.Error{Code: domain.CodeValidation, Attribute: attribute, Message: message,
		Fields: []domain.FieldError{{Attribute: attribute, Message: message}}}
}

// decodeDigest reads a digest. Systems differ in the case of hexadecimal digits, and in alphabet and padding of base64.
func decodeDigest(text string, encoding domain.HashEncoding) ([]byte, bool) {
	if encoding == domain.HashHex {
		digest, err := hex.DecodeString(text)
		return digest, err == nil
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	digest, err := base64.RawStdEncoding.DecodeString(text)
	return digest, err == nil
}

// wrap gives the stored form of a hash that checkLegacy found sound.
func wrap(h domain.LegacyHash) string {
	digest, _ := decodeDigest(h.Text, h.Encoding)
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the process instead
	outer := argonHash{memory: passwordMemory, time: passwordTime, threads: passwordThreads, salt: salt}
	outer.digest = outer.derive(hex.EncodeToString(digest), digestBytes)
	return wrappedPrefix + string(h.Algorithm) + "," + string(h.SaltPosition) + "$" + base64.RawStdEncoding.EncodeToString([]byte(h.Salt)) + outer.String()
}

// verifyWrapped computes the digest as the other system did, and compares it with what is stored of it.
func verifyWrapped(password, wrapped string) (bool, error) {
	parts := strings.SplitN(wrapped, "$", 3)
	if len(parts) != 3 {
		return false, ErrUnknownHash
	}
	algorithm, position, _ := strings.Cut(parts[0], ",")
	newHash, known := digests[domain.LegacyAlgorithm(algorithm)]
	salt, err := base64.RawStdEncoding.DecodeString(parts[1])
	outer, outerErr := parseArgon("$" + parts[2])
	if !known || err != nil || outerErr != nil || len(salt) > maxLegacySalt {
		return false, ErrUnknownHash
	}
	text := password
	switch domain.SaltPosition(position) {
	case domain.SaltNone:
	case domain.SaltPrefix:
		text = string(salt) + password
	case domain.SaltSuffix:
		text = password + string(salt)
	default:
		return false, ErrUnknownHash
	}
	inner := newHash()
	inner.Write([]byte(text))
	derived := outer.derive(hex.EncodeToString(inner.Sum(nil)), len(outer.digest))
	return subtle.ConstantTimeCompare(derived, outer.digest) == 1, nil
}
