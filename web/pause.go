package web

import (
	"context"
	"time"
)

// Pause lets a request wait for something that has not happened yet, while others have its turn. It returns true when
// the time is over, the caller would still be let in and it is the request's turn again; false when there is nothing to
// wait for any more, because the client is gone or the server stops.
func Pause(ctx context.Context, span time.Duration) (again bool, err error) {
	r := requestOf(ctx)
	if r != nil {
		r.leaveTurn()
	}
	over := time.NewTimer(span)
	defer over.Stop()
	select {
	case <-ctx.Done():
		return false, nil
	case <-over.C:
	}
	if r == nil { // a door that stands without the hall
		return true, nil
	}
	if r.recheck != nil {
		if err := r.recheck(); err != nil {
			return false, err
		}
	}
	return !r.hall.draining.Load(), r.enterTurn(ctx)
}
