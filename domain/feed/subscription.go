package feed

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The bounds of subscriptions.
const (
	maxSubscriptions = 50 // of a tenant
	maxOverlap       = 7 * 24 * time.Hour
)

// NewSubscription is what a subscription is created from.
type NewSubscription struct {
	Name       string
	Kind       domain.SubscriptionKind
	URL        string
	Token      string // bearer token that a SetPush sends; empty: none
	Types      []domain.EventType
	Connection uuid.UUID
	Audience   string
}

// Change names what is to be different; nil leaves a field alone.
type Change struct {
	Name     *string
	URL      *string
	Token    *string
	Types    *[]domain.EventType
	Audience *string
	Enabled  *bool
}

// Create makes a subscription for what happens from now on. The secret of a webhook is shown once.
func (f *Feed) Create(ctx context.Context, caller domain.Caller, in NewSubscription) (s *domain.Subscription, secret string, err error) {
	if err := caller.Require(domain.PoliciesManage); err != nil {
		return nil, "", err
	}
	s = &domain.Subscription{ID: f.NewID(), Tenant: caller.Tenant, Name: in.Name, Kind: in.Kind, URL: in.URL, Types: in.Types,
		Connection: in.Connection, Audience: in.Audience, Enabled: true, CreatedAt: f.Now(), UpdatedAt: f.Now()}
	if err := f.validate(s, in.Token); err != nil {
		return nil, "", err
	}
	if err := f.checkConnection(ctx, s); err != nil {
		return nil, "", err
	}
	secret, err = f.seal(s, in.Token)
	if err != nil {
		return nil, "", err
	}
	err = f.Write(ctx, caller, func(w *domain.Work) error {
		if err := roomFor(w.Tx(), s); err != nil {
			return err
		}
		if _, s.Position, err = w.Tx().EventSpan(); err != nil {
			return err
		}
		note(w, domain.EventSubscriptionCreated, s, domain.Change{Attribute: "Name", After: s.Name}, domain.Change{Attribute: "Url", After: site(s.URL)})
		return w.Tx().InsertSubscription(s)
	})
	return s, secret, err
}

// roomFor keeps subscriptions few, and those to fetch from apart: a connection has one.
func roomFor(tx domain.Tx, s *domain.Subscription) error {
	list, err := tx.ListSubscriptions()
	if err != nil {
		return err
	}
	if len(list) >= maxSubscriptions {
		return domain.Refuse(domain.CodeValidation, "Name", "A tenant can have %d subscriptions; remove one first.", maxSubscriptions)
	}
	for _, other := range list {
		if s.Kind == domain.SetPoll && other.Kind == s.Kind && other.Connection == s.Connection {
			return domain.Refuse(domain.CodeValidation, "ScimConnectionId", "The connection has a SetPoll subscription already: %s.", other.ID)
		}
	}
	return nil
}

// seal gives the subscription its secret: a new one for a webhook, which is returned, or the token to send.
func (f *Feed) seal(s *domain.Subscription, token string) (secret string, err error) {
	if s.Kind == domain.Webhook {
		secret = "whsec_" + base64.StdEncoding.EncodeToString(f.random())
		token = secret
	}
	s.SealedSecret = nil
	if token != "" {
		s.SealedSecret, err = f.Secrets().Seal(token, s.SealPurpose())
	}
	return secret, err
}

// note writes what happened to a subscription into audit and feed, by its id.
func note(w *domain.Work, effect domain.EventType, s *domain.Subscription, changes ...domain.Change) {
	w.About(uuid.Nil, uuid.Nil, append([]domain.Change{{Attribute: "SubscriptionId", Before: s.ID.String(), After: s.ID.String()}}, changes...)...)
	w.Happened(effect, domain.Fact{Name: "SubscriptionId", Value: s.ID.String()})
}

// List gives all subscriptions of the tenant.
func (f *Feed) List(ctx context.Context, caller domain.Caller) (list []*domain.Subscription, err error) {
	if err := caller.Require(domain.PoliciesManage); err != nil {
		return nil, err
	}
	err = f.Read(ctx, caller, func(tx domain.Tx) error {
		list, err = tx.ListSubscriptions()
		return err
	})
	return list, err
}

// Find gives a subscription.
func (f *Feed) Find(ctx context.Context, caller domain.Caller, id uuid.UUID) (s *domain.Subscription, err error) {
	if err := caller.Require(domain.PoliciesManage); err != nil {
		return nil, err
	}
	err = f.Read(ctx, caller, func(tx domain.Tx) error {
		s, err = tx.FindSubscription(id)
		return err
	})
	return s, err
}

