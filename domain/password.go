package domain

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Passwords hashes and judges passwords; the engine never sees how. It bounds how many are at work at once and refuses
// the others as overloaded. Its work takes long, so that no transaction ever waits for it.
type Passwords interface {
	// Hash gives the form in which the password is stored.
	Hash(ctx context.Context, password string) (string, error)
	// Verify tells whether the password belongs to a stored hash, and whether the hash should be made anew. Without a
	// stored hash ("") it takes as long and the password is wrong.
	Verify(ctx context.Context, password, stored string) (right, stale bool, err error)
	// Guessable tells whether the password is too easy to guess, also for somebody who knows the words about the person.
	Guessable(password string, about []string) bool
	LegacyPasswords
}

// Authenticator makes and checks the codes of authenticator apps (RFC 6238).
type Authenticator interface {
	NewSecret() string
	// Address is what a QR code shows to the app.
	Address(secret, issuer, account string) string
	// Match finds the time step that the code belongs to, within one step around now.
	Match(secret, code string, now time.Time) (step int64, ok bool)
}

// maxPassword is the longest password in characters; longer ones are refused, never cut.
const maxPassword = 128

// passwordProblem tells what is wrong with a new password of the person; nil: nothing.
func (o *Account) passwordProblem(tenant *Tenant, p *Person, password string) error {
	least := tenant.Policies.Int(PolicyPasswordLength)
	length := utf8.RuneCountInString(password)
	folded := Fold(password)
	switch {
	case !utf8.ValidString(password) || length < least || length > maxPassword:
		return badPassword("A password has %d to %d characters.", least, maxPassword)
	case folded == Fold(p.Access.Username) || folded == Fold(p.PrimaryEmail()):
		return badPassword("The password must not be the username or the e-mail address.")
	case o.passwords.Guessable(password, []string{p.Access.Username, p.PrimaryEmail(), p.FirstName, p.LastName, tenant.Name, tenant.Slug}):
		return badPassword("This password is too easy to guess; choose a longer one, such as four or five words that have nothing to do with one another.")
	}
	return nil
}

func badPassword(format string, args ...any) error {
	return Refuse(CodePasswordPolicy, "NewPassword", format, args...)
}

// unused refuses a password that the person had before. It computes a hash for each of the old ones.
func (o *Account) unused(ctx context.Context, password string, old []string) error {
	for _, hash := range old {
		if hash == "" {
			continue
		}
		right, _, err := o.passwords.Verify(ctx, password, hash)
		if err != nil {
			return err
		}
		if right {
			return badPassword("You had this password before; choose another one.")
		}
	}
	return nil
}

// choosable is passwordProblem and unused, and the hash of the password if nothing is wrong with it.
func (o *Account) choosable(ctx context.Context, tenant *Tenant, p *Person, password string, old []string) (string, error) {
	if err := o.passwordProblem(tenant, p, password); err != nil {
		return "", err
	}
	if err := o.unused(ctx, password, old); err != nil {
		return "", err
	}
	return o.passwords.Hash(ctx, password)
}

// setPassword stores a new password, with the old one in the history, and makes whatever depended on the old one
// worthless: locks, reset links, other sessions than the one that is kept.
func (e *edit) setPassword(identity *IdentityAccount, hash string) error {
	if err := e.tx.RememberPassword(e.p.ID, identity.PasswordHash, e.now, e.tenant.Policies.Int(PolicyPasswordHistory)); err != nil {
		return err
	}
	identity.PasswordHash, identity.MustResetPassword = hash, false
	identity.forgiven()
	e.p.Access.MustResetPassword, e.p.Access.LockedUntil = false, zeroTime
	if err := e.voidResetTokens(); err != nil {
		return err
	}
	e.happened(EventPasswordChanged)
	return e.tx.UpdateIdentity(e.p.ID, identity)
}

// notePasswordChanged tells the person by mail, so that a stranger's change does not stay unseen.
func (e *edit) notePasswordChanged() error {
	return e.mail(&OutboxMessage{DedupKey: e.dedupKey("password-changed"), Mail: Mail{Kind: MailPasswordChanged, To: e.p.PrimaryEmail()}})
}

// ssoOnly tells whether a tenant lets people sign in through SSO only.
func ssoOnly(sso bool, policies Policies) bool {
	return sso && policies.Is(PolicyPasswordLogin, DisabledWhenSso)
}

// SignsInByPassword tells whether a password lets the person in, where the tenant has people sign in through SSO only
// (ssoOnly) and where it does not. An account for emergencies is exempt: it is for when the identity provider is away.
func (a *UserAccess) SignsInByPassword(ssoOnly bool) bool {
	return a.BreakGlass || a.IdentityProviderID == uuid.Nil && !ssoOnly
}

// letsUsePassword is mayUsePassword for one person: accounts for emergencies are exempt.
func (t *Tenant) letsUsePassword(p *Person) error {
	if p.Access != nil && p.Access.BreakGlass {
		return nil
	}
	return t.mayUsePassword()
}

// mayUsePassword refuses where the tenant lets people sign in through SSO only.
func (t *Tenant) mayUsePassword() error {
	if ssoOnly(t.SsoEnabled, t.Policies) {
		return Refuse(CodePasswordLoginDisabled, "", "The tenant lets people sign in through SSO only.")
	}
	return nil
}
