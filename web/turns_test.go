package web

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

var greedy, modest, other = uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3}

// guests are requests that came to the same turns, in the order in which something came of them.
type guests struct {
	*turns
	called []uuid.UUID
	shed   map[uuid.UUID][]shed
}

// come lets requests of a tenant come in and keep what they get until leave is called for it.
func (g *guests) come(ctx context.Context, tenant uuid.UUID, count int) {
	for range count {
		go func() {
			why := g.enter(ctx, tenant)
			g.mu.Lock()
			defer g.mu.Unlock()
			if why == "" {
				g.called = append(g.called, tenant)
			} else {
				g.shed[tenant] = append(g.shed[tenant], why)
			}
		}()
		synctest.Wait()
	}
}

func newGuests(slots int) *guests {
	return &guests{turns: newTurns(slots), shed: map[uuid.UUID][]shed{}}
}

// drain lets whoever was called leave, one by one in the order of the calls, until nobody is there.
func (g *guests) drain() {
	for i := 0; i < len(g.called); i++ {
		g.leave(g.called[i])
		synctest.Wait()
	}
}

func TestTenantsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGuests(1)
		g.come(t.Context(), greedy, 5)
		g.come(t.Context(), modest, 2)
		g.come(t.Context(), other, 1)
		g.drain()
		assert.Equal(t, []uuid.UUID{greedy, greedy, modest, other, greedy, modest, greedy, greedy}, g.called)
		assert.Empty(t, g.shed)
		assert.Empty(t, g.tenants, "nothing is left in memory")
		assert.Zero(t, g.ring.Len())
	})
}

func TestOneTenantLeavesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGuests(8)
		g.come(t.Context(), greedy, 8)
		assert.Len(t, g.called, 6, "three quarters are for one tenant")
		g.come(t.Context(), modest, 2)
		assert.Len(t, g.called, 8, "nobody else has to wait")
		held, queued := g.counts()
		assert.Equal(t, [2]int{8, 2}, [2]int{held, queued})
		g.leave(modest)
		synctest.Wait()
		held, queued = g.counts()
		assert.Equal(t, [2]int{7, 2}, [2]int{held, queued}, "the free place is not for the greedy tenant")
		g.leave(greedy)
		synctest.Wait()
		held, queued = g.counts()
		assert.Equal(t, [2]int{7, 1}, [2]int{held, queued})
	})
}

func TestNobodyWaitsForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGuests(1)
		g.come(t.Context(), greedy, 2)
		time.Sleep(waitInTurn / 2)
		g.come(t.Context(), greedy, 1)
		time.Sleep(waitInTurn/2 - 1)
		synctest.Wait()
		g.mu.Lock() // the passing of time orders nothing
		assert.Empty(t, g.shed)
		g.mu.Unlock()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.Equal(t, []shed{shedLate}, g.shed[greedy])
		g.drain()
		assert.Len(t, g.called, 2, "the last one got its turn in time")
	})
}

func TestWhoIsGoneWaitsNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGuests(1)
		ctx, gone := context.WithCancel(t.Context())
		g.come(ctx, greedy, 3)
		gone()
		synctest.Wait()
		_, queued := g.counts()
		assert.Zero(t, queued)
		g.drain()
		assert.Empty(t, g.tenants)
	})
}

func TestFullQueueTurnsTheLongestLineAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGuests(2)
		g.come(t.Context(), greedy, 2+2*queuedPerSlot)
		assert.Empty(t, g.shed)
		g.come(t.Context(), greedy, 1)
		assert.Equal(t, []shed{shedFull}, g.shed[greedy], "alone, it is nobody's fault")
		g.come(t.Context(), modest, 2)
		assert.Empty(t, g.shed[modest], "the greedy one makes room")
		assert.Equal(t, []shed{shedFull, shedTenant, shedTenant}, g.shed[greedy])
		g.come(t.Context(), greedy, 1)
		assert.Len(t, g.shed[greedy], 4)
		g.drain()
		assert.Equal(t, []uuid.UUID{greedy, greedy, greedy, modest, greedy, modest, greedy}, g.called[:7])
		assert.Empty(t, g.tenants)
	})
}

// TestTurnsKeepTheirPromises plays any coming and going: never is more held than there are slots, by one tenant more
// than its part, or more queued than may wait; nobody waits while there is a place for them; at the end nothing is left.
func TestTurnsKeepTheirPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		slots := rapid.IntRange(1, 5).Draw(rt, "slots")
		steps := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 60).Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			g := newGuests(slots)
			for _, step := range steps {
				if step < 3 {
					g.come(t.Context(), uuid.UUID{byte(step + 1)}, 3)
				} else if len(g.called) > 0 {
					first := g.called[0]
					g.called = slices.Delete(g.called, 0, 1) // before others add to it
					g.leave(first)
					synctest.Wait()
				}
				held, queued := g.counts()
				assert.Equal(t, len(g.called), held)
				assert.LessOrEqual(t, held, slots)
				assert.LessOrEqual(t, queued, queuedPerSlot*slots)
				for _, l := range g.tenants {
					assert.LessOrEqual(t, l.held, g.most)
					assert.False(t, l.waiting.Len() > 0 && l.held < g.most && g.free > 0, "somebody waits in vain")
				}
			}
			g.drain()
			assert.Empty(t, g.tenants)
			assert.Equal(t, slots, g.free)
		})
	})
}
