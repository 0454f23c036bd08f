package domain

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Administration sets up tenants, connections, credentials and identity providers. Its callers are the operator at the
// machine, see [Administration.Operator], and whoever holds the restricted permission that the act asks for.
type Administration struct{ *engine }

var slugPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CreateTenant makes a tenant that belongs to no business account.
func (o *Administration) CreateTenant(ctx context.Context, slug, name string, sso bool, policies map[string]string) (*Tenant, error) {
	return o.CreateTenantOf(ctx, "", slug, name, sso, policies)
}

// entry is the audit of an act of the operator on a tenant as such, which is no act in it: it may be disabled.
func (o *Administration) entry(action EventType, changes ...Change) *AuditEntry {
	return &AuditEntry{ID: o.newID(), At: o.now(), Actor: Actor{Kind: ActorOperator, Name: "operator"}, Door: DoorSystem,
		Action: action, Effects: []EventType{action}, Changes: changes}
}

// TenantChange names what is to be different; nil leaves a field alone.
type TenantChange struct {
	Name     *string
	Sso      *bool
	Policies map[string]string // "" returns one to its default
	Account  string            // business account to join; empty leaves it alone
	// MigrationUntil opens the tenant for migrations until then, or closes it with a time that is over.
	MigrationUntil *time.Time
}

// UpdateTenant changes a tenant's name, SSO switch, policies and window for migrations.
//
// Errors: validation_failed; group_not_found, restricted_permission about the group that new access joins.
func (o *Administration) UpdateTenant(ctx context.Context, caller Caller, change TenantChange) (*Tenant, error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, err
	}
	var tenant *Tenant
	err := o.write(ctx, caller, func(a *act) (err error) {
		if tenant, err = a.tx.LockTenant(); err != nil {
			return err
		}
		before := *tenant
		if err := change.apply(tenant); err != nil {
			return err
		}
		if err := o.joins(tenant, change.Account); err != nil {
			return err
		}
		if err := a.mayBeDefault(before.Policies, tenant.Policies); err != nil {
			return err
		}
		a.result = tenant
		if !a.differs(EventTenantUpdated, append(policyChanges(before.Policies, tenant.Policies), Change{"Name", before.Name, tenant.Name},
			Change{"Account", before.Account.Name, tenant.Account.Name},
			Change{"SsoEnabled", BoolValue(before.SsoEnabled).String(), BoolValue(tenant.SsoEnabled).String()},
			Change{"MigrationWindowUntil", shownTime(before.MigrationUntil), shownTime(tenant.MigrationUntil)})...) {
			return nil
		}
		tenant.UpdatedAt = a.now
		return a.tx.SaveTenant(tenant)
	})
	return tenant, err
}

func (c TenantChange) apply(t *Tenant) (err error) {
	var found problems
	if c.Name != nil {
		t.Name = *c.Name
		if checkText(&found, "Name", t.Name); t.Name == "" {
			found.add("Name", "A name is needed.")
		}
	}
	if c.Sso != nil {
		t.SsoEnabled = *c.Sso
	}
	if c.MigrationUntil != nil {
		t.MigrationUntil = c.MigrationUntil.UTC().Truncate(time.Microsecond)
	}
	if err := found.err(); err != nil {
		return err
	}
	t.Policies, err = t.Policies.With(false, c.Policies)
	return err
}

// mayBeDefault checks the group that new access joins, where another one is chosen: whoever chooses it grants it.
func (a *act) mayBeDefault(before, after Policies) error {
	id := after.ID(PolicyDefaultGroup)
	if id == uuid.Nil || id == before.ID(PolicyDefaultGroup) {
		return nil
	}
	group, err := a.tx.FindGroup(id)
	if err == nil && group.Restricted && !a.caller.operates() {
		err = Refuse(CodeRestricted, string(PolicyDefaultGroup), "This group grants restricted permissions; new access can't join it.")
	}
	return err
}

// TenantState is what only the operator changes of a tenant; nil leaves a switch alone.
type TenantState struct{ Disabled, Sandbox *bool }

// SetTenant turns a tenant off or on, or into a sandbox or a live one. It is the operator's act: a disabled tenant lets
// nobody in, at any door, on any server, within a second. What waits to leave a tenant that becomes a sandbox is withheld.
//
// Errors: tenant_not_found.
func (o *Administration) SetTenant(ctx context.Context, slug string, state TenantState) (*Tenant, error) {
	tenant, err := o.registry.FindTenant(ctx, slug)
	if err != nil {
		return nil, err
	}
	var changes []Change
	set := func(name string, at, to *bool) {
		if to != nil && *at != *to {
			changes = append(changes, Change{name, BoolValue(*at).String(), BoolValue(*to).String()})
			*at = *to
		}
	}
	set("Disabled", &tenant.Disabled, state.Disabled)
	set("Sandbox", &tenant.Sandbox, state.Sandbox)
	if len(changes) == 0 {
		return tenant, nil
	}
	tenant.UpdatedAt = o.now()
	return tenant, o.registry.UpdateTenant(ctx, tenant, o.entry(EventTenantUpdated, changes...))
}

func shownTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339Nano)
}

func policyChanges(before, after Policies) []Change {
	var changes []Change
	for _, rule := range policyTable {
		changes = append(changes, Change{string(rule.policy), before.Get(rule.policy), after.Get(rule.policy)})
	}
	return changes
}

// differs notes an effect with those of the changes that make a difference, and tells whether there is any.
func (a *act) differs(effect EventType, changes ...Change) bool {
	changes = slices.DeleteFunc(changes, func(c Change) bool { return c.Before == c.After })
	if len(changes) == 0 {
		return false
	}
	a.entry.Changes = append(a.entry.Changes, changes...)
	a.happened(effect)
	return true
}

// Tenants lists all tenants, for the operator.
func (o *Administration) Tenants(ctx context.Context) ([]*Tenant, error) {
	return o.registry.ListTenants(ctx)
}

// Tenant finds a tenant by its slug, for the operator.
func (o *Administration) Tenant(ctx context.Context, slug string) (*Tenant, error) {
	return o.registry.FindTenant(ctx, slug)
}

// OwnTenant is the caller's tenant.
func (o *Administration) OwnTenant(ctx context.Context, caller Caller) (tenant *Tenant, err error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, err
	}
	err = o.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		tenant, err = tx.Tenant()
		return err
	})
	return tenant, err
}

func checkName(name string) error {
	var found problems
	checkKey(&found, "Name", name)
	if name == "" {
		found.add("Name", "A name is needed.")
	}
	return found.err()
}
