package main

import (
	"net/netip"
	"slices"
	"time"

	"github.com/scimbridge/scimbridge/delivery"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/scim"
)

// addFeed wires how events leave: the feed makes deliveries of them, the courier takes them away.
func (s *server) addFeed(c config, keys domain.Secrets) {
	tokens := scim.NewEvents(s.engine.Base(), s.signer, c.PublicURL).Render
	s.feed = feed.New(feed.Config{Base: s.engine.Base(), Loopback: slices.ContainsFunc(c.PrivateReceivers, ofThisMachine),
		Renderers: map[domain.SubscriptionKind]feed.Renderer{domain.SetPush: tokens, domain.SetPoll: tokens}})
	s.outbound = delivery.NewOutbound(delivery.OutboundConfig{Private: c.PrivateReceivers})
	s.courier = delivery.NewCourier(delivery.CourierConfig{Deliveries: s.db, Opener: keys, Outbound: s.outbound, Gone: s.feed.Gone, Clock: c.Clock, Log: c.Log})
	s.jobs = append(s.jobs,
		job{name: "make deliveries of events", every: time.Second, do: s.feed.Spread},
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
