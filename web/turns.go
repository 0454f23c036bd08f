package web

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The bounds of waiting, chosen so that even under overload an accepted request is answered within a second.
const (
	waitInTurn    = 250 * time.Millisecond // longest wait for a turn
	queuedPerSlot = 8                      // requests that may wait, for each that is worked on
)

// shed is why a request was turned away; it is a label of a metric.
type shed string

const (
	shedDoor   shed = "door"   // too many requests of which nobody knows yet whose they are
	shedRate   shed = "rate"   // the credential is over its own limit
	shedFull   shed = "full"   // too many requests wait
	shedLate   shed = "late"   // it waited too long
	shedTenant shed = "tenant" // one of these two, while its tenant took more than its share
)

// turns lets a bounded number of requests be worked on at once. Where there are more, they wait, and tenants take turns,
// each with its oldest request, however many a tenant has waiting. So a tenant that sends ten times as much as the
// others makes itself wait and hardly anybody else.
type turns struct {
	mu    sync.Mutex
	free  int
	slots int
	// most is how many slots one tenant may hold: some are left for whoever comes next, also while the requests of one
	// tenant are slow.
	most    int
	queued  int
	tenants map[uuid.UUID]*line // that hold or wait for something
	ring    list.List           // of the *line in which somebody waits, the next one in front
}

// line is the requests of one tenant.
type line struct {
	tenant  uuid.UUID
	held    int
	waiting list.List     // of *ticket, the oldest in front
	place   *list.Element // in the ring; nil when nobody waits
}

// ticket is a request that waits. What comes of it is sent once: "" for a turn, else why there is none.
type ticket struct {
	called chan shed
	place  *list.Element // in its line; nil once it was called
}

func newTurns(slots int) *turns {
	return &turns{free: slots, slots: slots, most: max(1, slots-slots/4), tenants: map[uuid.UUID]*line{}}
}

// enter waits for a turn. With "" the caller has it, and must leave; with anything else it is turned away.
func (t *turns) enter(ctx context.Context, tenant uuid.UUID) (why shed) {
	t.mu.Lock()
	l := t.tenants[tenant]
	if l == nil {
		l = &line{tenant: tenant}
		t.tenants[tenant] = l
	}
	if t.free > 0 && l.held < t.most && l.waiting.Len() == 0 {
		t.take(l)
		t.mu.Unlock()
		return ""
	}
	if t.queued >= queuedPerSlot*t.slots && !t.makeRoom(l) {
		why = t.reason(l, shedFull)
		t.forget(l)
		t.mu.Unlock()
		return why
	}
	mine := t.queue(l)
	t.mu.Unlock()
	return t.await(ctx, l, mine)
}

// await is the wait itself.
func (t *turns) await(ctx context.Context, l *line, mine *ticket) shed {
	patience := time.NewTimer(waitInTurn)
	defer patience.Stop()
	select {
	case why := <-mine.called:
		return why
	case <-patience.C:
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.place == nil { // called just now
		return <-mine.called
	}
	why := t.reason(l, shedLate)
	t.drop(l, mine)
	return why
}

// leave gives the turn back.
func (t *turns) leave(tenant uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.tenants[tenant]
	l.held--
	t.free++
	t.callNext()
	t.forget(l)
}

// callNext gives what is free to whose turn it is: the first line of the ring that may hold more, which then goes to
// the back.
func (t *turns) callNext() {
	for place := t.ring.Front(); place != nil && t.free > 0; place = t.ring.Front() {
		for place != nil && place.Value.(*line).held >= t.most {
			place = place.Next()
		}
		if place == nil {
			return
		}
		l := place.Value.(*line)
		t.ring.MoveToBack(place)
		t.take(l)
		t.call(l, l.waiting.Front().Value.(*ticket), "")
	}
}

func (t *turns) take(l *line) {
	t.free--
	l.held++
}

func (t *turns) queue(l *line) *ticket {
	mine := &ticket{called: make(chan shed, 1)}
	mine.place = l.waiting.PushBack(mine)
	if l.place == nil {
		l.place = t.ring.PushBack(l)
	}
	t.queued++
	return mine
}

// call tells a ticket what comes of it and takes it out of its line.
func (t *turns) call(l *line, called *ticket, why shed) {
	called.called <- why
	t.drop(l, called)
}

func (t *turns) drop(l *line, gone *ticket) {
	l.waiting.Remove(gone.place)
	gone.place = nil
	t.queued--
	if l.waiting.Len() == 0 {
		t.ring.Remove(l.place)
		l.place = nil
	}
	t.forget(l)
}

// forget keeps the memory to the tenants that are there.
func (t *turns) forget(l *line) {
	if l.held == 0 && l.waiting.Len() == 0 {
		delete(t.tenants, l.tenant)
	}
}

// makeRoom turns away the newest request of the longest line, unless that is the line of whoever wants room.
func (t *turns) makeRoom(wanting *line) bool {
	longest := wanting
	for place := t.ring.Front(); place != nil; place = place.Next() {
		if l := place.Value.(*line); l.waiting.Len() > longest.waiting.Len() {
			longest = l
		}
	}
	if longest == wanting {
		return false
	}
	t.call(longest, longest.waiting.Back().Value.(*ticket), t.reason(longest, shedFull))
	return true
}

// reason blames the tenant where there are others and it clearly has more than its share, by half, of what is worked on
// and waits.
func (t *turns) reason(l *line, why shed) shed {
	everything := t.slots - t.free + t.queued
	if len(t.tenants) > 1 && 2*(l.held+l.waiting.Len())*len(t.tenants) > 3*everything {
		return shedTenant
	}
	return why
}

// counts are how many requests are worked on and how many wait.
func (t *turns) counts() (held, queued int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.slots - t.free, t.queued
}

// refusal is what a client is told that was turned away.
func (why shed) refusal() error {
	if why == shedTenant {
		return domain.Refuse(domain.CodeRateLimited, "", "This tenant sends more requests than its share while the server is busy; send fewer at once, and this one again.")
	}
	return domain.Refuse(domain.CodeOverloaded, "", "Too many requests are under way; try again shortly.")
}
