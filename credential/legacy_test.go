package credential_test

import (
	"context"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

const oldPassword = "correct horse"

var oldDigests = map[domain.LegacyAlgorithm]func() hash.Hash{
	domain.LegacyMD5: md5.New, domain.LegacySHA1: sha1.New, domain.LegacySHA256: sha256.New,
	domain.LegacySHA384: sha512.New384, domain.LegacySHA512: sha512.New,
}

// salted puts the salt where the position says.
var salted = map[domain.SaltPosition]func(salt string) string{
	domain.SaltNone:   func(string) string { return oldPassword },
	domain.SaltPrefix: func(salt string) string { return salt + oldPassword },
	domain.SaltSuffix: func(salt string) string { return oldPassword + salt },
}

var encodings = map[domain.HashEncoding][]func([]byte) string{
	domain.HashHex:    {hex.EncodeToString, func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }},
	domain.HashBase64: {base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString},
}

// TestLegacyDigests adopts every algorithm, salt position and encoding; in wrong lengths, encodings and positions none.
func TestLegacyDigests(t *testing.T) {
	t.Parallel()
	passwords := credential.NewPasswords(domain.NewProcessors(1))
	for algorithm, newHash := range oldDigests {
		for position, text := range salted {
			for encoding, ways := range encodings {
				for i, encode := range ways {
					t.Run(fmt.Sprintf("%s %s %s %d", algorithm, position, encoding, i), func(t *testing.T) {
						salt := "pepper $é"
						h := newHash()
						h.Write([]byte(text(salt)))
						legacy := domain.LegacyHash{Text: encode(h.Sum(nil)), LegacyScheme: domain.LegacyScheme{Algorithm: algorithm, Encoding: encoding, SaltPosition: position}}
						if position != domain.SaltNone {
							legacy.Salt = salt
						}
						adopts(t, passwords, legacy)
						refusesDamaged(t, passwords, legacy)
					})
				}
			}
		}
	}
}

// adopts takes a hash over and signs in with it: the password is right, nothing else is, and the hash is stale.
func adopts(t *testing.T, passwords *credential.Passwords, legacy domain.LegacyHash) {
	t.Helper()
	stored, err := passwords.Adopt(context.Background(), legacy)
	require.NoError(t, err)
	if legacy.Algorithm != domain.SelfDescribing {
		assert.NotContains(t, strings.ToLower(stored), strings.ToLower(legacy.Text), "the digest itself is not stored")
		assert.Contains(t, stored, "$argon2id$v=19$m=19456,t=2,p=1$")
	}
	right, stale, err := passwords.Verify(context.Background(), oldPassword, stored)
	require.NoError(t, err, stored)
	assert.True(t, right, stored)
	assert.True(t, stale, stored)
	right, _, err = passwords.Verify(context.Background(), oldPassword+"!", stored)
	require.NoError(t, err)
	assert.False(t, right)
}

func refusesDamaged(t *testing.T, passwords *credential.Passwords, legacy domain.LegacyHash) {
	t.Helper()
	for name, damage := range map[string]func(h *domain.LegacyHash){
		"too short":       func(h *domain.LegacyHash) { h.Text = h.Text[:len(h.Text)-4] },
		"too long":        func(h *domain.LegacyHash) { h.Text = "abcd" + h.Text },
		"odd":             func(h *domain.LegacyHash) { h.Text = "!" + h.Text[1:] },
		"empty":           func(h *domain.LegacyHash) { h.Text = "" },
		"other encoding":  func(h *domain.LegacyHash) { h.Encoding = other(h.Encoding) },
		"other algorithm": func(h *domain.LegacyHash) { h.Algorithm = "CRC32" },
		"salt missing": func(h *domain.LegacyHash) {
			if h.Salt = ""; h.SaltPosition == domain.SaltNone {
				h.SaltPosition = domain.SaltPrefix
			}
		},
		"salt too much": func(h *domain.LegacyHash) { h.SaltPosition, h.Salt = domain.SaltNone, "x" },
		"salt too long": func(h *domain.LegacyHash) { h.SaltPosition, h.Salt = domain.SaltPrefix, strings.Repeat("x", 129) },
	} {
		damaged := legacy
		damage(&damaged)
		assert.Equal(t, domain.CodeValidation, domain.CodeOf(passwords.CheckLegacy(damaged)), name)
		_, err := passwords.Adopt(context.Background(), damaged)
		assert.Equal(t, domain.CodeValidation, domain.CodeOf(err), name)
	}
}

func other(encoding domain.HashEncoding) domain.HashEncoding {
	if encoding == domain.HashHex {
		return domain.HashBase64 // the length is another one then
	}
	return domain.HashHex
}

