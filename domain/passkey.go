package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Passkey is a public key with which a person signs in (WebAuthn). It counts as a second factor, and opens the account
// alone where the authenticator has verified its person.
type Passkey struct {
	ID             uuid.UUID
	Person         uuid.UUID
	CredentialHash []byte // of the id that the authenticator gave it; one of a tenant
	Handle         []byte // what the authenticator knows the person by: random, and nothing else of ours
	Name           string // by which the person knows it
	Record         []byte // key and counter, which Passkeys alone reads
	CreatedAt      time.Time
	LastUsedAt     time.Time
}

// PasskeyPurpose is what a ceremony is for; the answer to one is none to another.
type PasskeyPurpose string

// The purposes of ceremonies.
const (
	PasskeyToAdd    PasskeyPurpose = "Add"
	PasskeyToShow   PasskeyPurpose = "Show"   // as a second factor
	PasskeyToSignIn PasskeyPurpose = "SignIn" // without a password
)

// PasskeyChallenge is a ceremony that has begun. It is answered once, with the ticket, and in the session that asked.
type PasskeyChallenge struct {
	Ticket    []byte // hash of the secret that comes back with the answer
	Purpose   PasskeyPurpose
	Person    uuid.UUID // uuid.Nil: whoever answers
	Session   uuid.UUID // uuid.Nil: nobody was signed in; the ticket alone tells whose browser it is
	State     []byte    // which Passkeys alone reads
	ExpiresAt time.Time
}

// passkeyTTL is how long a ceremony may take.
const passkeyTTL = 5 * time.Minute

// maxPasskeys is how many a person may have.
const maxPasskeys = 20

// Passkeys is the protocol of WebAuthn (https://www.w3.org/TR/webauthn-3/), for one relying party. What browsers send is
// judged there; errors tell nothing but that it is not right.
type Passkeys interface {
	// NewHandle makes what an authenticator knows a new person by.
	NewHandle() []byte
	// Create begins to add a passkey of that person: the options for the browser in JSON, and what Created needs. The
	// authenticators of those that there are refuse to make another.
	Create(holder PasskeyHolder, known []*Passkey) (options, state []byte, err error)
	// Created judges what the browser answers, and gives the passkey's CredentialHash, Handle and Record.
	Created(state, answer []byte) (*Passkey, error)
	// Ask begins to show one of the passkeys, or any at all when there is none; the person has to be verified then.
	Ask(known []*Passkey) (options, state []byte, err error)
	// CredentialHash tells by which passkey the answer claims to be.
	CredentialHash(answer []byte) ([]byte, error)
	// Shown judges the answer by the passkey, whose Record it changes. Copied tells that its counter went back.
	Shown(p *Passkey, state, answer []byte) (copied bool, err error)
}

// PasskeyHolder is what authenticators show of the person whose passkey they make.
type PasskeyHolder struct {
	Handle         []byte
	Username, Name string
}

// PasskeyTx keeps passkeys, and ceremonies that have begun.
type PasskeyTx interface {
	// InsertPasskey tells whether the credential was new in the tenant; else nothing is stored.
	InsertPasskey(p *Passkey) (bool, error)
	// FindPasskey loads a passkey by its CredentialHash, locked in a write; nil when there is none.
	FindPasskey(credential []byte) (*Passkey, error)
	// ListPasskeys gives those of a person, the oldest first.
	ListPasskeys(person uuid.UUID) ([]*Passkey, error)
	// UpdatePasskey stores Name, Record and LastUsedAt.
	UpdatePasskey(p *Passkey) error
	// DeletePasskey tells whether the person had it.
	DeletePasskey(person, id uuid.UUID) (bool, error)
	// DeletePasskeys forgets all of a person, with ceremonies that have begun.
	DeletePasskeys(person uuid.UUID) error
	InsertPasskeyChallenge(c *PasskeyChallenge) error
	// TakePasskeyChallenge removes a ceremony of that ticket, purpose and session that has not expired, and gives it; nil
	// when there is none.
	TakePasskeyChallenge(ticket []byte, purpose PasskeyPurpose, session uuid.UUID, now time.Time) (*PasskeyChallenge, error)
}

// PasskeyCeremony is what the browser needs, and what it sends back with its answer.
type PasskeyCeremony struct {
	Ticket  string
	Options []byte // JSON, for navigator.credentials
}

// passkeysUsable refuses where the server is reached in a way that browsers make no passkeys for.
func (o *Account) passkeysUsable() error {
	if o.passkeys == nil {
		return Refuse(CodeNotFound, "", "There are no passkeys here: browsers make them for servers with a name and https only.")
	}
	return nil
}

