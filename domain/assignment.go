package domain

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// AtHome is the caller in the tenant of its token, wherever it acts. What people do about themselves, they do there.
func (c Caller) AtHome() Caller {
	if c.home != nil {
		return *c.home
	}
	return c
}

// in is the caller at home who acts in another tenant. People have there what they have at home, but nothing that is
// restricted. The audit there names the home, too: nobody there knows the person.
func (c Caller) in(tenant KnownTenant) Caller {
	home := c
	c.home, c.Tenant, c.TenantSlug, c.Sso = &home, tenant.ID, tenant.Slug, tenant.Sso
	c.SsoOnly = ssoOnly(tenant.Sso, tenant.Policies)
	c.Actor.Name += " (" + home.TenantSlug + ")"
	if c.Actor.Kind == ActorPerson {
		c.Permissions, c.Roles = c.Permissions.unrestricted(), nil
	}
	return c
}

// Acting is the caller in the tenant of the slug.
//
// Errors: tenant_not_found, the same for a tenant that the token doesn't have and for one that isn't there.
func (g *Gatekeeper) Acting(ctx context.Context, caller Caller, slug string) (Caller, error) {
	if caller.TenantSlug == slug {
		return caller, nil
	}
	others, err := g.others(ctx, caller)
	if err != nil {
		return Caller{}, err
	}
	i := slices.IndexFunc(others, func(t KnownTenant) bool { return t.Slug == slug })
	if i < 0 {
		return Caller{}, Refuse(CodeTenantNotFound, "", "This token belongs to no such tenant.")
	}
	return caller.AtHome().in(others[i]), nil
}

// Tenants are the slugs of the tenants in which the caller may act, that of its token first.
func (g *Gatekeeper) Tenants(ctx context.Context, caller Caller) ([]string, error) {
	others, err := g.others(ctx, caller)
	slugs := []string{caller.AtHome().TenantSlug}
	for _, other := range others {
		slugs = append(slugs, other.Slug)
	}
	return slugs, err
}

// others are the tenants besides its own in which the caller may act. A session is asked about at each request, so that
// it can't act any more in a tenant that was just taken from its person.
func (e *engine) others(ctx context.Context, caller Caller) ([]KnownTenant, error) {
	home := caller.AtHome()
	if home.Actor.Kind == ActorPerson {
		return e.registry.ListAssigned(ctx, home.Tenant, home.Actor.ID)
	}
	return home.Others, nil
}

// within gives the tenant of the slug if it is within the caller's reach: the operator reaches all.
func (e *engine) within(ctx context.Context, caller Caller, slug string) (KnownTenant, error) {
	if caller.operates() {
		tenant, err := e.registry.FindTenant(ctx, slug)
		if err != nil {
			return KnownTenant{}, err
		}
		return knownTenant(tenant), nil
	}
	home := caller.AtHome()
	others, err := e.others(ctx, caller)
	for _, known := range append([]KnownTenant{{ID: home.Tenant, Slug: home.TenantSlug, Sso: home.Sso}}, others...) {
		if err == nil && known.Slug == slug {
			return known, nil
		}
	}
	if err == nil {
		err = unreachable(slug)
	}
	return KnownTenant{}, err
}

func unreachable(slug string) error {
	return Refuse(CodeTenantNotFound, "", "There is no tenant %q within your reach.", shortName(slug))
}

// Tenants are the tenant of a person with access and those to which the person is assigned.
type Tenants struct {
	Home  KnownTenant
	Other []KnownTenant
}

// TenantMoves are the slugs of tenants that a person gets and loses.
type TenantMoves struct{ Add, Remove []string }

func (m TenantMoves) check() error {
	var found problems
	for _, slug := range m.Add {
		if slices.Contains(m.Remove, slug) {
			found.add("AddTenants", "%q is to be added and to be removed; choose one.", shortName(slug))
		}
	}
	if len(m.Add)+len(m.Remove) > maxTenantMoves {
		found.add("AddTenants", "At most %d tenants can be added and removed at once.", maxTenantMoves)
	}
	return found.err()
}

const maxTenantMoves = 100

// Tenants tells in which tenants a person may act. Everybody may ask about themselves.
func (ap *Appointments) Tenants(ctx context.Context, caller Caller, person uuid.UUID) (tenants *Tenants, err error) {
	if err := caller.RequireOrSelf(person, UsersRead); err != nil {
		return nil, err
	}
	err = ap.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		if _, err := tx.FindPerson(person, 0); err != nil {
			return err
		}
		tenants, err = tenantsOf(tx, person)
		return err
	})
	return tenants, err
}

