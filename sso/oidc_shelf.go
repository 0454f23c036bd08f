package sso

import (
	"context"
	"sync"
	"time"
)

// How long what others publish is used, and how often it is asked for.
const (
	// freshFor is how long nobody looks whether something has changed.
	freshFor = time.Hour
	// keptFor is how long something is used that can't be had anew.
	keptFor = 24 * time.Hour
	// askedEvery bounds how often one address is asked, be it because it did not answer or because somebody says that
	// what we have is old.
	askedEvery = 30 * time.Second
	// fetchTime bounds one look-up. It goes on when whoever caused it has gone, so that nobody spoils it for others.
	fetchTime = 10 * time.Second
	// maxShelf is how many things are kept.
	maxShelf = 1000
)

// shelf keeps what was fetched, by address: a bounded number of things, each for a while. Of those who want the same thing
// at once one fetches it.
type shelf[T any] struct {
	fetch func(ctx context.Context, address string) (T, error)
	clock func() time.Time

	mu    sync.Mutex
	items map[string]*item[T]
}

type item[T any] struct {
	mu      sync.Mutex
	thing   T
	err     error     // of the last try
	fetched time.Time // zero: never
	tried   time.Time
}

func newShelf[T any](clock func() time.Time, fetch func(ctx context.Context, address string) (T, error)) *shelf[T] {
	return &shelf[T]{fetch: fetch, clock: clock, items: map[string]*item[T]{}}
}

// get gives what is at the address. Who has reason to believe that there is something newer asks for it.
func (s *shelf[T]) get(ctx context.Context, address string, newer bool) (T, error) {
	i := s.item(address)
	i.mu.Lock()
	defer i.mu.Unlock()
	now := s.clock()
	has := func(most time.Duration) bool { return !i.fetched.IsZero() && now.Sub(i.fetched) < most }
	if has(freshFor) && !newer {
		return i.thing, nil
	}
	if i.tried.IsZero() || now.Sub(i.tried) >= askedEvery {
		i.tried = now
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer stop()
		var thing T
		if thing, i.err = s.fetch(ctx, address); i.err == nil {
			i.thing, i.fetched = thing, now
		}
	}
	if has(keptFor) {
		return i.thing, nil
	}
	return i.thing, i.err
}

// item finds the place for an address. Where there are too many, any other one makes room: it is fetched again when it is
// needed.
func (s *shelf[T]) item(address string) *item[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.items[address]
	if found == nil {
		for other := range s.items {
			if len(s.items) < maxShelf {
				break
			}
			delete(s.items, other)
		}
		found = &item[T]{}
		s.items[address] = found
	}
	return found
}