// selfDescribing are hashes of oldPassword in every form, made by other implementations than the one that checks them.
func selfDescribing(t *testing.T) map[string]string {
	t.Helper()
	raw := base64.RawStdEncoding.EncodeToString
	adapted := func(b []byte) string { return strings.ReplaceAll(raw(b), "+", ".") }
	salt := []byte("sixteen bytes of")
	bcrypted, err := bcrypt.GenerateFromPassword([]byte(oldPassword), 4)
	require.NoError(t, err)
	scrypted, err := scrypt.Key([]byte(oldPassword), salt, 1<<10, 8, 1, 32)
	require.NoError(t, err)
	derive := func(h func() hash.Hash, size int) []byte {
		key, err := pbkdf2.Key(h, oldPassword, salt, 1000, size)
		require.NoError(t, err)
		return key
	}
	return map[string]string{
		"bcrypt 2a":       string(bcrypted),
		"bcrypt 2b":       strings.Replace(string(bcrypted), "$2a$", "$2b$", 1),
		"bcrypt 2y":       strings.Replace(string(bcrypted), "$2a$", "$2y$", 1),
		"scrypt":          "$scrypt$ln=10,r=8,p=1$" + raw(salt) + "$" + raw(scrypted),
		"PBKDF2 SHA-1":    "$pbkdf2$1000$" + adapted(salt) + "$" + adapted(derive(sha1.New, 20)),
		"PBKDF2 SHA-256":  "$pbkdf2-sha256$1000$" + adapted(salt) + "$" + adapted(derive(sha256.New, 32)),
		"PBKDF2 SHA-512":  "$pbkdf2-sha512$1000$" + adapted(salt) + "$" + adapted(derive(sha512.New, 64)),
		"PBKDF2 PHC":      "$pbkdf2-sha256$i=1000,l=32$" + raw(salt) + "$" + raw(derive(sha256.New, 32)),
		"PBKDF2 Django":   "pbkdf2_sha256$26000$seasalt$" + djangoDigest,
		"argon2i":         "$argon2i$v=19$m=64,t=1,p=1$" + raw(salt) + "$" + raw(argon2.Key([]byte(oldPassword), salt, 1, 64, 1, 32)),
		"argon2id":        "$argon2id$v=19$m=64,t=1,p=1$" + raw(salt) + "$" + raw(argon2.IDKey([]byte(oldPassword), salt, 1, 64, 1, 32)),
		"SHA-256-crypt":   sha256Crypt,
		"SHA-512-crypt":   sha512Crypt,
		"with its rounds": strings.Replace(sha512Crypt, "$6$", "$6$rounds=5000$", 1),
	}
}

// What hashlib and openssl passwd made.
const (
	djangoDigest = "ksraU9KupXv0frizrUsRRoJTFpPaBMzduWQBw+uzriM="
	sha256Crypt  = "$5$saltstring$vc6YOOogU4kWVvwga8e9zTFgKcy4tb5LaPxIiPJzqEC"
	sha512Crypt  = "$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/"
)

func TestSelfDescribingHashes(t *testing.T) {
	t.Parallel()
	passwords := credential.NewPasswords(domain.NewProcessors(1))
	for name, text := range selfDescribing(t) {
		t.Run(name, func(t *testing.T) {
			adopts(t, passwords, domain.LegacyHash{Text: text, LegacyScheme: domain.LegacyScheme{Algorithm: domain.SelfDescribing}})
			half := domain.LegacyHash{Text: text[:len(text)/2], LegacyScheme: domain.LegacyScheme{Algorithm: domain.SelfDescribing}}
			assert.Equal(t, domain.CodeValidation, domain.CodeOf(passwords.CheckLegacy(half)))
		})
	}
}

// TestHashesThatWouldStopTheServer are refused when they come, and when they are found stored.
func TestHashesThatWouldStopTheServer(t *testing.T) {
	t.Parallel()
	passwords := credential.NewPasswords(domain.NewProcessors(1))
	forms := selfDescribing(t)
	for name, text := range map[string]string{
		"bcrypt 31":       strings.Replace(forms["bcrypt 2b"], "$04$", "$31$", 1),
		"scrypt 2^30":     strings.Replace(forms["scrypt"], "ln=10", "ln=30", 1),
		"scrypt blocks":   strings.Replace(forms["scrypt"], "r=8", "r=999", 1),
		"PBKDF2 rounds":   strings.Replace(forms["PBKDF2 SHA-256"], "$1000$", "$999999999$", 1),
		"PBKDF2 quick":    strings.Replace(forms["PBKDF2 SHA-256"], "$1000$", "$1$", 1),
		"Django rounds":   strings.Replace(forms["PBKDF2 Django"], "$26000$", "$999999999$", 1),
		"argon2i memory":  strings.Replace(forms["argon2i"], "m=64", "m=99999999", 1),
		"argon2id memory": strings.Replace(forms["argon2id"], "m=64", "m=99999999", 1),
		"SHA-crypt":       strings.Replace(forms["SHA-512-crypt"], "$6$", "$6$rounds=999999999$", 1),
		"our own form":    "$wrapped$MD5,None$" + forms["argon2id"],
		"MD5-crypt":       "$1$saltstri$YMyguxXMBpd2TEZ.vS/3q1",
		"plain text":      "secret",
		"endless":         "$6$" + strings.Repeat("a", 10000),
	} {
		err := passwords.CheckLegacy(domain.LegacyHash{Text: text, LegacyScheme: domain.LegacyScheme{Algorithm: domain.SelfDescribing}})
		assert.Equal(t, domain.CodeValidation, domain.CodeOf(err), name)
		if name != "our own form" {
			_, _, err = passwords.Verify(context.Background(), oldPassword, text)
			assert.ErrorIs(t, err, credential.ErrUnknownHash, name)
		}
	}
}

// FuzzStoredHash checks a password against whatever is stored: it ends soon and never panics.
func FuzzStoredHash(f *testing.F) {
	f.Add("$wrapped$SHA256,Prefix$cGVwcGVy$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add(sha512Crypt)
	f.Add("$pbkdf2-sha256$1000$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA")
	f.Add("$2b$04$abcdefghijklmnopqrstuuvwxyzabcdefghijklmnopqrstuvwxyzabcd")
	f.Fuzz(func(t *testing.T, stored string) {
		if strings.Contains(stored, "m=") && len(stored) > 0 {
			t.Skip("memory-hard forms are bounded by the table tests")
		}
		if right, err := credential.VerifyPassword("a password nobody has", stored); err == nil && right {
			t.Errorf("%q opens", stored)
		}
	})
}
