package domain

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// SsoRequest is a sign-in that has begun here and goes on at an identity provider.
type SsoRequest struct {
	Provider   uuid.UUID
	ID         string // what the provider answers to: of a SAML AuthnRequest the ID, of OpenID Connect the nonce
	RelayState []byte // hash of the secret that comes back with the browser
	Browser    []byte // hash of the secret in a cookie of the browser
	ReturnTo   string // a path of this server, where the browser wants to be in the end; "": nowhere
	Secret     []byte // what the protocol needs besides, in the clear at the door and sealed in the store; nil: nothing
	ExpiresAt  time.Time
}

// Asserted is what an identity provider says of somebody, once the door has checked that it is said by that provider,
// to us, and now.
type Asserted struct {
	Provider    uuid.UUID
	Name        string // climbs the ladder
	NameFormat  string
	Issuer      string
	AssertionID string
	Until       time.Time // how long the AssertionID is remembered: nobody would take the assertion after that
	// Request is what the assertion answers to, by Provider, ID, RelayState and Browser; nil: nobody asked for it, or
	// AnswerSso has consumed it already.
	Request      *SsoRequest
	Answered     *SsoRequest // what AnswerSso gave
	Subject      string      // how the provider will name the person when it ends the session; "": by Name
	SessionIndex string      // the session at the provider
	SessionUntil time.Time   // when that ends, and with it ours; zero: not said
	AuthnContext string      // how the person has signed in there
	Client       string      // what the browser says it is
}

// SsoTx keeps what is known of sign-ins at identity providers.
type SsoTx interface {
	InsertSsoRequest(r *SsoRequest) error
	// TakeSsoRequest removes the request of that provider, id, relay state and browser that has not expired, and gives it;
	// nil when there is none.
	TakeSsoRequest(r *SsoRequest, now time.Time) (*SsoRequest, error)
	// RememberAssertion notes that an id of an issuer was used, until then, and tells whether it was the first time.
	RememberAssertion(issuer, id string, until time.Time) (bool, error)
	// EndAssertedSessions ends the sessions that the provider opened under the name, all of them or those of the indexes,
	// and tells whose they were.
	EndAssertedSessions(end SsoEnd, at time.Time, reason string) ([]uuid.UUID, error)
	// FindAssertedSession tells by which assertion a session that has not ended was opened; nil for any other one.
	FindAssertedSession(session uuid.UUID) (*AssertedSession, error)
}

// AssertedSession is by what an identity provider knows a session.
type AssertedSession struct {
	Provider   uuid.UUID
	Name       string
	NameFormat string
	Index      string
	Until      time.Time // when the provider ends it, and with it ours, and whatever takes its place; zero: it did not say
}

// SsoEnd names sessions that an identity provider ends.
type SsoEnd struct {
	Provider uuid.UUID
	Name     string   // "": whoever's the indexes are
	Indexes  []string // empty: all of the name
	// Issuer and ID of the message that says so, which counts once and is remembered until then.
	Issuer, ID string
	Until      time.Time
}

// ssoRequestTTL bounds how long somebody may take to sign in at the identity provider.
const ssoRequestTTL = 15 * time.Minute

// StartSso remembers a sign-in that begins. The caller is the door: nothing but the tenant.
//
// Errors: sso_not_enabled; identity_provider_not_found, also for one that is disabled; invalid_parameter for a ReturnTo
// that leads elsewhere.
func (g *Gatekeeper) StartSso(ctx context.Context, caller Caller, r SsoRequest) error {
	if !localPath(r.ReturnTo) {
		return Refuse(CodeInvalidParameter, "ReturnTo", "The ReturnTo must be a path of this server, like /me.")
	}
	if r.Secret != nil {
		sealed, err := g.secrets.Seal(string(r.Secret), ssoRequestPurpose(caller.Tenant, r.Provider))
		if err != nil {
			return err
		}
		r.Secret = sealed
	}
	return g.write(ctx, caller, func(a *act) error {
		if _, err := a.openProvider(r.Provider); err != nil {
			return err
		}
		if latest := a.now.Add(ssoRequestTTL); r.ExpiresAt.IsZero() || r.ExpiresAt.After(latest) {
			r.ExpiresAt = latest
		}
		return a.tx.InsertSsoRequest(&r)
	})
}

