package domain

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// Appointments gives people roles and groups and takes them away, and tells what people may do.
type Appointments struct{ *engine }

// Moves are the ids that a person gets and loses. All of it happens or nothing.
type Moves struct{ Add, Remove []uuid.UUID }

// Check refuses an id that is to come and to go.
func (m Moves) Check(attribute string) error {
	var found problems
	for _, id := range m.Add {
		if slices.Contains(m.Remove, id) {
			found.add(attribute, "%s is to be added and to be removed; choose one.", id)
		}
	}
	return found.err()
}

// Rights are what a person may do now. Everybody may ask about themselves. Without access nobody may do anything.
func (ap *Appointments) Rights(ctx context.Context, caller Caller, person uuid.UUID) (rights *Rights, err error) {
	if err := caller.RequireOrSelf(person, UsersRead); err != nil {
		return nil, err
	}
	err = ap.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		if _, err := tx.FindPerson(person, 0); err != nil {
			return err
		}
		found, err := tx.Rights([]uuid.UUID{person})
		rights = found[person]
		return err
	})
	if rights == nil {
		rights = &Rights{}
	}
	return rights, err
}

// ChangeRoles gives roles to a person and takes others. It acts on the person's next request.
//
// Errors: person_not_found, not_provisioned, role_not_found; restricted_permission, privilege_escalation, role_weight;
// last_administrator.
func (ap *Appointments) ChangeRoles(ctx context.Context, caller Caller, person uuid.UUID, moves Moves) (*Rights, error) {
	if err := caller.Require(AspectRoles.ToChange()...); err != nil {
		return nil, err
	}
	return ap.appoint(ctx, caller, person, moves, (*act).mayGrant, (*act).mayTouch)
}

// ChangeRestrictedRoles is ChangeRoles for every role, restricted ones too. Only an administrator's session may ask for
// it, and the operator.
//
// Errors: those of ChangeRoles.
func (ap *Appointments) ChangeRestrictedRoles(ctx context.Context, caller Caller, person uuid.UUID, moves Moves) (*Rights, error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, err
	}
	if !caller.administers() && !caller.operates() {
		return nil, Refuse(CodeRestricted, "", "Restricted roles are given by an administrator in person; sign in.")
	}
	take := func(a *act, _ Permissions, weight int) error { return a.outweighs(weight) }
	return ap.appoint(ctx, caller, person, moves, (*act).mayGrantRestricted, take)
}

// granting is a rule about a role with these permissions and this weight.
type granting func(a *act, permissions Permissions, weight int) error

func (ap *Appointments) appoint(ctx context.Context, caller Caller, person uuid.UUID, moves Moves, give, take granting) (*Rights, error) {
	var rights *Rights
	err := ap.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, 0)
		if err != nil {
			return err
		}
		if err := moves.Check("RoleIds"); err != nil {
			return err
		}
		if err := e.needsAccess(); err != nil {
			return err
		}
		if err := e.changeRoles(moves, give, take); err != nil {
			return err
		}
		if err := e.settle(everyAspect); err != nil {
			return err
		}
		rights, err = e.rights()
		a.result = rights
		return err
	})
	return rights, err
}

func (e *edit) rights() (*Rights, error) {
	found, err := e.tx.Rights([]uuid.UUID{e.p.ID})
	if rights := found[e.p.ID]; rights != nil || err != nil {
		return rights, err
	}
	return &Rights{}, nil
}

// changeRoles gives and takes roles, and notes what of it was new.
func (e *edit) changeRoles(moves Moves, give, take granting) error {
	coming, err := e.roles(moves.Add, give)
	if err != nil {
		return err
	}
	going, err := e.roles(moves.Remove, take)
	if err != nil {
		return err
	}
	added, err := e.tx.GrantRoles(e.p.ID, moves.Add, e.now)
	if err != nil {
		return err
	}
	removed, err := e.tx.RevokeRoles(e.p.ID, moves.Remove)
	if err != nil || len(added)+len(removed) == 0 {
		return err
	}
	e.happened(EventRolesChanged)
	e.entry.Changes = append(e.entry.Changes, Change{"Roles", namesOf(going, removed), namesOf(coming, added)})
	if slices.ContainsFunc(append(coming, going...), (*Role).Restricted) {
		return e.protectionMoved()
	}
	return nil
}