func tenantsOf(tx Tx, person uuid.UUID) (*Tenants, error) {
	home, err := tx.Tenant()
	if err != nil {
		return nil, err
	}
	assigned, err := tx.AssignedTenants([]uuid.UUID{person})
	return &Tenants{knownTenant(home), assigned[person]}, err
}

// ChangeTenants assigns a person of the caller's tenant to other tenants of the business account and ends such
// assignments. It acts on the person's next request. The caller has to reach the tenants itself.
//
// Errors: person_not_found, not_provisioned; tenant_not_found for what is out of reach, of another business account or
// not there; home_tenant on an attempt to take the person's own.
func (ap *Appointments) ChangeTenants(ctx context.Context, caller Caller, person uuid.UUID, moves TenantMoves) (*Tenants, error) {
	if err := caller.Require(UsersTenants); err != nil {
		return nil, err
	}
	if err := moves.check(); err != nil {
		return nil, err
	}
	reached := map[string]KnownTenant{}
	for _, slug := range slices.Concat(moves.Add, moves.Remove) {
		known, err := ap.within(ctx, caller, slug)
		if err != nil && !Is(err, CodeTenantNotFound) {
			return nil, err
		}
		if err == nil {
			reached[slug] = known
		}
	}
	var tenants *Tenants
	err := ap.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, 0)
		if err != nil {
			return err
		}
		if err := e.needsAccess(); err != nil {
			return err
		}
		if err := e.changeTenants(moves, reached); err != nil {
			return err
		}
		if err := e.settle(everyAspect); err != nil {
			return err
		}
		tenants, err = tenantsOf(e.tx, person)
		a.result = tenants
		return err
	})
	return tenants, err
}

func (e *edit) changeTenants(moves TenantMoves, reached map[string]KnownTenant) error {
	before, err := tenantsOf(e.tx, e.p.ID)
	if err != nil {
		return err
	}
	for _, known := range before.Other { // where the person is known to be, the assignment can be ended
		if _, found := reached[known.Slug]; !found {
			reached[known.Slug] = known
		}
	}
	if slices.Contains(moves.Remove, before.Home.Slug) {
		return Refuse(CodeHomeTenant, "RemoveTenants", "%q is the person's own tenant; remove the access instead.", before.Home.Slug)
	}
	coming, err := e.siblings(before, moves.Add, reached)
	if err != nil {
		return err
	}
	going, err := e.siblings(before, moves.Remove, reached)
	if err != nil {
		return err
	}
	added, err := e.tx.AssignTenants(e.p.ID, coming, e.now)
	if err != nil {
		return err
	}
	removed, err := e.tx.UnassignTenants(e.p.ID, going)
	if err != nil || len(added)+len(removed) == 0 {
		return err
	}
	e.happened(EventTenantsChanged)
	e.entry.Changes = append(e.entry.Changes, Change{"Tenants", slugsOf(reached, removed), slugsOf(reached, added)})
	return nil
}

// siblings are the ids of the tenants of the slugs without the home, each reached and of the business account.
func (e *edit) siblings(before *Tenants, slugs []string, reached map[string]KnownTenant) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	for _, slug := range slugs {
		if slug == before.Home.Slug {
			continue
		}
		known, found := reached[slug]
		if !found {
			return nil, unreachable(slug)
		}
		ids = append(ids, known.ID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	siblings, err := e.tx.Siblings(ids)
	for _, slug := range slugs {
		if err == nil && slug != before.Home.Slug && !slices.Contains(siblings, reached[slug].ID) {
			err = unreachable(slug)
		}
	}
	return ids, err
}

func slugsOf(known map[string]KnownTenant, ids []uuid.UUID) string {
	var slugs []string
	for slug, tenant := range known {
		if slices.Contains(ids, tenant.ID) {
			slugs = append(slugs, slug)
		}
	}
	slices.Sort(slugs)
	return strings.Join(slugs, "; ")
}

// RightsIn are what a person of the caller's tenant may do now in the tenant of the slug: in another tenant, to which the
// person is assigned, the same without what is restricted.
//
// Errors: those of Rights; tenant_not_found for a tenant that the caller doesn't reach.
func (ap *Appointments) RightsIn(ctx context.Context, caller Caller, person uuid.UUID, slug string) (*Rights, error) {
	rights, err := ap.Rights(ctx, caller, person)
	if err != nil || slug == caller.TenantSlug {
		return rights, err
	}
	known, err := ap.within(ctx, caller, slug)
	if err != nil {
		return nil, err
	}
	tenants, err := ap.Tenants(ctx, caller, person)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(tenants.Other, func(t KnownTenant) bool { return t.ID == known.ID }) {
		return &Rights{}, nil
	}
	return &Rights{Permissions: rights.Permissions.unrestricted()}, nil
}
