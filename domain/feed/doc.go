// Package feed is how events leave: the feed that is read by index, subscriptions, and the making of deliveries.
//
// It owns the rules of subscriptions, and that every event becomes exactly one delivery for every subscriber who wants
// it, whatever server falls over in between. It refuses to send anything, to know formats but that of webhooks (others
// come as a [Renderer]), and to know what happened: events are noted by the use cases themselves, in their transactions.
//
// Where to add the next thing: another way for events to leave is a kind of subscription in domain and its renderer in
// the [Config].
package feed
