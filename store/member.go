package store

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// AddMembers implements [domain.MemberTx]. The rows are made from those of user_access, so that nobody without access,
// or of another tenant, can become a member.
func (t *tx) AddMembers(group uuid.UUID, people []uuid.UUID, source domain.MemberSource, at time.Time) ([]uuid.UUID, error) {
	if len(people) == 0 {
		return nil, nil
	}
	added, err := t.ids(`INSERT INTO group_member (tenant_id, group_id, person_id, source, created_at)
		SELECT g.tenant_id, g.group_id, a.person_id, ?, ? FROM permission_group g JOIN user_access a ON a.tenant_id = g.tenant_id
		WHERE g.tenant_id = ? AND g.group_id = ? AND a.person_id IN {ids}
		ON CONFLICT (tenant_id, group_id, person_id) DO NOTHING RETURNING person_id`,
		string(source), at, t.tenant, group, people)
	if err != nil || len(added) == len(people) {
		return added, err
	}
	return added, t.checkAccess(people)
}

// checkAccess refuses people without access, naming the first.
func (t *tx) checkAccess(people []uuid.UUID) error {
	known, err := t.ids("SELECT person_id FROM user_access WHERE tenant_id = ? AND person_id IN {ids}", t.tenant, people)
	if err != nil {
		return err
	}
	having := make(map[uuid.UUID]bool, len(known))
	for _, id := range known {
		having[id] = true
	}
	if i := slices.IndexFunc(people, func(id uuid.UUID) bool { return !having[id] }); i >= 0 {
		return domain.Refuse(domain.CodeUnknownMember, "Members", "%s is nobody with access; only people with access can be members.", people[i])
	}
	return nil
}

// RemoveMembers implements [domain.MemberTx].
func (t *tx) RemoveMembers(group uuid.UUID, people []uuid.UUID) ([]uuid.UUID, error) {
	if len(people) == 0 {
		return nil, nil
	}
	return t.ids("DELETE FROM group_member WHERE tenant_id = ? AND group_id = ? AND person_id IN {ids} RETURNING person_id",
		t.tenant, group, people)
}

// ClearMembers implements [domain.MemberTx].
func (t *tx) ClearMembers(group uuid.UUID, keep []uuid.UUID) (int, error) {
	removed, err := t.exec("DELETE FROM group_member WHERE tenant_id = ? AND group_id = ? AND person_id NOT IN {ids}",
		t.tenant, group, keep)
	return int(removed), err
}

// ListMembers implements [domain.MemberTx].
func (t *tx) ListMembers(group, after uuid.UUID, count int) ([]domain.Member, error) {
	var list []domain.Member
	text, args := "SELECT "+packed("{json_id}(m.person_id), p.shown_name")+` FROM group_member m JOIN person p ON p.tenant_id = m.tenant_id AND p.person_id = m.person_id
		WHERE m.tenant_id = ? AND m.group_id = ?`, []any{t.tenant, group}
	if after != uuid.Nil {
		text, args = text+" AND m.person_id > ?", append(args, after)
	}
	var m domain.Member // and its targets, for all rows: there may be many
	into := t.packTargets([]any{(*idTarget)(&m.Person), (*textTarget)(&m.Name)})
	err := t.rows(t.ctx, text+" ORDER BY m.person_id LIMIT ?", append(args, int64(count)), func(rows Rows) error {
		err := rows.Scan(into...)
		list = append(list, m)
		return err
	})
	return list, err
}

// FilterMembers implements [domain.MemberTx].
func (t *tx) FilterMembers(group uuid.UUID, people []uuid.UUID) ([]uuid.UUID, error) {
	if len(people) == 0 {
		return nil, nil
	}
	return t.ids("SELECT person_id FROM group_member WHERE tenant_id = ? AND group_id = ? AND person_id IN {ids}", t.tenant, group, people)
}

// LeaveGroups implements [domain.MemberTx].
func (t *tx) LeaveGroups(person uuid.UUID, source domain.MemberSource) ([]uuid.UUID, error) {
	text, args := "DELETE FROM group_member WHERE tenant_id = ? AND person_id = ?", []any{t.tenant, person}
	if source != "" {
		text, args = text+" AND source = ?", append(args, string(source))
	}
	return t.ids(text+" RETURNING group_id", args...)
}

// InRestrictedGroup implements [domain.MemberTx].
func (t *tx) InRestrictedGroup(person uuid.UUID) (bool, error) {
	return t.row(nil, `SELECT 1 FROM group_member m JOIN permission_group g ON g.tenant_id = m.tenant_id AND g.group_id = m.group_id
		WHERE m.tenant_id = ? AND m.person_id = ? AND g.restricted LIMIT 1`, t.tenant, person)
}
