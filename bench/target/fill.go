package target

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
)

// Filler creates people and groups through the API, by Bulk where it is announced,
// and goes on where an earlier filler with the same names was stopped.
type Filler struct {
	Target      *Target
	Names       Names
	Connections int
	Done        func(count int) // told of everything that now exists; nil for nobody
}

// bulkMost is a size of Bulk request beyond which nothing is gained.
const bulkMost = 500

// People creates the people from 0 to n, n not included. A person that exists is
// taken as done.
func (f Filler) People(ctx context.Context, n int) error {
	size := max(1, f.Target.Config(ctx).BulkSize(bulkMost))
	first, err := f.absent(ctx, n, 2*size*f.Connections)
	if err != nil {
		return err
	}
	f.done(first)
	return f.each(ctx, (n-first+size-1)/size, func(ctx context.Context, i int) error {
		from := first + i*size
		if size > 1 {
			return f.bulk(ctx, from, min(from+size, n))
		}
		return f.create(ctx, Call{Method: http.MethodPost, Path: "/Users", Body: f.Names.Person(from).Create()})
	})
}

// absent returns a number below which every person exists. They were created in
// order, except that up to some requests overtook others.
func (f Filler) absent(ctx context.Context, n, overtaken int) (int, error) {
	low, high := 0, n
	for low < high {
		middle := (low + high) / 2
		has, err := f.Target.Has(ctx, f.Names.Person(middle).UserName)
		if err != nil {
			return 0, err
		}
		if has {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == n {
		return n, nil
	}
	return max(0, low-overtaken), nil
}

// bulk creates the people from one number up to another. The answer of a Bulk
// request is a success even if nothing in it was.
func (f Filler) bulk(ctx context.Context, from, to int) error {
	people := make([]Identity, 0, to-from)
	for i := from; i < to; i++ {
		people = append(people, f.Names.Person(i))
	}
	var answer struct {
		Operations []struct {
			Status string `json:"status"`
		} `json:"Operations"`
	}
	call := Call{Method: http.MethodPost, Path: "/Bulk", Body: Bulk(people)}
	if err := f.retry(ctx, func() error { return f.Target.Fetch(ctx, call, &answer) }); err != nil {
		return err
	}
	for i, operation := range answer.Operations {
		if !slices.Contains([]string{"201", "409"}, operation.Status) {
			return fmt.Errorf("Bulk refused %s with status %s", people[i].UserName, operation.Status)
		}
	}
	if len(answer.Operations) != len(people) {
		return fmt.Errorf("Bulk answered %d of %d operations", len(answer.Operations), len(people))
	}
	f.done(len(people))
	return nil
}

// Groups creates so many groups and gives each an equal share of the memberships,
// spread over the people in turn. A group that exists is left as it is.
func (f Filler) Groups(ctx context.Context, groups, memberships int) error {
	if groups == 0 {
		return nil
	}
	total, err := f.Target.Total(ctx, "/Users")
	if err != nil {
		return err
	}
	share := min(memberships/groups, total)
	ids, err := f.Target.IDs(ctx, min(memberships, total))
	if err != nil {
		return err
	}
	return f.each(ctx, groups, func(ctx context.Context, i int) error {
		members := make([]string, 0, share)
		for k := range share {
			members = append(members, ids[(i*share+k)%len(ids)])
		}
		return f.create(ctx, Call{Method: http.MethodPost, Path: "/Groups", Body: Group(f.Names.GroupName(i), members)})
	})
}

// create sends a create and takes one that exists for done.
func (f Filler) create(ctx context.Context, call Call) error {
	err := f.retry(ctx, func() error { return f.Target.Fetch(ctx, call, nil) })
	if err == nil || hasStatus(err, http.StatusConflict) {
		f.done(1)
		return nil
	}
	return err
}

// retry repeats what the server had no time for, for a while.
func (f Filler) retry(ctx context.Context, send func() error) error {
	const attempts = 30
	for i := 0; ; i++ {
		err := send()
		busy := hasStatus(err, http.StatusTooManyRequests) || hasStatus(err, http.StatusServiceUnavailable)
		if !busy || i == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(time.Second, time.Duration(i+1)*50*time.Millisecond)):
		}
	}
}

// each runs steps 0 to n on all connections and stops at the first that fails.
func (f Filler) each(ctx context.Context, n int, step func(ctx context.Context, i int) error) error {
	if n <= 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var failed atomic.Pointer[error]
	load.Closed(ctx, f.Connections, load.Bound{Requests: n}, func(ctx context.Context, i int) load.Answer {
		if err := step(ctx, i); err != nil {
			failed.CompareAndSwap(nil, &err)
			cancel(err)
		}
		return load.Answer{Status: http.StatusOK}
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	return context.Cause(ctx)
}

func (f Filler) done(count int) {
	if f.Done != nil {
		f.Done(count)
	}
}

// Label returns a short name for a seed that no earlier run has used.
func Label(now time.Time) string { return "r" + strconv.FormatInt(now.UnixMilli(), 36) }
