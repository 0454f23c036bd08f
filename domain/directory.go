package domain

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// Directory reads and searches people, access and groups. It shows an external login only while SSO is on.
type Directory struct{ *engine }

// Person is a person of the caller's tenant, with or without access.
func (d *Directory) Person(ctx context.Context, caller Caller, person uuid.UUID, with With) (*Person, error) {
	if err := caller.RequireOrSelf(person, PersonsRead); err != nil {
		return nil, err
	}
	return d.find(ctx, caller, person, with)
}

// Access is a person as user management sees it; a person without access has the state NotProvisioned.
func (d *Directory) Access(ctx context.Context, caller Caller, person uuid.UUID, with With) (*Person, error) {
	if err := caller.RequireOrSelf(person, UsersRead); err != nil {
		return nil, err
	}
	return d.find(ctx, caller, person, with)
}

// User is a person with access as the caller's connection sees it: people that it deleted don't exist.
func (d *Directory) User(ctx context.Context, caller Caller, person uuid.UUID, with With) (*Person, error) {
	if err := caller.Require(UsersRead); err != nil {
		return nil, err
	}
	p, err := d.find(ctx, caller, person, with)
	if err != nil {
		return nil, err
	}
	caller.Entry.about(p.ID, uuid.Nil)
	if p.Access == nil || p.Link.Hidden() || !p.AnonymizedAt.IsZero() {
		return nil, Refuse(CodePersonNotFound, "", "There is no such person.")
	}
	return p, nil
}

// ByUsername is the person who signs in with that username, compared folded.
func (d *Directory) ByUsername(ctx context.Context, caller Caller, username string, with With) (*Person, error) {
	if err := caller.Require(UsersRead); err != nil {
		return nil, err
	}
	page, err := d.list(ctx, caller, Query{
		Where: Compare{AttrUsername, Equal, TextValue(username)}, Who: WithAccess, Count: 1, With: with,
	})
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		return nil, Refuse(CodePersonNotFound, "", "There is no such person.")
	}
	return page.Items[0], nil
}

// People is a page of people, with or without access.
func (d *Directory) People(ctx context.Context, caller Caller, query Query) (Page[*Person], error) {
	if err := caller.Require(PersonsRead); err != nil {
		return Page[*Person]{}, err
	}
	return d.list(ctx, caller, query)
}

// Users is a page of people as user management and connectors see them.
func (d *Directory) Users(ctx context.Context, caller Caller, query Query) (Page[*Person], error) {
	if err := caller.Require(UsersList); err != nil {
		return Page[*Person]{}, err
	}
	return d.list(ctx, caller, query)
}

// Invitations lists the invitations of a person, newest first.
func (d *Directory) Invitations(ctx context.Context, caller Caller, person uuid.UUID) (list []*Invitation, err error) {
	if err := caller.Require(UsersRead); err != nil {
		return nil, err
	}
	err = d.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		if _, err := tx.FindPerson(person, 0); err != nil {
			return err
		}
		list, err = tx.ListInvitations(person)
		return err
	})
	return list, err
}

func (d *Directory) find(ctx context.Context, caller Caller, person uuid.UUID, with With) (p *Person, err error) {
	look := func(tx Tx) (err error) {
		if p, err = tx.FindPerson(person, with&^besides); err != nil {
			return err
		}
		return complete(tx, with, p)
	}
	if with&WithActions != 0 {
		look = d.withActions(caller, &p, look)
	}
	err = d.see(ctx, caller, with, look)
	if err == nil {
		caller.veil(p)
	}
	return p, err
}

// withActions notes besides what the caller can do to the person that was found.
func (d *Directory) withActions(caller Caller, found **Person, look func(tx Tx) error) func(tx Tx) error {
	return func(tx Tx) error {
		if err := look(tx); err != nil {
			return err
		}
		tenant, err := tx.Tenant()
		if err == nil {
			p := *found
			p.Actions = situation{p, tenant, caller.Door, d.now()}.actionsOf(caller)
		}
		return err
	}
}

func (d *Directory) list(ctx context.Context, caller Caller, query Query) (page Page[*Person], err error) {
	with := query.With
	query.With &^= besides
	err = d.see(ctx, caller, with, func(tx Tx) (err error) {
		if page, err = tx.ListPeople(query); err != nil {
			return err
		}
		return complete(tx, with, page.Items...)
	})
	for _, p := range page.Items {
		caller.veil(p)
	}
	return page, err
}

// see reads people: what is asked besides is a second question, which wants the snapshot of the first.
func (d *Directory) see(ctx context.Context, caller Caller, with With, look func(tx Tx) error) error {
	if with&besides != 0 {
		return d.store.Read(ctx, caller.Scope(), look)
	}
	return d.store.Look(ctx, caller.Scope(), look)
}

// complete adds to people what is asked besides them.
func complete(tx Tx, with With, people ...*Person) error {
	if with&besides == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	for _, extra := range []struct {
		with With
		add  func(tx Tx, people []*Person, ids []uuid.UUID) error
	}{{WithRights, addRights}, {WithTenants, addTenants}, {WithInvitation, addInvitations}, {WithOrganizations, addOrganizations}} {
		if with&extra.with == 0 || len(people) == 0 {
			continue
		}
		if err := extra.add(tx, people, ids); err != nil {
			return err
		}
	}
	return nil
}

func addRights(tx Tx, people []*Person, ids []uuid.UUID) error {
	rights, err := tx.Rights(ids)
	for _, p := range people {
		if held := rights[p.ID]; held != nil {
			p.Rights = *held
		}
	}
	return err
}

func addTenants(tx Tx, people []*Person, ids []uuid.UUID) error {
	tenants, err := tx.AssignedTenants(ids)
	for _, p := range people {
		p.Tenants = tenants[p.ID]
	}
	return err
}

func addInvitations(tx Tx, people []*Person, ids []uuid.UUID) error {
	invitations, err := tx.LastInvitations(ids)
	for _, p := range people {
		p.Invitation = invitations[p.ID]
	}
	return err
}

// addOrganizations asks once for the organizations of all the people.
func addOrganizations(tx Tx, people []*Person, _ []uuid.UUID) error {
	asked := map[uuid.UUID]bool{}
	for _, p := range people {
		for _, id := range accessOrganizations(p) {
			asked[id] = true
		}
	}
	names, err := tx.Organizations(slices.Collect(maps.Keys(asked)))
	for _, p := range people {
		p.Organizations = names
	}
	return err
}

// veil hides what the tenant's settings don't let anybody see.
func (c Caller) veil(p *Person) {
	if !c.Sso {
		p.ExternalLogin = ""
	}
}
