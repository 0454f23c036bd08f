package rest

import (
	"net/http"
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
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

// strangers are the limits of public routes. They are of one server, and there to spare it: what keeps accounts from
// being guessed is counted in the database by the engine.
type strangers struct {
	addresses *web.Limiter
	accounts  *web.Limiter
	resets    *web.Limiter // by account and by tenant
}

func newStrangers(clock func() time.Time) *strangers {
	limiter := func() *web.Limiter { return web.NewLimiter(rememberedStrangers, clock) }
	return &strangers{addresses: limiter(), accounts: limiter(), resets: limiter()}
}

// serveStranger runs a public route: limit, tenant, shape, use case, answer.
func (d *door) serveStranger(w http.ResponseWriter, r *http.Request, route *route) {
	w.Header().Set("Cache-Control", "no-store")
	address := web.ClientKey(r.Context())
	c := &call{door: d, request: r, route: route}
	err := d.strangers.addresses.Take(address, perAddress, 1)
	if err == nil {
		c.caller, err = d.visitor(r, route)
	}
	if err != nil {
		Refuse(w, r, err)
		return
	}
	answer, err := c.answer(w)
	if guessed[domain.CodeOf(err)] {
		d.strangers.addresses.Charge(address, perAddress, strangersFailure)
	}
	if err != nil {
		Refuse(w, r, err)
		return
	}
	c.send(w, answer)
}

// guessed are the refusals of what may have been a guess.
var guessed = map[domain.Code]bool{
	domain.CodeInvalidCredentials: true, domain.CodeTokenInvalid: true, domain.CodeTenantNotFound: true,
	domain.CodeUsernameTaken: true, domain.CodeEmailInUse: true,
}

// visitor is the caller of a public route, at the tenant that X-Tenant names.
func (d *door) visitor(r *http.Request, route *route) (domain.Caller, error) {
	slugs := r.Header.Values("X-Tenant")
	if len(slugs) == 0 && route.anywhere {
		return web.Visitor(r.Context(), domain.Caller{}), nil
	}
	if len(slugs) != 1 {
		return domain.Caller{}, domain.Refuse(domain.CodeTenantNotFound, "", "Name the tenant in the header X-Tenant, once.")
	}
	visitor, err := d.engine.Account.Visitor(r.Context(), slugs[0])
	return web.Visitor(r.Context(), visitor), err
}

// account is an account as a key of a limiter: by the name that a stranger gives it, at the tenant.
func (c *call) account(name string) string { return c.caller.TenantSlug + "\n" + domain.Fold(name) }

// mayAskForReset tells whether one more wish for a link is worth keeping. Nobody is told that it isn't.
func (c *call) mayAskForReset(name string) bool {
	return c.strangers.resets.Take(c.account(name), perAccount, 1) == nil &&
		c.strangers.resets.Take(c.caller.TenantSlug, perResets, 1) == nil
}
