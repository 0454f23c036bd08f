package scim

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// bulkWorkers is how many operations of a Bulk are under way at once, so that they share commits. To everybody else a
// Bulk is as many clients.
const bulkWorkers = 16

// bulkTime is how long a Bulk goes on. What is left then is refused, so that the client gets an answer in time, also
// from a server that is told to stop meanwhile.
const bulkTime = 15 * time.Second

var errLate = &refusal{status: http.StatusServiceUnavailable,
	detail: fmt.Sprintf("The operations before this one took %.0f seconds, so that it was not begun. Send it again.", bulkTime.Seconds())}

// bulkRun does the operations of a Bulk. It begins them in their order, and more than one at a time as [pace] allows.
// No transaction spans two of them.
type bulkRun struct {
	task
	order []*bulkOperation
	limit int // of failures
	until time.Time
	// client is what the connector calls itself.
	client string

	mu     sync.Mutex
	moved  sync.Cond // something is over
	flying int
	failed int
	over   int // how many from the beginning of the order are over
}

func newBulkRun(t task, order []*bulkOperation, limit int) *bulkRun {
	t.inBulk = true
	r := &bulkRun{task: t, order: order, limit: limit, until: time.Now().Add(bulkTime)}
	r.moved.L = &r.mu
	return r
}

// all returns when all operations are over that could be begun. No more are begun once the context has ended.
func (r *bulkRun) all(ctx context.Context) {
	var flights sync.WaitGroup
	for _, o := range r.order {
		if !r.begin(ctx, o) {
			break
		}
		flights.Go(func() {
			r.await(func() bool { return r.ready(o) })
			logged := r.logging(o)
			if o.err == nil {
				r.fly(ctx, o)
			}
			logged.log(o.done.status, o.err)
			r.end(o)
		})
	}
	flights.Wait()
}

// begin waits until the operation may begin. It may not while all that are under way could fail and thereby reach the
// limit: whether it ever begins is then the same as if each had waited for the one before.
func (r *bulkRun) begin(ctx context.Context, o *bulkOperation) bool {
	r.await(func() bool { return r.flying == 0 || r.flying < bulkWorkers && r.flying < r.limit-r.failed })
	r.mu.Lock()
	defer r.mu.Unlock()
	o.begun = r.failed < r.limit && ctx.Err() == nil
	if o.begun {
		r.flying++
	}
	return o.begun
}

// await waits for what can be so only when another operation is over.
func (r *bulkRun) await(so func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !so() {
		r.moved.Wait()
	}
}

// ready tells whether all is over that the operation has to wait for.
func (r *bulkRun) ready(o *bulkOperation) bool {
	if o.err != nil {
		return true // it is not going to do anything
	}
	unfinished := func(other *bulkOperation) bool { return !other.over }
	return r.over >= o.phase && !slices.ContainsFunc(o.refers, unfinished) && !slices.ContainsFunc(o.after, unfinished)
}

func (r *bulkRun) end(o *bulkOperation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.over = true
	r.flying--
	if o.err != nil {
		r.failed++
	}
	for r.over < len(r.order) && r.order[r.over].over {
		r.over++
	}
	r.moved.Broadcast()
}

// logging begins the entry of the operation in the provisioning log.
func (r *bulkRun) logging(o *bulkOperation) task {
	t := r.task
	if o.entry = t.entry(r.client); o.entry != nil {
		o.entry.At, o.entry.Method = t.engine.Clock(), o.method
		t.caller.Entry = o.entry
		if o.act != nil {
			t.aims(o.row, o.id, Prefix+o.path)
		}
	}
	return t
}

// fly does the operation.
func (r *bulkRun) fly(ctx context.Context, o *bulkOperation) {
	if time.Now().After(r.until) {
		o.err = errLate
		return
	}
	data, err := r.resolve(o)
	if err == nil {
		o.done, err = r.try(ctx, o, data)
	}
	if o.err = err; err == nil {
		o.id = o.done.id
	}
}

// resolve gives the data of the operation with ids in place of its references, and finds the id that a reference in its
// path stands for.
func (r *bulkRun) resolve(o *bulkOperation) (Value, error) {
	ids := make(map[string]string, len(o.refers))
	for _, other := range o.refers {
		if other.err != nil {
			return Value{}, errUnresolved(other)
		}
		ids[other.bulkID] = other.id.String()
	}
	if bulkID, ok := strings.CutPrefix(o.target, bulkReference); ok {
		o.id, _ = resourceID(ids[bulkID])
	}
	data, _ := o.data.withReferences(func(bulkID string) (string, bool) { id, known := ids[bulkID]; return id, known })
	return data, nil
}

// try asks the engine for the operation, on behalf of the same caller as a request of its own. A panic is the operation's
// own misfortune, as it would be the request's.
func (r *bulkRun) try(ctx context.Context, o *bulkOperation, data Value) (done bulkDone, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic in an operation of a Bulk: %v\n%s", cause, debug.Stack())
		}
	}()
	t := r.task
	t.caller.If, t.caller.Entry = o.version, o.entry
	if err := t.caller.Require(o.row.needs); err != nil {
		return bulkDone{}, err
	}
	return o.act(ctx, t, o.id, data)
}
