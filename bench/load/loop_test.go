package load

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// takes is a request that is answered so long after it was sent.
func takes(d time.Duration, status int) Request {
	return func(context.Context, int) Answer {
		time.Sleep(d)
		return Answer{Status: status, Bytes: 10}
	}
}

func TestClosedKeepsConnectionsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		result := Closed(t.Context(), 4, Bound{Time: time.Second}, takes(10*time.Millisecond, 200))
		assert.Equal(t, 400, result.Accepted())
		assert.InDelta(t, 400, result.Rate(), 0.01)
		assert.Equal(t, time.Second, result.Elapsed)
		assert.Equal(t, 10*time.Millisecond, result.Latency.Max())
		assert.EqualValues(t, 4000, result.Bytes)
	})
}

func TestClosedWaitsForWhatWasSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		result := Closed(t.Context(), 1, Bound{Time: time.Second}, takes(3*time.Second, 200))
		assert.Equal(t, 1, result.Accepted())
		assert.Equal(t, 3*time.Second, result.Elapsed)
	})
}

func TestClosedSendsEachRequestOnce(t *testing.T) {
	t.Parallel()
	var seen [1000]atomic.Int32
	Closed(t.Context(), 8, Bound{Requests: len(seen)}, func(_ context.Context, n int) Answer {
		seen[n].Add(1)
		return Answer{Status: 201}
	})
	for n := range seen {
		assert.EqualValues(t, 1, seen[n].Load(), n)
	}
}

func TestClosedStopsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		result := Closed(ctx, 2, Bound{}, takes(300*time.Millisecond, 200))
		assert.Equal(t, 8, result.Accepted())
	})
}

func TestPaceComparesTheLastTenthToTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slower := func(_ context.Context, n int) Answer {
			time.Sleep(time.Duration(1+n/50) * time.Millisecond) // the second half takes twice as long
			return Answer{Status: 200}
		}
		assert.InDelta(t, 0.5, Closed(t.Context(), 1, Bound{Requests: 100}, slower).Pace, 0.001)
		cut := Closed(t.Context(), 1, Bound{Requests: 100, Time: 20 * time.Millisecond}, slower)
		assert.Zero(t, cut.Pace, "a run that did not reach its count has no last tenth")
	})
}

func TestOpenKeepsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		result := Open(t.Context(), 200, 8, Bound{Time: 2 * time.Second}, takes(10*time.Millisecond, 200))
		assert.Equal(t, 400, result.Accepted())
		assert.Equal(t, 10*time.Millisecond, result.Latency.Max())
		assert.Zero(t, result.Late.Max())
		assert.Zero(t, result.Unsent)
	})
}

// A server that stalls for a second holds up every request that falls due
// meanwhile. A loop that waited for it would see one slow request only.
func TestOpenChargesAStallToAllThatWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stall := func(_ context.Context, n int) Answer {
			if n == 0 {
				time.Sleep(time.Second)
			}
			return Answer{Status: 200}
		}
		result := Open(t.Context(), 100, 1, Bound{Time: 2 * time.Second}, stall)
		assert.Equal(t, 200, result.Accepted())
		assert.Equal(t, time.Second, result.Latency.Max())
		assert.InDelta(t, time.Second/2, result.Latency.Quantile(0.75), float64(20*time.Millisecond),
			"half of all requests waited, half a second in the middle")
		assert.Equal(t, 990*time.Millisecond, result.Late.Max())
		assert.Zero(t, result.Service.Quantile(0.99), "all but the first were answered at once, when they were sent")
	})
}

func TestOpenCountsWhatItCouldNotSend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		result := Open(t.Context(), 100, 1, Bound{Time: time.Second}, takes(100*time.Millisecond, 200))
		assert.Equal(t, 10, result.Accepted())
		assert.Equal(t, 90, result.Unsent)
		assert.Equal(t, time.Second, result.Elapsed)
	})
}

func TestOpenStopsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 99*time.Millisecond)
		defer cancel()
		assert.Equal(t, 10, Open(ctx, 100, 4, Bound{}, takes(0, 200)).Accepted())
	})
}
