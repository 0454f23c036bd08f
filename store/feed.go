package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// dataTarget is the target of the facts of an event.
type dataTarget map[string]string

// Scan implements [sql.Scanner].
func (t *dataTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*map[string]string)(t))
}

// EventSpan implements [domain.FeedTx].
func (t *tx) EventSpan() (first, last int64, err error) {
	found, err := t.row([]any{(*numberTarget)(&first), (*numberTarget)(&last)}, `SELECT COALESCE(
		(SELECT MIN(e.event_index) FROM domain_event e WHERE e.tenant_id = ?), h.event_index + 1), h.event_index
		FROM ledger_head h WHERE h.tenant_id = ?`, t.scope.Tenant, t.scope.Tenant)
	if !found {
		first = 1
	}
	return first, last, err
}

// ListEvents implements [domain.FeedTx].
func (t *tx) ListEvents(q domain.EventQuery) ([]domain.Event, error) {
	text := `SELECT event_index, event_id, type, audit_id, person_id, group_id, door, actor_kind, actor_id, actor_name, at, attributes, data
		FROM domain_event WHERE tenant_id = ? AND event_index > ? AND event_index <= ?`
	args := []any{t.scope.Tenant, q.After, q.Until}
	if len(q.Types) > 0 {
		text += " AND type IN (?" + strings.Repeat(", ?", len(q.Types)-1) + ")"
		for _, each := range q.Types {
			args = append(args, string(each))
		}
	}
	var list []domain.Event
	err := t.rows(t.ctx, text+" ORDER BY event_index LIMIT ?", append(args, int64(q.Count)), func(rows Rows) error {
		list = append(list, domain.Event{})
		e := &list[len(list)-1]
		return rows.Scan((*numberTarget)(&e.Index), (*idTarget)(&e.ID), (*textTarget)(&e.Type), (*idTarget)(&e.Act), (*idTarget)(&e.Person),
			(*idTarget)(&e.Group), (*textTarget)(&e.Door), (*textTarget)(&e.Actor.Kind), (*idTarget)(&e.Actor.ID), (*textTarget)(&e.Actor.Name),
			(*instantTarget)(&e.At), (*textsTarget)(&e.Attributes), (*dataTarget)(&e.Data))
	})
	return list, err
}

// BehindSubscriptions implements [domain.Feeds].
func (db *DB) BehindSubscriptions(ctx context.Context, count int) ([]domain.SubscriptionKey, error) {
	return db.subscriptionKeys(ctx, `SELECT s.tenant_id, s.subscription_id FROM subscription s
		JOIN ledger_head h ON h.tenant_id = s.tenant_id JOIN tenant t ON t.tenant_id = s.tenant_id
		WHERE s.enabled AND s.event_index < h.event_index AND NOT t.disabled LIMIT ?`, int64(count))
}

// FailingSubscriptions implements [domain.Feeds].
func (db *DB) FailingSubscriptions(ctx context.Context, then time.Time, count int) ([]domain.SubscriptionKey, error) {
	return db.subscriptionKeys(ctx, `SELECT s.tenant_id, s.subscription_id FROM subscription s JOIN tenant t ON t.tenant_id = s.tenant_id
		WHERE s.enabled AND s.failing_since <> 0 AND s.failing_since < ? AND NOT t.disabled LIMIT ?`, then, int64(count))
}

func (db *DB) subscriptionKeys(ctx context.Context, text string, args ...any) ([]domain.SubscriptionKey, error) {
	var list []domain.SubscriptionKey
	err := db.lookup(ctx, func(t *tx) error {
		return t.rows(ctx, text, args, func(rows Rows) error {
			list = append(list, domain.SubscriptionKey{})
			key := &list[len(list)-1]
			return rows.Scan((*idTarget)(&key.Tenant), (*idTarget)(&key.ID))
		})
	})
	return list, err
}

// ForgetEvents implements [domain.Feeds]. It looks at the oldest events only: they are in the order of their times but for
// the moments that clocks differ by.
func (db *DB) ForgetEvents(ctx context.Context, tenant uuid.UUID, then time.Time, count int) (int, error) {
	var forgotten int64
	err := db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) (err error) {
		forgotten, err = t.exec(`DELETE FROM domain_event WHERE tenant_id = ? AND event_index <= (
			SELECT MAX(event_index) FROM (SELECT event_index, at FROM domain_event WHERE tenant_id = ? ORDER BY event_index LIMIT ?) AS oldest
			WHERE at < ?)`, tenant, tenant, int64(count), then)
		if err != nil || forgotten == 0 {
			return err
		}
		return t.run(`DELETE FROM subscription_delivery WHERE tenant_id = ?
			AND subscription_id IN (SELECT subscription_id FROM subscription WHERE tenant_id = ?)
			AND event_index < COALESCE((SELECT MIN(event_index) FROM domain_event WHERE tenant_id = ?),
				(SELECT event_index + 1 FROM ledger_head WHERE tenant_id = ?))`, tenant, tenant, tenant, tenant)
	})
	return int(forgotten), err
}
