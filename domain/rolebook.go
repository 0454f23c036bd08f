package domain

import (
	"context"

	"github.com/google/uuid"
)

// Roles keeps the roles of a tenant. Who holds them is the matter of Appointments.
type Roles struct{ *engine }

// List is a page of roles, the heaviest first, then by name. Of the query, Offset, Count and Total are looked at.
func (rb *Roles) List(ctx context.Context, caller Caller, query Query) (page Page[*Role], err error) {
	if err := caller.Require(RolesRead); err != nil {
		return page, err
	}
	err = rb.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		page, err = tx.ListRoles(query)
		return err
	})
	return page, err
}

// Find is one role; role_not_found when there is none.
func (rb *Roles) Find(ctx context.Context, caller Caller, id uuid.UUID) (role *Role, err error) {
	if err := caller.Require(RolesRead); err != nil {
		return nil, err
	}
	err = rb.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		role, err = oneRole(tx, id)
		return err
	})
	return role, err
}

func oneRole(tx Tx, id uuid.UUID) (*Role, error) {
	list, err := tx.FindRoles([]uuid.UUID{id})
	if err == nil && len(list) == 0 {
		return nil, Refuse(CodeRoleNotFound, "RoleId", "There is no such role.")
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Create makes a role of permissions that the caller holds.
//
// Errors: unknown_permission, validation_failed, role_name_taken; restricted_permission, privilege_escalation, role_weight.
func (rb *Roles) Create(ctx context.Context, caller Caller, in NewRole) (*Role, error) {
	if err := caller.Require(RolesAdd); err != nil {
		return nil, err
	}
	if err := checkPermissions(in.Permissions); err != nil {
		return nil, err
	}
	role := &Role{Name: in.Name, Description: in.Description, Weight: in.Weight, Permissions: NewPermissions(in.Permissions...), IsSystem: in.IsSystem}
	var found problems
	role.validate(&found)
	if err := found.err(); err != nil {
		return nil, err
	}
	err := rb.write(ctx, caller, func(a *act) error {
		if err := a.mayGrant(role.Permissions, role.Weight); err != nil {
			return err
		}
		role.ID, role.Version, role.CreatedAt, role.UpdatedAt, role.CreatedBy = a.newID(), 1, a.now, a.now, a.caller.Actor.Name
		a.happened(EventRoleCreated)
		a.entry.Changes = append(a.entry.Changes, role.changes(&Role{})...)
		a.result = role
		return a.tx.InsertRole(role)
	})
	return role, err
}

// Change changes a role whose version the caller knows. A change that makes no difference does nothing.
//
// Errors: role_not_found, version_conflict, unknown_permission, validation_failed, role_name_taken; restricted_permission,
// privilege_escalation, role_weight.
func (rb *Roles) Change(ctx context.Context, caller Caller, change RoleChange) (*Role, error) {
	if err := caller.Require(RolesUpdate); err != nil {
		return nil, err
	}
	if err := checkPermissions(change.AddPermissions, change.RemovePermissions); err != nil {
		return nil, err
	}
	var role *Role
	err := rb.write(ctx, caller, func(a *act) (err error) {
		role, err = a.changeRole(change)
		a.result = role
		return err
	})
	return role, err
}

func (a *act) changeRole(change RoleChange) (*Role, error) {
	role, err := a.openRole(change.Role)
	if err != nil {
		return nil, err
	}
	if role.Version != change.Version {
		return nil, Refuse(CodeVersionConflict, "Version", "The role has changed since it was read (its version is %d now); read it again and repeat the change.", role.Version)
	}
	before := *role
	change.apply(role)
	var found problems
	role.validate(&found)
	if err := found.err(); err != nil {
		return nil, err
	}
	if err := a.mayGrant(before.Permissions.Lacking(role.Permissions), role.Weight); err != nil {
		return nil, err
	}
	changes := role.changes(&before)
	if len(changes) == 1 { // its id, which says which role it was
		return role, nil
	}
	role.Version, role.UpdatedAt = role.Version+1, a.now
	a.happened(EventRoleUpdated)
	a.entry.Changes = append(a.entry.Changes, changes...)
	if err := a.tx.UpdateRole(role); err != nil {
		return nil, err
	}
	if !before.Restricted() && !role.Restricted() {
		return role, nil
	}
	_, groups, err := a.tx.RoleHolders(role.ID)
	if err != nil {
		return nil, err
	}
	return role, a.grantsMoved(groups)
}

// openRole loads a role that the caller may change.
func (a *act) openRole(id uuid.UUID) (*Role, error) {
	role, err := oneRole(a.tx, id)
	if err != nil {
		return nil, err
	}
	if role.IsSystem && !a.caller.operates() {
		return nil, Refuse(CodeRestricted, "", "This is a system role; only the operator may change it.")
	}
	return role, a.mayTouch(role.Permissions, role.Weight)
}

// Delete removes a role. One that is held or granted is kept, unless force is given, and then everybody loses it at the
// next request.
//
// Errors: role_not_found, role_in_use; restricted_permission, role_weight.
func (rb *Roles) Delete(ctx context.Context, caller Caller, id uuid.UUID, force bool) error {
	if err := caller.Require(RolesDelete); err != nil {
		return err
	}
	return rb.write(ctx, caller, func(a *act) error {
		role, err := a.openRole(id)
		if err != nil {
			return err
		}
		people, groups, err := a.tx.RoleHolders(id)
		if err != nil {
			return err
		}
		if people+len(groups) > 0 && !force {
			return Refuse(CodeRoleInUse, "", "%d people hold this role and %d groups grant it; take it from them first, or send Force=true.", people, len(groups))
		}
		a.happened(EventRoleDeleted)
		a.entry.Changes = append(a.entry.Changes, (&Role{}).changes(role)...)
		if err := a.tx.DeleteRole(id); err != nil || !role.Restricted() {
			return err
		}
		return a.grantsMoved(groups)
	})
}
