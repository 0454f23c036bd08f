package main

import (
	"net/netip"
	"slices"
	"time"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/scim"
)

// receiverFlags say where events may go.
type receiverFlags struct {
	AllowPrivateWebhooks []network `help:"Addresses that are not on the public Internet and to which events may be sent, and from which identity providers are read, all the same; may be repeated." placeholder:"CIDR"`
}

// newFeed makes the feed of the engine.
func newFeed(engine *domain.Engine, signer *credential.Signer, publicURL string, private []netip.Prefix) *feed.Feed {
	tokens := scim.NewEvents(engine.Base(), signer, publicURL).Render
	return feed.New(feed.Config{Base: engine.Base(), Loopback: slices.ContainsFunc(private, ofThisMachine),
		Renderers: map[domain.SubscriptionKind]feed.Renderer{domain.SetPush: tokens, domain.SetPoll: tokens}})
}

// addFeed wires how events leave: the feed makes deliveries of them, the courier takes them away. Making deliveries is
// woken by every commit with events, of this server; its rhythm is for those of others.
func (s *server) addFeed(c config, keys domain.Secrets, happened bell) {
	s.feed = newFeed(s.engine, s.signer, c.PublicURL, c.PrivateReceivers)
	s.outbound = delivery.NewOutbound(delivery.OutboundConfig{Private: c.PrivateReceivers})
	s.courier = delivery.NewCourier(delivery.CourierConfig{Deliveries: s.db, Opener: keys, Outbound: s.outbound, Gone: s.feed.Gone, Clock: c.Clock, Log: c.Log})
	s.jobs = append(s.jobs,
		job{name: "make deliveries of events", every: time.Second, do: s.feed.Spread, wake: happened},
		job{name: "disable subscriptions that fail", every: time.Hour, do: s.feed.Retire},
		job{name: "forget old events", every: time.Hour, do: s.feed.Forget})
}

func ofThisMachine(network netip.Prefix) bool { return network.Addr().IsLoopback() }

// wake is called after a commit that left something to send.
func (s *server) wake() {
	s.dispatcher.Wake()
	if s.courier != nil {
		s.courier.Wake()
	}
}

// bell wakes whoever listens to it; ringing it twice is ringing it once.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}
