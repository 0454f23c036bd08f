package delivery_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
)

// TestClockJumpsLoseNoMail: a mail that waits leaves once, and at the latest when the clock is past the instant from which
// it was due; a clock that is set back delays it by as much and no more.
func TestClockJumpsLoseNoMail(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{-time.Hour, time.Hour, -10 * time.Second, 5 * time.Minute} {
		t.Run(jump.String(), func(t *testing.T) {
			t.Parallel()
			failed := false
			post := &post{send: func(context.Context, uuid.UUID) error {
				if !failed {
					failed = true // one message, one attempt at a time
					return errors.New("421 try again")
				}
				return nil
			}}
			o := newOffice(t, post)
			m := o.owe(nil)
			waiting := o.eventually(m, func(r row) bool { return r.attempts == 1 && r.reason != "" && r.next < lease }, "it is put back")
			o.forward(jump)
			if jump < 0 {
				o.forward(waiting.next - time.Second)
				assert.Never(t, func() bool { return post.count(m.ID) > 1 }, 100*time.Millisecond, 20*time.Millisecond, "not before its time")
				o.forward(time.Second - jump)
			}
			got := o.eventually(m, delivered, "it is delivered")
			assert.Equal(t, 2, got.attempts)
			o.forward(-jump)
			other := o.owe(nil)
			o.eventually(other, delivered, "the next one is delivered")
			assert.Equal(t, 2, post.count(m.ID), "and this one does not leave again")
		})
	}
}
