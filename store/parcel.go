package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const parcelColumns = "delivery_id, event_index, status, attempts, next_at, reason, response_status, created_at, settled_at"

func parcelTargets(p *domain.Parcel) []any {
	return []any{(*idTarget)(&p.ID), (*numberTarget)(&p.Index), (*textTarget)(&p.Status), (*countTarget)(&p.Attempts), (*instantTarget)(&p.NextAt),
		(*textTarget)(&p.Reason), (*countTarget)(&p.ResponseStatus), (*instantTarget)(&p.CreatedAt), (*instantTarget)(&p.SettledAt)}
}

var insertParcel = inserting("INSERT INTO subscription_delivery (tenant_id, subscription_id, delivery_id, event_index, body, fetched, status, next_at, created_at)",
	always, always, always, always, always, always, always, always, always).conflicting(` ON CONFLICT (tenant_id, subscription_id, delivery_id)
	DO UPDATE SET body = excluded.body, status = excluded.status, attempts = 0, next_at = excluded.next_at, reason = '', settled_at = 0`)

// InsertParcels implements [domain.ParcelTx].
func (t *tx) InsertParcels(s *domain.Subscription, parcels []*domain.Parcel) error {
	if len(parcels) == 0 {
		return nil
	}
	status, err := t.parcelStatus(s)
	if err != nil {
		return err
	}
	args := make([]any, 0, len(insertParcel.empties)*len(parcels))
	for _, p := range parcels {
		args = append(args, t.scope.Tenant, s.ID, p.ID, p.Index, p.Body, !s.Kind.Pushed(), string(status), p.NextAt, p.CreatedAt)
	}
	return t.insert(insertParcel, args)
}

// parcelStatus is with what status a delivery begins, also anew. What a subscriber fetches does not leave by itself.
func (t *tx) parcelStatus(s *domain.Subscription) (domain.ParcelStatus, error) {
	withheld, err := t.sandboxed()
	switch {
	case err != nil:
		return "", err
	case withheld && s.Kind.Pushed():
		return domain.ParcelWithheld, nil
	case !s.Enabled:
		return domain.ParcelPaused, nil
	default:
		return domain.ParcelWaiting, nil
	}
}

// ListParcels implements [domain.ParcelTx].
func (t *tx) ListParcels(s *domain.Subscription, offset, count int) ([]*domain.Parcel, error) {
	return t.parcels(s, false, "SELECT "+parcelColumns+` FROM subscription_delivery WHERE tenant_id = ? AND subscription_id = ?
		ORDER BY event_index DESC, delivery_id DESC LIMIT ? OFFSET ?`, t.scope.Tenant, s.ID, int64(count), int64(offset))
}

// WaitingParcels implements [domain.ParcelTx].
func (t *tx) WaitingParcels(s *domain.Subscription, count int) ([]*domain.Parcel, error) {
	return t.parcels(s, true, "SELECT "+parcelColumns+`, body FROM subscription_delivery WHERE tenant_id = ? AND subscription_id = ?
		AND status = 'Waiting' ORDER BY event_index, delivery_id LIMIT ?`, t.scope.Tenant, s.ID, int64(count))
}

func (t *tx) parcels(s *domain.Subscription, bodies bool, text string, args ...any) ([]*domain.Parcel, error) {
	var list []*domain.Parcel
	err := t.rows(t.ctx, text, args, func(rows Rows) error {
		p := &domain.Parcel{Tenant: t.scope.Tenant, Subscription: s}
		list = append(list, p)
		targets := parcelTargets(p)
		if bodies {
			targets = append(targets, (*bytesTarget)(&p.Body))
		}
		return rows.Scan(targets...)
	})
	return list, err
}

// RepeatParcel implements [domain.ParcelTx].
func (t *tx) RepeatParcel(s *domain.Subscription, id uuid.UUID, at time.Time) error {
	status, err := t.parcelStatus(s)
	if err != nil {
		return err
	}
	return t.must(notFound("delivery"), `UPDATE subscription_delivery SET status = ?, attempts = 0, next_at = ?, reason = '', settled_at = 0
		WHERE tenant_id = ? AND subscription_id = ? AND delivery_id = ?`, string(status), at, t.scope.Tenant, s.ID, id)
}

