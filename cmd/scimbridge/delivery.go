package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
)

// deliveryView is a delivery as the commands show it.
type deliveryView struct {
	DeliveryID     string `json:"DeliveryId"`
	Index          int64
	Status         domain.ParcelStatus
	Attempts       int
	NextAttemptAt  *time.Time `json:",omitempty"`
	ResponseStatus int        `json:",omitempty"`
	LastError      string     `json:",omitempty"`
	CreatedAt      *time.Time
	SettledAt      *time.Time `json:",omitempty"`
}

func viewDelivery(p *domain.Parcel) deliveryView {
	view := deliveryView{DeliveryID: p.ID.String(), Index: p.Index, Status: p.Status, Attempts: p.Attempts, ResponseStatus: p.ResponseStatus,
		LastError: p.Reason, CreatedAt: stamp(p.CreatedAt), SettledAt: stamp(p.SettledAt)}
	if p.Status == domain.ParcelWaiting {
		view.NextAttemptAt = stamp(p.NextAt)
	}
	return view
}

type subscriptionDeliveries struct {
	feedFlags
	subscriptionFlag
	Count int `default:"50" help:"How many, at most 1000."`
}

// Run lists deliveries, the latest first.
func (c *subscriptionDeliveries) Run(p *program) error {
	return c.feed(p, func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error {
		parcels, _, err := feed.Deliveries(ctx, operator, c.ID, 0, max(1, min(c.Count, 1000)))
		if err != nil {
			return err
		}
		list := listOf(parcels, viewDelivery)
		lines := make([]string, len(list.Items))
		for i, d := range list.Items {
			lines[i] = fmt.Sprintf("%s  %d  %s  %d attempts  %s", d.DeliveryID, d.Index, d.Status, d.Attempts, d.LastError)
		}
		if len(lines) == 0 {
			lines = []string{"There is no delivery yet."}
		}
		return p.show(list, lines...)
	})
}

type subscriptionReplay struct {
	feedFlags
	subscriptionFlag
	Delivery uuid.UUID `help:"One delivery; else those of the events of a range." placeholder:"DELIVERYID"`
	After    int64     `help:"Index behind which events are delivered again."`
	Until    int64     `help:"Index of the last one; the latest where missing."`
}

// Run delivers again.
func (c *subscriptionReplay) Run(p *program) error {
	return c.feed(p, func(ctx context.Context, feed *feed.Feed, operator domain.Caller) error {
		if c.Delivery != uuid.Nil {
			if err := feed.ReplayDelivery(ctx, operator, c.ID, c.Delivery); err != nil {
				return err
			}
			return p.show(map[string]any{"Deliveries": 1}, "The delivery waits to be sent again.")
		}
		count, err := feed.Replay(ctx, operator, c.ID, c.After, c.Until)
		if err != nil {
			return err
		}
		return p.show(map[string]any{"Deliveries": count}, fmt.Sprintf("%d deliveries wait to be sent again.", count))
	})
}
