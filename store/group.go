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
var groupSelection = packed(`{json_id}(g.group_id), g.name, g.description, g.restricted, {json_id}(g.managed_by), g.permissions, g.administers,
	g.member_count, g.version, g.created_at, g.updated_at`, "{json_id}(l.connection_id), l.external_key, l.hidden_at, l.projected_login, l.echo")

func (t *tx) readGroup(rows Rows) (*domain.Group, error) {
	g, l := new(domain.Group), new(domain.Link)
	own := []any{(*idTarget)(&g.ID), (*textTarget)(&g.Name), (*textTarget)(&g.Description), (*flagTarget)(&g.Restricted),
		(*idTarget)(&g.ManagedBy), (*permissionsTarget)(&g.Permissions), (*flagTarget)(&g.Administers), (*countTarget)(&g.MemberCount),
		(*numberTarget)(&g.Version), (*instantTarget)(&g.CreatedAt), (*instantTarget)(&g.UpdatedAt)}
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
		managed_by, permissions, administers, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.tenant, g.ID, g.Name, domain.Fold(g.Name), g.Description, domain.Fold(g.Description), g.Restricted,
		g.ManagedBy, encodeTexts(g.Permissions), g.Administers, g.Version, g.CreatedAt, g.UpdatedAt)
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
	from := fromGroup
	if !restricted {
		from += " AND NOT g.restricted"
	}
	l := &listing[*domain.Group]{
		tx: t, all: t.compileGroup(), columns: groupSelection, record: "g.group_id", created: "g.created_at",
		tables: func(bool) string { return from },
		read:   t.readGroup,
		place:  func(g *domain.Group) domain.Position { return domain.Position{Created: g.CreatedAt, ID: g.ID} },
		among:  t.countGroups,
	}
	return l.page(q)
}

// countGroups counts no further than to the number at which any search is too costly.
func (t *tx) countGroups() (count int, err error) {
	_, err = t.row([]any{(*countTarget)(&count)}, "SELECT COUNT(*) FROM (SELECT 1 FROM permission_group WHERE tenant_id = ? LIMIT ?) AS counted",
		t.tenant, int64(t.bounds.Work/priceWalk+1))
	return count, err
}

// UpdateGroup implements [domain.GroupTx].
func (t *tx) UpdateGroup(g *domain.Group) error {
	t.renames = true
	return t.must(noGroup(), `UPDATE permission_group SET name = ?, name_folded = ?, description = ?, description_folded = ?, restricted = ?,
		managed_by = ?, permissions = ?, administers = ?, version = ?, updated_at = ? WHERE tenant_id = ? AND group_id = ?`,
		g.Name, domain.Fold(g.Name), g.Description, domain.Fold(g.Description), g.Restricted, g.ManagedBy,
		encodeTexts(g.Permissions), g.Administers, g.Version, g.UpdatedAt,
		t.tenant, g.ID)
}

// BumpGroup implements [domain.GroupTx].
func (t *tx) BumpGroup(g *domain.Group, at time.Time) error {
	found, err := t.row([]any{(*numberTarget)(&g.Version), (*countTarget)(&g.MemberCount)},
		`UPDATE permission_group SET version = version + 1, updated_at = ?, member_count = member_count + ?
		WHERE tenant_id = ? AND group_id = ? RETURNING version, member_count`, at, t.moved[g.ID], t.tenant, g.ID)
	delete(t.moved, g.ID)
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

// GroupRoles implements [domain.GrantTx].
func (t *tx) GroupRoles(group uuid.UUID) ([]*domain.Role, error) {
	return t.roles("SELECT "+roleColumns+` FROM group_role x JOIN role r ON r.tenant_id = x.tenant_id AND r.role_id = x.role_id
		WHERE x.tenant_id = ? AND x.group_id = ? ORDER BY r.weight DESC, r.name_folded, r.role_id`, t.scope.Tenant, group)
}

// GroupRoleIDs implements [domain.GrantTx].
func (t *tx) GroupRoleIDs(groups []uuid.UUID) (map[uuid.UUID][]uuid.UUID, error) {
	found := map[uuid.UUID][]uuid.UUID{}
	err := t.rows(t.short, "SELECT group_id, role_id FROM group_role WHERE tenant_id = ? AND group_id IN {ids} ORDER BY group_id, role_id",
		[]any{t.scope.Tenant, groups}, func(rows Rows) error {
			var group, role uuid.UUID
			err := rows.Scan((*idTarget)(&group), (*idTarget)(&role))
			found[group] = append(found[group], role)
			return err
		})
	return found, err
}

// GrantGroupRoles implements [domain.GrantTx].
func (t *tx) GrantGroupRoles(group uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	return t.ids(`INSERT INTO group_role (tenant_id, group_id, role_id)
		SELECT g.tenant_id, g.group_id, r.role_id FROM permission_group g JOIN role r ON r.tenant_id = g.tenant_id
		WHERE g.tenant_id = ? AND g.group_id = ? AND r.role_id IN {ids}
		ON CONFLICT (tenant_id, group_id, role_id) DO NOTHING RETURNING role_id`, t.scope.Tenant, group, roles)
}

// RevokeGroupRoles implements [domain.GrantTx].
func (t *tx) RevokeGroupRoles(group uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	return t.ids("DELETE FROM group_role WHERE tenant_id = ? AND group_id = ? AND role_id IN {ids} RETURNING role_id",
		t.scope.Tenant, group, roles)
}
