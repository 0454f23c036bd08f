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
		if person == uuid.Nil {
			refusal, err = invalidCredentials(), a.feign()
		} else {
			opened, refusal, err = a.tryPassword(person, &attempt{SignIn: in, right: right, stored: stored, fresh: fresh})
		}
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
// nobody.
func (o *Account) candidate(ctx context.Context, visitor Caller, name string) (person uuid.UUID, stored string, err error) {
	err = o.store.Read(ctx, visitor.Scope(), func(tx Tx) error {
		person, stored = uuid.Nil, ""
		for _, attribute := range []*Attribute{AttrUsername, AttrEmailAddress} {
			if Fold(name) == "" {
				return nil
			}
			found, err := tx.FindByLogin(attribute, name)
			if err != nil {
				return err
			}
			if len(found) != 1 {
				continue
			}
			identity, err := tx.FindIdentity(found[0])
			if err != nil {
				return err
			}
			person, stored = found[0], identity.PasswordHash
			return nil
		}
		return nil
	})
	return person, stored, err
}

// attempt is a password that was compared before the transaction began.
type attempt struct {
	SignIn
	right  bool
	stored string // what it was compared with
	fresh  string // the hash to store instead; "": the stored one is as it should be
}

// tryPassword judges the attempt. A refusal is no error: the failure that it counts must be stored.
func (a *act) tryPassword(person uuid.UUID, attempt *attempt) (*Opened, error, error) {
	p, err := a.tx.FindPerson(person, 0)
	if Is(err, CodePersonNotFound) || err == nil && p.Access == nil {
		return nil, invalidCredentials(), a.feign()
	}
	if err != nil {
		return nil, nil, err
	}
	e := a.edit(p)
	identity, err := a.tx.FindIdentity(p.ID)
	if err != nil {
		return nil, nil, err
	}
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

// feign writes something and takes it back, so that a failure that there is nobody to count for takes as long as one that
// is counted.
func (a *act) feign() error {
	feigned := &ResetRequest{ID: a.newID(), At: a.now}
	if err := a.tx.InsertResetRequest(feigned); err != nil {
		return err
	}
	_, err := a.tx.TakeResetRequest(feigned.ID)
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
