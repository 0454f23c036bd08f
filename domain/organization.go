package domain

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Organization is a part of a tenant that people can be assigned to. Organizations are a tree.
type Organization struct {
	ID        uuid.UUID
	Name      string
	Parent    uuid.UUID // uuid.Nil: at the top
	CreatedAt time.Time
}

// Structure keeps the organizations of a tenant. Who is assigned to them is part of the access of people.
type Structure struct{ *engine }

// OrganizationChange is a change of one organization; nil leaves a field alone.
type OrganizationChange struct {
	Organization uuid.UUID
	Name         *string
	Parent       *uuid.UUID
}

// List is a page of organizations, the oldest first. Of the query, Offset, Count and Total are looked at.
func (s *Structure) List(ctx context.Context, caller Caller, query Query) (page Page[*Organization], err error) {
	if err := caller.Require(OrganizationsRead); err != nil {
		return page, err
	}
	err = s.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		page, err = tx.ListOrganizations(query)
		return err
	})
	return page, err
}

// Create makes an organization.
//
// Errors: validation_failed, organization_not_found about the parent.
func (s *Structure) Create(ctx context.Context, caller Caller, name string, parent uuid.UUID) (*Organization, error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, err
	}
	o := &Organization{Name: name}
	err := s.write(ctx, caller, func(a *act) error {
		o.ID, o.CreatedAt = a.newID(), a.now
		if err := a.settleOrganization(&Organization{}, o, parent); err != nil {
			return err
		}
		a.happened(EventOrganizationCreated)
		a.result = o
		return a.tx.InsertOrganization(o)
	})
	return o, err
}

// Change renames an organization or moves it within the tree. A change that makes no difference does nothing.
//
// Errors: organization_not_found, validation_failed, also for a parent that is below the organization.
func (s *Structure) Change(ctx context.Context, caller Caller, change OrganizationChange) (*Organization, error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, err
	}
	var o *Organization
	err := s.write(ctx, caller, func(a *act) (err error) {
		if o, err = a.tx.FindOrganization(change.Organization); err != nil {
			return err
		}
		before, parent := *o, o.Parent
		if change.Name != nil {
			o.Name = *change.Name
		}
		if change.Parent != nil {
			parent = *change.Parent
		}
		if err := a.settleOrganization(&before, o, parent); err != nil {
			return err
		}
		a.result = o
		if *o == before {
			return nil
		}
		a.happened(EventOrganizationUpdated)
		return a.tx.UpdateOrganization(o)
	})
	return o, err
}

// settleOrganization checks the name and puts the organization under its parent. Moves in a tree go one at a time, so that
// two of them can't close a circle together.
func (a *act) settleOrganization(before, o *Organization, parent uuid.UUID) error {
	var found problems
	checkKey(&found, "Name", o.Name)
	if strings.TrimSpace(o.Name) == "" {
		found.add("Name", "An organization needs a name.")
	}
	if parent != uuid.Nil && parent != o.Parent {
		under, err := a.tx.OrganizationUnder(parent, o.ID)
		if err != nil {
			return err
		}
		if under {
			found.add("ParentOrganizationId", "This organization is the one itself or below it.")
		}
	}
	if err := found.err(); err != nil {
		return err
	}
	o.Parent = parent
	text := func(id uuid.UUID) string {
		if id == uuid.Nil {
			return ""
		}
		return id.String()
	}
	for _, c := range []Change{{"OrganizationId", text(before.ID), text(o.ID)}, {"Name", before.Name, o.Name}, {"ParentOrganizationId", text(before.Parent), text(parent)}} {
		if c.Before != c.After || c.Attribute == "OrganizationId" {
			a.entry.Changes = append(a.entry.Changes, c)
		}
	}
	return nil
}

// Delete removes an organization that nobody is assigned to and that has none below it.
//
// Errors: organization_not_found, organization_in_use.
func (s *Structure) Delete(ctx context.Context, caller Caller, id uuid.UUID) error {
	if err := caller.Require(TenantAdmin); err != nil {
		return err
	}
	return s.write(ctx, caller, func(a *act) error {
		o, err := a.tx.FindOrganization(id)
		if err != nil {
			return err
		}
		people, err := a.tx.ListPeople(Query{Who: WithAccess, Count: 1,
			Where: Some{Organizations, Compare{AttrOrganization, Equal, IDValue(id)}}})
		if err != nil {
			return err
		}
		below, err := a.tx.HasOrganizations(id)
		if err != nil {
			return err
		}
		if below || len(people.Items) > 0 {
			return Refuse(CodeOrganizationInUse, "", "People are assigned to this organization, or others are below it; move them first.")
		}
		a.happened(EventOrganizationDeleted)
		a.entry.Changes = append(a.entry.Changes, Change{"OrganizationId", id.String(), ""}, Change{"Name", o.Name, ""})
		return a.tx.DeleteOrganization(id)
	})
}
