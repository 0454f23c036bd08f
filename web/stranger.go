package web

import (
	"context"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// How often strangers may ask, by address and by the name of an account, whether it exists or not. What fails costs
// more: whoever knows the password is let in even where thousands share an address. A link that people forgot to follow
// is asked for again rarely, and more mails than that would only flood somebody.
var (
	perAddress = domain.RateLimit{PerSecond: 1, Burst: 100}
	perAccount = domain.RateLimit{PerSecond: 0.1, Burst: 20}
	perResets  = domain.RateLimit{PerSecond: 1, Burst: 300} // of a whole tenant
)

const (
	rememberedStrangers = 10_000
	strangersFailure    = 4 // what a failed try costs besides its own
)

// Strangers are the limits of what people do before anybody knows who they are, in common for the doors at which they do
// it. They are of one server, and there to spare it: what keeps accounts from being guessed is counted in the database by
// the engine.
type Strangers struct {
	addresses *Limiter
	accounts  *Limiter
	resets    *Limiter // by account and by tenant
}

// NewStrangers makes the limits. A nil clock is the clock of the machine.
func NewStrangers(clock func() time.Time) *Strangers {
	limiter := func() *Limiter { return NewLimiter(rememberedStrangers, clock) }
	return &Strangers{addresses: limiter(), accounts: limiter(), resets: limiter()}
}

// Come counts a request by its address.
//
// Errors: rate_limited.
func (s *Strangers) Come(ctx context.Context) error {
	return s.addresses.Take(ClientKey(ctx), perAddress, 1)
}

// Failed counts what came of a request against its address, where it may have been a guess.
func (s *Strangers) Failed(ctx context.Context, err error) {
	if guessed[domain.CodeOf(err)] {
		s.addresses.Charge(ClientKey(ctx), perAddress, strangersFailure)
	}
}

// guessed are the refusals of what may have been a guess.
var guessed = map[domain.Code]bool{
	domain.CodeInvalidCredentials: true, domain.CodeTokenInvalid: true, domain.CodeTenantNotFound: true,
	domain.CodeUsernameTaken: true, domain.CodeEmailInUse: true,
}

// Try counts a try to sign in by the name that the stranger gives.
//
// Errors: rate_limited.
func (s *Strangers) Try(visitor domain.Caller, name string) error {
	return s.accounts.Take(account(visitor, name), perAccount, 1)
}

// MayAskForReset tells whether one more wish for a link is worth keeping. Nobody is told that it isn't.
func (s *Strangers) MayAskForReset(visitor domain.Caller, name string) bool {
	return s.resets.Take(account(visitor, name), perAccount, 1) == nil &&
		s.resets.Take(visitor.TenantSlug, perResets, 1) == nil
}

// account is an account as a key of a limiter: by the name that a stranger gives it, at the tenant.
func account(visitor domain.Caller, name string) string {
	return visitor.TenantSlug + "\n" + domain.Fold(name)
}
