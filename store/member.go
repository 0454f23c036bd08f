package store

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// membersAtOnce is how many members one statement changes. SQLite keeps a copy of every page that a statement changes
// until the statement ends, and each member may be on a page of its own.
const membersAtOnce = 5000

// AddMembers implements [domain.MemberTx].
func (t *tx) AddMembers(group uuid.UUID, people []uuid.UUID, source domain.MemberSource, at time.Time) (added []uuid.UUID, err error) {
	for some := range slices.Chunk(people, membersAtOnce) {
		fresh, err := t.ids(`INSERT INTO group_member (tenant_id, group_id, person_id, source, created_at)
			SELECT g.tenant_id, g.group_id, a.person_id, ?, ? FROM permission_group g JOIN user_access a ON a.tenant_id = g.tenant_id
			WHERE g.tenant_id = ? AND g.group_id = ? AND a.person_id IN {ids}
			ON CONFLICT (tenant_id, group_id, person_id) DO NOTHING RETURNING person_id`,
			string(source), at, t.tenant, group, some)
		if err == nil && len(fresh) < len(some) {
			err = t.checkAccess(some)
		}
		if err != nil {
			return nil, err
		}
		added = append(added, fresh...)
	}
	t.movedBy(group, len(added))
	return added, nil
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
func (t *tx) RemoveMembers(group uuid.UUID, people []uuid.UUID) (removed []uuid.UUID, err error) {
	for some := range slices.Chunk(people, membersAtOnce) {
		gone, err := t.ids("DELETE FROM group_member WHERE tenant_id = ? AND group_id = ? AND person_id IN {ids} RETURNING person_id",
			t.tenant, group, some)
		if err != nil {
			return nil, err
		}
		removed = append(removed, gone...)
	}
	t.movedBy(group, -len(removed))
	return removed, nil
}

// ClearMembers implements [domain.MemberTx].
func (t *tx) ClearMembers(group uuid.UUID, keep []uuid.UUID) (int, error) {
	others, err := t.ids("SELECT person_id FROM group_member WHERE tenant_id = ? AND group_id = ? AND person_id NOT IN {ids}", t.tenant, group, keep)
	if err != nil {
		return 0, err
	}
	removed, err := t.RemoveMembers(group, others)
	return len(removed), err
}

// ListMembers implements [domain.MemberTx].
func (t *tx) ListMembers(group, after uuid.UUID, count int) ([]domain.Member, error) {
	if after == uuid.Nil {
		return t.members(" ORDER BY m.person_id LIMIT ?", t.tenant, group, int64(count))
	}
	return t.members(" AND m.person_id > ? ORDER BY m.person_id LIMIT ?", t.tenant, group, after, int64(count))
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
	left, err := t.ids(text+" RETURNING group_id", args...)
	for _, group := range left {
		t.movedBy(group, -1)
	}
	return left, err
}

// PageMembers implements [domain.MemberTx].
func (t *tx) PageMembers(group uuid.UUID, offset, count int) ([]domain.Member, error) {
	return t.members(" ORDER BY m.person_id LIMIT ? OFFSET ?", t.tenant, group, int64(count), int64(offset))
}

// members reads the members that the rest of the statement selects.
func (t *tx) members(rest string, args ...any) (list []domain.Member, err error) {
	var m domain.Member // and its targets, for all rows: there may be many
	into := t.packTargets([]any{(*idTarget)(&m.Person), (*textTarget)(&m.Name), (*textTarget)(&m.Source)})
	err = t.rows(t.ctx, "SELECT "+packed("{json_id}(m.person_id), p.shown_name, m.source")+` FROM group_member m
		JOIN person p ON p.tenant_id = m.tenant_id AND p.person_id = m.person_id WHERE m.tenant_id = ? AND m.group_id = ?`+rest, args,
		func(rows Rows) error {
			err := rows.Scan(into...)
			list = append(list, m)
			return err
		})
	return list, err
}

// RequireAccess implements [domain.MemberTx].
func (t *tx) RequireAccess(people []uuid.UUID) error {
	if len(people) == 0 {
		return nil
	}
	return t.checkAccess(people)
}

// movedBy notes that members came to a group or went. Its number of members is written with its version.
func (t *tx) movedBy(group uuid.UUID, by int) {
	if by == 0 {
		return
	}
	if t.moved == nil {
		t.moved = map[uuid.UUID]int64{}
	}
	t.moved[group] += int64(by)
}

// settleMembers writes the numbers of members that no new version of a group took along.
func (t *tx) settleMembers() error {
	for group, by := range t.moved {
		if err := t.run("UPDATE permission_group SET member_count = member_count + ? WHERE tenant_id = ? AND group_id = ?",
			by, t.tenant, group); err != nil {
			return err
		}
	}
	return nil
}
