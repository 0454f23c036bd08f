package domain

import (
	"context"

	"github.com/google/uuid"
)

// ResetPassword mails the person a link for choosing a new password. invalidate also makes the present password
// and every session worthless at once.
//
// Errors: not_provisioned, account_inactive, not_activated, password_login_disabled, primary_email_required.
func (pr *Provisioner) ResetPassword(ctx context.Context, caller Caller, person uuid.UUID, invalidate bool) (*Person, error) {
	if err := caller.Require(UsersReset); err != nil {
		return nil, err
	}
	return pr.command(ctx, caller, person, func(e *edit) error { return e.resetPassword(invalidate) })
}

func (e *edit) resetPassword(invalidate bool) error {
	if err := e.situation().mayResetPassword(); err != nil {
		return err
	}
	if err := e.voidResetTokens(); err != nil {
		return err
	}
	e.happened(EventPasswordResetRequested)
	if invalidate {
		if err := e.invalidatePassword(); err != nil {
			return err
		}
	}
	return e.mailReset()
}

func (e *edit) invalidatePassword() error {
	e.p.Access.MustResetPassword = true
	return e.endSessions("password reset")
}

func (e *edit) mailReset() error {
	token, hash := e.secrets.NewToken(TokenReset)
	reset := &ResetToken{ID: e.newID(), Person: e.p.ID, TokenHash: hash, Origin: ResetByAdmin,
		CreatedAt: e.now, ExpiresAt: e.now.Add(e.tenant.Policies.Duration(PolicyAdminResetTTL))}
	if err := e.tx.InsertResetToken(reset); err != nil {
		return err
	}
	e.p.Access.ResetExpires = reset.ExpiresAt
	return e.mailToken(reset.ID, token, Mail{Kind: MailReset, To: e.p.PrimaryEmail(), ExpiresAt: reset.ExpiresAt})
}

// Unlock lets a person try to sign in again after too many failures.
func (pr *Provisioner) Unlock(ctx context.Context, caller Caller, person uuid.UUID) (*Person, error) {
	if err := caller.Require(UsersActivate); err != nil {
		return nil, err
	}
	return pr.command(ctx, caller, person, func(e *edit) error {
		if err := e.needsAccess(); err != nil {
			return err
		}
		identity, err := e.tx.FindIdentity(e.p.ID)
		if err != nil || identity.FailedCount == 0 && e.p.Access.LockedUntil.IsZero() {
			return err
		}
		identity.forgiven()
		e.p.Access.LockedUntil = zeroTime
		e.happened(EventUserUnlocked)
		return e.tx.UpdateIdentity(e.p.ID, identity)
	})
}

// ResetMfa forgets the person's authenticators, recovery codes and passkeys, ends the sessions and mails a notice. Where
// MFA is required the next sign-in enrols anew. Without an enrolment it does nothing.
func (pr *Provisioner) ResetMfa(ctx context.Context, caller Caller, person uuid.UUID) (*Person, error) {
	if err := caller.Require(UsersMfa); err != nil {
		return nil, err
	}
	return pr.command(ctx, caller, person, func(e *edit) error {
		if err := e.needsAccess(); err != nil || e.p.Access.MfaEnrolledAt.IsZero() {
			return err
		}
		e.p.Access.MfaEnrolledAt = zeroTime
		e.happened(EventMfaReset)
		if err := e.tx.DeleteEnrolments(e.p.ID); err != nil {
			return err
		}
		if err := e.tx.DeletePasskeys(e.p.ID); err != nil {
			return err
		}
		if err := e.endSessions("MFA was reset"); err != nil {
			return err
		}
		return e.mail(&OutboxMessage{DedupKey: e.dedupKey("mfa-reset"), Mail: Mail{Kind: MailMfaReset, To: e.p.PrimaryEmail()}})
	})
}

// InvalidateSessions ends every session of the person and returns how many there were; reset also asks for a
// new password. People may end their own.
func (pr *Provisioner) InvalidateSessions(ctx context.Context, caller Caller, person uuid.UUID, reset bool) (int, error) {
	if err := caller.RequireOrSelf(person, UsersSessions); err != nil {
		return 0, err
	}
	ended := 0
	err := pr.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, 0)
		if err != nil {
			return err
		}
		if err := e.endByRequest(reset); err != nil {
			return err
		}
		ended, a.result = e.ended, e.ended
		return e.settle(everyAspect)
	})
	return ended, err
}

func (e *edit) endByRequest(reset bool) error {
	if err := e.needsAccess(); err != nil {
		return err
	}
	if reset {
		return e.resetPassword(true)
	}
	return e.endSessions("ended by request")
}
