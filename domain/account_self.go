package domain

import (
	"context"
	"time"
)

// Offer is what a tenant offers whoever comes to its sign-in page.
type Offer struct {
	Tenant    string // its name, for people
	Passwords bool   // people may sign in with one
	SignUp    bool   // people may sign up by themselves
	Passkeys  bool   // people may sign in with one alone
	Sso       bool   // some may be led to an identity provider
}

// Offer tells a visitor what the tenant offers.
func (o *Account) Offer(ctx context.Context, visitor Caller) (*Offer, error) {
	var offer *Offer
	err := o.store.Read(ctx, visitor.Scope(), func(tx Tx) error {
		tenant, err := tx.Tenant()
		if err == nil {
			passwords := tenant.mayUsePassword() == nil
			offer = &Offer{Tenant: tenant.Name, Passwords: passwords, SignUp: maySignUp(tenant) == nil, Passkeys: passwords && o.passkeys != nil, Sso: tenant.SsoEnabled}
		}
		return err
	})
	return offer, err
}

// Addressee is whom a mailed link is for.
type Addressee struct {
	Tenant     string // the tenant's name, for people
	TenantSlug string
	Name       string // the person's, for people
	Username   string
}

// Addressee tells whoever has a mailed link whom it is for, and changes nothing: the link is as good as before. It is
// meant for a page on which the person then chooses a password.
//
// Errors: token_invalid, for a link that is unknown, used, void or expired, all alike.
func (o *Account) Addressee(ctx context.Context, visitor Caller, purpose TokenPurpose, token string) (*Addressee, error) {
	caller, hash, err := o.bearer(ctx, visitor, purpose, token)
	if err != nil {
		return nil, err
	}
	var found *Addressee
	err = o.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		tenant, err := tx.Tenant()
		if err != nil {
			return err
		}
		p, err := o.linked(tx, purpose, hash)
		if err == nil {
			found = &Addressee{Tenant: tenant.Name, TenantSlug: caller.TenantSlug, Name: p.ShownName(), Username: p.Access.Username}
		}
		return err
	})
	return found, err
}

// linked finds the person of a live link of any kind.
func (o *Account) linked(tx Tx, purpose TokenPurpose, hash []byte) (*Person, error) {
	if purpose == TokenReset {
		_, p, err := o.resettable(tx, hash)
		return p, err
	}
	kind := InviteByMail
	if purpose == TokenVerify {
		kind = InviteBySignUp
	}
	_, p, err := findInvited(tx, hash, kind, o.now())
	return p, err
}

// Self is what people who are signed in are shown of themselves.
type Self struct {
	Tenant   string // the tenant's name, for people
	Name     string // the person's
	Username string
	// Passwords tells whether the tenant lets people sign in with a password.
	Passwords     bool
	MfaRequired   bool
	MfaEnrolledAt time.Time // zero: no authenticator is enrolled
	RecoveryCodes int       // that are left
	// PasskeysOffered tells whether the server is reached in a way that browsers make passkeys for.
	PasskeysOffered bool
	Passkeys        int
}

// Self tells people who are signed in, be it with a pending session, what there is to know about how they sign in.
func (o *Account) Self(ctx context.Context, caller Caller) (*Self, error) {
	if err := caller.signedIn(); err != nil {
		return nil, err
	}
	var self *Self
	err := o.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		tenant, err := tx.Tenant()
		if err != nil {
			return err
		}
		p, err := tx.FindPerson(caller.Actor.ID, 0)
		if err != nil {
			return err
		}
		if p.Access == nil {
			return Refuse(CodeNotProvisioned, "", "This person has no access; invite the person first.")
		}
		enrolment, err := tx.FindEnrolment(p.ID, true)
		if err != nil {
			return err
		}
		passkeys, err := tx.ListPasskeys(p.ID)
		if err != nil {
			return err
		}
		self = &Self{Tenant: tenant.Name, Name: p.ShownName(), Username: p.Access.Username,
			Passwords: tenant.letsUsePassword(p) == nil, MfaRequired: p.Access.MfaRequired, PasskeysOffered: o.passkeys != nil, Passkeys: len(passkeys)}
		if enrolment != nil {
			self.MfaEnrolledAt, self.RecoveryCodes = enrolment.ConfirmedAt, len(enrolment.RecoveryHashes)
		}
		return nil
	})
	return self, err
}
