package domain

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// SubscriptionKind tells how events reach a subscriber.
type SubscriptionKind string

// The kinds of subscriptions.
const (
	Webhook SubscriptionKind = "Webhook" // signed JSON is posted (Standard Webhooks)
	SetPush SubscriptionKind = "SetPush" // security event tokens are posted (RFC 8935)
	SetPoll SubscriptionKind = "SetPoll" // security event tokens are fetched (RFC 8936)
)

// Pushed reports whether deliveries of the kind are sent; the others are fetched.
func (k SubscriptionKind) Pushed() bool { return k != SetPoll }

// Subscription is somebody who wants the events of a tenant.
type Subscription struct {
	ID     uuid.UUID
	Tenant uuid.UUID
	Name   string
	Kind   SubscriptionKind
	URL    string // where pushed deliveries go
	// SealedSecret is the signing secret of a Webhook (whsec_ and base64), or the bearer token that a SetPush sends, if
	// any; sealed for SealPurpose. SealedOldSecret signs along with it until OldSecretUntil.
	SealedSecret    []byte
	SealedOldSecret []byte
	OldSecretUntil  time.Time
	Types           []EventType // empty: all
	Connection      uuid.UUID   // whose view of resources a SetPush or SetPoll has
	Audience        string      // of security event tokens
	// Position is the index of the last event of which deliveries were made.
	Position int64
	Enabled  bool

	Failures      int       // since the last success
	FailingSince  time.Time // zero: the last delivery succeeded, or there was none
	LastSuccessAt time.Time
	LastFailureAt time.Time
	LastFailure   string // why

	CreatedAt time.Time
	UpdatedAt time.Time
}

// SealPurpose is what the secrets of the subscription are sealed for.
func (s *Subscription) SealPurpose() string {
	return "subscription " + s.Tenant.String() + " " + s.ID.String()
}

// Wants reports whether the subscriber chose events of the type.
func (s *Subscription) Wants(t EventType) bool {
	return len(s.Types) == 0 || slices.Contains(s.Types, t)
}

// ParcelStatus is what became of a delivery.
type ParcelStatus string

// The states of deliveries.
const (
	ParcelWaiting   ParcelStatus = "Waiting"
	ParcelPaused    ParcelStatus = "Paused" // waiting until the subscription is enabled again
	ParcelDelivered ParcelStatus = "Delivered"
	ParcelAcked     ParcelStatus = "Acked"    // fetched, and confirmed by the subscriber
	ParcelWithheld  ParcelStatus = "Withheld" // of a sandbox: it never leaves
	ParcelDead      ParcelStatus = "Dead"     // given up, or refused by the subscriber
)

// Parcel is one delivery of one or more events to a subscriber.
type Parcel struct {
	ID           uuid.UUID // of the message; the same at every attempt
	Tenant       uuid.UUID
	Subscription *Subscription
	Index        int64 // of the last event in it; 0: a test
	Body         []byte
	Status       ParcelStatus
	Attempts     int
	NextAt       time.Time
	// ResponseStatus is the HTTP status of the last attempt, which the courier notes before it settles or retries; 0: there
	// was no answer.
	ResponseStatus int
	Reason         string // why the last attempt failed
	CreatedAt      time.Time
	SettledAt      time.Time
}

// ParcelOutcome is how a delivery ended.
type ParcelOutcome struct {
	Dead   bool // given up
	Reason string
}

// Deliveries is the queue of parcels that wait for the courier, of all tenants.
type Deliveries interface {
	// ClaimParcels hands out up to count due parcels of enabled subscriptions, with their subscriptions, and hides them from
	// other claims until the lease ends. The count of attempts tells one claim from the next.
	// Parcels of the subscriptions in except are left where they are.
	ClaimParcels(ctx context.Context, now time.Time, lease time.Duration, count int, except ...uuid.UUID) ([]*Parcel, error)
	// SettleParcel ends a parcel as delivered or dead.
	SettleParcel(ctx context.Context, p *Parcel, outcome ParcelOutcome) error
	// RetryParcel puts a parcel back until at.
	RetryParcel(ctx context.Context, p *Parcel, at time.Time, reason string) error
}

// SubscriptionKey names a subscription across tenants.
type SubscriptionKey struct{ Tenant, ID uuid.UUID }

// Feeds finds, across tenants, the subscriptions that need care.
type Feeds interface {
	// BehindSubscriptions are up to count enabled ones for which there are events that no deliveries were made of.
	BehindSubscriptions(ctx context.Context, count int) ([]SubscriptionKey, error)
	// FailingSubscriptions are up to count enabled ones that have failed without a success since before then.
	FailingSubscriptions(ctx context.Context, then time.Time, count int) ([]SubscriptionKey, error)
	// ForgetEvents removes up to count events of the tenant from before then, the oldest first, and settled deliveries of
	// no younger ones. It returns how many events it removed.
	ForgetEvents(ctx context.Context, tenant uuid.UUID, then time.Time, count int) (int, error)
}

// EventQuery asks for events in the order of their indexes.
type EventQuery struct {
	After int64       // exclusive
	Until int64       // inclusive
	Types []EventType // empty: all
	Count int
}

// FeedTx reads the events of the tenant.
type FeedTx interface {
	// EventSpan tells the index of the oldest event that is kept, one more than the last where there is none, and of the
	// last one that happened, 0 where there is none.
	EventSpan() (first, last int64, err error)
	ListEvents(q EventQuery) ([]Event, error)
}

// SubscriptionTx keeps the subscriptions of the tenant.
type SubscriptionTx interface {
	InsertSubscription(s *Subscription) error
	// FindSubscription loads a subscription, locked until the end of a write transaction; not_found when there is none.
	FindSubscription(id uuid.UUID) (*Subscription, error)
	// ListSubscriptions gives all, oldest first. They are few.
	ListSubscriptions() ([]*Subscription, error)
	// UpdateSubscription stores all but the Position. Deliveries that wait are paused while the subscription is not enabled,
	// and go on once it is.
	UpdateSubscription(s *Subscription) error
	// AdvanceSubscription moves the Position from that of s on to another one, and reports whether it was there and the
	// subscription enabled. It keeps the row until the end of the transaction.
	AdvanceSubscription(s *Subscription, to int64) (bool, error)
	DeleteSubscription(id uuid.UUID) error
}

// ParcelTx keeps the deliveries of the tenant.
type ParcelTx interface {
	// InsertParcels makes deliveries. One that was made before, by its id, waits again with the new body.
	InsertParcels(s *Subscription, parcels []*Parcel) error
	// ListParcels gives up to count deliveries of the subscription behind an offset, those of the latest events first, without
	// their bodies.
	ListParcels(s *Subscription, offset, count int) ([]*Parcel, error)
	// RepeatParcel makes a delivery wait again; not_found when the subscription has none of the id.
	RepeatParcel(s *Subscription, id uuid.UUID, at time.Time) error
	// WaitingParcels gives up to count deliveries that wait to be fetched, the oldest first.
	WaitingParcels(s *Subscription, count int) ([]*Parcel, error)
	// EndParcels ends those of the deliveries that wait.
	EndParcels(s *Subscription, ids []uuid.UUID, status ParcelStatus, reason string, at time.Time) error
}
