package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Session is a signed-in person. It is valid only while it has not ended and the person's access is active now.
type Session struct {
	ID         uuid.UUID
	Person     uuid.UUID
	TokenHash  []byte
	Method     SignInMethod
	Mfa        bool // a second factor was shown
	Pending    bool // a second factor has to be enrolled, or shown, before anything else
	Client     string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
	IdleLimit  time.Duration // how long it lives without being used
	// Device is the hash of what the browser is known by. It is stored, and read by KnowsDevice alone.
	Device []byte
	// Asserted is by what the identity provider knows the session that opened it. It is stored, and read by
	// FindAssertedSession alone.
	Asserted *AssertedSession
}

// Live reports whether the session may be used now.
func (s *Session) Live(now time.Time) bool {
	return s.ExpiresAt.After(now) && s.LastSeenAt.Add(s.IdleLimit).After(now)
}

// SignInMethod is how a session came about.
type SignInMethod string

// The ways to sign in.
const (
	SignInPassword SignInMethod = "Password"
	SignInSso      SignInMethod = "Sso"
	SignInPasskey  SignInMethod = "Passkey"
)

// Opened is a new session as its person gets it.
type Opened struct {
	Token        string // shown once
	Person       uuid.UUID
	ExpiresAt    time.Time
	MfaSatisfied bool
	// Pending tells that the session is good for nothing but a second factor: to enrol one, or to show it.
	Pending   bool
	Passkeys  bool   // after a password: the person has passkeys to show
	MatchedBy string // of SSO: the attribute that matched the asserted name
	ReturnTo  string // of SSO: the path where the browser wanted to be; "": nowhere
}

// pendingTTL is how long a person has for the second factor after the password.
const pendingTTL = 15 * time.Minute

// opening is how a session comes about.
type opening struct {
	method       SignInMethod
	mfa, pending bool
	client       string
	asserted     *AssertedSession // of SSO
}

// signIn opens a session; the first one of an invited person accepts the invitation.
func (e *edit) signIn(how opening) (*Opened, error) {
	e.recognised()
	if e.p.Access.ActivatedAt.IsZero() {
		if err := e.accept(); err != nil {
			return nil, err
		}
	}
	if !how.pending {
		if err := e.tellOfDevice(how); err != nil {
			return nil, err
		}
		e.p.Access.LastLoginAt = e.now
		e.happened(EventUserSignedIn)
	}
	opened, err := e.openSession(how)
	if err != nil {
		return nil, err
	}
	return opened, e.settle(everyAspect)
}

// openSession stores a session under a new token.
func (e *edit) openSession(how opening) (*Opened, error) {
	token, hash := e.secrets.NewToken(TokenSession)
	lives := e.tenant.Policies.Duration(PolicySessionTTL)
	if how.pending {
		lives = pendingTTL
	}
	ends := e.now.Add(lives)
	if by := how.asserted; by != nil && !by.Until.IsZero() && by.Until.Before(ends) {
		ends = by.Until.UTC().Truncate(time.Microsecond)
	}
	session := &Session{ID: e.newID(), Person: e.p.ID, TokenHash: hash, Method: how.method, Mfa: how.mfa, Pending: how.pending,
		Client: cut(how.client, maxClient), CreatedAt: e.now, LastSeenAt: e.now, ExpiresAt: ends,
		IdleLimit: e.tenant.Policies.Duration(PolicySessionIdle), Asserted: how.asserted, Device: e.device(how)}
	if err := e.tx.InsertSession(session); err != nil {
		return nil, err
	}
	return &Opened{Token: token, Person: e.p.ID, ExpiresAt: session.ExpiresAt, MfaSatisfied: how.mfa, Pending: how.pending}, nil
}

// maxClient is how many characters of the browser's own words about itself are kept.
const maxClient = 200

func cut(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i]
		}
	}
	return text
}

// Sessions lists the live sessions of a person, newest first.
func (o *Account) Sessions(ctx context.Context, caller Caller, person uuid.UUID) ([]*Session, error) {
	if err := caller.RequireOrSelf(person, UsersSessions); err != nil {
		return nil, err
	}
	var list []*Session
	err := o.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		if _, err := tx.FindPerson(person, 0); err != nil {
			return err
		}
		found, err := tx.ListSessions(person)
		list = nil
		for _, session := range found {
			if session.Live(o.now()) && !session.Pending {
				list = append(list, session)
			}
		}
		return err
	})
	return list, err
}

// SignOut ends the session that the caller is in, be it a pending one.
func (o *Account) SignOut(ctx context.Context, caller Caller) error {
	if err := caller.signedIn(); err != nil {
		return err
	}
	return o.EndSession(ctx, caller, caller.Actor.ID, caller.Session)
}

// EndSession ends one session of a person.
//
// Errors: person_not_found; not_found for a session that is none of the person's or has ended.
func (o *Account) EndSession(ctx context.Context, caller Caller, person, session uuid.UUID) error {
	own := caller.Actor.Kind == ActorPerson && caller.Actor.ID == person && caller.Session == session // pending ones, too
	if !own {
		if err := caller.RequireOrSelf(person, UsersSessions); err != nil {
			return err
		}
	}
	return o.write(ctx, caller, func(a *act) error {
		p, err := a.tx.FindPerson(person, 0)
		if err != nil {
			return err
		}
		if err := a.caller.If.check(p.Version); err != nil {
			return err
		}
		a.entry.Person = person
		ended, err := a.tx.EndSession(person, session, a.now, "ended by request")
		if err == nil && !ended {
			return Refuse(CodeNotFound, "SessionId", "There is no such session.")
		}
		a.happened(EventSessionsRevoked)
		return err
	})
}

// EndOtherSessions ends every session of the person who is signed in but the one in use, and tells how many there were.
func (o *Account) EndOtherSessions(ctx context.Context, caller Caller) (ended int, err error) {
	if err := caller.signedIn(); err != nil {
		return 0, err
	}
	if err := caller.Require(); err != nil {
		return 0, err
	}
	err = o.write(ctx, caller, func(a *act) error {
		e, err := a.own()
		if err != nil {
			return err
		}
		ended, err = a.tx.EndOtherSessions(e.p.ID, caller.Session, a.now, "ended by request")
		if err := e.sessionsEnded(ended, err); err != nil {
			return err
		}
		return e.settle(everyAspect)
	})
	return ended, err
}
