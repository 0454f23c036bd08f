package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Account is the set of a person's own acts: accepting an invitation, signing up, in and out, choosing passwords,
// enrolling second factors. Its callers are strangers until they prove who they are, so that its refusals and their
// timing are the same for whoever exists and whoever does not.
type Account struct{ *engine }

// Visitor is the caller of a public act at the tenant with that slug: nobody yet, with no rights.
//
// Errors: tenant_not_found.
func (o *Account) Visitor(ctx context.Context, slug string) (Caller, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return Caller{}, err
	}
	if tenant.Disabled {
		return Caller{}, Refuse(CodeTenantNotFound, "", "There is no such tenant.")
	}
	return Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Sso: tenant.SsoEnabled, Door: DoorSelf, Mode: ReadWrite,
		Actor: Actor{Kind: ActorVisitor}}, nil
}

// bearer is the caller who presents a mailed token, at the tenant that the token belongs to. A visitor may have named
// the tenant, but needs not: mailed links don't.
//
// Errors: token_invalid, for whatever is wrong with it.
func (o *Account) bearer(ctx context.Context, visitor Caller, purpose TokenPurpose, token string) (Caller, []byte, error) {
	hash, err := o.secrets.HashToken(purpose, token)
	if err != nil {
		return Caller{}, nil, tokenInvalid()
	}
	owner, err := o.registry.FindTokenOwner(ctx, purpose, hash)
	if Is(err, CodeNotFound) || err == nil && visitor.Tenant != uuid.Nil && visitor.Tenant != owner.Tenant {
		return Caller{}, nil, tokenInvalid()
	}
	if err != nil {
		return Caller{}, nil, err
	}
	visitor.Tenant, visitor.TenantSlug, visitor.Sso = owner.Tenant, owner.TenantSlug, owner.TenantSso
	visitor.Door, visitor.Mode, visitor.Actor = DoorSelf, ReadWrite, Actor{Kind: ActorVisitor}
	return visitor, hash, nil
}

// TokenOwner is the tenant of a mailed token.
type TokenOwner struct {
	Tenant     uuid.UUID
	TenantSlug string
	TenantSso  bool
}

// recognised names the person as the one who acts, once a token or a password has proved it.
func (e *edit) recognised() {
	name := ""
	if e.p.Access != nil {
		name = e.p.Access.Username
	}
	e.act.caller.Actor = Actor{Kind: ActorPerson, ID: e.p.ID, Name: name}
}

// own loads the person who is signed in, for a change of what is their own.
func (a *act) own() (*edit, error) {
	e, err := a.open(a.caller.Actor.ID, 0)
	if err != nil {
		return nil, err
	}
	return e, e.needsAccess()
}

// verified marks the address as the person's: a token that was mailed there has come back.
func (e *edit) verified(address string) {
	for i := range e.p.Emails {
		if Fold(e.p.Emails[i].Address) == Fold(address) && e.p.Emails[i].VerifiedAt.IsZero() {
			e.p.Emails[i].VerifiedAt = e.now
		}
	}
}

// freshFor is how old a session may be for changes of what opens the account; who is in for longer signs in again.
const freshFor = 15 * time.Minute

func (c Caller) fresh(now time.Time) error {
	if now.Sub(c.SignedInAt) > freshFor {
		return Refuse(CodeSignInAgain, "", "This changes how the account is opened; sign in again first.")
	}
	return nil
}
