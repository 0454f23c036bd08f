package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Base is what the capabilities in packages below domain are built on: the same transactions, clock, ids and secrets
// as the engine's own use cases. Doors have no use for it: they are given use cases.
type Base struct{ *engine }

// Base gives a capability what it stands on.
func (e *Engine) Base() Base { return Base{e.Gatekeeper.engine} }

// Now is the time to the microsecond, as the store keeps it.
func (b Base) Now() time.Time { return b.now() }

// NewID makes an id that grows with time.
func (b Base) NewID() uuid.UUID { return b.newID() }

// Secrets makes and checks secrets.
func (b Base) Secrets() Secrets { return b.secrets }

// Passwords hashes and checks passwords.
func (b Base) Passwords() Passwords { return b.passwords }

// Registry is the half of the store that knows no tenant, for jobs that look after all of them.
func (b Base) Registry() Registry { return b.registry }

// Wake tells the dispatcher that there is something to send.
func (b Base) Wake() { b.wake() }

// Read runs fn on one consistent snapshot of what the caller may see.
func (b Base) Read(ctx context.Context, caller Caller, fn func(tx Tx) error) error {
	return b.store.Read(ctx, caller.Scope(), fn)
}

// Look is Read for a question of one answer; see Store.
func (b Base) Look(ctx context.Context, caller Caller, fn func(tx Tx) error) error {
	return b.store.Look(ctx, caller.Scope(), fn)
}

// Write runs one use case in one transaction, with all that it owes: the audit row, events, messages and the stored
// answer of an idempotent request. See Store for what do may do.
func (b Base) Write(ctx context.Context, caller Caller, do func(w *Work) error) error {
	return b.write(ctx, caller, func(a *act) error { return do(&Work{a}) })
}

// Work is one use case of a capability under way.
type Work struct{ act *act }

// Tx is the transaction.
func (w *Work) Tx() Tx { return w.act.tx }

// Caller is who asked for it.
func (w *Work) Caller() Caller { return w.act.caller }

// Tenant is the tenant of the caller.
func (w *Work) Tenant() *Tenant { return w.act.tenant }

// Now is the time of the act.
func (w *Work) Now() time.Time { return w.act.now }

// About names in the audit whom or what the act concerns (uuid.Nil: nobody, nothing) and what it changes. It comes
// before Happened.
func (w *Work) About(person, group uuid.UUID, changes ...Change) {
	w.act.entry.Person, w.act.entry.Group = person, group
	w.act.entry.Changes = append(w.act.entry.Changes, changes...)
}

// Noting adds to the audit why, or what was left out.
func (w *Work) Noting(note string) { w.act.entry.Note = note }

// Happened notes an effect: it becomes an event with the facts, and the first one names the audit entry. An act without
// effects owes neither.
func (w *Work) Happened(effect EventType, facts ...Fact) { w.act.happened(effect, facts...) }

// Enqueue owes a message, which leaves after the commit.
func (w *Work) Enqueue(message *OutboxMessage) error {
	w.act.owesMessage = true
	return w.act.tx.Enqueue(message)
}

// Result is what the answer of an idempotent request is rendered from.
func (w *Work) Result(result any) { w.act.result = result }
