package domain

import (
	"context"

	"github.com/google/uuid"
)

// BusinessAccount is the customer to whom several tenants belong. People of one of them can be assigned to others.
type BusinessAccount struct {
	ID   uuid.UUID
	Name string // unique when folded; empty: none
}

// KnownTenant is what those know of a tenant who may act in it.
type KnownTenant struct {
	ID   uuid.UUID
	Slug string
	Name string
	Sso  bool // whether it has SSO enabled

	Policies Policies
}

func knownTenant(t *Tenant) KnownTenant {
	return KnownTenant{t.ID, t.Slug, t.Name, t.SsoEnabled, t.Policies}
}

// CreateTenantOf makes a tenant of the business account of that name, which is made with its first tenant.
func (o *Administration) CreateTenantOf(ctx context.Context, account, slug, name string, sso bool, policies map[string]string) (*Tenant, error) {
	tenant, err := o.newTenant(account, slug, name)
	if err != nil {
		return nil, err
	}
	tenant.SsoEnabled = sso
	if tenant.Policies, err = Policies(nil).With(false, policies); err != nil {
		return nil, err
	}
	entry := o.entry(EventTenantCreated, Change{"Slug", "", slug}, Change{"SsoEnabled", "", BoolValue(sso).String()})
	if account != "" {
		entry.Changes = append(entry.Changes, Change{"Account", "", account})
	}
	return tenant, o.registry.InsertTenant(ctx, tenant, entry)
}

func (o *Administration) newTenant(account, slug, name string) (*Tenant, error) {
	var found problems
	if !slugPattern.MatchString(slug) {
		found.add("Slug", "A slug is 1 to 63 of a-z, 0-9 and -, with - neither first nor last.")
	}
	checkText(&found, "Name", name)
	checkKey(&found, "Account", account)
	if err := found.err(); err != nil {
		return nil, err
	}
	if name == "" {
		name = slug
	}
	return &Tenant{ID: o.newID(), Slug: slug, Name: name, CreatedAt: o.now(), UpdatedAt: o.now(), Account: BusinessAccount{o.newID(), account}}, nil
}

// joins makes the tenant one of the business account. Assignments from and to the one before end with that.
func (o *Administration) joins(tenant *Tenant, account string) error {
	if account == "" || Fold(account) == Fold(tenant.Account.Name) {
		return nil
	}
	tenant.Account = BusinessAccount{o.newID(), account}
	var found problems
	checkKey(&found, "Account", account)
	return found.err()
}

// otherTenants finds the tenants of the slugs.
func (o *Administration) otherTenants(ctx context.Context, home *Tenant, slugs []string) (list []KnownTenant, err error) {
	for _, slug := range slugs {
		tenant, err := o.registry.FindTenant(ctx, slug)
		if err != nil {
			return nil, err
		}
		if tenant.ID != home.ID {
			list = append(list, knownTenant(tenant))
		}
	}
	return list, nil
}
