package domain

import (
	"context"
	"time"
)

// choice is what a person who brings a mailed token and a new password is judged by.
type choice struct {
	tenant *Tenant
	person *Person
	hash   string   // of the present password, which may not change until the new one is stored
	old    []string // hashes of passwords that the person must not choose
}

// locked tells whether there were too many wrong passwords.
func (c *choice) locked(now time.Time) bool {
	return c.person.Access.LockedUntil.After(now)
}

// weigh reads what the new password of the person is judged by.
func (o *Account) weigh(ctx context.Context, caller Caller, find func(tx Tx) (*Person, error)) (*choice, error) {
	c := new(choice)
	err := o.store.Read(ctx, caller.Scope(), func(tx Tx) (err error) {
		if c.tenant, err = tx.Tenant(); err != nil {
			return err
		}
		if c.person, err = find(tx); err != nil {
			return err
		}
		if c.person.Access == nil {
			return Refuse(CodeNotProvisioned, "", "This person has no access; invite the person first.")
		}
		identity, err := tx.FindIdentity(c.person.ID)
		if err != nil {
			return err
		}
		c.hash = identity.PasswordHash
		c.old, err = tx.ListPasswords(c.person.ID)
		c.old = append(c.old[:min(len(c.old), c.tenant.Policies.Int(PolicyPasswordHistory))], c.hash)
		return err
	})
	return c, err
}

// AcceptInvitation makes the access of an invited person usable, with a password of the person's own choice.
//
// Errors: token_invalid for a token that is unknown, used, void or expired, all alike; password_login_disabled;
// password_policy; overloaded.
func (o *Account) AcceptInvitation(ctx context.Context, visitor Caller, token, password string) (*Person, error) {
	caller, hash, err := o.bearer(ctx, visitor, TokenInvitation, token)
	if err != nil {
		return nil, err
	}
	chosen, err := o.weigh(ctx, caller, func(tx Tx) (*Person, error) {
		_, p, err := findInvited(tx, hash, InviteByMail, o.now())
		return p, err
	})
	if err != nil {
		return nil, err
	}
	stored, err := o.choosable(ctx, chosen.tenant, chosen.person, password, chosen.old)
	if err != nil {
		return nil, err
	}
	return o.redeem(ctx, caller, hash, InviteByMail, func(e *edit) error {
		if err := e.tenant.letsUsePassword(e.p); err != nil {
			return err
		}
		identity, err := e.tx.FindIdentity(e.p.ID)
		if err != nil {
			return err
		}
		identity.PasswordHash = stored
		return e.tx.UpdateIdentity(e.p.ID, identity)
	})
}

// VerifyEmail makes the access of somebody who signed up usable: the address is the person's.
//
// Errors: token_invalid.
func (o *Account) VerifyEmail(ctx context.Context, visitor Caller, token string) (*Person, error) {
	caller, hash, err := o.bearer(ctx, visitor, TokenVerify, token)
	if err != nil {
		return nil, err
	}
	return o.redeem(ctx, caller, hash, InviteBySignUp, func(*edit) error { return nil })
}

// redeem uses up an invitation.
func (o *Account) redeem(ctx context.Context, caller Caller, hash []byte, kind InvitationKind, do func(e *edit) error) (*Person, error) {
	var accepted *Person
	err := o.write(ctx, caller, func(a *act) error {
		invitation, p, err := findInvited(a.tx, hash, kind, a.now)
		if err != nil {
			return err
		}
		e := a.edit(p)
		e.recognised()
		if err := do(e); err != nil {
			return err
		}
		e.verified(invitation.SentTo)
		if err := e.accept(); err != nil {
			return err
		}
		accepted, a.result = e.p, e.p
		return e.settle(everyAspect)
	})
	return accepted, err
}

// findInvited finds a live invitation of the kind with the person, who must still be waiting for it.
func findInvited(tx Tx, hash []byte, kind InvitationKind, now time.Time) (*Invitation, *Person, error) {
	invitation, err := tx.FindInvitation(hash)
	if Is(err, CodeTokenInvalid) || err == nil && (invitation.Kind != kind || invitation.StatusAt(now) != InvitationPending) {
		return nil, nil, tokenInvalid() // in the same words, whatever is wrong with it
	}
	if err != nil {
		return nil, nil, err
	}
	p, err := tx.FindPerson(invitation.Person, 0)
	if Is(err, CodePersonNotFound) || err == nil && p.State() != StateInvited {
		return nil, nil, tokenInvalid()
	}
	return invitation, p, err
}

// accept turns Invited into Active.
func (e *edit) accept() error {
	e.p.Access.ActivatedAt, e.p.Access.InvitationExpires = e.now, zeroTime
	e.happened(EventInvitationAccepted)
	_, err := e.tx.VoidInvitations(e.p.ID, InvitationAccepted)
	return err
}

func tokenInvalid() error {
	return Refuse(CodeTokenInvalid, "", "The link is not valid (any more); ask for a new one.")
}
