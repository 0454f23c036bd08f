package rest

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// subscriptionView is a subscription as it is shown. It holds a secret only in the answer that gives it.
type subscriptionView struct {
	SubscriptionID   uuid.UUID               `json:"SubscriptionId"`
	Name             string                  `json:"Name"`
	Kind             domain.SubscriptionKind `json:"Kind"`
	URL              text                    `json:"Url"`
	Types            []domain.EventType      `json:"Types"`
	ScimConnectionID identifier              `json:"ScimConnectionId"`
	Audience         text                    `json:"Audience"`
	Enabled          bool                    `json:"Enabled"`
	Position         int64                   `json:"Position"`
	Failures         int                     `json:"Failures"`
	FailingSince     instant                 `json:"FailingSince"`
	LastSuccessAt    instant                 `json:"LastSuccessAt"`
	LastFailureAt    instant                 `json:"LastFailureAt"`
	LastFailure      text                    `json:"LastFailure"`
	OldSecretUntil   instant                 `json:"OldSecretUntil"`
	CreatedAt        instant                 `json:"CreatedAt"`
	UpdatedAt        instant                 `json:"UpdatedAt"`
	Secret           string                  `json:"Secret,omitzero"`
}

func (c *call) viewSubscription(s *domain.Subscription, secret string) subscriptionView {
	types := s.Types
	if types == nil {
		types = []domain.EventType{}
	}
	view := subscriptionView{
		SubscriptionID: s.ID, Name: s.Name, Kind: s.Kind, URL: text(s.URL), Types: types, ScimConnectionID: identifier(s.Connection),
		Audience: text(s.Audience), Enabled: s.Enabled, Position: s.Position, Failures: s.Failures, FailingSince: instant(s.FailingSince),
		LastSuccessAt: instant(s.LastSuccessAt), LastFailureAt: instant(s.LastFailureAt), LastFailure: text(s.LastFailure),
		CreatedAt: instant(s.CreatedAt), UpdatedAt: instant(s.UpdatedAt), Secret: secret,
	}
	if s.OldSecretUntil.After(c.engine.Clock()) {
		view.OldSecretUntil = instant(s.OldSecretUntil)
	}
	return view
}

// deliveryView is a delivery without what was in it.
type deliveryView struct {
	DeliveryID     uuid.UUID           `json:"DeliveryId"`
	Index          int64               `json:"Index"`
	Status         domain.ParcelStatus `json:"Status"`
	Attempts       int                 `json:"Attempts"`
	NextAttemptAt  instant             `json:"NextAttemptAt"`
	ResponseStatus *int                `json:"ResponseStatus"`
	LastError      text                `json:"LastError"`
	CreatedAt      instant             `json:"CreatedAt"`
	SettledAt      instant             `json:"SettledAt"`
}

func viewDelivery(p *domain.Parcel) deliveryView {
	view := deliveryView{DeliveryID: p.ID, Index: p.Index, Status: p.Status, Attempts: p.Attempts, LastError: text(p.Reason),
		CreatedAt: instant(p.CreatedAt), SettledAt: instant(p.SettledAt)}
	if p.Status == domain.ParcelWaiting && p.Subscription.Kind.Pushed() {
		view.NextAttemptAt = instant(p.NextAt)
	}
	if p.ResponseStatus != 0 {
		view.ResponseStatus = &p.ResponseStatus
	}
	return view
}

// defaultOverlap is how long an old signing secret signs along when nothing else is asked for.
const defaultOverlap = 24 * time.Hour
