package delivery

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	waited := time.Duration(0)
	for attempt := 1; attempt < patience; attempt++ {
		pause := backoff(attempt, 0)
		assert.GreaterOrEqual(t, pause, firstPause)
		if waited < time.Hour {
			assert.LessOrEqual(t, pause, shortPause, "after an hour's outage mails are out within five minutes")
		}
		assert.Equal(t, pause*3/4, backoff(attempt, 1))
		if attempt > 1 {
			assert.GreaterOrEqual(t, pause, backoff(attempt-1, 0), "pauses never shrink")
		}
		waited += pause
	}
	assert.Equal(t, longPause, backoff(patience, 0))
	assert.InDelta(t, 72, waited.Hours(), 2, "a mail is given up after three days")
}
