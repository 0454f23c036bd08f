package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// job is work that a server does by itself again and again. Every replica does it: a job has to stand its like beside it.
type job struct {
	name  string
	every time.Duration
	do    func(ctx context.Context) error
	wake  <-chan struct{} // does it before its time, a moment after; nil: nothing does
}

// gather is how long a job that is woken waits for what else is coming.
const gather = 50 * time.Millisecond

// repeat does the job at once and then in its rhythm, until ctx ends; it is not begun again after that, even when its
// time has come meanwhile. A failure is logged and tried again the next time.
func (j job) repeat(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(j.every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := j.do(ctx); err != nil && ctx.Err() == nil {
			log.Warn("job: failed, trying again later", "job", j.name, "code", domain.CodeOf(err), "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-j.wake:
			select {
			case <-ctx.Done():
			case <-time.After(gather):
			}
		}
	}
}
