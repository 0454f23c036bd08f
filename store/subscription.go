package store

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const subscriptionColumns = `tenant_id, subscription_id, name, kind, url, sealed_secret, sealed_old_secret, old_secret_until, types,
	connection_id, audience, event_index, enabled, failures, failing_since, last_success_at, last_failure_at, last_failure, created_at, updated_at`

// typesTarget is the target of a list of types of events.
type typesTarget []domain.EventType

// Scan implements [sql.Scanner].
func (t *typesTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*[]domain.EventType)(t))
}

func subscriptionTargets(s *domain.Subscription) []any {
	return []any{(*idTarget)(&s.Tenant), (*idTarget)(&s.ID), (*textTarget)(&s.Name), (*textTarget)(&s.Kind), (*textTarget)(&s.URL),
		(*bytesTarget)(&s.SealedSecret), (*bytesTarget)(&s.SealedOldSecret), (*instantTarget)(&s.OldSecretUntil), (*typesTarget)(&s.Types),
		(*idTarget)(&s.Connection), (*textTarget)(&s.Audience), (*numberTarget)(&s.Position), (*flagTarget)(&s.Enabled),
		(*countTarget)(&s.Failures), (*instantTarget)(&s.FailingSince), (*instantTarget)(&s.LastSuccessAt), (*instantTarget)(&s.LastFailureAt),
		(*textTarget)(&s.LastFailure), (*instantTarget)(&s.CreatedAt), (*instantTarget)(&s.UpdatedAt)}
}

// InsertSubscription implements [domain.SubscriptionTx].
func (t *tx) InsertSubscription(s *domain.Subscription) error {
	return t.run("INSERT INTO subscription ("+subscriptionColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		t.scope.Tenant, s.ID, s.Name, string(s.Kind), s.URL, s.SealedSecret, s.SealedOldSecret, s.OldSecretUntil, encodeTexts(s.Types),
		s.Connection, s.Audience, s.Position, s.Enabled, int64(s.Failures), s.FailingSince, s.LastSuccessAt, s.LastFailureAt, s.LastFailure,
		s.CreatedAt, s.UpdatedAt)
}

// FindSubscription implements [domain.SubscriptionTx].
func (t *tx) FindSubscription(id uuid.UUID) (*domain.Subscription, error) {
	if err := t.hold("subscription WHERE tenant_id = ? AND subscription_id = ?", t.scope.Tenant, id); err != nil {
		return nil, err
	}
	s := new(domain.Subscription)
	found, err := t.row(subscriptionTargets(s), "SELECT "+subscriptionColumns+" FROM subscription WHERE tenant_id = ? AND subscription_id = ?",
		t.scope.Tenant, id)
	if err == nil && !found {
		err = notFound("subscription")
	}
	return s, err
}

// ListSubscriptions implements [domain.SubscriptionTx].
func (t *tx) ListSubscriptions() ([]*domain.Subscription, error) {
	var list []*domain.Subscription
	err := t.rows(t.ctx, "SELECT "+subscriptionColumns+" FROM subscription WHERE tenant_id = ? ORDER BY created_at, subscription_id",
		[]any{t.scope.Tenant}, func(rows Rows) error {
			s := new(domain.Subscription)
			list = append(list, s)
			return rows.Scan(subscriptionTargets(s)...)
		})
	return list, err
}

// UpdateSubscription implements [domain.SubscriptionTx].
func (t *tx) UpdateSubscription(s *domain.Subscription) error {
	err := t.must(notFound("subscription"), `UPDATE subscription SET name = ?, url = ?, sealed_secret = ?, sealed_old_secret = ?, old_secret_until = ?,
		types = ?, connection_id = ?, audience = ?, enabled = ?, failures = ?, failing_since = ?, last_success_at = ?, last_failure_at = ?,
		last_failure = ?, updated_at = ? WHERE tenant_id = ? AND subscription_id = ?`,
		s.Name, s.URL, s.SealedSecret, s.SealedOldSecret, s.OldSecretUntil, encodeTexts(s.Types), s.Connection, s.Audience, s.Enabled,
		int64(s.Failures), s.FailingSince, s.LastSuccessAt, s.LastFailureAt, s.LastFailure, s.UpdatedAt, t.scope.Tenant, s.ID)
	if err != nil {
		return err
	}
	from, to := domain.ParcelWaiting, domain.ParcelPaused
	if s.Enabled {
		from, to = to, from
	}
	return t.run("UPDATE subscription_delivery SET status = ?, next_at = ? WHERE tenant_id = ? AND subscription_id = ? AND status = ?",
		string(to), s.UpdatedAt, t.scope.Tenant, s.ID, string(from))
}

// AdvanceSubscription implements [domain.SubscriptionTx].
func (t *tx) AdvanceSubscription(s *domain.Subscription, to int64) (bool, error) {
	touched, err := t.exec("UPDATE subscription SET event_index = ? WHERE tenant_id = ? AND subscription_id = ? AND event_index = ? AND enabled",
		to, t.scope.Tenant, s.ID, s.Position)
	return touched > 0, err
}

// DeleteSubscription implements [domain.SubscriptionTx].
func (t *tx) DeleteSubscription(id uuid.UUID) error {
	return t.must(notFound("subscription"), "DELETE FROM subscription WHERE tenant_id = ? AND subscription_id = ?", t.scope.Tenant, id)
}
