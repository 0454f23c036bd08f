package domain

import (
	"context"

	"github.com/google/uuid"
)

// ChangePassword gives the person who is signed in a new password for the old one. The other sessions end and a mail
// says so; a wrong old password counts like a failed sign-in.
//
// Errors: admin_password_set_forbidden for everybody but the person; old_password_wrong; password_policy;
// password_login_disabled; overloaded.
func (o *Account) ChangePassword(ctx context.Context, caller Caller, person uuid.UUID, old, password string) error {
	if err := caller.Require(); err != nil {
		return err
	}
	if !caller.IsPerson(person) {
		return Refuse(CodeAdminPasswordSet, "", "A password is chosen by its person alone; ResetPassword mails the person a link.")
	}
	chosen, err := o.weigh(ctx, caller, func(tx Tx) (*Person, error) { return tx.FindPerson(person, 0) })
	if err != nil {
		return err
	}
	right, _, err := o.passwords.Verify(ctx, old, chosen.hash)
	if err != nil {
		return err
	}
	if chosen.locked(o.now()) {
		return oldPasswordWrong() // also the right one: while locked nothing may tell it from a wrong one
	}
	stored := ""
	if right {
		if stored, err = o.choosable(ctx, chosen.tenant, chosen.person, password, chosen.old); err != nil {
			return err
		}
	}
	var refusal error
	err = o.write(ctx, caller, func(a *act) (err error) {
		refusal, err = a.changePassword(chosen.hash, stored)
		return err
	})
	if err == nil {
		err = refusal
	}
	return err
}

// changePassword stores the new password unless the old one was wrong (stored "") or has changed meanwhile.
func (a *act) changePassword(compared, stored string) (refusal, err error) {
	e, err := a.own()
	if err != nil {
		return nil, err
	}
	if err := e.tenant.letsUsePassword(e.p); err != nil {
		return err, nil
	}
	identity, err := a.tx.FindIdentity(e.p.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case e.p.Access.LockedUntil.After(a.now), identity.PasswordHash != compared, compared == "":
		return oldPasswordWrong(), nil
	case stored == "":
		if err := e.failed(identity); err != nil {
			return nil, err
		}
		return oldPasswordWrong(), e.settle(everyAspect)
	}
	if err := e.setPassword(identity, stored); err != nil {
		return nil, err
	}
	ended, err := a.tx.EndOtherSessions(e.p.ID, a.caller.Session, a.now, "the password was changed")
	if err := e.sessionsEnded(ended, err); err != nil {
		return nil, err
	}
	if err := e.notePasswordChanged(); err != nil {
		return nil, err
	}
	return nil, e.settle(everyAspect)
}

func oldPasswordWrong() error {
	return Refuse(CodeOldPasswordWrong, "OldPassword", "The old password is not right; whoever has forgotten it asks for a link by mail.")
}

// CompleteReset stores the password that the person chose with a mailed link. Every session ends, locks are lifted,
// and second factors stay in force.
//
// Errors: token_invalid, for a link that is unknown, used, void or expired; password_policy; overloaded.
func (o *Account) CompleteReset(ctx context.Context, visitor Caller, token, password string) error {
	caller, hash, err := o.bearer(ctx, visitor, TokenReset, token)
	if err != nil {
		return err
	}
	chosen, err := o.weigh(ctx, caller, func(tx Tx) (*Person, error) {
		_, p, err := o.resettable(tx, hash)
		return p, err
	})
	if err != nil {
		return err
	}
	stored, err := o.choosable(ctx, chosen.tenant, chosen.person, password, chosen.old)
	if err != nil {
		return err
	}
	return o.write(ctx, caller, func(a *act) error {
		reset, p, err := o.resettable(a.tx, hash)
		if err != nil {
			return err
		}
		e := a.edit(p)
		e.recognised()
		if err := e.tenant.letsUsePassword(e.p); err != nil {
			return err
		}
		identity, err := a.tx.FindIdentity(p.ID)
		if err != nil {
			return err
		}
		if err := a.tx.ConsumeResetToken(reset.ID, a.now); err != nil {
			return err
		}
		if err := e.setPassword(identity, stored); err != nil {
			return err
		}
		if err := e.endSessions("the password was reset"); err != nil {
			return err
		}
		if err := e.notePasswordChanged(); err != nil {
			return err
		}
		return e.settle(everyAspect)
	})
}

// resettable finds a live reset link with its person, whose access must be active.
func (o *Account) resettable(tx Tx, hash []byte) (*ResetToken, *Person, error) {
	reset, err := tx.FindResetToken(hash)
	if Is(err, CodeTokenInvalid) || err == nil && !reset.ExpiresAt.After(o.now()) {
		return nil, nil, tokenInvalid()
	}
	if err != nil {
		return nil, nil, err
	}
	p, err := tx.FindPerson(reset.Person, 0)
	if Is(err, CodePersonNotFound) || err == nil && p.State() != StateActive {
		return nil, nil, tokenInvalid()
	}
	return reset, p, err
}
