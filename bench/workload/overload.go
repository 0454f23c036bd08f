package workload

import (
	"context"
	"fmt"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/report"
)

const (
	overloadFactor = 5
	quietTime      = 2 * time.Second // most time to measure what is normal, before
	probeRate      = 50.0            // requests a second before and after the overload
	probeWindow    = 500 * time.Millisecond
	normalFloor    = 50 * time.Millisecond // a p99 that is normal whatever it was before
	recoveryFactor = 3                     // times the overload's own time is how long recovery is waited for
)

// overload measures what the server can do, offers five times as much, and then
// waits until a light load is answered as before.
func overload(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
	post, err := postUser(ctx, s)
	if err != nil {
		return err
	}
	quiet := min(quietTime, s.OverloadTime)
	capacity := load.Closed(ctx, 32, load.Bound{Time: quiet}, post).Rate()
	if capacity == 0 {
		return fmt.Errorf("no request was accepted")
	}
	before := s.probe(ctx, post, quiet)
	stop := s.watch(row)
	result := load.Open(ctx, overloadFactor*capacity, w.Connections, load.Bound{Time: s.OverloadTime}, post)
	row.Take(result, true)
	row.TakeOpen(result)
	drained := max(0, result.Elapsed-s.OverloadTime) // what was under way when the overload ended
	recovery := drained + s.recovery(ctx, post, normal(before))
	stop()
	row.Set(report.Recovery, recovery.Seconds())
	row.Set(report.Refused, share(result.Refused, result.Sent()))
	row.Set(report.Told, 1)
	if rest := result.Sent() - result.Accepted(); rest > 0 {
		row.Set(report.Told, share(result.Told, rest))
	}
	row.Notes = append(row.Notes, fmt.Sprintf("offered %s/s", report.Number(overloadFactor*capacity)))
	return nil
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func (s *Stage) probe(ctx context.Context, request load.Request, d time.Duration) load.Result {
	return load.Open(ctx, probeRate, 16, load.Bound{Time: d}, request)
}

// normal returns the p99 that counts as normal after a probe before the overload.
func normal(before load.Result) time.Duration {
	return max(2*before.Latency.Quantile(0.99), normalFloor)
}

// recovery returns how long it takes until a light load is accepted entirely, in
// normal time. It gives up after some time and returns that.
func (s *Stage) recovery(ctx context.Context, request load.Request, normal time.Duration) time.Duration {
	start := time.Now()
	for ctx.Err() == nil {
		since := time.Since(start)
		result := s.probe(ctx, request, probeWindow)
		well := result.Accepted() > 0 && result.Accepted() == result.Sent() && result.Unsent == 0
		if well && result.Latency.Quantile(0.99) <= normal {
			return since.Truncate(time.Millisecond)
		}
		if since > recoveryFactor*s.OverloadTime {
			break
		}
	}
	return time.Since(start)
}
