package store

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// rightsOf selects what is granted to people, a row a grant, by look-ups in indexes that begin with the person.
const rightsOf = `SELECT u.person_id, r.role_id, r.name, r.weight, r.permissions, 'Direct' AS source, r.name_folded AS name_folded
		FROM user_role u JOIN role r ON r.tenant_id = u.tenant_id AND r.role_id = u.role_id
		WHERE u.tenant_id = ? AND u.person_id IN {ids}
	UNION ALL SELECT m.person_id, r.role_id, r.name, r.weight, r.permissions, 'Group', r.name_folded
		FROM group_member m JOIN group_role x ON x.tenant_id = m.tenant_id AND x.group_id = m.group_id
		JOIN role r ON r.tenant_id = x.tenant_id AND r.role_id = x.role_id
		WHERE m.tenant_id = ? AND m.person_id IN {ids}
	UNION ALL SELECT m.person_id, NULL, '', 0, g.permissions, 'Group', ''
		FROM group_member m JOIN permission_group g ON g.tenant_id = m.tenant_id AND g.group_id = m.group_id
		WHERE m.tenant_id = ? AND m.person_id IN {ids} AND g.permissions <> '[]'
	ORDER BY 4 DESC, 7, 2, 6`

// Rights implements [domain.RightTx].
func (t *tx) Rights(people []uuid.UUID) (map[uuid.UUID]*domain.Rights, error) {
	return t.rightsIn(t.scope.Tenant, people)
}

func (t *tx) rightsIn(tenant uuid.UUID, people []uuid.UUID) (map[uuid.UUID]*domain.Rights, error) {
	found := map[uuid.UUID]*domain.Rights{}
	err := t.rows(t.short, rightsOf, []any{tenant, people, tenant, people, tenant, people}, func(rows Rows) error {
		var person uuid.UUID
		var role domain.HeldRole
		var permissions domain.Permissions
		var folded string
		err := rows.Scan((*idTarget)(&person), (*idTarget)(&role.Role), (*textTarget)(&role.Name), (*countTarget)(&role.Weight),
			(*permissionsTarget)(&permissions), (*textTarget)(&role.Source), (*textTarget)(&folded))
		rights := found[person]
		if rights == nil {
			rights = &domain.Rights{}
			found[person] = rights
		}
		// A role that several groups grant is one role.
		if last := len(rights.Roles) - 1; last < 0 || rights.Roles[last] != role {
			rights.Add(role, permissions)
		}
		return err
	})
	return found, err
}

// restrictedHolders selects who holds something restricted, and with a condition more only part of it. There are few.
func restrictedHolders(ofRole, ofGroup string) string {
	return `SELECT u.person_id FROM role r JOIN user_role u ON u.tenant_id = r.tenant_id AND u.role_id = r.role_id
			WHERE r.tenant_id = ? AND r.is_restricted` + ofRole + `
		UNION SELECT m.person_id FROM permission_group g JOIN group_member m ON m.tenant_id = g.tenant_id AND m.group_id = g.group_id
			WHERE g.tenant_id = ? AND g.restricted` + ofGroup
}

var (
	administrators = restrictedHolders(" AND r.administers", " AND g.administers")
	protected      = restrictedHolders("", "") + `
		UNION SELECT b.person_id FROM user_access b WHERE b.tenant_id = ? AND b.break_glass`
)

// alone keeps other acts on the administrators of the tenant away until the end of the transaction.
func (t *tx) alone() error {
	return t.hold("tenant WHERE tenant_id = ?", t.scope.Tenant)
}

// RefreshProtection implements [domain.RightTx].
func (t *tx) RefreshProtection() (lost bool, err error) {
	if err := t.alone(); err != nil {
		return false, err
	}
	id := t.scope.Tenant
	err = t.rows(t.short, "UPDATE user_access SET administers = FALSE WHERE tenant_id = ? AND administers AND person_id NOT IN ("+administrators+`)
		RETURNING is_active AND activated_at <> 0`, []any{id, id, id}, func(rows Rows) error {
		var active bool
		err := rows.Scan((*flagTarget)(&active))
		lost = lost || active
		return err
	})
	for _, update := range []struct {
		set, where string
		args       []any
	}{
		{"administers = TRUE", "NOT administers AND person_id IN (" + administrators + ")", []any{id, id, id}},
		{"is_protected = FALSE", "is_protected AND person_id NOT IN (" + protected + ")", []any{id, id, id, id}},
		{"is_protected = TRUE", "NOT is_protected AND person_id IN (" + protected + ")", []any{id, id, id, id}},
	} {
		if err == nil {
			err = t.run("UPDATE user_access SET "+update.set+" WHERE tenant_id = ? AND "+update.where, update.args...)
		}
	}
	return lost, err
}

// HasAdministrator implements [domain.RightTx].
func (t *tx) HasAdministrator() (bool, error) {
	if err := t.alone(); err != nil {
		return false, err
	}
	return t.row(nil, "SELECT 1 FROM user_access WHERE tenant_id = ? AND administers AND is_active AND activated_at <> 0 LIMIT 1", t.scope.Tenant)
}
