package domain

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// Groups creates and changes groups and their members. Members are changed as rows: the cost of a change is
// that of the change, whatever the size of the group.
type Groups struct{ *engine }

// NewGroup is what a group is created from.
type NewGroup struct {
	Name        string
	Description string
	RoleIDs     []uuid.UUID // that it grants
	Permissions []Permission
	ExternalKey string // of the creating connection
	Members     []uuid.UUID
}

// GroupChange is a change of one group; its steps are taken in their order.
type GroupChange struct {
	Group       uuid.UUID
	Version     *int64 // the version that the caller has read; nil: whichever
	Name        *string
	Description *string
	ExternalKey *string
	Grants      GrantChange
	Steps       []MemberStep
	Whole       bool     // see PersonChange
	Ignored     []string // what the caller sent and the door dropped, to be noted on the connection
}

// MemberStep adds, removes or replaces members. Adding a member or removing somebody who is none is no error.
type MemberStep struct {
	Do     MemberAct
	People []uuid.UUID
}

// MemberAct is what a MemberStep does.
type MemberAct int

// The acts on members.
const (
	AddMembers MemberAct = iota
	RemoveMembers
	ReplaceMembers
)

// auditedMembers is how many people an audit entry about members names; the rest is counted.
const auditedMembers = 100

// Create makes a group that the caller's connection, if any, manages. One that a connector makes grants nothing until
// somebody on our side attaches rights to it.
//
// Errors: validation_failed, group_name_taken, external_key_in_use, unknown_member; unknown_permission, role_not_found,
// restricted_permission, privilege_escalation, role_weight.
func (g *Groups) Create(ctx context.Context, caller Caller, in NewGroup) (*Group, error) {
	if err := caller.Require(GroupsWrite); err != nil {
		return nil, err
	}
	var found problems
	checkGroupName(&found, in.Name)
	checkKey(&found, AttrGroupExternalKey.Name, in.ExternalKey)
	checkText(&found, AttrGroupDescription.Name, in.Description)
	if err := found.err(); err != nil {
		return nil, err
	}
	if err := checkPermissions(in.Permissions); err != nil {
		return nil, err
	}
	var group *Group
	err := g.write(ctx, caller, func(a *act) (err error) {
		if group, err = a.createGroup(in); err != nil {
			return err
		}
		a.result = group
		return withRoles(a.tx, caller, group)
	})
	return group, err
}

func (a *act) createGroup(in NewGroup) (*Group, error) {
	a.caller.Entry.named(AttrGroupName.Name, in.Name)
	group, err := a.adoptable(in.Name)
	if err != nil {
		return nil, err
	}
	if group == nil {
		group = &Group{ID: a.newID(), Name: in.Name, Description: in.Description, ManagedBy: a.caller.Connection, Version: 1, CreatedAt: a.now, UpdatedAt: a.now}
		a.entry.Group = group.ID
		a.happened(EventGroupCreated)
		err = a.tx.InsertGroup(group)
	} else {
		a.entry.Group, group.ManagedBy = group.ID, a.caller.Connection
		a.happened(EventGroupUpdated)
		group.Version, group.UpdatedAt = group.Version+1, a.now
		err = a.tx.UpdateGroup(group)
	}
	if err != nil {
		return nil, err
	}
	a.entry.Changes = append(a.entry.Changes, Change{AttrGroupName.Name, "", group.Name})
	if a.caller.Connection != uuid.Nil {
		group.Link = &Link{Connection: a.caller.Connection, ExternalKey: in.ExternalKey}
		if err := a.tx.SaveGroupLink(group); err != nil {
			return nil, err
		}
	}
	if _, err := a.changeGrants(group, GrantChange{AddRoles: in.RoleIDs, AddPermissions: in.Permissions}); err != nil {
		return nil, err
	}
	if err := a.applyRoleRules(group, ""); err != nil {
		return nil, err
	}
	if len(in.Members) > 0 {
		_, err = a.changeMembers(group, MemberStep{AddMembers, in.Members})
	}
	return group, err
}

// adoptable finds the unmanaged group of that name which a connection may take over by its GroupMatch policy.
func (a *act) adoptable(name string) (*Group, error) {
	connection, err := a.connection()
	if err != nil || connection == nil || !connection.Policies.Is(PolicyGroupMatch, Adopt) {
		return nil, err
	}
	group, err := a.tx.FindGroupByName(name)
	if err != nil || group == nil || group.ManagedBy != uuid.Nil || group.Restricted {
		return nil, err
	}
	granted, err := a.granted(group)
	if err != nil || granted.any() {
		return nil, err // a name must not be enough to hand out rights
	}
	return group, nil
}

