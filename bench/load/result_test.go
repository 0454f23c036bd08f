package load

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestResultCountsByOutcome(t *testing.T) {
	t.Parallel()
	answers := []Answer{
		{Status: 200, Bytes: 5},
		{Status: 201},
		{Status: 200, Wrong: true, Detail: "who is that?"},
		{Status: 429, RetryAfter: true},
		{Status: 503},
		{Status: 409, Detail: "taken"},
		{Detail: "connection refused"},
	}
	result := Closed(t.Context(), 1, Bound{Requests: len(answers)}, func(_ context.Context, n int) Answer { return answers[n] })
	assert.Equal(t, 7, result.Sent())
	assert.Equal(t, 2, result.Accepted())
	assert.Equal(t, 2, result.Refused)
	assert.Equal(t, 1, result.Told)
	assert.Equal(t, 3, result.Failed())
	assert.Equal(t, 1, result.Wrong)
	assert.Equal(t, map[int]int{0: 1, 200: 2, 201: 1, 409: 1, 429: 1, 503: 1}, result.Statuses)
	assert.Equal(t, "who is that?", result.Example, "the first failure is kept as an example")
}

func TestRateOfNothing(t *testing.T) {
	t.Parallel()
	assert.Zero(t, Result{}.Rate())
	assert.Zero(t, Result{Elapsed: time.Second}.Rate())
}
