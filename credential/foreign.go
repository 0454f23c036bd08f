package credential

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/argon2"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/pbkdf2"
	"github.com/go-crypt/crypt/algorithm/scrypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// maxForeign is how many bytes a hash of another system may have.
const maxForeign = 512

// foreignForm is a form of hashes that tell themselves how they were made. The numbers in the pattern are what a check
// costs, each between least and most: a planted hash must not stop the server, and a hash that is quick to try has no
// place beside ours.
type foreignForm struct {
	name    string
	pattern *regexp.Regexp
	least   []int
	most    []int
	decode  func(encoded string) (algorithm.Digest, error)
}

var foreignForms = []foreignForm{
	{"bcrypt", regexp.MustCompile(`^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$`), []int{4}, []int{14}, bcrypt.Decode},
	{"SHA-crypt", regexp.MustCompile(`^\$(?:5|6)\$(?:rounds=(\d{1,9})\$)?[^$]{1,16}\$(?:[./A-Za-z0-9]{43}|[./A-Za-z0-9]{86})$`), []int{1000}, []int{1000000}, shacrypt.Decode},
	{"PBKDF2", regexp.MustCompile(`^\$pbkdf2(?:-sha(?:1|256|384|512))?\$(\d{1,9})\$[./A-Za-z0-9]{4,172}\$[./A-Za-z0-9]{22,128}$`), []int{1000}, []int{2000000}, pbkdf2.Decode},
	{"scrypt", regexp.MustCompile(`^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$[+/A-Za-z0-9]{4,172}\$[+/A-Za-z0-9]{22,128}$`), []int{10, 1, 1}, []int{17, 16, 4}, scrypt.Decode},
	{"Argon2", regexp.MustCompile(`^\$argon2i\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,3})\$[+/A-Za-z0-9]{11,172}\$[+/A-Za-z0-9]{22,128}$`), []int{64, 1, 1}, []int{maxPasswordMemory, maxPasswordTime, 16}, argon2.Decode},
}

var (
	djangoPBKDF2 = regexp.MustCompile(`^pbkdf2_(sha1|sha256|sha512)\$(\d{1,9})\$([^$]{1,128})\$([+/A-Za-z0-9]+=*)$`)
	phcPBKDF2    = regexp.MustCompile(`^\$(pbkdf2-sha(?:1|256|384|512))\$(?:i=)(\d{1,9})(?:,l=\d{1,3})?\$([+/A-Za-z0-9]+)\$([+/A-Za-z0-9]+)$`)
)

// canonicalForeign writes PBKDF2 hashes of Django and in the PHC form as passlib does; all others are as they should be.
func canonicalForeign(text string) string {
	adapted := func(base64 string) string { return strings.ReplaceAll(strings.TrimRight(base64, "="), "+", ".") }
	if found := djangoPBKDF2.FindStringSubmatch(text); found != nil {
		salt := base64.RawStdEncoding.EncodeToString([]byte(found[3]))
		return "$pbkdf2-" + found[1] + "$" + found[2] + "$" + adapted(salt) + "$" + adapted(found[4])
	}
	if found := phcPBKDF2.FindStringSubmatch(text); found != nil {
		return "$" + found[1] + "$" + found[2] + "$" + adapted(found[3]) + "$" + adapted(found[4])
	}
	return text
}

// foreignDigest finds the form of a hash and reads it, unless it costs too much or too little.
func foreignDigest(stored string) (algorithm.Digest, error) {
	if len(stored) > maxForeign {
		return nil, ErrUnknownHash
	}
	for i := range foreignForms {
		form := &foreignForms[i]
		if found := form.pattern.FindStringSubmatch(stored); found != nil && form.bounded(found[1:]) {
			digest, err := form.decode(stored)
			if err != nil {
				return nil, ErrUnknownHash
			}
			return digest, nil
		}
	}
	return nil, ErrUnknownHash
}

func (f *foreignForm) bounded(numbers []string) bool {
	for i, text := range numbers {
		number, err := strconv.Atoi(text)
		if text != "" && (err != nil || number < f.least[i] || number > f.most[i]) {
			return false
		}
	}
	return true
}

// checkForeign tells whether a hash can be kept and checked.
func checkForeign(text string) error {
	if text = canonicalForeign(text); strings.HasPrefix(text, wrappedPrefix) {
		return unknownForeign()
	}
	if _, err := parseArgon(text); err == nil {
		return nil
	}
	if _, err := foreignDigest(text); err != nil {
		return unknownForeign()
	}
	return nil
}

func unknownForeign() error {
	return wrongLegacy("PasswordHash", "The hash is in no form that is known here (bcrypt, scrypt, PBKDF2, Argon2, SHA-crypt), or costs too much or too little to check; name the Algorithm of a plain digest.")
}

// bcryptLimit is how many bytes of a password bcrypt looks at; all implementations of the time cut silently.
const bcryptLimit = 72

// verifyForeign checks a password against a hash of another system.
func verifyForeign(password, stored string) (bool, error) {
	digest, err := foreignDigest(stored)
	if err != nil {
		return false, err
	}
	if strings.HasPrefix(stored, "$2") {
		password = password[:min(len(password), bcryptLimit)]
	}
	right, err := digest.MatchAdvanced(password)
	if err != nil {
		return false, ErrUnknownHash
	}
	return right, nil
}
