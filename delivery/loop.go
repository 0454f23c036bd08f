package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// queue is duties of one kind: messages that have to leave, in a table that servers share. A duty is claimed for a
// while, tried, and then settled or put back.
type queue[T any] interface {
	// claim hands out up to count due duties, of any lane but those.
	claim(ctx context.Context, now time.Time, lease time.Duration, count int, except []uuid.UUID) ([]T, error)
	facts(T) facts
	send(ctx context.Context, duty T) error
	// hopeless tells that it makes no sense to try again after the error.
	hopeless(duty T, err error) bool
	settle(ctx context.Context, duty T, failure error) error // nil: it got through
	retry(ctx context.Context, duty T, at time.Time, reason string) error
}

// facts are what the loop has to know about a duty.
type facts struct {
	id       uuid.UUID
	attempts int       // this one included
	until    time.Time // the end of the lease
	// lane is whom it goes to. Duties of one lane can only hold up each other. uuid.Nil: all go to the same one.
	lane uuid.UUID
	log  []any
}

// pace is how much is done at once.
type pace struct {
	abreast int           // duties of a lane on the way at once
	waiting int           // duties that may wait in a lane
	claimed int           // claimed at once
	held    int           // claimed and unfinished
	timeout time.Duration // of one attempt
	poll    time.Duration // how often the queue is looked at without a call to Wake
	// gate closes a lane for a while after a failure, instead of trying all that goes there.
	gate bool
}

// lease is how long a claimed duty is ours. It outlives every wait for the duties claimed before it.
func (p pace) lease() time.Duration {
	return time.Duration(p.waiting/p.abreast+2) * p.timeout
}

// stopWithin is how long what is on the way may take when the loop has to stop, and then once more what came of it.
const stopWithin = 5 * time.Second

// loop empties a queue.
type loop[T any] struct {
	queue[T]
	pace
	clock func() time.Time
	log   *slog.Logger
	woken chan struct{}
	busy  sync.WaitGroup // what Run has begun
	// noting ends when nothing is noted any more, some time after Run was told to stop.
	noting context.Context

	mu    sync.Mutex
	lanes map[uuid.UUID]*lane[T]
	taken int // duties that are claimed and not finished
}

// lane is what goes to one receiver.
type lane[T any] struct {
	waiting  []T
	abreast  int // on the way
	failures int // since the last success
	closed   time.Time
}

func newLoop[T any](q queue[T], p pace, clock func() time.Time, log *slog.Logger) *loop[T] {
	return &loop[T]{queue: q, pace: p, clock: clock, log: log, woken: make(chan struct{}, 1), noting: context.Background(), lanes: map[uuid.UUID]*lane[T]{}}
}

// Wake tells that something may be due. It never waits.
func (l *loop[T]) Wake() {
	select {
	case l.woken <- struct{}{}:
	default: // somebody has called already
	}
}

// Run sends what is due until ctx ends, then finishes what is on the way and returns.
func (l *loop[T]) Run(ctx context.Context) {
	sending, stopSending := outlives(ctx, stopWithin)
	defer stopSending()
	noting, stopNoting := outlives(ctx, 2*stopWithin)
	defer stopNoting()
	l.noting = noting
	defer l.busy.Wait()
	tick := time.NewTicker(l.poll)
	defer tick.Stop()
	for {
		for l.round(ctx, sending) {
		}
		select {
		case <-ctx.Done(): // what nobody has begun goes to whoever comes next, at once
			for _, duty := range l.leftovers() {
				l.busy.Go(func() { l.putBack(duty, l.clock(), "") })
			}
			return
		case <-l.woken:
		case <-tick.C:
		}
	}
}

// outlives is a context that ends so long after ctx.
func outlives(ctx context.Context, by time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	forget := context.AfterFunc(ctx, func() { time.AfterFunc(by, cancel) })
	return longer, func() { forget(); cancel() }
}

// round claims what is due, and tells whether there may be more.
func (l *loop[T]) round(ctx, sending context.Context) bool {
	full, room := l.full()
	if ctx.Err() != nil || !room {
		return false
	}
	list, err := l.claim(ctx, l.clock(), l.lease(), l.claimed, full)
	if err != nil {
		if ctx.Err() == nil {
			l.log.Warn("delivery: can't claim what is due, trying again later", "error", err)
		}
		return false
	}
	for _, duty := range list {
		if at, ok := l.take(duty, func(id uuid.UUID, to *lane[T]) { l.busy.Go(func() { l.work(sending, id, to) }) }); !ok {
			l.putBack(duty, at, "")
		}
	}
	return len(list) == l.claimed
}

