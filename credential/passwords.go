package credential

import (
	"context"
	"runtime"

	"github.com/ccojocar/zxcvbn-go"

	"github.com/scimbridge/scimbridge/domain"
)

// Passwords hashes and checks passwords with as many cores as it is given, so that people who sign in never starve
// provisioning: a hash costs about 50 ms of a core and 19 MiB. It implements [domain.Passwords].
type Passwords struct {
	working chan struct{} // who computes
	waiting chan struct{} // who computes or waits for it
	decoy   string
}

// NewPasswords makes Passwords that use half of the cores (at least one) and let four times as many wait per core.
func NewPasswords() *Passwords {
	cores := max(1, runtime.GOMAXPROCS(0)/2)
	return &Passwords{
		working: make(chan struct{}, cores),
		waiting: make(chan struct{}, 5*cores),
		decoy:   HashPassword("nobody's password"),
	}
}

// Hash implements [domain.Passwords].
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	hash := ""
	return hash, p.do(ctx, func() error { hash = HashPassword(password); return nil })
}

// Verify implements [domain.Passwords].
func (p *Passwords) Verify(ctx context.Context, password, stored string) (right, stale bool, err error) {
	known := stored != ""
	if !known {
		stored = p.decoy // a person without a password costs as much as one with
	}
	err = p.do(ctx, func() (err error) {
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
	return stored, p.do(ctx, func() error { stored = wrap(hash); return nil })
}

// do runs the work when it is its turn, and refuses it where too many wait already.
func (p *Passwords) do(ctx context.Context, work func() error) error {
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return domain.Refuse(domain.CodeOverloaded, "", "Too many people are signing in at this moment; try again in a few seconds.")
	}
	select {
	case p.working <- struct{}{}:
		defer func() { <-p.working }()
	case <-ctx.Done():
		return domain.Fail(domain.CodeUnavailable, ctx.Err(), "The request ended before its turn came.")
	}
	return work()
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
