package web

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/scimbridge/scimbridge/domain"
)

// Limiter bounds how often something is done for each of many keys, such as client addresses. It remembers the keys used
// last; one that it has forgotten begins anew. Its memory is of one server: behind several the limit is as many times as high.
type Limiter struct {
	mu     sync.Mutex
	clock  func() time.Time
	most   int
	known  map[string]*list.Element // of *allowance
	recent list.List                // the latest in front
}

// allowance is what is left to a key.
type allowance struct {
	key   string
	limit domain.RateLimit
	left  *rate.Limiter
}

// NewLimiter makes a limiter that remembers up to so many keys. A nil clock is the clock of the machine.
func NewLimiter(keys int, clock func() time.Time) *Limiter {
	if clock == nil {
		clock = time.Now
	}
	return &Limiter{clock: clock, most: keys, known: map[string]*list.Element{}}
}

// Take takes cost from what the limit leaves to the key at this moment.
//
// Errors: rate_limited, with the time after which there is enough, and then nothing is taken.
func (l *Limiter) Take(key string, limit domain.RateLimit, cost int) error {
	now := l.clock()
	taken := l.allowance(key, limit).ReserveN(now, min(cost, limit.Burst))
	wait := taken.DelayFrom(now)
	if wait <= 0 {
		return nil
	}
	taken.CancelAt(now)
	refused := domain.Refuse(domain.CodeRateLimited, "", "Too many requests came in a short time; wait as long as Retry-After says.")
	refused.RetryAfter = wait
	return refused
}

// Charge takes cost from the key in any case: what it lacks has to come in before the next Take. It is for what turns
// out to be worse only when it is done, such as a wrong password.
func (l *Limiter) Charge(key string, limit domain.RateLimit, cost int) {
	l.allowance(key, limit).ReserveN(l.clock(), min(cost, limit.Burst))
}

// allowance finds what is left to the key; a changed limit begins anew.
func (l *Limiter) allowance(key string, limit domain.RateLimit) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	element, found := l.known[key]
	if found {
		l.recent.MoveToFront(element)
		if known := element.Value.(*allowance); known.limit == limit {
			return known.left
		}
		l.forget(element)
	}
	fresh := &allowance{key, limit, rate.NewLimiter(rate.Limit(limit.PerSecond), limit.Burst)}
	l.known[key] = l.recent.PushFront(fresh)
	if l.recent.Len() > l.most {
		l.forget(l.recent.Back())
	}
	return fresh.left
}

func (l *Limiter) forget(element *list.Element) {
	delete(l.known, l.recent.Remove(element).(*allowance).key)
}

// ClientKey is the client of a request as a key for a [Limiter]: its address, and of IPv6 the network of 64 bits that a
// customer gets as a whole. Only trusted proxies say for whom they speak. "" where there is no address.
func ClientKey(ctx context.Context) string {
	known := requestOf(ctx)
	if known == nil || !known.from.IsValid() {
		return ""
	}
	if from := known.from; from.Is6() {
		return netip.PrefixFrom(from.WithZone(""), 64).Masked().String()
	}
	return known.from.String()
}

// Client is the address that the request came from, for what the engine decides by it; the zero Addr outside the hall.
func Client(ctx context.Context) netip.Addr {
	if known := requestOf(ctx); known != nil {
		return known.from
	}
	return netip.Addr{}
}