// Change changes a group. A change that makes no difference does nothing.
//
// Errors: group_not_found, version_mismatch, group_name_taken, external_key_in_use, unknown_member,
// restricted_permission, group_managed_by_idp, not_managed_by_connection; version_conflict, unknown_permission, role_not_found,
// privilege_escalation, role_weight, last_administrator.
func (g *Groups) Change(ctx context.Context, caller Caller, change GroupChange) (*Group, error) {
	if err := caller.Require(change.permissions()...); err != nil {
		return nil, err
	}
	if err := checkPermissions(change.Grants.AddPermissions, change.Grants.RemovePermissions); err != nil {
		return nil, err
	}
	var group *Group
	err := g.write(ctx, caller, func(a *act) (err error) {
		a.whole = change.Whole
		if group, err = a.changeGroup(change); err != nil {
			return err
		}
		a.result = group
		return withRoles(a.tx, caller, group)
	})
	return group, err
}

func (c *GroupChange) permissions() []Permission {
	var list []Permission
	if c.Name != nil || c.Description != nil || c.ExternalKey != nil || len(c.Steps) == 0 {
		list = append(list, GroupsWrite)
	}
	if len(c.Steps) > 0 {
		list = append(list, GroupsMembers)
	}
	return list
}

func (a *act) changeGroup(change GroupChange) (*Group, error) {
	group, err := a.openGroup(change.Group)
	if err != nil {
		return nil, err
	}
	if change.Version != nil && *change.Version != group.Version {
		return nil, Refuse(CodeVersionConflict, "Version", "The group has changed since it was read (its version is %d now); read it again and repeat the change.", group.Version)
	}
	was := group.Name
	renamed, err := a.renameGroup(group, change)
	if err != nil {
		return nil, err
	}
	if renamed && group.Name != was {
		if err := a.applyRoleRules(group, was); err != nil {
			return nil, err
		}
	}
	moved, err := a.changeGrants(group, change.Grants)
	if err != nil {
		return nil, err
	}
	for _, step := range change.Steps {
		stepMoved, err := a.changeMembers(group, step)
		if err != nil {
			return nil, err
		}
		moved = moved || stepMoved
	}
	if moved && !renamed {
		err = a.tx.BumpGroup(group, a.now)
	}
	if err == nil { // last, since all requests of a connection share the row with its notes
		err = a.noteIgnored(change.Ignored)
	}
	return group, err
}

// openGroup loads a group that the caller may change.
func (a *act) openGroup(id uuid.UUID) (*Group, error) {
	group, err := a.tx.FindGroup(id)
	if err != nil {
		return nil, err
	}
	a.entry.Group = group.ID
	a.caller.Entry.about(uuid.Nil, group.ID)
	a.caller.Entry.named(AttrGroupName.Name, group.Name)
	if group.Restricted && a.caller.Connection != uuid.Nil {
		return nil, Refuse(CodeRestricted, "", "This group is restricted; no connector may change it.")
	}
	if err := a.caller.If.check(group.Version); err != nil {
		return nil, err
	}
	return group, a.mayChangeGroup(group)
}

// mayChangeGroup keeps restricted groups from everybody and managed ones from the wrong door.
func (a *act) mayChangeGroup(group *Group) error {
	if a.caller.operates() {
		return nil
	}
	if group.Restricted {
		return Refuse(CodeRestricted, "", "This group grants restricted permissions; only the operator may change it.")
	}
	if a.caller.Connection == uuid.Nil {
		if group.ManagedBy != uuid.Nil && !a.tenant.Policies.Is(PolicyIdpGroupsByRest, On) {
			return Refuse(CodeGroupManagedByIdp, "", "A connection manages this group; change it at the identity provider (policy IdpGroupsEditableByRest).")
		}
		return nil
	}
	if group.ManagedBy == a.caller.Connection {
		return nil
	}
	connection, err := a.connection()
	if err != nil {
		return err
	}
	if group.ManagedBy == uuid.Nil && connection.Policies.Is(PolicyGroupMatch, Adopt) {
		granted, err := a.granted(group)
		if err != nil {
			return err
		}
		if !granted.any() {
			group.ManagedBy = connection.ID
			return a.tx.UpdateGroup(group)
		}
	}
	a.caller.Entry.ruled(connection.Policies, PolicyGroupMatch)
	return Refuse(CodeConnectionNotManaging, "", "This connection does not manage the group (policy GroupMatch).")
}

