package store

import (
	"maps"
	"slices"
	"sync"

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
	var loaded *settings
	err := t.rows(t.short, selectSettings, []any{t.connection, t.tenant}, func(rows Rows) (err error) {
		loaded, err = t.scanSettings(rows)
		return err
	})
	if err == nil && loaded == nil {
		err = noTenant()
	}
	if err != nil {
		return nil, err
	}
	t.settings = loaded
	return loaded, nil
}

// scanSettings reads the text of a pack only if it differs from the one that was read last.
func (t *tx) scanSettings(rows Rows) (*settings, error) {
	if !t.dialect.Packs {
		return newSettings(func(targets []any, _ int) error { return rows.Scan(targets...) })
	}
	var text textTarget
	if err := rows.Scan(&text); err != nil {
		return nil, err
	}
	if same := t.read.settings(t.scope, string(text)); same != nil {
		return same, nil
	}
	made, err := newSettings(func(targets []any, joined int) error {
		return (&packTarget{targets, []int{joined}}).Scan(string(text))
	})
	if err == nil {
		t.read.keep(t.scope, string(text), made)
	}
	return made, err
}

// newSettings makes settings by scanning them into their targets, of which those of the connection begin at joined.
func newSettings(scan func(targets []any, joined int) error) (*settings, error) {
	made := &settings{new(domain.Tenant), new(domain.Connection)}
	own := tenantTargets(made.tenant)
	err := scan(append(own, connectionTargets(made.connection)...), len(own))
	if made.connection.ID == uuid.Nil {
		made.connection = nil
	}
	return made, err
}

// copied is a copy that shares nothing: callers change what they get.
func (s *settings) copied() *settings {
	tenant := *s.tenant
	tenant.Policies = maps.Clone(tenant.Policies)
	if s.connection == nil {
		return &settings{&tenant, nil}
	}
	connection := *s.connection
	connection.Policies, connection.Notes = maps.Clone(connection.Policies), slices.Clone(connection.Notes)
	connection.Deviations = slices.Clone(connection.Deviations)
	return &settings{&tenant, &connection}
}

// readSettings are the settings of busy scopes with the text that they were read from. The text is asked for each time:
// what is remembered is what it means.
type readSettings struct {
	mu    sync.RWMutex
	known map[domain.Scope]readText
}

type readText struct {
	text string
	as   *settings
}

const maxReadSettings = 1 << 10

// settings gives what that text was read as, nil if it is not the latest of the scope.
func (r *readSettings) settings(of domain.Scope, text string) *settings {
	r.mu.RLock()
	latest := r.known[of]
	r.mu.RUnlock()
	if latest.as == nil || latest.text != text {
		return nil
	}
	return latest.as.copied()
}

func (r *readSettings) keep(of domain.Scope, text string, as *settings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= maxReadSettings {
		r.known = map[domain.Scope]readText{}
	}
	r.known[of] = readText{text, as.copied()}
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
