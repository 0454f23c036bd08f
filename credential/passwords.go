package credential

import (
	"context"

	"github.com/ccojocar/zxcvbn-go"

	"github.com/scimbridge/scimbridge/domain"
)

// Passwords hashes and checks passwords on the processors that it is given, so that people who sign in never starve
// provisioning: a hash costs about 50 ms of one and 19 MiB. It implements [domain.Passwords].
type Passwords struct {
	hashing *domain.Places
	decoy   string
}

// NewPasswords makes Passwords that let four more wait for each that is computed: the last one for a quarter of a second.
func NewPasswords(processors *domain.Processors) *Passwords {
	return &Passwords{hashing: processors.Places(5 * processors.Count()), decoy: HashPassword("nobody's password")}
}

// Hash implements [domain.Passwords].
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	hash := ""
	return hash, p.hashing.Do(ctx, func() error { hash = HashPassword(password); return nil })
}

// Verify implements [domain.Passwords].
func (p *Passwords) Verify(ctx context.Context, password, stored string) (right, stale bool, err error) {
	known := stored != ""
	if !known {
		stored = p.decoy // a person without a password costs as much as one with
	}
	err = p.hashing.Do(ctx, func() (err error) {
		right, err = VerifyPassword(password, stored)
		return err
	})
	right = right && known
	return right, right && NeedsRehash(stored), err
}

// CheckLegacy implements [domain.Passwords].
func (p *Passwords) CheckLegacy(hash domain.LegacyHash) error { return checkLegacy(hash) }

// Adopt implements [domain.Passwords].
func (p *Passwords) Adopt(ctx context.Context, hash domain.LegacyHash) (stored string, err error) {
	if err := checkLegacy(hash); err != nil || hash.Algorithm == domain.SelfDescribing {
		return canonicalForeign(hash.Text), err
	}
	return stored, p.hashing.Do(ctx, func() error { stored = wrap(hash); return nil })
}

// strength is what the estimator has to give: at least "safely unguessable: moderate protection from offline
// slow-hash scenario" (zxcvbn's score 3 of 4).
const strength = 3

// maxJudged is how many bytes the estimator looks at: its cost grows faster than the password.
const maxJudged = 72

// Guessable implements [domain.Passwords], by zxcvbn with its lists of common passwords, names and words.
func (p *Passwords) Guessable(password string, about []string) bool {
	return zxcvbn.PasswordStrength(password[:min(len(password), maxJudged)], about).Score < strength
}
