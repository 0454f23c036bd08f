package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// The bounds of a batch: how many use cases share a commit, and how long the first of them waits for the others.
const (
	maxBatch  = 256
	batchTime = 20 * time.Millisecond
)

// writer owns the one connection that writes. The use cases that wait run one after the other in one transaction,
// each in a savepoint of its own, and share one commit: its flush to the disk is what a write costs. Nobody waits for
// company; a batch is what gathered while the one before it was committed. The first of a batch needs no savepoint,
// which would make SQLite keep a copy of every page that it changes: when it fails, the transaction is still its own.
//
// A use case runs in the goroutine of its caller, to which the writer hands the connection for its turn: a panic, or
// a test that ends there, meets the caller's stack and not the writer's.
type writer struct {
	connector driver.Connector
	queue     chan *turn
	failed    chan struct{} // closed when the disk can't be trusted any more
	once      sync.Once     // to close it
	gone      chan struct{} // closed when the loop has ended
	grown     chan struct{} // tells that there was a commit

	mu     sync.RWMutex // held to close the queue, shared to put into it
	closed bool

	conn *conn // of the loop; nil until needed, and again when it broke
}

// turn is one use case in the queue.
type turn struct {
	state atomic.Int32
	first bool       // of its batch
	conn  chan *conn // receives the connection when it is this one's turn
	back  chan error // gives it back, with the reason if the transaction is no more
	done  chan error // receives the outcome of the commit
}

const (
	waiting int32 = iota
	running
	abandoned
)

func newWriter(connector driver.Connector, queue int) *writer {
	w := &writer{connector: connector, queue: make(chan *turn, queue), failed: make(chan struct{}), gone: make(chan struct{}),
		grown: make(chan struct{}, 1)}
	go w.loop()
	return w
}

func (w *writer) write(ctx context.Context, fn func(store.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &turn{conn: make(chan *conn, 1), back: make(chan error, 1), done: make(chan error, 1)}
	if err := w.enqueue(t); err != nil {
		return err
	}
	select {
	case c := <-t.conn:
		return t.run(c, fn)
	case err := <-t.done:
		return err
	case <-ctx.Done():
		if t.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
	}
	select { // its turn had just come
	case c := <-t.conn:
		return t.run(c, func(store.Conn) error { return ctx.Err() })
	case err := <-t.done:
		return err
	}
}

func (w *writer) enqueue(t *turn) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed()
	}
	select {
	case w.queue <- t:
		return nil
	default:
		return domain.Refuse(domain.CodeOverloaded, "", "Too many changes are waiting. Try again in a few seconds.")
	}
}

var (
	// errUndone tells that the first of a batch failed and took the transaction with it, in which nothing else was.
	errUndone   = errors.New("sqlite: the first of a batch was undone")
	errPanicked = errors.New("sqlite: a use case panicked")
)

// run runs the use case and waits for the commit, also when it failed: what it was refused for may have been a change
// of the same batch that did not become durable.
func (t *turn) run(c *conn, fn func(store.Conn) error) error {
	returned := false
	defer func() {
		if !returned { // fn panics or ends its goroutine; the others must not suffer
			t.back <- t.undo(c, errPanicked)
		}
	}()
	err := t.try(c, fn)
	returned = true
	if err != nil {
		t.back <- t.undo(c, err)
	} else {
		t.back <- nil
	}
	if failed := <-t.done; failed != nil {
		return failed
	}
	return err
}

// try runs fn in a savepoint, unless nothing is in the transaction yet.
func (t *turn) try(c *conn, fn func(store.Conn) error) error {
	if t.first {
		return fn(c)
	}
	if err := c.exec("SAVEPOINT turn"); err != nil {
		return err
	}
	if err := fn(c); err != nil {
		return err
	}
	return c.exec("RELEASE turn")
}

// undo takes back what the turn did before it failed. It returns why the transaction is no more, if it isn't: SQLite
// gives up some that fail.
func (t *turn) undo(c *conn, why error) error {
	switch {
	case !t.first:
		if c.exec("ROLLBACK TO turn") != nil || c.exec("RELEASE turn") != nil {
			return why
		}
		return nil
	case c.exec("ROLLBACK") != nil:
		return why
	default:
		return errUndone
	}
}

func (c *conn) exec(text string) error {
	_, err := c.Exec(context.Background(), text, nil)
	return err
}

func (w *writer) loop() {
	defer close(w.gone)
	for t := range w.queue {
		if t.state.CompareAndSwap(waiting, running) {
			w.batch(t)
		}
	}
	w.drop()
}

// batch runs the first turn and those behind it in one transaction.
func (w *writer) batch(first *turn) {
	if err := w.begin(); err != nil {
		first.done <- translate(err)
		return
	}
	members, until := []*turn{first}, time.Now().Add(batchTime)
	first.first = true
	lost := w.give(first)
	if errors.Is(lost, errUndone) {
		first.done <- nil // there is nothing to commit
		return
	}
	for lost == nil && len(members) < maxBatch && time.Now().Before(until) {
		next := w.next()
		if next == nil {
			break
		}
		members = append(members, next)
		lost = w.give(next)
	}
	err := w.commit(lost)
	for _, member := range members {
		member.done <- err
	}
}

// next takes a turn that waits already, nil when there is none.
func (w *writer) next() *turn {
	for {
		select {
		case t, open := <-w.queue:
			if !open {
				return nil
			}
			if t.state.CompareAndSwap(waiting, running) {
				return t
			}
		default:
			return nil
		}
	}
}

// give hands the connection to a turn and waits until it comes back; it returns why the transaction is no more.
func (w *writer) give(t *turn) error {
	t.conn <- w.conn
	return <-t.back
}

func (w *writer) begin() error {
	select {
	case <-w.failed:
		return domain.Refuse(domain.CodeUnavailable, "", "The server can't store anything until it is restarted. Try again later.")
	default:
	}
	if w.conn == nil {
		c, err := connect(context.Background(), w.connector)
		if err != nil {
			return err
		}
		w.conn = c
	}
	err := w.conn.exec("BEGIN IMMEDIATE")
	if err != nil && !busy(err) {
		w.drop()
	}
	return err
}

// commit makes the batch durable. When SQLite gave the transaction up in the middle (a full disk, for one), or can't
// commit it, nothing of the batch remains and every member hears so.
func (w *writer) commit(lost error) error {
	if lost != nil {
		w.distrust(lost)
		w.drop()
		return translate(lost)
	}
	if err := w.conn.exec("COMMIT"); err != nil {
		w.distrust(err)
		w.drop()
		return uncommitted(err)
	}
	select {
	case w.grown <- struct{}{}:
	default: // nobody has looked since the one before
	}
	return nil
}

// distrust ends all writing when the disk failed to flush.
func (w *writer) distrust(err error) {
	if untrusted(err) {
		w.once.Do(func() { close(w.failed) })
	}
}

// drop lets go of the connection, and with it of any transaction that is open on it.
func (w *writer) drop() {
	if w.conn != nil {
		_ = w.conn.close() // nothing depends on it any more
		w.conn = nil
	}
}

// close takes nothing in any more and waits for what waits.
func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.gone
	return nil
}
