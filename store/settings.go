package store

import (
	"slices"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// settings are the tenant and the connection of the scope, loaded together when either is asked for.
type settings struct {
	tenant     *domain.Tenant
	connection *domain.Connection
}

// maxNotes is how many notes of a connection are kept.
const maxNotes = 20

func noTenant() error {
	return domain.Refuse(domain.CodeTenantNotFound, "", "There is no such tenant.")
}

var selectSettings = "SELECT " + packed(tenantColumns, connectionColumns) + ` FROM tenant t
	LEFT JOIN connection c ON c.tenant_id = t.tenant_id AND c.connection_id = ? WHERE t.tenant_id = ? AND NOT t.disabled`

func (t *tx) loadSettings() (*settings, error) {
	if t.settings != nil {
		return t.settings, nil
	}
	tenant, connection := new(domain.Tenant), new(domain.Connection)
	own, found := tenantTargets(tenant), false
	err := t.rows(t.short, selectSettings, []any{t.connection, t.tenant}, func(rows Rows) error {
		found = true
		return t.scanPack(rows, append(own, connectionTargets(connection)...), len(own))
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, noTenant()
	case connection.ID == uuid.Nil:
		connection = nil
	}
	t.settings = &settings{tenant, connection}
	return t.settings, nil
}

// Tenant implements [domain.SettingsTx].
func (t *tx) Tenant() (*domain.Tenant, error) {
	s, err := t.loadSettings()
	if err != nil {
		return nil, err
	}
	return s.tenant, nil
}

// Connection implements [domain.SettingsTx].
func (t *tx) Connection() (*domain.Connection, error) {
	s, err := t.loadSettings()
	if err != nil {
		return nil, err
	}
	return s.connection, nil
}

// LockTenant implements [domain.AdministrationTx].
func (t *tx) LockTenant() (*domain.Tenant, error) {
	if err := t.alone(); err != nil {
		return nil, err
	}
	tenant := new(domain.Tenant)
	found, err := t.row(tenantWithAccount(tenant), selectTenant+" WHERE t.tenant_id = ? AND NOT t.disabled", t.tenant)
	if err == nil && !found {
		err = noTenant()
	}
	t.settings = nil
	return tenant, err
}

// SaveTenant implements [domain.AdministrationTx].
func (t *tx) SaveTenant(tenant *domain.Tenant) error {
	err := t.must(noTenant(), `UPDATE tenant SET slug = ?, slug_folded = ?, name = ?, sso_enabled = ?, disabled = ?, sandbox = ?, policies = ?,
		updated_at = ?, migration_until = ? WHERE tenant_id = ?`, tenant.Slug, domain.Fold(tenant.Slug), tenant.Name, tenant.SsoEnabled, tenant.Disabled,
		tenant.Sandbox, encodeMap(tenant.Policies), tenant.UpdatedAt, tenant.MigrationUntil, t.tenant)
	if err != nil {
		return err
	}
	if err := t.join(t.scope.Tenant, &tenant.Account); err != nil || !tenant.Sandbox {
		return err
	}
	return t.withhold()
}

// Note implements [domain.SettingsTx].
func (t *tx) Note(line string) error {
	connection, err := t.Connection()
	if err != nil || connection == nil || slices.Contains(connection.Notes, line) {
		return err
	}
	notes := append(slices.Clone(connection.Notes), line)
	connection.Notes = notes[max(0, len(notes)-maxNotes):]
	return t.run("UPDATE connection SET notes = ? WHERE tenant_id = ? AND connection_id = ?",
		encodeTexts(connection.Notes), t.tenant, connection.ID)
}

// Organizations implements [domain.SettingsTx].
func (t *tx) Organizations(ids []uuid.UUID) (map[uuid.UUID]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	names := make(map[uuid.UUID]string, len(ids))
	err := t.rows(t.short, "SELECT organization_id, name FROM organization WHERE tenant_id = ? AND organization_id IN {ids}", []any{t.tenant, ids}, func(rows Rows) error {
		var id uuid.UUID
		var name string
		err := rows.Scan((*idTarget)(&id), (*textTarget)(&name))
		names[id] = name
		return err
	})
	return names, err
}
