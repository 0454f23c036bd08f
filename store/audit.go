package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const auditColumns = `audit_index, audit_id, at, actor_kind, actor_id, actor_name, door, action, effects, person_id, group_id, changes, note,
	request_id, ip, payload_salt, payload_digest, chain_hash`

// changesTarget is the target of a list of changes.
type changesTarget []domain.Change

// Scan implements [sql.Scanner].
func (t *changesTarget) Scan(source any) error {
	var documents []changeDocument
	err := decode(source, &documents)
	*t = converted(documents, func(c changeDocument) domain.Change { return domain.Change(c) })
	return err
}

func auditTargets(e *domain.AuditEntry) []any {
	return []any{(*numberTarget)(&e.Index), (*idTarget)(&e.ID), (*instantTarget)(&e.At), (*textTarget)(&e.Actor.Kind), (*idTarget)(&e.Actor.ID),
		(*textTarget)(&e.Actor.Name), (*textTarget)(&e.Door), (*textTarget)(&e.Action), (*typesTarget)(&e.Effects), (*idTarget)(&e.Person),
		(*idTarget)(&e.Group), (*changesTarget)(&e.Changes), (*textTarget)(&e.Note), (*textTarget)(&e.RequestID), (*textTarget)(&e.IP),
		(*bytesTarget)(&e.Seal.Salt), (*bytesTarget)(&e.Seal.Payload), (*bytesTarget)(&e.Seal.Chain)}
}

func (t *tx) auditEntries(text string, args []any) ([]*domain.AuditEntry, error) {
	var list []*domain.AuditEntry
	err := t.rows(t.ctx, text, args, func(rows Rows) error {
		e := new(domain.AuditEntry)
		list = append(list, e)
		return rows.Scan(auditTargets(e)...)
	})
	return list, err
}

// AuditHead implements [domain.AuditTx].
func (t *tx) AuditHead() (domain.AuditHead, error) {
	head := domain.AuditHead{Tenant: t.scope.Tenant}
	_, err := t.row([]any{(*numberTarget)(&head.Index), (*bytesTarget)(&head.Hash), (*numberTarget)(&head.Unchained)},
		"SELECT audit_index, audit_hash, unchained FROM ledger_head WHERE tenant_id = ?", t.tenant)
	return head, err
}

// AuditHeads implements [domain.Audits].
func (db *DB) AuditHeads(ctx context.Context) ([]domain.AuditHead, error) {
	var list []domain.AuditHead
	err := db.lookup(ctx, func(t *tx) error {
		return t.rows(ctx, "SELECT tenant_id, audit_index, audit_hash, unchained FROM ledger_head WHERE audit_index > 0", nil, func(rows Rows) error {
			list = append(list, domain.AuditHead{})
			head := &list[len(list)-1]
			return rows.Scan((*idTarget)(&head.Tenant), (*numberTarget)(&head.Index), (*bytesTarget)(&head.Hash), (*numberTarget)(&head.Unchained))
		})
	})
	return list, err
}

// ScanAudit implements [domain.AuditTx].
func (t *tx) ScanAudit(after int64, count int) ([]*domain.AuditEntry, error) {
	return t.auditEntries("SELECT "+auditColumns+" FROM audit_event WHERE tenant_id = ? AND audit_index > ? ORDER BY audit_index LIMIT ?",
		[]any{t.tenant, after, int64(count)})
}

const (
	// stretch is how many lines a query looks at whose conditions have no index.
	stretch = 5000
	// auditSkew is how much earlier than the line before it, or than any before it, a line may be: clocks of replicas differ,
	// and acts take a while.
	auditSkew = 15 * time.Minute
)

// ListAudit implements [domain.AuditTx]. The indexes have no gaps, so that a stretch of them is a number of lines.
func (t *tx) ListAudit(q domain.AuditQuery) (list []*domain.AuditEntry, next int64, err error) {
	count := max(q.Count, 1)
	before, floor, err := t.auditSpan(q)
	if err != nil {
		return nil, 0, err
	}
	down := floor
	if q.Person == uuid.Nil && (q.ActorName != "" || q.Action != "" || q.Door != "" || q.RequestID != "") {
		down = max(floor, before-stretch)
	}
	text := "SELECT " + auditColumns + " FROM audit_event WHERE tenant_id = ? AND audit_index < ? AND audit_index >= ?"
	args := []any{t.tenant, before, down}
	where := func(asked bool, condition string, value any) {
		if asked {
			text, args = text+" AND "+condition, append(args, value)
		}
	}
	where(q.Person != uuid.Nil, "person_id = ?", q.Person)
	where(q.Actor != uuid.Nil, "actor_id = ?", q.Actor)
	where(q.ActorName != "", "actor_name = ?", q.ActorName)
	where(q.Action != "", "action = ?", string(q.Action))
	where(q.Door != "", "door = ?", string(q.Door))
	where(q.RequestID != "", "request_id = ?", q.RequestID)
	where(!q.From.IsZero(), "at >= ?", q.From)
	where(!q.To.IsZero(), "at < ?", q.To)
	list, err = t.auditEntries(text+" ORDER BY audit_index DESC LIMIT ?", append(args, int64(count)+1))
	switch {
	case err != nil:
		return nil, 0, err
	case len(list) > count:
		return list[:count], list[count-1].Index, nil
	case down > floor:
		return list, down, nil
	default:
		return list, 0, nil
	}
}

// auditSpan is which indexes a query is about: those below before, from the floor on.
func (t *tx) auditSpan(q domain.AuditQuery) (before, floor int64, err error) {
	head, err := t.AuditHead()
	before, floor = head.Index+1, 1
	if q.Before > 0 {
		before = min(before, q.Before)
	}
	if err == nil && !q.To.IsZero() {
		before, err = firstSince(1, before, q.To.Add(auditSkew), t.nextLine)
	}
	if err == nil && !q.From.IsZero() {
		floor, err = firstSince(1, before, q.From.Add(-auditSkew), t.nextLine)
	}
	return before, floor, err
}

// nextLine is the first line with that index or a later one, and its time. No line: index is zero.
func (t *tx) nextLine(from int64) (index int64, at time.Time, err error) {
	_, err = t.row([]any{(*numberTarget)(&index), (*instantTarget)(&at)},
		"SELECT audit_index, at FROM audit_event WHERE tenant_id = ? AND audit_index >= ? ORDER BY audit_index LIMIT 1", t.tenant, from)
	return index, at, err
}

// firstSince halves the indexes from low up to, without it, high until it stands between a line from before the instant
// and one that is not. As far as times follow indexes within auditSkew, all lines below what it gives are from before the
// instant and a skew later, and all others from a skew before the instant or later. Indexes without a line do no harm.
func firstSince(low, high int64, instant time.Time, next func(from int64) (index int64, at time.Time, err error)) (int64, error) {
	for low < high {
		middle := low + (high-low)/2
		index, at, err := next(middle)
		switch {
		case err != nil:
			return 0, err
		case index == 0 || index >= high || !at.Before(instant):
			high = middle
		default:
			low = index + 1
		}
	}
	return low, nil
}
