package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Request sends the n-th request of a run, counted from 0, and waits for its
// answer. It is called from many goroutines, once for each n.
type Request func(ctx context.Context, n int) Answer

// Bound ends a run at whichever comes first. A zero field sets no bound.
type Bound struct {
	Time     time.Duration
	Requests int
}

// over tells whether the n-th request, due or sent so long after the start, lies
// beyond the bound.
func (b Bound) over(n int, since time.Duration) bool {
	return b.Requests > 0 && n >= b.Requests || b.Time > 0 && since >= b.Time
}

// Closed keeps every connection busy: each sends its next request when the last
// one is answered. What was sent is waited for, and the time of that counts.
func Closed(ctx context.Context, connections int, bound Bound, request Request) Result {
	r := newRecorder(bound.Requests)
	var next atomic.Int64
	each(connections, func() {
		for ctx.Err() == nil {
			n := int(next.Add(1) - 1)
			sent := time.Now()
			if bound.over(n, sent.Sub(r.start)) {
				return
			}
			answer := request(ctx, n)
			r.add(answer, time.Since(sent), 0)
		}
	})
	return r.end()
}

// Open sends rate requests a second whatever the server does, over at most so many
// connections. Latency counts from when a request was due, so one that had to wait
// for a connection is charged with the wait. What is still unsent when the time is
// over stays unsent, and is counted.
func Open(ctx context.Context, rate float64, connections int, bound Bound, request Request) Result {
	r := newRecorder(bound.Requests)
	var next atomic.Int64
	each(connections, func() {
		for {
			n := int(next.Add(1) - 1)
			after := time.Duration(float64(n) / rate * float64(time.Second))
			if bound.over(n, after) || !sleep(ctx, time.Until(r.start.Add(after))) {
				return
			}
			late := time.Since(r.start) - after
			if bound.Time > 0 && after+late >= bound.Time {
				r.skip()
				continue
			}
			answer := request(ctx, n)
			r.add(answer, time.Since(r.start)-after, late)
		}
	})
	return r.end()
}

// each runs so many goroutines and waits for them.
func each(count int, run func()) {
	var group sync.WaitGroup
	for range count {
		group.Go(run)
	}
	group.Wait()
}

// sleep waits and tells whether the context still stands.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
