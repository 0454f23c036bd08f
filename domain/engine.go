package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Config is what the engine needs from outside.
type Config struct {
	Store    Store
	Registry Registry
	Secrets  Secrets
	// Assertions reads what clients prove themselves with that sign instead of showing a secret; nil: none is accepted.
	Assertions Assertions
	// Messages reads what identity providers write; nil: nothing of it is read.
	Messages ProviderMessages
	// Passwords and Authenticator serve the people who sign in; nil where nobody does, as for the operator's commands.
	Passwords     Passwords
	Authenticator Authenticator
	// Resolver asks the DNS who has a domain; nil: it never answers.
	Resolver Resolver
	// Passkeys is the protocol of those; nil: there are none.
	Passkeys Passkeys
	Clock    func() time.Time // nil: the system's
	NewID    func() uuid.UUID // nil: random ids that grow with time (UUIDv7)
	Wake     func()           // called after a commit that left messages for the dispatcher; nil: nobody waits
	Tell     func()           // called after a commit that left events; nil: nobody waits
	// Obstacles are what can stand in the way of anonymising somebody, besides a live employment (see Employed).
	Obstacles []Obstacle
}

// Engine is the set of use cases, by subject.
type Engine struct {
	Provisioner    *Provisioner    // people and their access
	Directory      *Directory      // reading and searching
	Groups         *Groups         // groups and members
	Roles          *Roles          // roles
	Structure      *Structure      // organizations
	Providers      *Providers      // identity providers
	Domains        *Domains        // who is led to which of them
	Appointments   *Appointments   // who has which roles and groups, and may do what by them
	Cursors        *Cursors        // places in lists, in the hands of clients
	Gatekeeper     *Gatekeeper     // who is calling, and sign-in
	Account        *Account        // a person's own acts
	Administration *Administration // tenants, connections, credentials
	Housekeeping   *Housekeeping   // what was kept long enough
	// Clock is the time by which the use cases act, so that doors show states that depend on it alike.
	Clock func() time.Time
}

// New makes the engine.
func New(config Config) *Engine {
	e := &engine{store: config.Store, registry: config.Registry, secrets: config.Secrets, assertions: config.Assertions,
		passwords: config.Passwords, authenticator: config.Authenticator, passkeys: config.Passkeys,
		clock: config.Clock, newID: config.NewID, wake: config.Wake, tell: config.Tell, obstacles: append([]Obstacle{Employed}, config.Obstacles...)}
	if e.clock == nil {
		e.clock = time.Now
	}
	if e.newID == nil {
		e.newID = func() uuid.UUID { return uuid.Must(uuid.NewV7()) }
	}
	if e.resolver = config.Resolver; e.resolver == nil {
		e.resolver = noResolver{}
	}
	if e.messages = config.Messages; e.messages == nil {
		e.messages = noMessages{}
	}
	if e.assertions == nil {
		e.assertions = noAssertions{}
	}
	if e.wake == nil {
		e.wake = func() {}
	}
	if e.tell == nil {
		e.tell = func() {}
	}
	return &Engine{
		Provisioner: &Provisioner{e}, Directory: &Directory{e}, Groups: &Groups{e}, Roles: &Roles{e}, Structure: &Structure{e}, Providers: &Providers{e}, Domains: &Domains{e}, Appointments: &Appointments{e},
		Cursors: &Cursors{e}, Account: &Account{e}, Gatekeeper: &Gatekeeper{engine: e, cache: newCallerCache(), ear: newEar()},
		Administration: &Administration{e}, Housekeeping: &Housekeeping{e}, Clock: e.clock,
	}
}

// engine is what all use cases share.
type engine struct {
	store    Store
	registry Registry
	secrets  Secrets

	assertions    Assertions
	messages      ProviderMessages
	passwords     Passwords
	authenticator Authenticator
	resolver      Resolver
	passkeys      Passkeys

	obstacles []Obstacle

	clock func() time.Time
	newID func() uuid.UUID
	wake  func()
	tell  func()
}

// The randomness of ids may wait in memory, as ids are no secrets: those are made in package credential, which asks the
// system each time. It spares each id a system call.
func init() { uuid.EnableRandPool() }

// now is the time to the microsecond, as the store keeps it.
func (e *engine) now() time.Time { return e.clock().UTC().Truncate(time.Microsecond) }

// zeroTime is "never".
var zeroTime time.Time

// onceTTL is how long an idempotent answer is kept.
const onceTTL = 24 * time.Hour

// write runs one use case in one transaction: settings, the act itself, then what the act owes (audit, events,
// the stored answer of an idempotent request). Nothing of it remains when any part fails.
func (e *engine) write(ctx context.Context, caller Caller, do func(a *act) error) error {
	return e.writeIn(ctx, caller, Tx.Tenant, do)
}

// writeIn is write in a tenant that is found in a way of its own.
func (e *engine) writeIn(ctx context.Context, caller Caller, find func(tx Tx) (*Tenant, error), do func(a *act) error) error {
	woken, told := false, false
	asked := e.now()
	err := e.store.Write(ctx, caller.Scope(), func(tx Tx) error {
		a := &act{engine: e, tx: tx, caller: caller, now: e.now(), asked: asked}
		caller.Entry.begin()
		if replayed, err := a.replay(); replayed || err != nil {
			return err
		}
		tenant, err := find(tx)
		if err != nil {
			return err
		}
		a.tenant = tenant
		if err := do(a); err != nil {
			return err
		}
		if err := a.keepAdministrator(); err != nil {
			return err
		}
		woken, told = a.owesMessage, len(a.events) > 0
		return a.finish()
	})
	if err != nil && e.overtaken(ctx, caller, err) {
		return nil
	}
	if caller.Entry != nil {
		caller.Entry.kept = err == nil && caller.Entry.ID != uuid.Nil
	}
	if err == nil && woken {
		e.wake()
	}
	if err == nil && told {
		e.tell()
	}
	return err
}