// roles loads the roles with the ids and holds each to the rule.
func (a *act) roles(ids []uuid.UUID, rule granting) ([]*Role, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := a.tx.FindRoles(ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(list, func(r *Role) bool { return r.ID == id }) {
			return nil, Refuse(CodeRoleNotFound, "RoleIds", "There is no role %s.", id)
		}
	}
	for _, role := range list {
		if err := rule(a, role.Permissions, role.Weight); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func namesOf(roles []*Role, ids []uuid.UUID) string {
	text := ""
	for _, role := range roles {
		if slices.Contains(ids, role.ID) {
			if text != "" {
				text += "; "
			}
			text += role.Name
		}
	}
	return text
}

// ChangeGroups puts a person into groups and takes it out of others.
//
// Errors: person_not_found, not_provisioned, group_not_found, group_managed_by_idp; restricted_permission,
// privilege_escalation, role_weight.
func (ap *Appointments) ChangeGroups(ctx context.Context, caller Caller, person uuid.UUID, moves Moves) ([]Membership, error) {
	if err := caller.Require(AspectGroups.ToChange()...); err != nil {
		return nil, err
	}
	var groups []Membership
	err := ap.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, 0)
		if err != nil {
			return err
		}
		if err := moves.Check("PermissionGroupIds"); err != nil {
			return err
		}
		if err := e.needsAccess(); err != nil {
			return err
		}
		if err := e.changeGroups(moves); err != nil {
			return err
		}
		if err := e.settle(everyAspect); err != nil {
			return err
		}
		fresh, err := e.tx.FindPerson(person, WithGroups)
		if err != nil {
			return err
		}
		groups, a.result = fresh.Groups, fresh.Groups
		return nil
	})
	return groups, err
}

// changeGroups goes through the groups in the order of their ids: who changes several locks them in one order.
func (e *edit) changeGroups(moves Moves) error {
	all := append(slices.Clone(moves.Add), moves.Remove...)
	slices.SortFunc(all, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	e.entry.Group = uuid.Nil
	for _, id := range slices.Compact(all) {
		group, err := e.tx.FindGroup(id)
		if err != nil {
			return err
		}
		if err := e.mayChangeGroup(group); err != nil {
			return err
		}
		step := MemberStep{RemoveMembers, []uuid.UUID{e.p.ID}}
		if slices.Contains(moves.Add, id) {
			step.Do = AddMembers
		}
		moved, err := e.changeMembers(group, step)
		if err != nil {
			return err
		}
		if moved {
			if err := e.tx.BumpGroup(group, e.now); err != nil {
				return err
			}
		}
	}
	return nil
}

// SetBreakGlass marks an account for emergencies, or not any more: connectors can't change it and people can't be kept
// from it by SSO.
func (ap *Appointments) SetBreakGlass(ctx context.Context, caller Caller, person uuid.UUID, on bool) (*Person, error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, err
	}
	var changed *Person
	err := ap.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, WithManagedBy)
		if err != nil {
			return err
		}
		if err := e.needsAccess(); err != nil {
			return err
		}
		changed, a.result = e.p, e.p
		if e.p.Access.BreakGlass == on {
			return nil
		}
		e.happened(EventBreakGlassChanged)
		e.entry.Changes = append(e.entry.Changes, Change{"BreakGlass", BoolValue(!on).String(), BoolValue(on).String()})
		e.p.Access.BreakGlass = on
		if err := e.settle(everyAspect); err != nil {
			return err
		}
		return e.protectionMoved()
	})
	return changed, err
}
