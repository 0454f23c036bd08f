package feed

import (
	"context"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// maxReplay is how many events can be delivered again at once.
const maxReplay = 10_000

// Deliveries lists what a subscriber was owed and what came of it, the latest first, and whether there is more.
func (f *Feed) Deliveries(ctx context.Context, caller domain.Caller, id uuid.UUID, offset, count int) (list []*domain.Parcel, more bool, err error) {
	if err := caller.Require(domain.PoliciesManage); err != nil {
		return nil, false, err
	}
	err = f.Read(ctx, caller, func(tx domain.Tx) error {
		s, err := tx.FindSubscription(id)
		if err != nil {
			return err
		}
		list, err = tx.ListParcels(s, offset, count+1)
		return err
	})
	if len(list) > count {
		list, more = list[:count], true
	}
	return list, more, err
}

// ReplayDelivery sends one delivery again, with its id.
func (f *Feed) ReplayDelivery(ctx context.Context, caller domain.Caller, id, delivery uuid.UUID) error {
	_, err := f.open(ctx, caller, id, func(w *domain.Work, s *domain.Subscription) error {
		if err := isEnabled(s); err != nil {
			return err
		}
		note(w, domain.EventSubscriptionReplayed, s, domain.Change{Attribute: "DeliveryId", After: delivery.String()})
		return w.Tx().RepeatParcel(s, delivery, w.Now())
	})
	f.woken(err)
	return err
}

// woken tells the courier of new deliveries.
func (f *Feed) woken(err error) {
	if err == nil {
		f.Wake()
	}
}

func isEnabled(s *domain.Subscription) error {
	if s.Enabled {
		return nil
	}
	return domain.Refuse(domain.CodeValidation, "Enabled", "The subscription is not enabled; enable it first.")
}

// Replay makes deliveries of the events behind after up to until (0: the last one) again, of those that are kept. It
// returns how many deliveries there are.
func (f *Feed) Replay(ctx context.Context, caller domain.Caller, id uuid.UUID, after, until int64) (count int, err error) {
	if err := caller.Require(domain.PoliciesManage); err != nil {
		return 0, err
	}
	s, err := f.Find(ctx, caller, id)
	if err != nil {
		return 0, err
	}
	if err := isEnabled(s); err != nil {
		return 0, err
	}
	parcels, err := f.again(ctx, caller, s, after, until)
	if err != nil || len(parcels) == 0 {
		return 0, err
	}
	_, err = f.open(ctx, caller, id, func(w *domain.Work, s *domain.Subscription) error {
		note(w, domain.EventSubscriptionReplayed, s)
		return w.Tx().InsertParcels(s, parcels)
	})
	f.woken(err)
	return len(parcels), err
}

// again renders events of the past anew.
func (f *Feed) again(ctx context.Context, caller domain.Caller, s *domain.Subscription, after, until int64) ([]*domain.Parcel, error) {
	var events []domain.Event
	err := f.Read(ctx, caller, func(tx domain.Tx) error {
		first, last, err := tx.EventSpan()
		if err != nil {
			return err
		}
		if until == 0 {
			until = min(last, s.Position) // what is behind comes by itself
		}
		after = max(after, first-1)
		if until > last || until-after > maxReplay {
			return domain.Refuse(domain.CodeValidation, "Until", "Name at most %d events, of which %d is the last.", maxReplay, last)
		}
		events, err = tx.ListEvents(domain.EventQuery{After: after, Until: until, Count: maxReplay})
		return err
	})
	if err != nil {
		return nil, err
	}
	return f.render(ctx, s, events)
}

// Test makes a delivery that tells of nothing, so that a receiver can be tried out.
func (f *Feed) Test(ctx context.Context, caller domain.Caller, id uuid.UUID) (*domain.Parcel, error) {
	s, err := f.Find(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	if err := isEnabled(s); err != nil {
		return nil, err
	}
	trial := *s
	trial.Types = nil
	parcels, err := f.render(ctx, &trial, []domain.Event{{Index: s.Position, ID: f.NewID(), Type: domain.EventSubscriptionTest, Door: caller.Door, Actor: caller.Actor, At: f.Now()}})
	if err != nil {
		return nil, err
	}
	if len(parcels) == 0 {
		return nil, domain.Refuse(domain.CodeValidation, "SubscriptionId", "Subscriptions of this kind can't be tried out.")
	}
	err = f.Write(ctx, caller, func(w *domain.Work) error { return w.Tx().InsertParcels(s, parcels) })
	f.woken(err)
	return parcels[0], err
}