// overtaken tells whether an act was refused because an equal request, sent to another server at the same time, went
// first: what is taken was taken by the request itself, whose answer is given again.
func (e *engine) overtaken(ctx context.Context, caller Caller, refusal error) bool {
	if CodeOf(refusal) == CodeInternal {
		return false
	}
	answered, err := e.answered(ctx, caller)
	return err == nil && answered
}

// answered looks for the stored answer of an idempotent request.
func (e *engine) answered(ctx context.Context, caller Caller) (found bool, err error) {
	if caller.Once == nil {
		return false, nil
	}
	err = e.store.Read(ctx, caller.Scope(), func(tx Tx) (err error) {
		found, err = (&act{engine: e, tx: tx, caller: caller, now: e.now()}).replay()
		return err
	})
	return found, err
}

// act is one use case under way.
type act struct {
	*engine
	tx          Tx
	caller      Caller
	now         time.Time
	asked       time.Time // before the act waited for its turn
	receipt     *Receipt  // owed; see owesReceipt
	tenant      *Tenant
	connected   *Connection // see connection
	entry       AuditEntry
	events      []Event
	owesMessage bool
	issued      string // the token of an invitation that the act made; see SetUp
	// administratorLost tells that the act takes an active administrator from the tenant; see keepAdministrator.
	administratorLost bool
	whole             bool // see PersonChange.Whole
	result            any  // what an idempotent answer is rendered from
}

// connection is the caller's SCIM connection, read once; nil without one.
func (a *act) connection() (*Connection, error) {
	if a.connected != nil || a.caller.Connection == uuid.Nil {
		return a.connected, nil
	}
	connection, err := a.tx.Connection()
	a.connected = connection
	return connection, err
}

// happened notes an effect: it becomes an event, and the first one names the audit entry.
func (a *act) happened(effect EventType, facts ...Fact) {
	if a.caller.Connection != uuid.Nil {
		facts = append(facts, Fact{FactConnection, a.caller.Connection.String()})
	}
	if a.whole {
		facts = append(facts, Fact{FactWhole, "true"})
	}
	if a.events == nil {
		a.entry.Effects, a.events = make([]EventType, 0, 4), make([]Event, 0, 4)
	}
	a.entry.Effects = append(a.entry.Effects, effect)
	event := Event{
		ID: a.newID(), Type: effect, Person: a.entry.Person, Group: a.entry.Group,
		Door: a.caller.Door, Actor: a.caller.Actor, At: a.now,
	}
	if event.Actor.Kind == ActorPerson {
		event.Actor.Name = "" // people are told by their ids alone
	}
	for _, fact := range facts {
		if event.Data == nil {
			event.Data = map[string]string{}
		}
		event.Data[fact.Name] = fact.Value
	}
	a.events = append(a.events, event)
}

// finish writes what the act owes. An act without effects owes nothing.
func (a *act) finish() error {
	if len(a.entry.Effects) > 0 {
		if err := a.issueReceipt(); err != nil {
			return err
		}
		a.entry.ID, a.entry.At = a.newID(), a.now
		a.entry.Actor, a.entry.Door = a.caller.Actor, a.caller.Door
		a.entry.Action = a.entry.Effects[0]
		a.entry.RequestID, a.entry.IP = a.caller.RequestID, a.caller.IP
		if err := a.tx.Record(&a.entry); err != nil {
			return err
		}
		attributes := a.entry.changed()
		for i := range a.events {
			a.events[i].Act, a.events[i].Attributes = a.entry.ID, attributes
		}
		if err := a.tx.Append(a.events); err != nil {
			return err
		}
	}
	if err := a.log(); err != nil {
		return err
	}
	return a.remember()
}

// replay looks for the stored answer of an idempotent request.
func (a *act) replay() (bool, error) {
	once := a.caller.Once
	if once == nil {
		return false, nil
	}
	once.Replayed = false
	record, err := a.tx.FindOnce(a.caller.Actor.ID, once.Route, once.Key, a.now)
	if err != nil || record == nil {
		return false, err
	}
	if !a.secrets.EqualHash(record.BodyHash, once.BodyHash) {
		return false, Refuse(CodeIdempotencyKeyReuse, "", "This Idempotency-Key was used for another body; choose a new key.")
	}
	once.Replayed, once.Answer = true, record.Answer
	return true, nil
}

// remember stores the answer of an idempotent request.
func (a *act) remember() error {
	once := a.caller.Once
	if once == nil {
		return nil
	}
	answer, err := once.Render(a.result)
	if err != nil {
		return err
	}
	once.Answer = answer
	return a.tx.SaveOnce(&OnceRecord{Credential: a.caller.Actor.ID, Route: once.Route, Key: once.Key,
		BodyHash: once.BodyHash, Person: a.entry.Person, Answer: answer, ExpiresAt: a.now.Add(onceTTL)})
}
