package feed

import (
	"context"
	"crypto/rand"
	"maps"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// Rendered is what a subscriber gets of one or more events: a message with an id of its own.
type Rendered struct {
	Index int64 // of the last event in it
	ID    uuid.UUID
	Body  []byte
}

// Renderer turns events, in the order of their indexes, into messages for the subscriber. It may merge the events of one
// act, and leave out events that don't concern the subscriber. It is called outside of transactions, and what it made is
// thrown away when another server was first.
type Renderer func(ctx context.Context, subscription *domain.Subscription, events []domain.Event) ([]Rendered, error)

// Config is what the feed is made from.
type Config struct {
	Base domain.Base
	// Renderers are by the kind of subscription. The one of webhooks is built in; subscriptions of another kind can't be made
	// without its renderer.
	Renderers map[domain.SubscriptionKind]Renderer
	// Loopback allows http URLs to this machine, for trying things out.
	Loopback bool
	// Random makes the 32 bytes of a signing secret; nil: the system's source of randomness.
	Random func() []byte
}

// Feed is the set of use cases.
type Feed struct {
	domain.Base
	renderers map[domain.SubscriptionKind]Renderer
	loopback  bool
	random    func() []byte
}

// New makes the feed.
func New(config Config) *Feed {
	f := &Feed{Base: config.Base, renderers: map[domain.SubscriptionKind]Renderer{domain.Webhook: renderWebhook},
		loopback: config.Loopback, random: config.Random}
	maps.Copy(f.renderers, config.Renderers)
	if f.random == nil {
		f.random = func() []byte {
			secret := make([]byte, 32)
			_, _ = rand.Read(secret) // it never fails
			return secret
		}
	}
	return f
}

// system is the caller on whose behalf jobs act in a tenant.
func system(tenant uuid.UUID) domain.Caller {
	return domain.Caller{Tenant: tenant, Door: domain.DoorSystem, Actor: domain.Actor{Kind: domain.ActorSystem, Name: "feed"}}
}
