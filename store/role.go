package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const roleColumns = `r.role_id, r.name, r.description, r.weight, r.version, r.permissions, r.is_system, r.created_by, r.created_at, r.updated_at`

func readRole(rows Rows) (*domain.Role, error) {
	r := new(domain.Role)
	err := rows.Scan((*idTarget)(&r.ID), (*textTarget)(&r.Name), (*textTarget)(&r.Description), (*countTarget)(&r.Weight),
		(*numberTarget)(&r.Version), (*permissionsTarget)(&r.Permissions), (*flagTarget)(&r.IsSystem), (*textTarget)(&r.CreatedBy),
		(*instantTarget)(&r.CreatedAt), (*instantTarget)(&r.UpdatedAt))
	return r, err
}

func noRole() error {
	return domain.Refuse(domain.CodeRoleNotFound, "RoleId", "There is no such role.")
}

// roles collects the roles that a query selects.
func (t *tx) roles(text string, args ...any) (list []*domain.Role, err error) {
	err = t.rows(t.short, text, args, func(rows Rows) error {
		r, err := readRole(rows)
		list = append(list, r)
		return err
	})
	return list, err
}

// InsertRole implements [domain.RoleTx].
func (t *tx) InsertRole(r *domain.Role) error {
	return t.run(`INSERT INTO role (tenant_id, role_id, name, name_folded, description, weight, version, permissions, is_system,
		is_restricted, administers, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.scope.Tenant, r.ID, r.Name, domain.Fold(r.Name), r.Description, int64(r.Weight), r.Version, encodeTexts(r.Permissions),
		r.IsSystem, r.Restricted(), r.Administers(), r.CreatedBy, r.CreatedAt, r.UpdatedAt)
}

// UpdateRole implements [domain.RoleTx].
func (t *tx) UpdateRole(r *domain.Role) error {
	return t.must(noRole(), `UPDATE role SET name = ?, name_folded = ?, description = ?, weight = ?, version = ?, permissions = ?,
		is_restricted = ?, administers = ?, updated_at = ? WHERE tenant_id = ? AND role_id = ?`,
		r.Name, domain.Fold(r.Name), r.Description, int64(r.Weight), r.Version, encodeTexts(r.Permissions), r.Restricted(), r.Administers(),
		r.UpdatedAt, t.scope.Tenant, r.ID)
}

// DeleteRole implements [domain.RoleTx]. Its grants go with it by foreign keys.
func (t *tx) DeleteRole(id uuid.UUID) error {
	return t.must(noRole(), "DELETE FROM role WHERE tenant_id = ? AND role_id = ?", t.scope.Tenant, id)
}

// FindRoles implements [domain.RoleTx].
func (t *tx) FindRoles(ids []uuid.UUID) ([]*domain.Role, error) {
	if t.writing && !t.dialect.Local { // in one order, so that two writers never wait for each other
		if _, err := t.row(nil, "SELECT 1 FROM role r WHERE r.tenant_id = ? AND r.role_id IN {ids} ORDER BY r.role_id {lock}", t.scope.Tenant, ids); err != nil {
			return nil, err
		}
	}
	return t.roles("SELECT "+roleColumns+" FROM role r WHERE r.tenant_id = ? AND r.role_id IN {ids}", t.scope.Tenant, ids)
}

// FindRoleByName implements [domain.RoleTx].
func (t *tx) FindRoleByName(name string) (*domain.Role, error) {
	list, err := t.roles("SELECT "+roleColumns+" FROM role r WHERE r.tenant_id = ? AND r.name_folded = ? AND r.name_folded <> ''",
		t.scope.Tenant, domain.Fold(name))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// ListRoles implements [domain.RoleTx].
func (t *tx) ListRoles(q domain.Query) (domain.Page[*domain.Role], error) {
	page := domain.Page[*domain.Role]{Total: -1}
	list, err := t.roles("SELECT "+roleColumns+" FROM role r WHERE r.tenant_id = ? ORDER BY r.tenant_id, r.weight DESC, r.name_folded, r.role_id LIMIT ? OFFSET ?",
		t.scope.Tenant, int64(q.Count+1), int64(q.Offset))
	if err != nil {
		return page, err
	}
	page.More = len(list) > q.Count
	page.Items = list[:min(len(list), q.Count)]
	if q.Total {
		_, err = t.row([]any{(*countTarget)(&page.Total)}, "SELECT COUNT(*) FROM role WHERE tenant_id = ?", t.scope.Tenant)
	}
	return page, err
}

// RoleHolders implements [domain.RoleTx].
func (t *tx) RoleHolders(role uuid.UUID) (people int, groups []uuid.UUID, err error) {
	_, err = t.row([]any{(*countTarget)(&people)}, "SELECT COUNT(*) FROM user_role WHERE tenant_id = ? AND role_id = ?", t.scope.Tenant, role)
	if err != nil {
		return 0, nil, err
	}
	groups, err = t.ids("SELECT group_id FROM group_role WHERE tenant_id = ? AND role_id = ? ORDER BY group_id", t.scope.Tenant, role)
	return people, groups, err
}

// GrantRoles implements [domain.GrantTx].
func (t *tx) GrantRoles(person uuid.UUID, roles []uuid.UUID, at time.Time) ([]uuid.UUID, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	return t.ids(`INSERT INTO user_role (tenant_id, person_id, role_id, created_at)
		SELECT a.tenant_id, a.person_id, r.role_id, ? FROM user_access a JOIN role r ON r.tenant_id = a.tenant_id
		WHERE a.tenant_id = ? AND a.person_id = ? AND r.role_id IN {ids}
		ON CONFLICT (tenant_id, person_id, role_id) DO NOTHING RETURNING role_id`, at, t.scope.Tenant, person, roles)
}

// RevokeRoles implements [domain.GrantTx].
func (t *tx) RevokeRoles(person uuid.UUID, roles []uuid.UUID) ([]uuid.UUID, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	return t.ids("DELETE FROM user_role WHERE tenant_id = ? AND person_id = ? AND role_id IN {ids} RETURNING role_id",
		t.scope.Tenant, person, roles)
}