// localPath tells whether text leads nowhere but to this server, whatever a browser makes of it.
func localPath(text string) bool {
	if text == "" {
		return true
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return len(text) <= maxReturnTo && text[0] == '/' && !strings.HasPrefix(text, "//")
}

const maxReturnTo = 1000

// SignInAsserted opens a session for the person whom an identity provider asserts. In one transaction the request is
// consumed, the assertion is remembered and the name climbs the ladder: however often an assertion comes, and to however
// many servers at once, it opens one session. A refusal is in the audit, and consumes the request as well.
//
// Errors: sso_not_enabled, identity_provider_not_found; token_invalid with the attribute InResponseTo for a request that
// is not ours, not this browser's, or was answered, and with the attribute AssertionId for an assertion that was used;
// no_matching_user, ambiguous_name_id, account_inactive.
func (g *Gatekeeper) SignInAsserted(ctx context.Context, caller Caller, in Asserted) (*Opened, error) {
	var opened *Opened
	var refusal error
	err := g.write(ctx, caller, func(a *act) (err error) {
		opened, refusal = nil, nil
		provider, err := a.openProvider(in.Provider)
		if err != nil {
			return err
		}
		opened, err = a.signInAsserted(provider, &in)
		if refused(err) {
			refusal = err
			return a.ssoRefused(provider, SsoRefusal{in.Provider, reasonOf(err), in.Name})
		}
		return err
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// ssoRefusals are the refusals that leave nothing half done, so that what they consume may stay consumed.
var ssoRefusals = []Code{CodeTokenInvalid, CodeNoMatchingUser, CodeAmbiguousNameID, CodeAccountInactive}

func refused(err error) bool {
	for _, code := range ssoRefusals {
		if Is(err, code) {
			return true
		}
	}
	return false
}

// reasonOf is what administrators read in the audit.
func reasonOf(err error) string {
	if Is(err, CodeTokenInvalid) {
		return "gate 13 (once): " + messageOf(err)
	}
	return "gate 14 (person): " + messageOf(err)
}

func messageOf(err error) string {
	if own, ok := err.(*Error); ok { //nolint:errorlint // these are never wrapped
		return own.Message
	}
	return err.Error()
}

func (a *act) signInAsserted(provider *IdentityProvider, in *Asserted) (*Opened, error) {
	returnTo, err := a.answersRequest(provider, in)
	if err != nil {
		return nil, err
	}
	fresh, err := a.tx.RememberAssertion(in.Issuer, in.AssertionID, in.Until)
	if err != nil {
		return nil, err
	}
	if !fresh {
		return nil, Refuse(CodeTokenInvalid, "AssertionId", "The assertion was used before.")
	}
	e, by, err := a.asserts(provider, in.Name)
	if err != nil {
		return nil, err
	}
	a.matchedBy(provider, by)
	subject := in.Subject
	if subject == "" {
		subject = in.Name
	}
	how := opening{method: SignInSso, pending: provider.MfaAfter, client: in.Client,
		asserted: &AssertedSession{Provider: provider.ID, Name: subject, NameFormat: in.NameFormat, Index: in.SessionIndex, Until: in.SessionUntil}}
	opened, err := e.signIn(how)
	if err != nil {
		return nil, err
	}
	opened.MatchedBy, opened.ReturnTo = RungName(by), returnTo
	return opened, nil
}

// answersRequest consumes the request that the assertion answers to, and tells where the browser wants to be.
func (a *act) answersRequest(provider *IdentityProvider, in *Asserted) (returnTo string, err error) {
	if in.Answered != nil && in.Answered.Provider == provider.ID {
		return in.Answered.ReturnTo, nil
	}
	if in.Request == nil {
		if provider.Saml == nil || !provider.Saml.IdpInitiated {
			return "", Refuse(CodeTokenInvalid, "InResponseTo", "Nobody asked for this sign-in.")
		}
		return "", nil
	}
	asked := *in.Request
	asked.Provider = provider.ID
	request, err := a.takeRequest(&asked)
	if err != nil {
		return "", err
	}
	return request.ReturnTo, nil
}

// takeRequest consumes a request.
func (a *act) takeRequest(asked *SsoRequest) (*SsoRequest, error) {
	request, err := a.tx.TakeSsoRequest(asked, a.now)
	if err == nil && request == nil {
		err = Refuse(CodeTokenInvalid, "InResponseTo", "The request is unknown, has expired, was answered, or was another browser's.")
	}
	return request, err
}

// EndSso ends the sessions that an identity provider says have ended, and tells how many people's they were. A message
// that comes again changes nothing.
//
// Errors: sso_not_enabled, identity_provider_not_found; token_invalid where the message was used before; invalid_parameter
// for one that names neither a person nor a session.
func (g *Gatekeeper) EndSso(ctx context.Context, caller Caller, end SsoEnd) (people int, err error) {
	if end.Name == "" && (len(end.Indexes) == 0 || slices.Contains(end.Indexes, "")) {
		return 0, Refuse(CodeInvalidParameter, "Name", "Whose session ends, or which one, has to be said.")
	}
	err = g.write(ctx, caller, func(a *act) error {
		people = 0
		provider, err := a.openProvider(end.Provider)
		if err != nil {
			return err
		}
		fresh, err := a.tx.RememberAssertion(end.Issuer, end.ID, end.Until)
		if err != nil {
			return err
		}
		if !fresh {
			return Refuse(CodeTokenInvalid, "ID", "The message was used before.")
		}
		ended, err := a.tx.EndAssertedSessions(end, a.now, "ended by "+provider.Name)
		if err != nil {
			return err
		}
		for _, person := range ended {
			a.entry.Person = person
			a.happened(EventSessionsRevoked)
		}
		people = len(ended)
		return nil
	})
	return people, err
}

// AssertedSession tells by what an identity provider knows the caller's own session; nil when none opened it.
func (g *Gatekeeper) AssertedSession(ctx context.Context, caller Caller) (found *AssertedSession, err error) {
	if caller.Session == uuid.Nil {
		return nil, nil
	}
	err = g.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		found, err = tx.FindAssertedSession(caller.Session)
		return err
	})
	return found, err
}
