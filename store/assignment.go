package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// knownTenant are the columns of a tenant t for those who may act in it.
const knownTenant = "t.tenant_id, t.slug, t.name, t.sso_enabled, t.policies"

func knownTenantTargets(t *domain.KnownTenant) []any {
	return []any{(*idTarget)(&t.ID), (*textTarget)(&t.Slug), (*textTarget)(&t.Name), (*flagTarget)(&t.Sso), (*policiesTarget)(&t.Policies)}
}

// selectAssigned selects where people may act, in the order of the slugs. An assignment to a tenant that left the business
// account is none.
const selectAssigned = "SELECT x.person_id, " + knownTenant + ` FROM tenant_assignment x
	JOIN tenant h ON h.tenant_id = x.tenant_id
	JOIN tenant t ON t.tenant_id = x.assigned_tenant_id AND t.business_account_id = h.business_account_id AND NOT t.disabled
	WHERE x.tenant_id = ? AND x.person_id IN {ids} ORDER BY t.slug_folded`

// AssignedTenants implements [domain.AssignmentTx].
func (t *tx) AssignedTenants(people []uuid.UUID) (map[uuid.UUID][]domain.KnownTenant, error) {
	return t.assignedIn(t.tenant, people)
}

func (t *tx) assignedIn(tenant any, people []uuid.UUID) (map[uuid.UUID][]domain.KnownTenant, error) {
	found := map[uuid.UUID][]domain.KnownTenant{}
	err := t.rows(t.short, selectAssigned, []any{tenant, people}, func(rows Rows) error {
		var person uuid.UUID
		var known domain.KnownTenant
		err := rows.Scan(append([]any{(*idTarget)(&person)}, knownTenantTargets(&known)...)...)
		found[person] = append(found[person], known)
		return err
	})
	return found, err
}

// Siblings implements [domain.AssignmentTx].
func (t *tx) Siblings(tenants []uuid.UUID) ([]uuid.UUID, error) {
	return t.ids(`SELECT t.tenant_id FROM tenant h JOIN tenant t ON t.business_account_id = h.business_account_id
		WHERE h.tenant_id = ? AND t.tenant_id IN {ids} AND NOT t.disabled`, t.tenant, tenants)
}

// AssignTenants implements [domain.AssignmentTx].
func (t *tx) AssignTenants(person uuid.UUID, tenants []uuid.UUID, at time.Time) ([]uuid.UUID, error) {
	if len(tenants) == 0 {
		return nil, nil
	}
	return t.ids(`INSERT INTO tenant_assignment (tenant_id, person_id, assigned_tenant_id, created_at)
		SELECT a.tenant_id, a.person_id, t.tenant_id, ? FROM user_access a JOIN tenant t ON t.tenant_id IN {ids}
		WHERE a.tenant_id = ? AND a.person_id = ?
		ON CONFLICT (tenant_id, person_id, assigned_tenant_id) DO NOTHING RETURNING assigned_tenant_id`, at, tenants, t.tenant, person)
}

// UnassignTenants implements [domain.AssignmentTx].
func (t *tx) UnassignTenants(person uuid.UUID, tenants []uuid.UUID) ([]uuid.UUID, error) {
	if len(tenants) == 0 {
		return nil, nil
	}
	return t.ids("DELETE FROM tenant_assignment WHERE tenant_id = ? AND person_id = ? AND assigned_tenant_id IN {ids} RETURNING assigned_tenant_id",
		t.tenant, person, tenants)
}

// ListAssigned implements [domain.CredentialRegistry].
func (db *DB) ListAssigned(ctx context.Context, tenant, person uuid.UUID) (list []domain.KnownTenant, err error) {
	err = db.lookup(ctx, func(t *tx) error {
		found, err := t.assignedIn(tenant, []uuid.UUID{person})
		list = found[person]
		return err
	})
	return list, err
}

// join makes the tenant one of a business account, which is made when there is none of the name.
func (t *tx) join(tenant uuid.UUID, account *domain.BusinessAccount) error {
	if account.Name == "" {
		return nil
	}
	err := t.run(`INSERT INTO business_account (business_account_id, name, name_folded, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (name_folded) DO NOTHING`, account.ID, account.Name, domain.Fold(account.Name), t.now())
	if err != nil {
		return err
	}
	return t.must(noTenant(), `UPDATE tenant SET business_account_id = (SELECT b.business_account_id FROM business_account b WHERE b.name_folded = ?)
		WHERE tenant_id = ?`, domain.Fold(account.Name), tenant)
}

// loadOthers completes a credential with the tenants besides its own, in the order in which they were given.
func (t *tx) loadOthers(tenant uuid.UUID, c *domain.Credential) error {
	return t.rows(t.short, "SELECT "+knownTenant+` FROM credential_tenant x JOIN tenant t ON t.tenant_id = x.other_tenant_id AND NOT t.disabled
		WHERE x.tenant_id = ? AND x.credential_id = ? ORDER BY x.place`, []any{tenant, c.ID}, func(rows Rows) error {
		var known domain.KnownTenant
		err := rows.Scan(knownTenantTargets(&known)...)
		c.Others = append(c.Others, known)
		return err
	})
}

func (t *tx) saveOthers(c *domain.Credential) error {
	for i, other := range c.Others {
		err := t.run(`INSERT INTO credential_tenant (tenant_id, credential_id, other_tenant_id, place) VALUES (?, ?, ?, ?)
			ON CONFLICT (tenant_id, credential_id, other_tenant_id) DO NOTHING`, c.Tenant, c.ID, other.ID, int64(i))
		if err != nil {
			return err
		}
	}
	return nil
}
