package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	fromGroup = ` FROM permission_group g
		LEFT JOIN group_link l ON l.tenant_id = g.tenant_id AND l.connection_id = ? AND l.group_id = g.group_id
		WHERE g.tenant_id = ?`
)

// groupSelection is what is selected of a group: one pack.
var groupSelection = packed(`{json_id}(g.group_id), g.name, g.description, g.restricted, {json_id}(g.managed_by), g.version, g.created_at,
	g.updated_at`, "{json_id}(l.connection_id), l.external_key, l.hidden_at, l.projected_login, l.echo")

func (t *tx) readGroup(rows Rows) (*domain.Group, error) {
	g, l := new(domain.Group), new(domain.Link)
	own := []any{(*idTarget)(&g.ID), (*textTarget)(&g.Name), (*textTarget)(&g.Description), (*flagTarget)(&g.Restricted),
		(*idTarget)(&g.ManagedBy), (*numberTarget)(&g.Version), (*instantTarget)(&g.CreatedAt), (*instantTarget)(&g.UpdatedAt)}
	err := t.scanPack(rows, append(own, (*idTarget)(&l.Connection), (*textTarget)(&l.ExternalKey), (*instantTarget)(&l.HiddenAt),
		(*textTarget)(&l.ProjectedLogin), (*echoTarget)(&l.Echo)), len(own))
	if l.Connection != uuid.Nil {
		g.Link = l
	}
	return g, err
}

func noGroup() error {
	return domain.Refuse(domain.CodeGroupNotFound, "PermissionGroupId", "There is no such group.")
}

// findGroup loads the group that the rest of the statement selects; nil when there is none.
func (t *tx) findGroup(rest string, args ...any) (*domain.Group, error) {
	err := t.hold("permission_group g WHERE g.tenant_id = ?"+rest, append([]any{t.tenant}, args...)...)
	if err != nil {
		return nil, err
	}
	var g *domain.Group
	err = t.rows(t.short, "SELECT "+groupSelection+fromGroup+rest, append([]any{t.connection, t.tenant}, args...),
		func(rows Rows) (err error) {
			g, err = t.readGroup(rows)
			return err
		})
	return g, err
}

// InsertGroup implements [domain.GroupTx].
func (t *tx) InsertGroup(g *domain.Group) error {
	return t.run(`INSERT INTO permission_group (tenant_id, group_id, name, name_folded, description, description_folded, restricted,
		managed_by, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.tenant, g.ID, g.Name, domain.Fold(g.Name), g.Description, domain.Fold(g.Description), g.Restricted,
		g.ManagedBy, g.Version, g.CreatedAt, g.UpdatedAt)
}

// FindGroup implements [domain.GroupTx].
func (t *tx) FindGroup(id uuid.UUID) (*domain.Group, error) {
	g, err := t.findGroup(" AND g.group_id = ?", id)
	if err == nil && g == nil {
		return nil, noGroup()
	}
	return g, err
}

// FindGroupByName implements [domain.GroupTx].
func (t *tx) FindGroupByName(name string) (*domain.Group, error) {
	return t.findGroup(" AND g.name_folded = ? AND g.name_folded <> ''", domain.Fold(name))
}

// ListGroups implements [domain.GroupTx].
func (t *tx) ListGroups(q domain.Query, restricted bool) (domain.Page[*domain.Group], error) {
	l := &listing[*domain.Group]{
		tx: t, compile: t.compileGroup, columns: groupSelection, from: fromGroup, record: "g.group_id", created: "g.created_at",
		read:  t.readGroup,
		place: func(g *domain.Group) domain.Position { return domain.Position{Created: g.CreatedAt, ID: g.ID} },
	}
	if !restricted {
		l.from += " AND NOT g.restricted"
	}
	return l.page(q)
}

// UpdateGroup implements [domain.GroupTx].
func (t *tx) UpdateGroup(g *domain.Group) error {
	return t.must(noGroup(), `UPDATE permission_group SET name = ?, name_folded = ?, description = ?, description_folded = ?, restricted = ?,
		managed_by = ?, version = ?, updated_at = ? WHERE tenant_id = ? AND group_id = ?`,
		g.Name, domain.Fold(g.Name), g.Description, domain.Fold(g.Description), g.Restricted, g.ManagedBy, g.Version, g.UpdatedAt,
		t.tenant, g.ID)
}

// BumpGroup implements [domain.GroupTx].
func (t *tx) BumpGroup(g *domain.Group, at time.Time) error {
	found, err := t.row([]any{(*numberTarget)(&g.Version)},
		"UPDATE permission_group SET version = version + 1, updated_at = ? WHERE tenant_id = ? AND group_id = ? RETURNING version",
		at, t.tenant, g.ID)
	if err == nil && !found {
		return noGroup()
	}
	g.UpdatedAt = at
	return err
}

// DeleteGroup implements [domain.GroupTx]. Memberships and links go with it by foreign keys.
func (t *tx) DeleteGroup(id uuid.UUID) error {
	return t.must(noGroup(), "DELETE FROM permission_group WHERE tenant_id = ? AND group_id = ?", t.tenant, id)
}
