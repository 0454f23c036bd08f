package store

import (
	"cmp"
	"container/list"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The bounds of what is remembered about lists, see docs/decisions/paging.md.
const (
	markLife  = 2 * time.Minute  // how long an offset is taken to be where it was found
	totalLife = 10 * time.Second // how long a count holds

	maxTrails     = 1 << 10
	maxMarks      = 1 << 10 // of one trail
	maxAllMarks   = 1 << 15
	maxMarkedKey  = 256 // bytes; a place with a longer sort key is not remembered
	generationLen = 1 << 10
)

// trails remembers how far lists were read and how many records they have, for callers that read a list page by page.
// Each list is of one tenant, one connection and one query. What is remembered saves work and decides nothing else: a
// list of which nothing is known is counted from its front.
type trails struct {
	mu     sync.Mutex
	known  map[trailKey]*list.Element // of *trail
	recent list.List                  // the latest in front
	marks  int                        // of all that are known

	seed        maphash.Seed
	generations [generationLen]atomic.Uint64 // of tenants by their hash: how often something was written
}

type trailKey [sha256.Size]byte

// trail is what is remembered of one list.
type trail struct {
	all        *trails
	key        trailKey
	born       time.Time
	generation uint64
	marks      []mark // by offset
	total      int
	totalAt    time.Time // zero: total is not known
	lost       bool      // no longer known; who still follows it finds nothing and leaves nothing
}

// mark is a place in a list and how many records are in front of what follows it.
type mark struct {
	domain.Position
	offset int
	born   time.Time // when the offset was counted
}

func newTrails() *trails {
	return &trails{known: map[trailKey]*list.Element{}, seed: maphash.MakeSeed()}
}

// generation changes with every write for the tenant. A reader asks for it before it looks at the database.
func (all *trails) generation(tenant uuid.UUID) *atomic.Uint64 {
	return &all.generations[maphash.Comparable(all.seed, tenant)%generationLen]
}

// follow gives the trail of a list, a new one where none is known. Whoever asks for the front of a list begins anew,
// unless the trail is young and nothing was written since: offsets that were counted before would be of another list.
func (all *trails) follow(key trailKey, front bool, generation uint64, now time.Time) *trail {
	all.mu.Lock()
	defer all.mu.Unlock()
	element, found := all.known[key]
	if found {
		all.recent.MoveToFront(element)
		known := element.Value.(*trail)
		if !front || known.generation == generation && now.Sub(known.born) <= totalLife {
			return known
		}
	}
	fresh := &trail{all: all, key: key, born: now, generation: generation}
	if found {
		all.forget(element)
	}
	all.known[key] = all.recent.PushFront(fresh)
	if all.recent.Len() > maxTrails {
		all.forget(all.recent.Back())
	}
	return fresh
}

func (all *trails) forget(element *list.Element) {
	old := all.recent.Remove(element).(*trail)
	delete(all.known, old.key)
	all.marks -= len(old.marks)
	old.marks, old.lost = nil, true
}

// nearest is the mark from which the offset is reached soonest; the zero mark is the front of the list.
func (t *trail) nearest(offset int, now time.Time) mark {
	if t != nil {
		t.all.mu.Lock()
		defer t.all.mu.Unlock()
		at, exact := t.find(offset)
		if exact {
			at++
		}
		for _, known := range slices.Backward(t.marks[:at]) {
			if now.Sub(known.born) <= markLife {
				return known
			}
		}
	}
	return mark{born: now}
}

// note remembers a mark, in the place of an older one or, where there are many, of the one that is missed least.
func (t *trail) note(m mark) {
	if t == nil || len(m.Key) > maxMarkedKey {
		return
	}
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	at, exact := t.find(m.offset)
	switch {
	case t.lost:
		return
	case exact:
		t.marks[at] = m
		return
	case len(t.marks) == maxMarks:
		least := t.closest()
		t.marks = slices.Delete(t.marks, least, least+1)
		at, _ = t.find(m.offset)
	default:
		t.all.marks++
	}
	t.marks = slices.Insert(t.marks, at, m)
	for t.all.marks > maxAllMarks {
		t.all.forget(t.all.recent.Back())
	}
}

func (t *trail) find(offset int) (at int, exact bool) {
	return slices.BinarySearchFunc(t.marks, offset, func(m mark, offset int) int { return cmp.Compare(m.offset, offset) })
}

// closest is the mark without which the gap between its neighbours is the smallest.
func (t *trail) closest() (least int) {
	smallest := 0
	for i := 1; i+1 < len(t.marks); i++ {
		if gap := t.marks[i+1].offset - t.marks[i-1].offset; least == 0 || gap < smallest {
			least, smallest = i, gap
		}
	}
	return least
}

// count remembers the total.
func (t *trail) count(total int, now time.Time) {
	if t != nil {
		t.all.mu.Lock()
		defer t.all.mu.Unlock()
		t.total, t.totalAt = total, now
	}
}

// counted gives the total if it was counted a short while ago.
func (t *trail) counted(now time.Time) (total int, known bool) {
	if t == nil {
		return 0, false
	}
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	return t.total, !t.totalAt.IsZero() && now.Sub(t.totalAt) <= totalLife
}

// trail is what is remembered of the list that the query asks for; nil for a list in which an index finds the few
// records, for one that a transaction may have changed that is still under way, and for a page that has its place.
func (l *listing[R]) trail(q domain.Query) (*trail, error) {
	if l.tx.writing || q.After != nil || l.compile().sharp(q.Where) {
		return nil, nil
	}
	c, err := l.matching("", q.Where)
	if err != nil {
		return nil, err
	}
	if err := l.order(c, q); err != nil {
		return nil, err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%#v", c.text.String(), c.args)
	return l.tx.trails.follow(trailKey(sum.Sum(nil)), q.Offset == 0, l.tx.generation, l.tx.now()), nil
}
