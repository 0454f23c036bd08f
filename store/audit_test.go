package store

import (
	"cmp"
	"errors"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type line struct {
	index int64
	at    time.Time
}

// lines makes an audit whose times follow the indexes within the skew and whose indexes may have gaps, and says what the
// next line is.
func lines(t *rapid.T) []line {
	var list []line
	index, latest := int64(0), time.Unix(1e9, 0)
	for range rapid.IntRange(0, 60).Draw(t, "lines") {
		index += rapid.SampledFrom([]int64{1, 1, 1, 1, 1, 7}).Draw(t, "step")
		at := latest.Add(time.Duration(rapid.Int64Range(-int64(auditSkew), int64(auditSkew)).Draw(t, "after")))
		list = append(list, line{index, at})
		if at.After(latest) {
			latest = at
		}
	}
	return list
}

func TestFirstSinceKeepsLinesOfTheTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := lines(t)
		end := int64(1)
		if len(list) > 0 {
			end = list[len(list)-1].index + 1
		}
		reads := 0
		next := func(from int64) (int64, time.Time, error) {
			reads++
			i, _ := slices.BinarySearchFunc(list, from, func(l line, from int64) int { return cmp.Compare(l.index, from) })
			if i == len(list) {
				return 0, time.Time{}, nil
			}
			return list[i].index, list[i].at, nil
		}
		instant := time.Unix(1e9, 0).Add(time.Duration(rapid.Int64Range(-int64(2*time.Hour), int64(9*time.Hour)).Draw(t, "instant")))
		first, err := firstSince(1, end, instant, next)
		require.NoError(t, err)
		assert.LessOrEqual(t, reads, bits.Len64(uint64(end)))
		assert.True(t, 1 <= first && first <= end)
		for i, l := range list {
			if l.index < first {
				assert.True(t, l.at.Before(instant.Add(auditSkew)), "line %d of %v is below %d", l.index, l.at, first)
			} else {
				assert.False(t, l.at.Before(instant.Add(-auditSkew)), "line %d of %v is not below %d", l.index, l.at, first)
			}
			if l.index >= first && (i == 0 || list[i-1].index < first) {
				assert.False(t, l.at.Before(instant), "the first line is not from before")
			}
		}
	})
}

func TestFirstSinceFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, err := firstSince(1, 9, time.Now(), func(int64) (int64, time.Time, error) { return 0, time.Time{}, broken })
	assert.ErrorIs(t, err, broken)
}