// full gives the lanes that take nothing now, and tells whether another batch may be claimed at all.
func (l *loop[T]) full() (lanes []uuid.UUID, room bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, to := range l.lanes {
		if id != uuid.Nil && (len(to.waiting) > 0 || l.clock().Before(to.closed)) {
			lanes = append(lanes, id)
		}
	}
	return lanes, l.taken+l.claimed <= l.held
}

// take puts a duty into its lane and begins to work there if there is room. Otherwise it tells when to try again.
func (l *loop[T]) take(duty T, begin func(uuid.UUID, *lane[T])) (again time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.facts(duty).lane
	to := l.lanes[id]
	if to == nil {
		to = new(lane[T])
		l.lanes[id] = to
	}
	switch now := l.clock(); {
	case now.Before(to.closed):
		return to.closed, false
	case len(to.waiting) >= l.waiting:
		return now.Add(l.lease()), false
	}
	to.waiting = append(to.waiting, duty)
	l.taken++
	if to.abreast < l.abreast {
		to.abreast++
		begin(id, to)
	}
	return time.Time{}, true
}

// work does what waits in a lane.
func (l *loop[T]) work(ctx context.Context, id uuid.UUID, at *lane[T]) {
	for {
		l.mu.Lock()
		if len(at.waiting) == 0 {
			if at.abreast--; at.abreast == 0 && at.failures == 0 {
				delete(l.lanes, id)
			}
			l.mu.Unlock()
			return
		}
		duty := at.waiting[0]
		at.waiting = at.waiting[1:]
		l.mu.Unlock()
		failed := l.deliver(ctx, duty)
		dropped, until := l.finish(at, failed)
		for _, other := range dropped {
			l.putBack(other, until, "")
		}
		l.Wake()
	}
}

// finish notes that a duty is done with. After a failure it closes a gated lane for a while, and gives back what waits
// there.
func (l *loop[T]) finish(at *lane[T], failed bool) (dropped []T, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken--
	if !failed || !l.gate {
		at.failures = 0
		return nil, time.Time{}
	}
	at.failures++
	at.closed = l.clock().Add(min(backoff(at.failures, 0), time.Minute))
	dropped, at.waiting = at.waiting, nil
	l.taken -= len(dropped)
	return dropped, at.closed
}

func (l *loop[T]) leftovers() (list []T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, from := range l.lanes {
		list = append(list, from.waiting...)
		from.waiting = nil
	}
	l.taken -= len(list)
	return list
}

// postponed is a failure with which the receiver said when to come back.
type postponed struct {
	error
	after time.Duration
}

// deliver sends one duty and notes what came of it. It tells whether the receiver failed.
func (l *loop[T]) deliver(ctx context.Context, duty T) (failed bool) {
	known := l.facts(duty)
	if l.clock().Add(l.timeout).After(known.until) {
		return false // we slept; the lease ends before this would be out, and somebody else may send it
	}
	err := l.attempt(ctx, duty)
	log := l.log.With("id", known.id, "attempt", known.attempts).With(known.log...)
	switch {
	case err == nil:
		log.Info("delivered")
		l.keepLater(known.id, func(ctx context.Context) error { return l.settle(ctx, duty, nil) })
	case l.hopeless(duty, err):
		log.Error("delivery given up", "error", err)
		l.keepLater(known.id, func(ctx context.Context) error { return l.settle(ctx, duty, err) })
	default:
		pause := backoff(known.attempts, rand.Float64())
		if asked, ok := errors.AsType[*postponed](err); ok {
			pause = max(pause, min(asked.after, longPause))
		}
		next := l.clock().Add(pause)
		log.Warn("not delivered, trying again later", "error", err, "next", next)
		l.putBack(duty, next, reason(err))
		return true
	}
	return false
}

func (l *loop[T]) attempt(ctx context.Context, duty T) (err error) {
	defer func() { // one broken duty must not stop the others
		if cause := recover(); cause != nil {
			err = fmt.Errorf("delivery: panic: %v", cause)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	return l.send(ctx, duty)
}
