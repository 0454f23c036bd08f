package store

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func keyOf(n int) (key trailKey) {
	copy(key[:], fmt.Sprint(n))
	return key
}

func TestTrailsAreBounded(t *testing.T) {
	t.Parallel()
	all := newTrails()
	used := all.follow(keyOf(0), true, 1, noon)
	for n := range 3 * maxTrails {
		all.follow(keyOf(n+1), false, 1, noon)
		assert.Same(t, used, all.follow(keyOf(0), false, 1, noon), "what is in use stays")
	}
	assert.Len(t, all.known, maxTrails)
	assert.Equal(t, maxTrails, all.recent.Len())
}

func TestMarksAreBounded(t *testing.T) {
	t.Parallel()
	all := newTrails()
	trail := all.follow(keyOf(0), true, 1, noon)
	trail.note(mark{domain.Position{Key: string(make([]byte, maxMarkedKey+1))}, 1, noon})
	assert.Empty(t, trail.marks, "a key without bounds is not kept")
	for offset := 1; offset <= 5*maxMarks; offset++ {
		trail.note(mark{offset: offset, born: noon})
		assert.Equal(t, offset, trail.nearest(offset, noon).offset, "the page that comes next starts where the last one ended")
	}
	assert.Len(t, trail.marks, maxMarks)
	for range 100 {
		offset := 1 + rand.IntN(5*maxMarks)
		assert.LessOrEqual(t, offset-trail.nearest(offset, noon).offset, 12, "the marks stay spread over the list")
	}
}

func TestAllMarksAreBounded(t *testing.T) {
	t.Parallel()
	all := newTrails()
	var trails []*trail
	for n := range 2 * maxAllMarks / maxMarks {
		trail := all.follow(keyOf(n), true, 1, noon)
		trails = append(trails, trail)
		for offset := range maxMarks {
			trail.note(mark{offset: offset + 1, born: noon})
		}
	}
	kept := 0
	for _, trail := range trails {
		kept += len(trail.marks)
	}
	assert.Equal(t, all.marks, kept)
	assert.LessOrEqual(t, kept, maxAllMarks)
	assert.Greater(t, kept, maxAllMarks-2*maxMarks)
	assert.Len(t, trails[len(trails)-1].marks, maxMarks)
	trails[0].note(mark{offset: 1, born: noon})
	assert.Empty(t, trails[0].marks, "one that is lost stays empty")
}

func TestTrailBeginsAnew(t *testing.T) {
	t.Parallel()
	all := newTrails()
	tenant := uuid.New()
	generation := all.generation(tenant)
	first := all.follow(keyOf(0), true, generation.Load(), noon)
	first.note(mark{offset: 100, born: noon})
	first.count(7, noon)
	assert.Same(t, first, all.follow(keyOf(0), true, generation.Load(), noon.Add(totalLife)), "nothing was written")
	generation.Add(1)
	assert.Same(t, first, all.follow(keyOf(0), false, generation.Load(), noon), "whoever walks on walks on")
	second := all.follow(keyOf(0), true, generation.Load(), noon)
	assert.NotSame(t, first, second)
	assert.Zero(t, second.nearest(100, noon).offset)
	_, known := second.counted(noon)
	assert.False(t, known)
	third := all.follow(keyOf(0), true, generation.Load(), noon.Add(totalLife+1))
	assert.NotSame(t, second, third, "another server may have written")
}

func TestNoTrail(t *testing.T) {
	t.Parallel()
	var none *trail
	none.note(mark{offset: 3})
	none.count(3, noon)
	assert.Equal(t, mark{born: noon}, none.nearest(5, noon))
	_, known := none.counted(noon)
	assert.False(t, known)
}

func TestTrailsAreShared(t *testing.T) {
	t.Parallel()
	all := newTrails()
	var walkers sync.WaitGroup
	for walker := range 8 {
		walkers.Go(func() {
			for n := range 2000 {
				trail := all.follow(keyOf(n%3), n%7 == 0, uint64(n/500), noon)
				trail.note(mark{offset: n + walker, born: noon})
				trail.nearest(n, noon)
				trail.count(n, noon)
				trail.counted(noon)
			}
		})
	}
	walkers.Wait()
	assert.Len(t, all.known, 3)
}
