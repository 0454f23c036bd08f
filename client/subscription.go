package client

import (
	"context"
	"time"
)

// Subscription is somebody who gets events: a webhook, or a receiver of security event tokens.
type Subscription struct {
	SubscriptionId, Name, Kind, Url            string
	Types                                      []string // none: all
	ScimConnectionId, Audience                 string
	Enabled                                    bool
	Position                                   int64 // index of the last event of which deliveries were made
	Failures                                   int
	FailingSince, LastSuccessAt, LastFailureAt *time.Time
	LastFailure                                string
	OldSecretUntil, CreatedAt, UpdatedAt       *time.Time
	Secret                                     string // of a new or rotated webhook; shown once
}

// NewSubscription is what a subscription is created from.
type NewSubscription struct {
	Name             string
	Kind             string   // Webhook, SetPush or SetPoll
	Url              string   `json:",omitempty"`
	Types            []string `json:",omitempty"`
	ScimConnectionId string   `json:",omitempty"` // of the kinds of security event tokens
	Audience         string   `json:",omitempty"`
	Token            string   `json:",omitempty"` // what the receiver of pushed tokens wants to be shown
}

// Delivery is an event on its way to a subscriber.
type Delivery struct {
	DeliveryId                          string
	Index                               int64 // of the event
	Status                              string
	Attempts                            int
	ResponseStatus                      *int
	LastError                           string
	NextAttemptAt, CreatedAt, SettledAt *time.Time
}

// Subscriptions lists who gets events.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	return list[Subscription](ctx, c, "GET /Administration/Subscriptions", call{})
}

// CreateSubscription creates a subscription. The secret of a webhook is in the answer and never again, so that a lost
// answer means to create another one.
func (c *Client) CreateSubscription(ctx context.Context, in NewSubscription) (*Subscription, error) {
	return find[Subscription](ctx, c, "POST /Administration/Subscriptions", call{body: in})
}

// Subscription finds a subscription.
func (c *Client) Subscription(ctx context.Context, id string) (*Subscription, error) {
	return find[Subscription](ctx, c, "GET /Administration/Subscriptions/{SubscriptionId}", call{path: []any{id}})
}

// ChangeSubscription changes some fields of a subscription.
func (c *Client) ChangeSubscription(ctx context.Context, id string, changes Changes) (*Subscription, error) {
	return find[Subscription](ctx, c, "PATCH /Administration/Subscriptions/{SubscriptionId}", call{path: []any{id}, body: changes})
}

// DeleteSubscription ends a subscription.
func (c *Client) DeleteSubscription(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE /Administration/Subscriptions/{SubscriptionId}", call{path: []any{id}})
}

// RotateSubscription gives a webhook a new secret; for so many hours it signs with the old one as well.
func (c *Client) RotateSubscription(ctx context.Context, id string, overlapHours int) (*Subscription, error) {
	return find[Subscription](ctx, c, "POST /Administration/Subscriptions/{SubscriptionId}/Rotate",
		call{path: []any{id}, body: Changes{"OverlapHours": overlapHours}})
}

// TestSubscription sends a subscriber an event that means nothing.
func (c *Client) TestSubscription(ctx context.Context, id string) error {
	return c.do(ctx, "POST /Administration/Subscriptions/{SubscriptionId}/Test", call{path: []any{id}})
}

// ReplaySubscription makes deliveries again of the events behind an index, up to another one (0: to the newest), and
// tells how many.
func (c *Client) ReplaySubscription(ctx context.Context, id string, after, until int64) (int, error) {
	body := Changes{"After": after}
	if until > 0 {
		body["Until"] = until
	}
	answer, err := ask[struct{ Deliveries int }](ctx, c, "POST /Administration/Subscriptions/{SubscriptionId}/Replay",
		call{path: []any{id}, body: body})
	return answer.Deliveries, err
}

// Deliveries lists the deliveries of a subscription, newest first.
func (c *Client) Deliveries(ctx context.Context, id string, window Window) (Page[Delivery], error) {
	return ask[Page[Delivery]](ctx, c, "GET /Administration/Subscriptions/{SubscriptionId}/Deliveries", call{path: []any{id}, query: window.query(nil)})
}

// ReplayDelivery makes one delivery again.
func (c *Client) ReplayDelivery(ctx context.Context, id, delivery string) error {
	return c.do(ctx, "POST /Administration/Subscriptions/{SubscriptionId}/Deliveries/{DeliveryId}/Replay", call{path: []any{id, delivery}})
}
