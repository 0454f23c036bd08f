package domain

import (
	"context"

	"github.com/google/uuid"
)

// Operator is the caller for the operator's acts in a tenant. It is made for the command line: whoever stands at the
// machine has every permission, and no rule about rights binds it.
func (o *Administration) Operator(ctx context.Context, slug string) (Caller, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return Caller{}, err
	}
	return Caller{Tenant: tenant.ID, TenantSlug: tenant.Slug, Sso: tenant.SsoEnabled, Mode: ReadWrite, Door: DoorSystem,
		Actor: Actor{Kind: ActorOperator, Name: "operator"}, Permissions: AllPermissions()}, nil
}

// OperatorOf is Operator in the tenant of a credential.
func (o *Administration) OperatorOf(ctx context.Context, credential uuid.UUID) (Caller, error) {
	found, err := o.registry.FindCredential(ctx, credential)
	if err != nil {
		return Caller{}, err
	}
	return o.Operator(ctx, found.TenantSlug)
}

// RoleNamed finds a role by its id or its name, compared folded.
func (rb *Roles) RoleNamed(ctx context.Context, caller Caller, name string) (*Role, error) {
	if id, err := uuid.Parse(name); err == nil {
		return rb.Find(ctx, caller, id)
	}
	if err := caller.Require(RolesRead); err != nil {
		return nil, err
	}
	var role *Role
	err := rb.store.Read(ctx, caller.Scope(), func(tx Tx) (err error) {
		role, err = tx.FindRoleByName(name)
		return err
	})
	if err == nil && role == nil {
		err = Refuse(CodeRoleNotFound, "RoleId", "There is no role %q.", shortName(name))
	}
	return role, err
}
