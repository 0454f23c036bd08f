// Package domain is the provisioning engine: the types, rules and use cases that every door shares.
//
// It owns what a Person, a UserAccess, a Group, a Link and their histories are, who may change what, the
// state machine of access, the SSO gate, matching, and the promise that a use case happens wholly or not at
// all: each one opens exactly one transaction of the [Store] and writes its audit row, its events and its
// outgoing messages inside it.
//
// It refuses to know protocols (no SCIM, HTTP, SAML or SQL words beyond the entities of the design), clocks,
// networks and databases: time, ids and secrets are injected, rows go through the ports in store.go.
//
// Where to add the next thing: an attribute is one row in attribute.go and one field in person.go; an error
// code is one constant in error.go; a policy is one row in policy.go; an act that somebody can ask for is one
// use case on [Provisioner] or one of its siblings ([Directory], [Groups], [Gatekeeper], [Administration]). A capability
// that stands by itself, with acts and rules of its own beside those of people and groups, is a package below this one
// with a noun for a name, built on [Base]; its types and its part of [Tx] stay here, where the store finds them.
package domain
