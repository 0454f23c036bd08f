package domain_test

import (
	"context"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// changeGroup is Groups.Change as a function of the change.
func changeGroup(caller func(c *company) domain.Caller, with func(c *company, it about) domain.GroupChange) func(*domain.Engine, *company, about) error {
	return func(e *domain.Engine, c *company, it about) error {
		in := with(c, it)
		in.Group = it.id
		_, err := e.Groups.Change(context.Background(), caller(c), in)
		return err
	}
}

func members(do domain.MemberAct, people ...uuid.UUID) []domain.MemberStep {
	return []domain.MemberStep{{Do: do, People: people}}
}

// groupings are the acts on groups. The colleague of the company is in no group.
var groupings = []useCase{
	{name: "create a group", about: someone, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Groups.Create(context.Background(), c.rest, domain.NewGroup{Name: it.name})
		return err
	}},
	{name: "create a group by a connector", about: aLinked, missing: domain.CodeUnknownMember, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Groups.Create(context.Background(), c.scim, domain.NewGroup{Name: "Group " + it.id.String(), ExternalKey: it.name, Members: []uuid.UUID{it.id}})
		return err
	}},
	{name: "adopt a group by creating it", about: aFree, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Groups.Create(context.Background(), c.hermit, domain.NewGroup{Name: it.name, ExternalKey: it.name, Members: []uuid.UUID{c.colleague}})
		return err
	}},
	{name: "adopt a group by changing it", about: aFree, missing: domain.CodeGroupNotFound, do: changeGroup(
		func(c *company) domain.Caller { return c.hermit },
		func(c *company, _ about) domain.GroupChange {
			return domain.GroupChange{Steps: members(domain.AddMembers, c.colleague)}
		})},
	{name: "rename a group", about: aManaged, missing: domain.CodeGroupNotFound, do: changeGroup(byScim, func(_ *company, it about) domain.GroupChange {
		name, key := it.name+"-new", it.name+"-key"
		return domain.GroupChange{Name: &name, ExternalKey: &key}
	})},
	{name: "rename a group and take a member", about: aFree, missing: domain.CodeGroupNotFound, do: changeGroup(byRest, func(c *company, it about) domain.GroupChange {
		name := it.name + "-new"
		return domain.GroupChange{Name: &name, Steps: members(domain.AddMembers, c.colleague)}
	})},
	{name: "add a member", about: aManaged, missing: domain.CodeGroupNotFound, do: changeGroup(byScim, func(c *company, _ about) domain.GroupChange {
		return domain.GroupChange{Steps: members(domain.AddMembers, c.colleague)}
	})},
	{name: "add a member of that id", about: aLinked, missing: domain.CodeUnknownMember, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Groups.Change(context.Background(), c.scim, domain.GroupChange{Group: c.team, Steps: members(domain.AddMembers, it.id)})
		return err
	}},
	{name: "remove all members", about: aManaged, missing: domain.CodeGroupNotFound, do: changeGroup(byScim, func(*company, about) domain.GroupChange {
		return domain.GroupChange{Steps: members(domain.ReplaceMembers)}
	})},
	{name: "replace the members", about: aManaged, missing: domain.CodeGroupNotFound, do: changeGroup(byScim, func(c *company, _ about) domain.GroupChange {
		return domain.GroupChange{Steps: append(members(domain.ReplaceMembers, c.colleague), members(domain.RemoveMembers, c.colleague)...)}
	})},
	{name: "delete a group", about: aManaged, missing: domain.CodeGroupNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Groups.Delete(context.Background(), c.scim, it.id)
	}},
}

// readings are the use cases that change nothing.
var readings = []useCase{
	{name: "read a person", about: aPlain, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Directory.Person(context.Background(), c.rest, it.id, domain.WithManagerName)
		return err
	}},
	{name: "read an access", about: aLinked, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Directory.Access(context.Background(), c.rest, it.id, domain.WithGroups)
		return err
	}},
	{name: "read a user", about: aLinked, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Directory.User(context.Background(), c.scim, it.id, domain.WithGroups)
		return err
	}},
	{name: "read by username", about: aLinked, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Directory.ByUsername(context.Background(), c.rest, it.name, 0)
		return err
	}},
	{name: "read invitations", about: anInvited, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Directory.Invitations(context.Background(), c.rest, it.id)
		return err
	}},
	{name: "read a group", about: aManaged, missing: domain.CodeGroupNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Groups.Find(context.Background(), c.scim, it.id)
		return err
	}},
}
