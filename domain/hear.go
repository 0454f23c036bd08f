package domain

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Hear takes in what a request told of its connection: what its client was taken for, and the names of the rules that
// forgave it something. Only what is new is written at once; how often it is seen again goes along with the note that
// the connection is in use. Nothing depends on it, so that a failure is no reason to refuse the request: what could
// not be written is new again.
func (g *Gatekeeper) Hear(ctx context.Context, caller Caller, taken Sighting, rules []string) {
	if caller.Connection == uuid.Nil {
		return
	}
	at := g.now()
	told := Observation{At: at, Sighting: taken, Deviations: g.unheard(ctx, caller, rules, at)}
	told.Sighting.At = at
	learned := taken.Beats(caller.Dialect, caller.DialectSure)
	if !learned {
		told.Sighting = Sighting{}
	}
	if !learned && len(told.Deviations) == 0 {
		return
	}
	if err := g.registry.SeenConnection(ctx, caller.Tenant, caller.Connection, told); err != nil {
		g.ear.forget(caller.Connection)
		return
	}
	if learned {
		g.cache.drop(caller.Actor.ID) // the next request is to know
	}
}

// unheard counts the rules, and gives those that the connection did not need before.
func (g *Gatekeeper) unheard(ctx context.Context, caller Caller, rules []string, at time.Time) []Deviation {
	if len(rules) == 0 {
		return nil
	}
	if fresh, known := g.ear.count(caller.Connection, rules, at); known {
		return fresh
	}
	deviations, err := g.registry.ListDeviations(ctx, caller.Tenant, caller.Connection)
	if err != nil {
		return nil
	}
	g.ear.learn(caller.Connection, deviations)
	fresh, _ := g.ear.count(caller.Connection, rules, at)
	return fresh
}

// ear remembers which deviations of connections are stored, and counts those that are seen again. It is bounded: when
// full it forgets everything.
type ear struct {
	mu    sync.Mutex
	heard map[uuid.UUID]map[string]*Deviation // with the counts that are not stored yet
}

const earSize = 10_000

func newEar() *ear { return &ear{heard: make(map[uuid.UUID]map[string]*Deviation)} }

// learn takes in what is stored of a connection.
func (e *ear) learn(connection uuid.UUID, stored []Deviation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.heard) >= earSize {
		clear(e.heard)
	}
	if e.heard[connection] == nil {
		e.heard[connection] = make(map[string]*Deviation, len(stored))
	}
	for _, deviation := range stored {
		if e.heard[connection][deviation.Rule] == nil {
			e.heard[connection][deviation.Rule] = &Deviation{Rule: deviation.Rule}
		}
	}
}

// count counts the rules, and gives those that are new as they are to be stored; known is false if nothing is known of
// the connection.
func (e *ear) count(connection uuid.UUID, rules []string, at time.Time) (fresh []Deviation, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	heard, known := e.heard[connection]
	for i := 0; i < len(rules) && known; i++ {
		deviation := heard[rules[i]]
		if deviation == nil {
			heard[rules[i]] = &Deviation{Rule: rules[i]}
			fresh = append(fresh, Deviation{Rule: rules[i], Count: 1, First: at, Last: at})
			continue
		}
		deviation.Count++
		deviation.Last = at
	}
	return fresh, known
}

// pending gives the counts that are not stored yet, and takes them for stored.
func (e *ear) pending(connection uuid.UUID) (list []Deviation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, deviation := range e.heard[connection] {
		if deviation.Count > 0 {
			list = append(list, Deviation{Rule: deviation.Rule, Count: deviation.Count, First: deviation.Last, Last: deviation.Last})
			deviation.Count = 0
		}
	}
	slices.SortFunc(list, func(a, b Deviation) int { return strings.Compare(a.Rule, b.Rule) })
	return list
}

func (e *ear) forget(connection uuid.UUID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.heard, connection)
}
