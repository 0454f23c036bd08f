package domain

import (
	"context"

	"github.com/google/uuid"
)

// SignIn is what a person signs in with.
type SignIn struct {
	Name     string // username or primary e-mail
	Password string
	Code     string // of the authenticator app, or a recovery code; "" where none is enrolled
	Client   string // what the browser says it is
	// CodeLater asks for a pending session where the code is all that is missing, instead of a refusal; see EnterCode.
	CodeLater bool
	// PasskeyLater is CodeLater for people with a passkey alone; see ShowPasskey.
	PasskeyLater bool
}

// SignIn opens a session for the person whose password it is. Where MFA is required and nothing is enrolled, the
// session is Pending, as it is where the code is to come later.
//
// Errors: invalid_credentials for unknown, wrong, inactive and locked alike, in the same time; after a right password
// password_login_disabled, password_reset_required, mfa_code_required; overloaded.
func (o *Account) SignIn(ctx context.Context, visitor Caller, in SignIn) (*Opened, error) {
	person, stored, err := o.candidate(ctx, visitor, in.Name)
	if err != nil {
		return nil, err
	}
	right, stale, err := o.passwords.Verify(ctx, in.Password, stored)
	if err != nil {
		return nil, err
	}
	fresh := ""
	if stale {
		if fresh, err = o.passwords.Hash(ctx, in.Password); err != nil {
			return nil, err
		}
	}
	var opened *Opened
	var refusal error
	err = o.write(ctx, visitor, func(a *act) (err error) {
		opened, refusal = nil, nil
		opened, refusal, err = a.tryPassword(a.orNobody(person), &attempt{SignIn: in, right: right, stored: stored, fresh: fresh})
		if err != nil || refusal == nil || Is(refusal, CodeMfaCodeRequired) {
			return err
		}
		return a.failedSignIn(person)
	})
	if err == nil {
		err = refusal
	}
	return opened, err
}

// candidate finds whom the name may belong to, and the hash that the password is compared with; uuid.Nil and "" for
// nobody. It asks the same of the store whoever that is.
func (o *Account) candidate(ctx context.Context, visitor Caller, name string) (person uuid.UUID, stored string, err error) {
	if Fold(name) == "" {
		return uuid.Nil, "", nil
	}
	err = o.store.Read(ctx, visitor.Scope(), func(tx Tx) error {
		person, stored = uuid.Nil, ""
		for _, attribute := range []*Attribute{AttrUsername, AttrEmailAddress} {
			found, err := tx.FindByLogin(attribute, name)
			if err != nil {
				return err
			}
			if person == uuid.Nil && len(found) == 1 {
				person = found[0]
			}
		}
		identity, err := tx.FindIdentity(o.orNobody(person))
		if Is(err, CodePersonNotFound) {
			return nil
		}
		stored = identity.PasswordHash
		return err
	})
	return person, stored, err
}

// orNobody is the person, or where there is none an id that nobody has: what is asked about it costs as much as about somebody.
func (e *engine) orNobody(person uuid.UUID) uuid.UUID {
	if person == uuid.Nil {
		return e.newID()
	}
	return person
}

// attempt is a password that was compared before the transaction began.
type attempt struct {
	SignIn
	right  bool
	stored string // what it was compared with
	fresh  string // the hash to store instead; "": the stored one is as it should be
}

// tryPassword judges the attempt. A refusal is no error: the failure that it counts must be stored. What a wrong password
// costs is the same for everybody and for nobody.
func (a *act) tryPassword(person uuid.UUID, attempt *attempt) (*Opened, error, error) {
	var identity *IdentityAccount
	p, err := a.tx.FindPerson(person, 0)
	if err == nil || Is(err, CodePersonNotFound) {
		identity, err = a.tx.FindIdentity(person)
	}
	if Is(err, CodePersonNotFound) {
		return nil, invalidCredentials(), a.feign()
	}
	if err != nil {
		return nil, nil, err
	}
	e := a.edit(p)
	switch {
	case p.Access.LockedUntil.After(a.now), identity.PasswordHash != attempt.stored, attempt.stored == "":
		return nil, invalidCredentials(), a.feign()
	case !attempt.right:
		if err := e.failed(identity); err != nil {
			return nil, nil, err
		}
		return nil, invalidCredentials(), e.settle(everyAspect)
	case p.State() != StateActive:
		return nil, invalidCredentials(), a.feign()
	}
	return e.enter(identity, attempt)
}

// feign asks the store for a change that changes nothing, in place of counting a failure that there is nobody to count for.
func (a *act) feign() error {
	_, err := a.tx.TakeResetRequest(a.newID())
	return err
}

// enter lets the person in who has given the right password, once all else is right as well.
func (e *edit) enter(identity *IdentityAccount, attempt *attempt) (*Opened, error, error) {
	if err := e.tenant.letsUsePassword(e.p); err != nil {
		return nil, err, nil
	}
	if identity.MustResetPassword {
		return nil, Refuse(CodePasswordResetRequired, "", "The password has to be chosen anew; use the link in the mail, or ask for another one."), nil
	}
	how := opening{method: SignInPassword, client: attempt.Client}
	enrolment, err := e.tx.FindEnrolment(e.p.ID, true)
	if err != nil {
		return nil, nil, err
	}
	passkeys, err := e.tx.ListPasskeys(e.p.ID)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case enrolment == nil && len(passkeys) == 0:
		how.pending = e.p.Access.MfaRequired
	case attempt.Code == "" && (attempt.CodeLater || attempt.PasskeyLater && len(passkeys) > 0):
		how.pending = true
	case attempt.Code == "":
		return nil, Refuse(CodeMfaCodeRequired, "MfaCode", "The code of your authenticator app, or a recovery code, is needed as well."), nil
	case enrolment == nil: // and there is no other code
		return nil, invalidCredentials(), nil
	default:
		if how.mfa, err = e.checkCode(enrolment, attempt.Code); err != nil {
			return nil, nil, err
		}
		if !how.mfa {
			return nil, invalidCredentials(), e.settle(everyAspect)
		}
	}
	identity.forgiven()
	if attempt.fresh != "" {
		identity.PasswordHash = attempt.fresh
	}
	e.p.Access.LockedUntil = zeroTime
	if err := e.tx.UpdateIdentity(e.p.ID, identity); err != nil {
		return nil, nil, err
	}
	opened, err := e.signIn(how)
	if err == nil {
		opened.Passkeys = len(passkeys) > 0
	}
	return opened, nil, err
}

func invalidCredentials() error {
	return Refuse(CodeInvalidCredentials, "", "These credentials are not right, or the account can't be used; check them, or ask for a new password.")
}
