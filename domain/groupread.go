package domain

import (
	"context"

	"github.com/google/uuid"
)

// Find is a group that the caller may see; a connector sees no restricted ones.
func (g *Groups) Find(ctx context.Context, caller Caller, id uuid.UUID) (group *Group, err error) {
	if err := caller.Require(GroupsRead); err != nil {
		return nil, err
	}
	err = g.seeing(caller)(ctx, caller.Scope(), func(tx Tx) error {
		if group, err = tx.FindGroup(id); err != nil {
			return err
		}
		return withRoles(tx, caller, group)
	})
	if err == nil {
		caller.Entry.about(uuid.Nil, group.ID)
	}
	if err == nil && group.Restricted && caller.Connection != uuid.Nil {
		return nil, Refuse(CodeGroupNotFound, "", "There is no such group.")
	}
	return group, err
}

// List is a page of groups; a connector sees no restricted ones.
func (g *Groups) List(ctx context.Context, caller Caller, query Query) (page Page[*Group], err error) {
	if err := caller.Require(GroupsRead); err != nil {
		return page, err
	}
	err = g.seeing(caller)(ctx, caller.Scope(), func(tx Tx) error {
		if page, err = tx.ListGroups(query, caller.Connection == uuid.Nil); err != nil {
			return err
		}
		return withRoles(tx, caller, page.Items...)
	})
	return page, err
}

// Members gives up to count members behind a person in the order of their ids; uuid.Nil starts at the front.
// Reading a large group in parts keeps memory flat and holds no transaction while somebody reads slowly.
func (g *Groups) Members(ctx context.Context, caller Caller, group, after uuid.UUID, count int) (list []Member, err error) {
	if err := caller.Require(GroupsRead); err != nil {
		return nil, err
	}
	err = g.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		list, err = tx.ListMembers(group, after, count)
		return err
	})
	return list, err
}

// MemberPage is a page of the members of a group that the caller may see, in the order of their ids, with the group.
func (g *Groups) MemberPage(ctx context.Context, caller Caller, id uuid.UUID, query Query) (group *Group, list []Member, err error) {
	if err := caller.Require(GroupsRead); err != nil {
		return nil, nil, err
	}
	err = g.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		if group, err = tx.FindGroup(id); err != nil {
			return err
		}
		list, err = tx.PageMembers(id, query.Offset, query.Count)
		return err
	})
	return group, list, err
}

// seeing is how groups are read: what they grant is a second question, which connectors don't ask.
func (g *Groups) seeing(caller Caller) func(context.Context, Scope, func(Tx) error) error {
	if caller.Connection == uuid.Nil {
		return g.store.Read
	}
	return g.store.Look
}

// withRoles tells of groups which roles they grant. Connectors have no use for it.
func withRoles(tx Tx, caller Caller, groups ...*Group) error {
	if caller.Connection != uuid.Nil || len(groups) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(groups))
	for i, group := range groups {
		ids[i] = group.ID
	}
	roles, err := tx.GroupRoleIDs(ids)
	for _, group := range groups {
		group.RoleIDs = roles[group.ID]
	}
	return err
}