// begin remembers a ceremony.
func (a *act) begin(purpose PasskeyPurpose, options, state []byte) (*PasskeyCeremony, error) {
	ticket, hash := a.secrets.NewToken(TokenPasskey)
	challenge := &PasskeyChallenge{Ticket: hash, Purpose: purpose, Session: a.caller.Session, State: state, ExpiresAt: a.now.Add(passkeyTTL)}
	if a.caller.Session != uuid.Nil {
		challenge.Person = a.caller.Actor.ID
	}
	return &PasskeyCeremony{Ticket: ticket, Options: options}, a.tx.InsertPasskeyChallenge(challenge)
}

// ceremony uses up the ceremony of the ticket; nil when there is none to answer.
func (a *act) ceremony(purpose PasskeyPurpose, ticket string) (*PasskeyChallenge, error) {
	hash, err := a.secrets.HashToken(TokenPasskey, ticket)
	if err != nil {
		return nil, nil //nolint:nilerror,nilnil // what is no ticket is nobody's
	}
	return a.tx.TakePasskeyChallenge(hash, purpose, a.caller.Session, a.now)
}

// Passkeys lists those of the person who is signed in, the oldest first.
func (o *Account) Passkeys(ctx context.Context, caller Caller) (list []*Passkey, err error) {
	if err := caller.signedIn(); err != nil {
		return nil, err
	}
	if err := caller.Require(); err != nil {
		return nil, err
	}
	err = o.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		list, err = tx.ListPasskeys(caller.Actor.ID)
		return err
	})
	return list, err
}

// RenamePasskey gives a passkey of the person who is signed in another name.
//
// Errors: not_found, validation_failed.
func (o *Account) RenamePasskey(ctx context.Context, caller Caller, id uuid.UUID, name string) error {
	if err := caller.signedIn(); err != nil {
		return err
	}
	if err := caller.Require(); err != nil {
		return err
	}
	if err := checkName(name); err != nil {
		return err
	}
	return o.write(ctx, caller, func(a *act) error {
		e, err := a.own()
		if err != nil {
			return err
		}
		list, err := a.tx.ListPasskeys(e.p.ID)
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.ID != id {
				continue
			}
			if p.Name == name {
				return nil
			}
			p.Name = name
			a.entry.Person = e.p.ID
			a.happened(EventPasskeyRenamed)
			return a.tx.UpdatePasskey(p)
		}
		return noPasskey()
	})
}

// RemovePasskey forgets a passkey of the person who is signed in, and ends the other sessions. Whoever loses the last
// factor so is asked for a new one at the next sign-in where one is required.
//
// Errors: not_found; sign_in_again where the session is older than a quarter of an hour; mfa_code_required where it was
// opened without a second factor.
func (o *Account) RemovePasskey(ctx context.Context, caller Caller, id uuid.UUID) error {
	if err := caller.signedIn(); err != nil {
		return err
	}
	if err := caller.Require(); err != nil {
		return err
	}
	if err := caller.fresh(o.now()); err != nil {
		return err
	}
	return o.write(ctx, caller, func(a *act) error {
		e, err := a.own()
		if err != nil {
			return err
		}
		if err := e.provesPasskey(); err != nil {
			return err
		}
		removed, err := a.tx.DeletePasskey(e.p.ID, id)
		if err != nil {
			return err
		}
		if !removed {
			return noPasskey()
		}
		if err := e.tellOfPasskey(EventPasskeyRemoved, MailPasskeyRemoved, "passkey-removed:"+id.String()); err != nil {
			return err
		}
		if err := e.factorLost(); err != nil {
			return err
		}
		ended, err := a.tx.EndOtherSessions(e.p.ID, caller.Session, a.now, "a passkey was removed")
		if err := e.sessionsEnded(ended, err); err != nil {
			return err
		}
		return e.settle(everyAspect)
	})
}

// tellOfPasskey tells the audit and the person what has become of a passkey.
func (e *edit) tellOfPasskey(event EventType, kind MailKind, dedupKey string) error {
	e.happened(event)
	return e.mail(&OutboxMessage{DedupKey: dedupKey, Mail: Mail{Kind: kind, To: e.p.PrimaryEmail()}})
}

// factorLost notes when the last second factor has gone.
func (e *edit) factorLost() error {
	enrolment, err := e.tx.FindEnrolment(e.p.ID, true)
	if err != nil || enrolment != nil {
		return err
	}
	left, err := e.tx.ListPasskeys(e.p.ID)
	if err == nil && len(left) == 0 {
		e.p.Access.MfaEnrolledAt = zeroTime
	}
	return err
}

// provesPasskey refuses to change second factors in a session that was opened without the one that there is: a password
// alone must not add another.
func (e *edit) provesPasskey() error {
	if !e.p.Access.MfaEnrolledAt.IsZero() && !e.caller.Mfa {
		return Refuse(CodeMfaCodeRequired, "MfaCode", "There is a second factor already; sign in with it first.")
	}
	return nil
}

func noPasskey() error { return Refuse(CodeNotFound, "PasskeyId", "There is no such passkey.") }
