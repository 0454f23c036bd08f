package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

func noConnection() error {
	return domain.Refuse(domain.CodeNotFound, "ScimConnectionId", "There is no such connection.")
}

// SaveConnection implements [domain.AdministrationTx]. The notes and the last use are the engine's and stay.
func (t *tx) SaveConnection(c *domain.Connection) error {
	err := t.run(`INSERT INTO connection (tenant_id, connection_id, name, policies, dialect, notes, last_seen_at, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, connection_id) DO UPDATE SET name = excluded.name, policies = excluded.policies, dialect = excluded.dialect`,
		t.tenant, c.ID, c.Name, encodeMap(c.Policies), string(c.Dialect), encodeTexts(c.Notes), c.LastSeenAt, c.CreatedAt)
	if err != nil || c.Seen.Dialect != "" {
		return err
	}
	return t.run(`UPDATE connection SET seen_dialect = '', seen_sure = FALSE, seen_clue = '', seen_dialect_at = 0
		WHERE tenant_id = ? AND connection_id = ?`, t.tenant, c.ID)
}

// FindConnection implements [domain.AdministrationTx].
func (t *tx) FindConnection(id uuid.UUID) (*domain.Connection, error) {
	if err := t.hold("connection WHERE tenant_id = ? AND connection_id = ?", t.tenant, id); err != nil {
		return nil, err
	}
	list, err := t.connections(" AND c.connection_id = ?", id)
	if err == nil && len(list) == 0 {
		err = noConnection()
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ListConnections implements [domain.AdministrationTx].
func (t *tx) ListConnections() ([]*domain.Connection, error) {
	return t.connections(" ORDER BY c.created_at, c.connection_id")
}

func (t *tx) connections(text string, args ...any) (list []*domain.Connection, err error) {
	err = t.rows(t.ctx, "SELECT "+connectionColumns+" FROM connection c WHERE c.tenant_id = ? AND c.removed_at = 0"+text,
		append([]any{t.tenant}, args...), func(rows Rows) error {
			connection := new(domain.Connection)
			list = append(list, connection)
			return rows.Scan(connectionTargets(connection)...)
		})
	for i := 0; i < len(list) && err == nil; i++ {
		list[i].Deviations, err = t.deviations(t.ctx, t.scope.Tenant, list[i].ID)
	}
	return list, err
}

// RemoveConnection implements [domain.AdministrationTx]. The row stays: links and ended credentials name it.
func (t *tx) RemoveConnection(id uuid.UUID, at time.Time) (revoked, released int, err error) {
	if err := t.must(noConnection(), "UPDATE connection SET removed_at = ? WHERE tenant_id = ? AND connection_id = ? AND removed_at = 0",
		at, t.tenant, id); err != nil {
		return 0, 0, err
	}
	if err := t.run("DELETE FROM subscription WHERE tenant_id = ? AND connection_id = ?", t.tenant, id); err != nil {
		return 0, 0, err
	}
	credentials, err := t.exec("UPDATE credential SET revoked_at = ? WHERE tenant_id = ? AND connection_id = ? AND revoked_at = 0", at, t.tenant, id)
	if err != nil {
		return 0, 0, err
	}
	groups, err := t.exec("UPDATE permission_group SET managed_by = NULL, version = version + 1, updated_at = ? WHERE tenant_id = ? AND managed_by = ?",
		at, t.tenant, id)
	return int(credentials), int(groups), err
}

// ListDeviations implements [domain.CredentialRegistry].
func (db *DB) ListDeviations(ctx context.Context, tenant, connection uuid.UUID) (list []domain.Deviation, err error) {
	err = db.lookup(ctx, func(t *tx) error {
		list, err = t.deviations(ctx, tenant, connection)
		return err
	})
	return list, err
}

func (t *tx) deviations(ctx context.Context, tenant, connection uuid.UUID) (list []domain.Deviation, err error) {
	err = t.rows(ctx, `SELECT d.rule, d.seen_count, d.first_seen_at, d.last_seen_at FROM connection_deviation d
		WHERE d.tenant_id = ? AND d.connection_id = ? ORDER BY d.rule`, []any{tenant, connection}, func(rows Rows) error {
		var d domain.Deviation
		err := rows.Scan((*textTarget)(&d.Rule), (*countTarget)(&d.Count), (*instantTarget)(&d.First), (*instantTarget)(&d.Last))
		list = append(list, d)
		return err
	})
	return list, err
}

// SeenConnection implements [domain.CredentialRegistry].
func (db *DB) SeenConnection(ctx context.Context, tenant, connection uuid.UUID, seen domain.Observation) error {
	return db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) error {
		err := t.run("UPDATE connection SET last_seen_at = ? WHERE tenant_id = ? AND connection_id = ? AND last_seen_at < ?",
			seen.At, tenant, connection, seen.At)
		if err == nil && seen.Sighting.Dialect != "" {
			err = t.sighted(tenant, connection, seen.Sighting)
		}
		for i := 0; i < len(seen.Deviations) && err == nil; i++ {
			err = t.deviated(tenant, connection, seen.Deviations[i])
		}
		return err
	})
}

func (t *tx) sighted(tenant, connection uuid.UUID, s domain.Sighting) error {
	weaker := "seen_dialect = ''"
	if s.Sure {
		weaker = "NOT seen_sure"
	}
	return t.run(`UPDATE connection SET seen_dialect = ?, seen_sure = ?, seen_clue = ?, seen_dialect_at = ?
		WHERE tenant_id = ? AND connection_id = ? AND dialect = '' AND `+weaker, string(s.Dialect), s.Sure, s.Clue, s.At, tenant, connection)
}

func (t *tx) deviated(tenant, connection uuid.UUID, d domain.Deviation) error {
	return t.run(`INSERT INTO connection_deviation (tenant_id, connection_id, rule, seen_count, first_seen_at, last_seen_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant_id, connection_id, rule) DO UPDATE
		SET seen_count = connection_deviation.seen_count + excluded.seen_count, last_seen_at = excluded.last_seen_at`,
		tenant, connection, d.Rule, int64(d.Count), d.First, d.Last)
}
