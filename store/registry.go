package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	tenantColumns     = "{json_id}(t.tenant_id), t.slug, t.name, t.sso_enabled, t.disabled, t.sandbox, t.policies, t.created_at, t.updated_at, t.migration_until"
	connectionColumns = `{json_id}(c.connection_id), c.name, c.policies, c.dialect, c.seen_dialect, c.seen_sure, c.seen_clue, c.seen_dialect_at,
		c.notes, c.last_seen_at, c.created_at`
)

func tenantTargets(t *domain.Tenant) []any {
	return []any{(*idTarget)(&t.ID), (*textTarget)(&t.Slug), (*textTarget)(&t.Name), (*flagTarget)(&t.SsoEnabled),
		(*flagTarget)(&t.Disabled), (*flagTarget)(&t.Sandbox), (*policiesTarget)(&t.Policies), (*instantTarget)(&t.CreatedAt), (*instantTarget)(&t.UpdatedAt),
		(*instantTarget)(&t.MigrationUntil)}
}

// selectTenant is a tenant with its business account, if any.
const selectTenant = "SELECT " + tenantColumns + `, t.business_account_id, COALESCE(b.name, '') FROM tenant t
	LEFT JOIN business_account b ON b.business_account_id = t.business_account_id`

func tenantWithAccount(t *domain.Tenant) []any {
	return append(tenantTargets(t), (*idTarget)(&t.Account.ID), (*textTarget)(&t.Account.Name))
}

func connectionTargets(c *domain.Connection) []any {
	targets := append([]any{(*idTarget)(&c.ID), (*textTarget)(&c.Name), (*policiesTarget)(&c.Policies), (*textTarget)(&c.Dialect)},
		sightingTargets(&c.Seen)...)
	return append(targets, (*textsTarget)(&c.Notes), (*instantTarget)(&c.LastSeenAt), (*instantTarget)(&c.CreatedAt))
}

func sightingTargets(s *domain.Sighting) []any {
	return []any{(*textTarget)(&s.Dialect), (*flagTarget)(&s.Sure), (*textTarget)(&s.Clue), (*instantTarget)(&s.At)}
}

// administer runs an operator's change of the tenant with its audit row and event, in one transaction. The event has
// the id of the audit row: they tell of the same act.
func (db *DB) administer(ctx context.Context, tenant uuid.UUID, entry *domain.AuditEntry, fn func(t *tx) error) error {
	return db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) error {
		if err := fn(t); err != nil {
			return err
		}
		if err := t.Record(entry); err != nil {
			return err
		}
		return t.Append([]domain.Event{entry.Event()})
	})
}

// InsertTenant implements [domain.TenantRegistry].
func (db *DB) InsertTenant(ctx context.Context, t *domain.Tenant, entry *domain.AuditEntry) error {
	return db.administer(ctx, t.ID, entry, func(tx *tx) error { return tx.insertTenant(t) })
}

func (t *tx) insertTenant(made *domain.Tenant) error {
	err := t.run(`INSERT INTO tenant (tenant_id, slug, slug_folded, name, sso_enabled, disabled, sandbox, policies, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, made.ID, made.Slug, domain.Fold(made.Slug), made.Name, made.SsoEnabled, made.Disabled, made.Sandbox,
		encodeMap(made.Policies), made.CreatedAt, made.UpdatedAt)
	if err != nil {
		return err
	}
	return t.join(made.ID, &made.Account)
}

// UpdateTenant implements [domain.TenantRegistry].
func (db *DB) UpdateTenant(ctx context.Context, t *domain.Tenant, entry *domain.AuditEntry) error {
	return db.administer(ctx, t.ID, entry, func(tx *tx) error { return tx.SaveTenant(t) })
}

// FindTenant implements [domain.TenantRegistry].
func (db *DB) FindTenant(ctx context.Context, slug string) (*domain.Tenant, error) {
	tenant := new(domain.Tenant)
	err := db.lookup(ctx, func(t *tx) error {
		found, err := t.row(tenantWithAccount(tenant), selectTenant+" WHERE t.slug_folded = ?", domain.Fold(slug))
		if err == nil && !found {
			return noTenant()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return tenant, nil
}

// ListTenants implements [domain.TenantRegistry], in the order of their slugs.
func (db *DB) ListTenants(ctx context.Context) ([]*domain.Tenant, error) {
	var list []*domain.Tenant
	err := db.lookup(ctx, func(t *tx) error {
		return t.rows(ctx, selectTenant+" ORDER BY t.slug_folded", nil, func(rows Rows) error {
			tenant := new(domain.Tenant)
			list = append(list, tenant)
			return rows.Scan(tenantWithAccount(tenant)...)
		})
	})
	return list, err
}
