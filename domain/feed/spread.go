package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	batch     = 200  // events of which deliveries are made at once
	maxBehind = 1000 // subscriptions that are looked after in one go
	// patience is how long deliveries may fail without a success before the subscription is disabled.
	patience = 5 * 24 * time.Hour
)

// Spread makes deliveries of all events of which there are none yet. Every server does it whenever it likes: each
// subscription moves on in the transaction that stores its deliveries, and only from where it was.
func (f *Feed) Spread(ctx context.Context) error {
	behind, err := f.Registry().BehindSubscriptions(ctx, maxBehind)
	if err != nil {
		return err
	}
	var failures []error
	made := false
	for _, key := range behind {
		more := true
		for more && ctx.Err() == nil {
			var some bool
			if more, some, err = f.spread(ctx, key); err != nil {
				failures = append(failures, fmt.Errorf("subscription %s: %w", key.ID, err))
				more = false
			}
			made = made || some
		}
	}
	if made {
		f.Wake()
	}
	return errors.Join(failures...)
}

// spread makes the deliveries of the next events for a subscription. It renders them outside of the transaction: events
// never change, so that all that can happen meanwhile is that another server was first.
func (f *Feed) spread(ctx context.Context, key domain.SubscriptionKey) (more, made bool, err error) {
	var s *domain.Subscription
	var events []domain.Event
	to := int64(0)
	err = f.Read(ctx, system(key.Tenant), func(tx domain.Tx) error {
		_, last, err := tx.EventSpan()
		if err == nil {
			s, err = tx.FindSubscription(key.ID)
		}
		if err != nil || !s.Enabled || s.Position >= last {
			return err
		}
		events, err = tx.ListEvents(domain.EventQuery{After: s.Position, Until: last, Count: batch})
		events, to = wholeActs(events), last
		return err
	})
	if err != nil || to == 0 {
		return false, false, err
	}
	if len(events) > 0 { // else they are not kept any more
		more, to = events[len(events)-1].Index < to, events[len(events)-1].Index
	}
	parcels, err := f.render(ctx, s, events)
	if err != nil {
		return false, false, err
	}
	err = f.Write(ctx, system(key.Tenant), func(w *domain.Work) error {
		moved, err := w.Tx().AdvanceSubscription(s, to)
		if err != nil || !moved {
			return err
		}
		made = len(parcels) > 0
		return w.Tx().InsertParcels(s, parcels)
	})
	return more, made, err
}

// wholeActs leaves the last act of a full batch for the next one, unless it is all there is: its events belong together.
func wholeActs(events []domain.Event) []domain.Event {
	if len(events) < batch {
		return events
	}
	end := len(events) - 1
	for end > 0 && events[end-1].Act == events[len(events)-1].Act {
		end--
	}
	if end == 0 {
		return events
	}
	return events[:end]
}

// render makes the parcels of what the subscriber wants to know.
func (f *Feed) render(ctx context.Context, s *domain.Subscription, events []domain.Event) ([]*domain.Parcel, error) {
	wanted := make([]domain.Event, 0, len(events))
	for i := range events {
		if s.Wants(events[i].Type) {
			wanted = append(wanted, events[i])
		}
	}
	renderer := f.renderers[s.Kind]
	if len(wanted) == 0 || renderer == nil {
		return nil, nil
	}
	messages, err := renderer(ctx, s, wanted)
	parcels := make([]*domain.Parcel, len(messages))
	for i, m := range messages {
		parcels[i] = &domain.Parcel{ID: m.ID, Tenant: s.Tenant, Subscription: s, Index: m.Index, Body: m.Body, NextAt: f.Now(), CreatedAt: f.Now()}
	}
	return parcels, err
}

// Retire disables subscriptions whose deliveries have failed for days, so that nobody is bothered for ever. Their
// deliveries wait until somebody enables them again.
func (f *Feed) Retire(ctx context.Context) error {
	then := f.Now().Add(-patience)
	failing, err := f.Registry().FailingSubscriptions(ctx, then, maxBehind)
	failures := []error{err}
	for _, key := range failing {
		failures = append(failures, f.Write(ctx, system(key.Tenant), func(w *domain.Work) error {
			s, err := w.Tx().FindSubscription(key.ID)
			if err != nil || !s.Enabled || s.FailingSince.IsZero() || !s.FailingSince.Before(then) {
				return err
			}
			s.Enabled, s.UpdatedAt = false, w.Now()
			w.Noting("Deliveries have failed for 5 days: " + s.LastFailure)
			note(w, domain.EventSubscriptionDisabled, s, domain.Change{Attribute: "Enabled", Before: "true", After: "false"})
			return w.Tx().UpdateSubscription(s)
		}))
	}
	return errors.Join(failures...)
}
