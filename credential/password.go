package credential

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2id with the first parameters that OWASP's password storage cheat sheet
// recommends: about 50 ms of one core and 19 MiB per hash. Memory is the limit,
// so the caller bounds how many run at once.
const (
	passwordMemory  = 19 << 10 // KiB
	passwordTime    = 2
	passwordThreads = 1
	saltBytes       = 16
	digestBytes     = 32
)

// A stored hash chooses what its check costs, so a damaged or planted row could
// otherwise stop the server. These bounds leave room for stronger settings.
const (
	maxPasswordMemory = 256 << 10 // KiB
	maxPasswordTime   = 16
	maxPasswordText   = 256 // bytes of the whole hash
)

// ErrUnknownHash says that a stored hash is in no format this server knows. It
// never repeats the hash.
var ErrUnknownHash = errors.New("the stored password hash is in no known format")

// argonHash is a PHC string taken apart:
// $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<digest>.
type argonHash struct {
	memory, time uint32
	threads      uint8
	salt, digest []byte
}

// HashPassword returns a new argon2id hash (RFC 9106) of the password, exactly
// as given, as a PHC string. Rules about passwords are the domain's.
func HashPassword(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the process instead
	hash := argonHash{memory: passwordMemory, time: passwordTime, threads: passwordThreads, salt: salt}
	hash.digest = hash.derive(password, digestBytes)
	return hash.String()
}

// VerifyPassword tells whether the password belongs to a stored hash, ours or
// an adopted one, without telling by its duration how near it came. It fails
// with ErrUnknownHash.
func VerifyPassword(password, stored string) (bool, error) {
	if wrapped, ok := strings.CutPrefix(stored, wrappedPrefix); ok {
		return verifyWrapped(password, wrapped)
	}
	hash, err := parseArgon(stored)
	if err != nil {
		return verifyForeign(password, stored)
	}
	derived := hash.derive(password, len(hash.digest))
	return subtle.ConstantTimeCompare(derived, hash.digest) == 1, nil
}

// NeedsRehash tells whether a stored hash differs from what HashPassword makes
// today, so that the next successful sign-in should replace it.
func NeedsRehash(stored string) bool {
	hash, err := parseArgon(stored)
	return err != nil ||
		hash.memory != passwordMemory || hash.time != passwordTime || hash.threads != passwordThreads ||
		len(hash.salt) != saltBytes || len(hash.digest) != digestBytes
}

func (h argonHash) derive(password string, size int) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(size))
}

// String returns the PHC string.
func (h argonHash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, h.memory, h.time, h.threads, encode(h.salt), encode(h.digest))
}

func parseArgon(stored string) (argonHash, error) {
	var hash argonHash
	parts := strings.Split(stored, "$")
	if len(stored) > maxPasswordText || len(parts) != 6 {
		return argonHash{}, ErrUnknownHash
	}
	_, scanErr := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &hash.memory, &hash.time, &hash.threads)
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	digest, digestErr := base64.RawStdEncoding.DecodeString(parts[5])
	if errors.Join(scanErr, saltErr, digestErr) != nil {
		return argonHash{}, ErrUnknownHash
	}
	hash.salt, hash.digest = salt, digest
	// Comparing with the canonical form refuses, at one stroke, another variant
	// or version, trailing text, signs, leading zeros and loose base64.
	if hash.String() != stored || !hash.bounded() {
		return argonHash{}, ErrUnknownHash
	}
	return hash, nil
}

func (h argonHash) bounded() bool {
	return h.threads >= 1 && h.time >= 1 && h.time <= maxPasswordTime &&
		h.memory >= 8*uint32(h.threads) && h.memory <= maxPasswordMemory &&
		len(h.salt) >= 8 && len(h.digest) >= 16
}
