package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// AskForPasskey begins the second factor of the person who gave the right password before: callers have a pending session.
//
// Errors: invalid_credentials where the person has no passkey; permission_denied for everybody else; not_found where the
// server has no passkeys.
func (o *Account) AskForPasskey(ctx context.Context, caller Caller) (*PasskeyCeremony, error) {
	if err := caller.pendingOnly(); err != nil {
		return nil, err
	}
	if err := o.passkeysUsable(); err != nil {
		return nil, err
	}
	var begun *PasskeyCeremony
	err := o.write(ctx, caller, func(a *act) error {
		known, err := a.tx.ListPasskeys(caller.Actor.ID)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return invalidCredentials()
		}
		options, state, err := o.passkeys.Ask(known)
		if err != nil {
			return err
		}
		begun, err = a.begin(PasskeyToShow, options, state)
		return err
	})
	return begun, err
}

// pendingOnly refuses everybody but a person who has still to show a second factor.
func (c Caller) pendingOnly() error {
	if err := c.signedIn(); err != nil {
		return err
	}
	if !c.Pending {
		return Refuse(CodePermissionDenied, "", "The second factor was shown already.")
	}
	return nil
}

// ShowPasskey is EnterCode with a passkey: it lets in the person who gave the right password before.
//
// Errors: invalid_credentials, whatever is wrong with the answer; unauthenticated where the session has ended meanwhile;
// permission_denied and not_found as AskForPasskey.
func (o *Account) ShowPasskey(ctx context.Context, caller Caller, ticket string, answer []byte, client string) (*Opened, error) {
	if err := caller.pendingOnly(); err != nil {
		return nil, err
	}
	return o.signInByPasskey(ctx, caller, PasskeyToShow, ticket, answer, func(e *edit) (*Opened, error) {
		asserted, err := e.tx.FindAssertedSession(caller.Session)
		if err != nil {
			return nil, err
		}
		ended, err := e.tx.EndSession(e.p.ID, caller.Session, e.now, "the second factor was shown")
		if err == nil && !ended {
			err = unauthenticated()
		}
		if err != nil {
			return nil, err
		}
		return e.signIn(inPlaceOf(asserted, opening{method: SignInPassword, mfa: true, client: client}))
	})
}

// AskForAnyPasskey begins to sign in a visitor who has still to tell who it is. It asks the same of everybody.
//
// Errors: not_found where the server has no passkeys.
func (o *Account) AskForAnyPasskey(ctx context.Context, visitor Caller) (*PasskeyCeremony, error) {
	if err := o.passkeysUsable(); err != nil {
		return nil, err
	}
	var begun *PasskeyCeremony
	err := o.write(ctx, visitor, func(a *act) error {
		options, state, err := o.passkeys.Ask(nil)
		if err != nil {
			return err
		}
		begun, err = a.begin(PasskeyToSignIn, options, state)
		return err
	})
	return begun, err
}

// SignInByPasskey opens a session for the visitor who shows a passkey, without a name or a password. The authenticator has
// verified its person, so that this counts as two factors.
//
// Errors: invalid_credentials, whatever is wrong: the answer, the ticket, the passkey or the state of the account.
func (o *Account) SignInByPasskey(ctx context.Context, visitor Caller, ticket string, answer []byte, client string) (*Opened, error) {
	return o.signInByPasskey(ctx, visitor, PasskeyToSignIn, ticket, answer, func(e *edit) (*Opened, error) {
		return e.signIn(opening{method: SignInPasskey, mfa: true, client: client})
	})
}

// signInByPasskey judges an answer. However it ends the ticket is used up.
func (o *Account) signInByPasskey(ctx context.Context, caller Caller, purpose PasskeyPurpose, ticket string, answer []byte,
	enter func(e *edit) (*Opened, error)) (*Opened, error) {
	if err := o.passkeysUsable(); err != nil {
		return nil, err
	}
	var opened *Opened
	var refused bool
	err := o.write(ctx, caller, func(a *act) error {
		opened, refused = nil, false
		e, err := a.provesByPasskey(purpose, ticket, answer)
		if err != nil {
			return err
		}
		if e == nil {
			refused = true
			return a.failedSignIn(a.caller.personOrNil())
		}
		opened, err = enter(e)
		return err
	})
	if err == nil && refused {
		err = invalidCredentials()
	}
	return opened, err
}

func (c Caller) personOrNil() uuid.UUID {
	if c.Actor.Kind == ActorPerson {
		return c.Actor.ID
	}
	return uuid.Nil
}

// provesByPasskey finds whose passkey answers what was asked, and who may come in now; nil for nobody.
func (a *act) provesByPasskey(purpose PasskeyPurpose, ticket string, answer []byte) (*edit, error) {
	challenge, err := a.ceremony(purpose, ticket)
	if err != nil || challenge == nil {
		return nil, err
	}
	credential, err := a.passkeys.CredentialHash(answer)
	if err != nil {
		return nil, nil //nolint:nilerror,nilnil // what can't be read is no answer
	}
	passkey, err := a.tx.FindPasskey(credential)
	if err != nil || passkey == nil || challenge.Person != uuid.Nil && challenge.Person != passkey.Person {
		return nil, err
	}
	copied, err := a.passkeys.Shown(passkey, challenge.State, answer)
	if err != nil {
		return nil, nil //nolint:nilerror,nilnil // it is not right, whatever it is
	}
	e, err := a.open(passkey.Person, 0)
	if Is(err, CodePersonNotFound) || err == nil && e.p.Access == nil {
		return nil, nil //nolint:nilnil // gone meanwhile
	}
	if err != nil {
		return nil, err
	}
	if copied {
		return nil, e.passkeyCopied(passkey)
	}
	may, err := e.mayUsePasskey(purpose)
	if err != nil || !may {
		return nil, err
	}
	passkey.LastUsedAt = a.now
	return e, a.tx.UpdatePasskey(passkey)
}

// mayUsePasskey tells whether the account may be opened so. Alone a passkey opens what a password would.
func (e *edit) mayUsePasskey(purpose PasskeyPurpose) (bool, error) {
	if e.p.State() != StateActive || e.p.Access.LockedUntil.After(e.now) {
		return false, nil
	}
	if purpose != PasskeyToSignIn {
		return true, nil
	}
	identity, err := e.tx.FindIdentity(e.p.ID)
	return err == nil && !identity.MustResetPassword && e.tenant.letsUsePassword(e.p) == nil, err
}

// passkeyCopied tells the audit and the person that somebody else may have the passkey: its counter went back. One mail a
// day is enough.
func (e *edit) passkeyCopied(p *Passkey) error {
	once := "passkey-suspected:" + p.ID.String() + ":" + e.now.Format(time.DateOnly)
	if err := e.tellOfPasskey(EventPasskeySuspected, MailPasskeySuspected, once); err != nil {
		return err
	}
	return e.settle(everyAspect)
}