// open runs a change of a subscription, which is locked meanwhile.
func (f *Feed) open(ctx context.Context, caller domain.Caller, id uuid.UUID, do func(w *domain.Work, s *domain.Subscription) error) (s *domain.Subscription, err error) {
	if err := caller.Require(domain.PoliciesManage); err != nil {
		return nil, err
	}
	err = f.Write(ctx, caller, func(w *domain.Work) error {
		if s, err = w.Tx().FindSubscription(id); err != nil {
			return err
		}
		s.UpdatedAt = w.Now()
		return do(w, s)
	})
	return s, err
}

// Change changes a subscription. What waits goes to the new URL. Enabling it forgets its failures.
func (f *Feed) Change(ctx context.Context, caller domain.Caller, id uuid.UUID, change Change) (*domain.Subscription, error) {
	return f.open(ctx, caller, id, func(w *domain.Work, s *domain.Subscription) error {
		before := *s
		token := ""
		if change.Token != nil {
			token = *change.Token
		}
		change.apply(s)
		if err := f.validate(s, token); err != nil {
			return err
		}
		if change.Token != nil && s.Kind == domain.SetPush {
			if _, err := f.seal(s, token); err != nil {
				return err
			}
		}
		changes := differences(&before, s)
		if change.Token != nil && s.Kind == domain.SetPush {
			changes = append(changes, domain.Change{Attribute: "BearerToken"})
		}
		if len(changes) == 0 {
			s.UpdatedAt = before.UpdatedAt
			return nil
		}
		note(w, domain.EventSubscriptionUpdated, s, changes...)
		return w.Tx().UpdateSubscription(s)
	})
}

func (c *Change) apply(s *domain.Subscription) {
	for _, text := range []struct{ from, to *string }{{c.Name, &s.Name}, {c.URL, &s.URL}, {c.Audience, &s.Audience}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	if c.Types != nil {
		s.Types = *c.Types
	}
	if c.Enabled != nil && *c.Enabled != s.Enabled {
		s.Enabled, s.Failures, s.FailingSince = *c.Enabled, 0, time.Time{}
	}
}

// differences are what the audit tells of a change: of a URL only where it leads, because the rest may be a secret.
func differences(before, after *domain.Subscription) []domain.Change {
	list := []domain.Change{
		{Attribute: "Name", Before: before.Name, After: after.Name},
		{Attribute: "Audience", Before: before.Audience, After: after.Audience},
		{Attribute: "Types", Before: joined(before.Types), After: joined(after.Types)},
		{Attribute: "Enabled", Before: domain.BoolValue(before.Enabled).String(), After: domain.BoolValue(after.Enabled).String()},
	}
	list = slices.DeleteFunc(list, func(c domain.Change) bool { return c.Before == c.After })
	if before.URL != after.URL {
		list = append(list, domain.Change{Attribute: "Url", Before: site(before.URL), After: site(after.URL)})
	}
	return list
}

// Rotate gives a webhook a new secret, which is shown once; the old one signs along for overlap.
func (f *Feed) Rotate(ctx context.Context, caller domain.Caller, id uuid.UUID, overlap time.Duration) (s *domain.Subscription, secret string, err error) {
	s, err = f.open(ctx, caller, id, func(w *domain.Work, s *domain.Subscription) error {
		if s.Kind != domain.Webhook {
			return domain.Refuse(domain.CodeValidation, "SubscriptionId", "Only a Webhook has a signing secret; change the BearerToken of a SetPush instead.")
		}
		if overlap < 0 || overlap > maxOverlap {
			return domain.Refuse(domain.CodeValidation, "OverlapHours", "The old secret can live on for 0 to %d hours.", int(maxOverlap.Hours()))
		}
		s.SealedOldSecret, s.OldSecretUntil = s.SealedSecret, w.Now().Add(overlap)
		if overlap == 0 {
			s.SealedOldSecret, s.OldSecretUntil = nil, time.Time{}
		}
		if secret, err = f.seal(s, ""); err != nil {
			return err
		}
		note(w, domain.EventSubscriptionRotated, s)
		return w.Tx().UpdateSubscription(s)
	})
	return s, secret, err
}

// Remove ends a subscription and forgets its deliveries.
func (f *Feed) Remove(ctx context.Context, caller domain.Caller, id uuid.UUID) error {
	_, err := f.open(ctx, caller, id, func(w *domain.Work, s *domain.Subscription) error {
		note(w, domain.EventSubscriptionDeleted, s, domain.Change{Attribute: "Name", Before: s.Name})
		return w.Tx().DeleteSubscription(id)
	})
	return err
}
