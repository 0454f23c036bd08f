package load

import (
	"math"
	"math/bits"
	"time"
)

// exact is how many bits of a duration a bucket keeps: buckets are at most 1/64
// as wide as what they hold, and every duration below 128 ns has its own.
const exact = 7

// Histogram counts durations by size, in a few kilobytes however many there are.
// The zero value is empty and ready. It is not safe for concurrent use.
type Histogram struct {
	counts  []int
	total   int
	longest time.Duration
}

// Add counts one duration; a negative one counts as zero.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	i := bucket(d)
	if i >= len(h.counts) {
		h.counts = append(h.counts, make([]int, i+1-len(h.counts))...)
	}
	h.counts[i]++
	h.total++
	h.longest = max(h.longest, d)
}

// Count returns how many durations were added.
func (h *Histogram) Count() int { return h.total }

// Max returns the longest duration, exactly, or zero.
func (h *Histogram) Max() time.Duration { return h.longest }

// Quantile returns the duration that the share q of all, from 0 to 1, does not
// exceed: at most 1/64 too long and never too short, or zero if there is none.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := max(1, int(math.Ceil(q*float64(h.total))))
	seen := 0
	for i, count := range h.counts {
		seen += count
		if seen >= rank {
			return min(edge(i), h.longest)
		}
	}
	return h.longest
}

// bucket numbers the buckets without a gap: the highest bits of d, after 64 for
// each bit that was cut off below them.
func bucket(d time.Duration) int {
	cut := max(0, bits.Len64(uint64(d))-exact)
	return cut<<(exact-1) + int(uint64(d)>>cut)
}

// edge returns the longest duration of a bucket.
func edge(i int) time.Duration {
	cut := max(0, i>>(exact-1)-1)
	return time.Duration((i-cut<<(exact-1)+1)<<cut - 1)
}
