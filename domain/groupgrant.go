package domain

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// GrantChange is a change of what a group grants.
type GrantChange struct {
	AddRoles, RemoveRoles             []uuid.UUID
	AddPermissions, RemovePermissions []Permission
}

func (c *GrantChange) empty() bool {
	return len(c.AddRoles)+len(c.RemoveRoles)+len(c.AddPermissions)+len(c.RemovePermissions) == 0
}

// grants is what a group grants altogether.
type grants struct {
	roles       []*Role
	permissions Permissions
	weight      int
}

func (g grants) any() bool { return len(g.roles)+len(g.permissions) > 0 }

func (a *act) granted(group *Group) (grants, error) {
	roles, err := a.tx.GroupRoles(group.ID)
	granted := grants{roles: roles, permissions: group.Permissions}
	for _, role := range roles {
		granted.permissions = granted.permissions.with(role.Permissions, nil)
		granted.weight = max(granted.weight, role.Weight)
	}
	return granted, err
}

// mayMoveMembers holds a change of members to the rules for giving and taking what the group grants. A connector is free
// with the groups that it manages: what they grant is attached by somebody on our side, and that is the consent.
func (a *act) mayMoveMembers(group *Group, do MemberAct) error {
	if a.caller.Connection != uuid.Nil || a.caller.operates() {
		return nil
	}
	granted, err := a.granted(group)
	if err != nil {
		return err
	}
	if do == RemoveMembers {
		return a.mayTouch(granted.permissions, granted.weight)
	}
	return a.mayGrant(granted.permissions, granted.weight)
}

// changeGrants changes what the group grants and reports whether that made a difference. Whether the group is restricted
// follows from it.
func (a *act) changeGrants(group *Group, change GrantChange) (bool, error) {
	if change.empty() {
		return false, nil
	}
	coming, err := a.roles(change.AddRoles, (*act).mayGrant)
	if err != nil {
		return false, err
	}
	going, err := a.roles(change.RemoveRoles, (*act).mayTouch)
	if err != nil {
		return false, err
	}
	before := group.Permissions
	group.Permissions = before.with(change.AddPermissions, change.RemovePermissions)
	if err := a.mayGrant(before.Lacking(group.Permissions), 0); err != nil {
		return false, err
	}
	added, err := a.tx.GrantGroupRoles(group.ID, change.AddRoles)
	if err != nil {
		return false, err
	}
	removed, err := a.tx.RevokeGroupRoles(group.ID, change.RemoveRoles)
	if err != nil || len(added)+len(removed) == 0 && slices.Equal(before, group.Permissions) {
		return false, err
	}
	if len(added)+len(removed) > 0 {
		a.entry.Changes = append(a.entry.Changes, Change{"Roles", namesOf(going, removed), namesOf(coming, added)})
	}
	if !slices.Equal(before, group.Permissions) {
		a.entry.Changes = append(a.entry.Changes, Change{"Permissions", before.String(), group.Permissions.String()})
	}
	a.groupUpdated()
	return true, a.regroup(group)
}

// regroup stores the group with what its grants make of it. Its version is left to the caller.
func (a *act) regroup(group *Group) error {
	granted, err := a.granted(group)
	if err != nil {
		return err
	}
	was := group.Restricted
	group.Restricted, group.Administers = granted.permissions.Restricted(), granted.permissions.Has(TenantAdmin)
	if err := a.tx.UpdateGroup(group); err != nil || !was && !group.Restricted {
		return err
	}
	return a.protectionMoved()
}

// grantsMoved brings the groups up to date that grant a role which was changed or deleted, and then who is protected.
func (a *act) grantsMoved(groups []uuid.UUID) error {
	for _, id := range groups {
		group, err := a.tx.FindGroup(id)
		if err != nil {
			return err
		}
		if err := a.regroup(group); err != nil {
			return err
		}
	}
	return a.protectionMoved()
}

// applyRoleRules gives a group that a connector made or renamed the roles that the operator has chosen for its name, and
// takes those of the name that it had (policy GroupRoleRules). The rules are the operator's consent, so that nobody is
// asked for these rights; restricted roles are passed over all the same.
func (a *act) applyRoleRules(group *Group, was string) error {
	connection, err := a.connection()
	if err != nil || connection == nil {
		return err
	}
	rules := connection.Policies.roleRules()
	if len(rules) == 0 {
		return nil
	}
	added, err := a.tx.FindRoles(rules[Fold(group.Name)])
	if err != nil {
		return err
	}
	added = slices.DeleteFunc(added, (*Role).Restricted)
	removed, err := a.tx.RevokeGroupRoles(group.ID, slices.DeleteFunc(rules[Fold(was)], func(id uuid.UUID) bool { return was == "" || slices.Contains(idsOf(added), id) }))
	if err != nil {
		return err
	}
	granted, err := a.tx.GrantGroupRoles(group.ID, idsOf(added))
	if err != nil || len(granted)+len(removed) == 0 {
		return err
	}
	a.entry.Changes = append(a.entry.Changes, Change{"RoleIds", naming(removed), naming(granted)})
	a.groupUpdated()
	return nil
}

// groupUpdated notes a change of the group, unless the act has made it.
func (a *act) groupUpdated() {
	if !slices.Contains(a.entry.Effects, EventGroupCreated) {
		a.happenedOnce(EventGroupUpdated)
	}
}

func idsOf(roles []*Role) []uuid.UUID {
	var ids []uuid.UUID
	for _, role := range roles {
		ids = append(ids, role.ID)
	}
	return ids
}

// roleRules reads the policy GroupRoleRules: name=RoleId,RoleId;name=…
func (p Policies) roleRules() map[string][]uuid.UUID {
	rules := map[string][]uuid.UUID{}
	for rule := range strings.SplitSeq(p.Get(PolicyGroupRoleRules), ";") {
		name, list, _ := strings.Cut(rule, "=")
		for text := range strings.SplitSeq(list, ",") {
			if id, err := uuid.Parse(strings.TrimSpace(text)); err == nil && Fold(strings.TrimSpace(name)) != "" {
				rules[Fold(strings.TrimSpace(name))] = append(rules[Fold(strings.TrimSpace(name))], id)
			}
		}
	}
	return rules
}

// checkRoleRules tells what is wrong with a value of GroupRoleRules.
func checkRoleRules(value string) (problem string) {
	for rule := range strings.SplitSeq(value, ";") {
		name, list, ok := strings.Cut(rule, "=")
		for text := range strings.SplitSeq(list, ",") {
			if _, err := uuid.Parse(strings.TrimSpace(text)); err != nil || !ok || strings.TrimSpace(name) == "" {
				return "Rules look like Engineers=<RoleId>,<RoleId>;Sales=<RoleId>."
			}
		}
	}
	return ""
}
