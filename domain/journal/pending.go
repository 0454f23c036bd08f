package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The bounds of what waits to be written.
const (
	flushEvery = time.Second
	flushAt    = 500          // entries
	maxReads   = flushAt      // of requests that changed nothing; further ones are left out
	maxPending = 20 * flushAt // of all, about 10 MB
	omitEvery  = 60 * flushEvery
)

// pending are the entries that wait to be written, of those requests that had no transaction of their own. There is room
// for so many reads a second as one write takes; refusals may fill the rest, and take the place of reads. What there was
// no room for is counted, and told by an entry. Reads alone never hasten a write: each one makes every reader of an
// embedded database forget its pages.
type pending struct {
	mu      sync.Mutex
	entries []waiting
	reads   int
	omitted map[uuid.UUID]*omitted
	total   Omitted
	full    chan struct{} // there is enough for a write at once

	writing sync.Mutex // one at a time, so that Flush returns when all that waited is written
}

type waiting struct {
	tenant uuid.UUID
	entry  *domain.ProvisioningEntry
}

// Omitted counts the requests that are missing in the log because there were too many at once.
type Omitted struct{ Reads, Others uint64 }

// omitted is what one tenant misses, and when it was last told so.
type omitted struct {
	reads, others int
	told          time.Time
}

func newPending() *pending {
	return &pending{omitted: map[uuid.UUID]*omitted{}, full: make(chan struct{}, 1)}
}

// Note takes the entry of a request that is over, unless it was written with the change. It never waits.
func (j *Journal) Note(caller domain.Caller) {
	if e := caller.Entry; e != nil && !e.Kept() {
		j.pending.add(waiting{caller.Tenant, e})
	}
}

func (p *pending) add(w waiting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	read := w.entry.IsRead() && w.entry.Outcome == domain.ProvisioningSucceeded
	switch {
	case read && (p.reads >= maxReads || len(p.entries) >= maxPending), len(p.entries) >= maxPending && !p.dropRead():
		p.omit(w.tenant, read)
		return
	case read:
		p.reads++
	}
	p.entries = append(p.entries, w)
	if !read && len(p.entries)-p.reads == flushAt {
		select {
		case p.full <- struct{}{}:
		default:
		}
	}
}

// dropRead makes room by leaving out the oldest read, if there is one.
func (p *pending) dropRead() bool {
	if p.reads == 0 {
		return false
	}
	for i, w := range p.entries {
		if w.entry.IsRead() && w.entry.Outcome == domain.ProvisioningSucceeded {
			p.entries = append(p.entries[:i], p.entries[i+1:]...)
			p.reads--
			p.omit(w.tenant, true)
			return true
		}
	}
	return false
}

func (p *pending) omit(tenant uuid.UUID, read bool) {
	of := p.omitted[tenant]
	if of == nil {
		of = &omitted{}
		p.omitted[tenant] = of
	}
	if read {
		of.reads++
		p.total.Reads++
		return
	}
	of.others++
	p.total.Others++
}

// Omitted tells how many requests are missing in the log since the process began.
func (j *Journal) Omitted() Omitted {
	j.pending.mu.Lock()
	defer j.pending.mu.Unlock()
	return j.pending.total
}

// take gives what waits, by tenant, with what is to be told about what does not.
func (p *pending) take(now time.Time) map[uuid.UUID][]*domain.ProvisioningEntry {
	p.mu.Lock()
	defer p.mu.Unlock()
	batches := map[uuid.UUID][]*domain.ProvisioningEntry{}
	for _, w := range p.entries {
		batches[w.tenant] = append(batches[w.tenant], w.entry)
	}
	p.entries, p.reads = nil, 0
	for tenant, of := range p.omitted {
		if now.Sub(of.told) < omitEvery {
			continue
		}
		if of.reads+of.others == 0 {
			delete(p.omitted, tenant)
			continue
		}
		batches[tenant] = append(batches[tenant], &domain.ProvisioningEntry{At: now, Operation: domain.ProvisioningOmitted, Outcome: domain.ProvisioningSucceeded,
			Notes: []string{fmt.Sprintf("%d reads and %d other requests are not in the log: there were too many at once", of.reads, of.others)}})
		*of = omitted{told: now}
	}
	return batches
}

// putBack returns entries that could not be written, as far as there is room. Those that never can be are counted.
func (p *pending) putBack(tenant uuid.UUID, entries []*domain.ProvisioningEntry, failed error) {
	code := domain.CodeOf(failed)
	passing := code == domain.CodeUnavailable || code == domain.CodeOverloaded || code == domain.CodeStorageFull
	for _, e := range entries {
		if passing {
			p.add(waiting{tenant, e})
			continue
		}
		p.mu.Lock()
		p.omit(tenant, e.IsRead())
		p.mu.Unlock()
	}
}

// atOnce is how many entries are written in one transaction, so that no change waits for long.
const atOnce = 100

// Flush writes what waits. What can't be written waits on, within the bounds.
func (j *Journal) Flush(ctx context.Context) error {
	j.pending.writing.Lock()
	defer j.pending.writing.Unlock()
	var failed error
	for tenant, entries := range j.pending.take(j.base.Now()) {
		written, err := j.write(ctx, tenant, entries)
		if err != nil {
			failed = err
			j.pending.putBack(tenant, entries[written:], err)
		}
	}
	return failed
}

func (j *Journal) write(ctx context.Context, tenant uuid.UUID, entries []*domain.ProvisioningEntry) (written int, err error) {
	for part := range slices.Chunk(entries, atOnce) {
		for _, e := range part {
			e.ID = domain.NewProvisioningID(e.At, j.base.NewID())
		}
		if err := j.base.Registry().RecordProvisioning(ctx, tenant, part); err != nil {
			return written, err
		}
		written += len(part)
	}
	return written, nil
}

// Run writes what gathers, every second or as soon as there is much, until ctx ends; then it writes the rest. failed is
// told of what could not be written.
func (j *Journal) Run(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-j.pending.full:
		case <-ctx.Done():
		}
		if err := j.Flush(context.WithoutCancel(ctx)); err != nil {
			failed(err)
			select { // whatever is wrong needs a moment
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}
}
