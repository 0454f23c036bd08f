package load

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestHistogramEmpty(t *testing.T) {
	t.Parallel()
	var h Histogram
	assert.Zero(t, h.Count())
	assert.Zero(t, h.Max())
	assert.Zero(t, h.Quantile(0.99))
}

func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	var h Histogram
	for i := 1; i <= 100; i++ {
		h.Add(time.Duration(i)) // below 128 ns every duration has its own bucket
	}
	h.Add(-time.Second)
	assert.Equal(t, 101, h.Count())
	assert.Equal(t, time.Duration(0), h.Quantile(0))
	assert.Equal(t, time.Duration(50), h.Quantile(0.5))
	assert.Equal(t, time.Duration(99), h.Quantile(0.99))
	assert.Equal(t, time.Duration(100), h.Quantile(1))
}

// A quantile is never below the true one and at most 1/64 above it.
func TestHistogramIsNearTheTruth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64), 1, 200).Draw(t, "all")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		var h Histogram
		for _, d := range all {
			h.Add(time.Duration(d))
		}
		slices.Sort(all)
		truth := all[max(1, int(math.Ceil(q*float64(len(all)))))-1]
		got := int64(h.Quantile(q))
		assert.GreaterOrEqual(t, got, truth)
		assert.LessOrEqual(t, got-truth, truth/64)
		assert.Equal(t, time.Duration(all[len(all)-1]), h.Max())
	})
}

func TestBucketsHaveNoGap(t *testing.T) {
	t.Parallel()
	for i := range bucket(math.MaxInt64) {
		assert.Equal(t, i, bucket(edge(i)))
		assert.Equal(t, i+1, bucket(edge(i)+1), "after %d ns", edge(i))
	}
}