// renameGroup changes name and external key, and reports whether the group's row was stored.
func (a *act) renameGroup(group *Group, change GroupChange) (bool, error) {
	var found problems
	before := *group
	if change.Name != nil && *change.Name != group.Name {
		checkGroupName(&found, *change.Name)
		group.Name = *change.Name
	}
	keyed := change.ExternalKey != nil && (group.Link == nil && *change.ExternalKey != "" || group.Link != nil && group.Link.ExternalKey != *change.ExternalKey)
	if keyed {
		checkKey(&found, AttrGroupExternalKey.Name, *change.ExternalKey)
	}
	if change.Description != nil {
		checkText(&found, AttrGroupDescription.Name, *change.Description)
		group.Description = *change.Description
	}
	if err := found.err(); err != nil {
		return false, err
	}
	if group.Name == before.Name && group.Description == before.Description && !keyed {
		return false, nil
	}
	if keyed {
		was := ""
		if group.Link != nil {
			was = group.Link.ExternalKey
		}
		a.entry.Changes = append(a.entry.Changes, Change{AttrGroupExternalKey.Name, was, *change.ExternalKey})
		group.Link = &Link{Connection: a.caller.Connection, ExternalKey: *change.ExternalKey}
		if err := a.tx.SaveGroupLink(group); err != nil {
			return false, err
		}
	}
	if group.Name != before.Name {
		a.entry.Changes = append(a.entry.Changes, Change{AttrGroupName.Name, before.Name, group.Name})
	}
	if group.Description != before.Description {
		a.entry.Changes = append(a.entry.Changes, Change{AttrGroupDescription.Name, before.Description, group.Description})
	}
	a.happened(EventGroupUpdated)
	group.Version, group.UpdatedAt = group.Version+1, a.now
	return true, a.tx.UpdateGroup(group)
}

// ChangeMembers adds and removes people, each of whom has to have access; else nothing is applied.
//
// Errors: group_not_found, unknown_member, group_managed_by_idp; restricted_permission, privilege_escalation, role_weight.
func (g *Groups) ChangeMembers(ctx context.Context, caller Caller, id uuid.UUID, moves Moves) (*Group, error) {
	if err := caller.Require(GroupsMembers); err != nil {
		return nil, err
	}
	var group *Group
	err := g.write(ctx, caller, func(a *act) (err error) {
		if group, err = a.openGroup(id); err != nil {
			return err
		}
		if err := moves.Check("PersonIds"); err != nil {
			return err
		}
		if err := a.tx.RequireAccess(moves.Remove); err != nil {
			return err
		}
		group, err = a.changeGroup(GroupChange{Group: id, Steps: []MemberStep{{RemoveMembers, moves.Remove}, {AddMembers, moves.Add}}})
		if err != nil {
			return err
		}
		a.result = group
		return withRoles(a.tx, caller, group)
	})
	return group, err
}

// changeMembers takes one step and reports whether it changed anything.
func (a *act) changeMembers(group *Group, step MemberStep) (bool, error) {
	var added, removed []uuid.UUID
	var cleared int
	err := a.mayMoveMembers(group, step.Do)
	if err != nil {
		return false, err
	}
	if step.Do == RemoveMembers {
		removed, err = a.tx.RemoveMembers(group.ID, step.People)
	}
	if step.Do == ReplaceMembers {
		cleared, err = a.tx.ClearMembers(group.ID, step.People)
	}
	if err == nil && step.Do != RemoveMembers && len(step.People) > 0 {
		added, err = a.tx.AddMembers(group.ID, step.People, a.memberSource(), a.now)
	}
	if err != nil || len(added)+len(removed)+cleared == 0 {
		return false, err
	}
	a.caller.Entry.concern(added...)
	a.caller.Entry.concern(removed...)
	a.entry.Changes = append(a.entry.Changes, Change{Members.Name, leaving(removed, cleared), naming(added)})
	a.happenedOnce(EventGroupMembersChanged)
	if group.Restricted {
		return true, a.protectionMoved()
	}
	return true, nil
}

func (a *act) memberSource() MemberSource {
	if a.caller.Connection != uuid.Nil {
		return MemberByScim
	}
	return MemberByRest
}

func (a *act) happenedOnce(effect EventType) {
	for _, done := range a.entry.Effects {
		if done == effect {
			return
		}
	}
	a.happened(effect)
}

func leaving(removed []uuid.UUID, cleared int) string {
	if cleared > 0 {
		return fmt.Sprintf("%d replaced", cleared)
	}
	return naming(removed)
}

func naming(people []uuid.UUID) string {
	var text strings.Builder
	for i, id := range people {
		if i == auditedMembers {
			fmt.Fprintf(&text, " and %d more", len(people)-i)
			break
		}
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(id.String())
	}
	return text.String()
}

// Delete removes a group; its members lose what it granted at their next request.
func (g *Groups) Delete(ctx context.Context, caller Caller, id uuid.UUID) error {
	if err := caller.Require(GroupsWrite); err != nil {
		return err
	}
	return g.write(ctx, caller, func(a *act) error {
		group, err := a.openGroup(id)
		if err != nil {
			return err
		}
		if err := a.mayMoveMembers(group, RemoveMembers); err != nil {
			return err
		}
		a.happened(EventGroupDeleted)
		a.entry.Changes = append(a.entry.Changes, Change{AttrGroupName.Name, group.Name, ""})
		if err := a.tx.DeleteGroup(id); err != nil || !group.Restricted {
			return err
		}
		return a.protectionMoved()
	})
}

func checkGroupName(found *problems, name string) {
	if strings.TrimSpace(name) == "" {
		found.add(AttrGroupName.Name, "A group needs a name.")
		return
	}
	checkKey(found, AttrGroupName.Name, name)
}