// EndParcels implements [domain.ParcelTx].
func (t *tx) EndParcels(s *domain.Subscription, ids []uuid.UUID, status domain.ParcelStatus, reason string, at time.Time) error {
	return t.run(`UPDATE subscription_delivery SET status = ?, reason = ?, settled_at = ?
		WHERE tenant_id = ? AND subscription_id = ? AND status = 'Waiting' AND delivery_id IN {ids}`,
		string(status), reason, at, t.scope.Tenant, s.ID, ids)
}

// ClaimParcels implements [domain.Deliveries].
func (db *DB) ClaimParcels(ctx context.Context, now time.Time, lease time.Duration, count int, except ...uuid.UUID) ([]*domain.Parcel, error) {
	var list []*domain.Parcel
	err := db.later(ctx, domain.Scope{}, func(t *tx) error {
		list = nil
		known := map[uuid.UUID]*domain.Subscription{}
		err := t.rows(t.short, `WITH due AS MATERIALIZED (
			SELECT tenant_id AS due_tenant, subscription_id AS due_subscription, delivery_id AS due_delivery FROM subscription_delivery
			WHERE status = 'Waiting' AND NOT fetched AND next_at <= ? AND subscription_id NOT IN {ids} ORDER BY next_at LIMIT ? {skip_locked})
			UPDATE subscription_delivery SET attempts = attempts + 1, next_at = ? FROM due
			WHERE tenant_id = due_tenant AND subscription_id = due_subscription AND delivery_id = due_delivery
			RETURNING `+parcelColumns+", body, tenant_id, subscription_id", []any{now, except, int64(count), now.Add(lease)}, func(rows Rows) error {
			p, subscription := new(domain.Parcel), uuid.Nil
			list = append(list, p)
			err := rows.Scan(append(parcelTargets(p), (*bytesTarget)(&p.Body), (*idTarget)(&p.Tenant), (*idTarget)(&subscription))...)
			if known[subscription] == nil {
				known[subscription] = &domain.Subscription{Tenant: p.Tenant, ID: subscription}
			}
			p.Subscription = known[subscription]
			return err
		})
		for _, s := range known {
			if err == nil {
				_, err = t.row(subscriptionTargets(s), "SELECT "+subscriptionColumns+" FROM subscription WHERE tenant_id = ? AND subscription_id = ?",
					s.Tenant, s.ID)
			}
		}
		return err
	})
	return list, err
}

// SettleParcel implements [domain.Deliveries].
func (db *DB) SettleParcel(ctx context.Context, p *domain.Parcel, outcome domain.ParcelOutcome) error {
	status := domain.ParcelDelivered
	if outcome.Dead {
		status = domain.ParcelDead
	}
	return db.note(ctx, p, status, p.NextAt, outcome.Reason)
}

// RetryParcel implements [domain.Deliveries].
func (db *DB) RetryParcel(ctx context.Context, p *domain.Parcel, at time.Time, reason string) error {
	return db.note(ctx, p, domain.ParcelWaiting, at, reason)
}

// note stores what came of an attempt, unless another claim has been made since, and what that says of the subscriber.
func (db *DB) note(ctx context.Context, p *domain.Parcel, status domain.ParcelStatus, next time.Time, reason string) error {
	return db.later(ctx, domain.Scope{Tenant: p.Tenant}, func(t *tx) error {
		now, settled := t.now(), time.Time{}
		if status != domain.ParcelWaiting {
			settled = now
		}
		touched, err := t.exec(`UPDATE subscription_delivery SET status = ?, next_at = ?, reason = ?, response_status = ?, settled_at = ?
			WHERE tenant_id = ? AND subscription_id = ? AND delivery_id = ? AND status = 'Waiting' AND attempts = ?`,
			string(status), next, reason, int64(p.ResponseStatus), settled, p.Tenant, p.Subscription.ID, p.ID, int64(p.Attempts))
		switch {
		case err != nil || touched == 0:
			return err
		case status == domain.ParcelDelivered:
			return t.run(`UPDATE subscription SET failures = 0, failing_since = 0, last_success_at = ? WHERE tenant_id = ? AND subscription_id = ?`,
				now, p.Tenant, p.Subscription.ID)
		default:
			return t.run(`UPDATE subscription SET failures = failures + 1, failing_since = CASE WHEN failing_since = 0 THEN ? ELSE failing_since END,
				last_failure_at = ?, last_failure = ? WHERE tenant_id = ? AND subscription_id = ?`, now, now, reason, p.Tenant, p.Subscription.ID)
		}
	})
}
