package delivery

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

func (l *loop[T]) putBack(duty T, at time.Time, why string) {
	l.keep(l.facts(duty).id, func(ctx context.Context) error { return l.retry(ctx, duty, at, why) })
}

// keepLater is keep beside what is to be sent next.
func (l *loop[T]) keepLater(id uuid.UUID, write func(context.Context) error) {
	l.busy.Go(func() { l.keep(id, write) })
}

// keep writes what came of a duty, with patience: what is out but not noted as delivered is sent again. It runs on when
// the loop stops, for a little while.
func (l *loop[T]) keep(id uuid.UUID, write func(context.Context) error) {
	ctx, cancel := context.WithTimeout(l.noting, stopWithin)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := write(ctx)
		if err == nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			l.log.Error("delivery: can't note what came of an attempt, it will be made again", "id", id, "error", err)
			return
		}
	}
}

// maxReason is how much of an error is kept, in bytes.
const maxReason = 500

func reason(err error) string {
	text := line(err.Error())
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}
