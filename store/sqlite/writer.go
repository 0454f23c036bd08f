package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// The bounds of a batch: how many use cases share a commit, and how long the first of them waits for the others.
const (
	maxBatch  = 256
	batchTime = 20 * time.Millisecond
)

// writer owns the one connection that writes. Use cases run one after the other in one transaction, each in a savepoint
// of its own, and share one commit: its flush to the disk is what a write costs. Nobody waits for company; a batch is
// what gathered while the one before it was committed. The first of a batch needs no savepoint, which would make SQLite
// keep a copy of every page that it changes: when it fails, the transaction is still its own.
//
// A use case runs in the goroutine of its caller: a panic, or a test that ends there, meets the caller's stack. Whoever
// finds nobody writing leads: it begins the transaction, runs its own use case, hands the connection to those that wait
// by then, one after the other, commits for all of them, and leaves the lead to the first that came too late. One that
// writes alone hands over to nobody.
type writer struct {
	connector driver.Connector
	folder    string        // of the database
	ended     atomic.Bool   // writing, since the disk can't be trusted any more
	failed    chan struct{} // closed when it has ended, and a restart may help
	grown     chan struct{} // tells that there was a commit

	mu     sync.Mutex
	queue  []*turn // at most room of them
	room   int
	led    bool
	closed bool
	gone   chan struct{} // closed when it is closed and nobody leads

	conn *conn // of the leader; nil until needed, and again when it broke
}

func newWriter(connector driver.Connector, folder string, queue int) *writer {
	return &writer{connector: connector, folder: folder, room: queue, failed: make(chan struct{}), grown: make(chan struct{}, 1), gone: make(chan struct{})}
}

func (w *writer) write(ctx context.Context, fn func(store.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, err := w.enter()
	switch {
	case err != nil:
		return err
	case t == nil:
		return w.lead(fn)
	}
	select {
	case c := <-t.conn:
		return t.take(w, c, fn)
	case err := <-t.done:
		return err
	case <-ctx.Done():
		if t.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
	}
	select { // its turn had just come
	case c := <-t.conn:
		return t.take(w, c, func(store.Conn) error { return ctx.Err() })
	case err := <-t.done:
		return err
	}
}

// enter gives the place in the queue; none to whoever is to lead.
func (w *writer) enter() (*turn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return nil, errClosed()
	case !w.led:
		w.led = true
		return nil, nil
	case len(w.queue) >= w.room:
		return nil, domain.Refuse(domain.CodeOverloaded, "", "Too many changes are waiting. Try again in a few seconds.")
	}
	t := &turn{conn: make(chan *conn, 1), back: make(chan error, 1), done: make(chan error, 1)}
	w.queue = append(w.queue, t)
	return t, nil
}

// next takes the first that waits, nil when there is none.
func (w *writer) next() *turn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.first()
}

func (w *writer) first() *turn {
	for len(w.queue) > 0 {
		t := w.queue[0]
		w.queue[0], w.queue = nil, w.queue[1:]
		if t.state.CompareAndSwap(waiting, running) {
			return t
		}
	}
	return nil
}

// pass leaves the lead to the first that waits.
func (w *writer) pass() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.first(); t != nil {
		t.conn <- nil
		return
	}
	w.led = false
	if w.closed {
		close(w.gone)
	}
}

// lead runs fn and what waits by then in one transaction.
func (w *writer) lead(fn func(store.Conn) error) error {
	defer w.pass()
	if err := w.begin(); err != nil {
		return translate(err)
	}
	if err := w.alone(fn); err != nil {
		return err
	}
	members, lost := w.gather(time.Now().Add(batchTime))
	err := w.commit(lost)
	for _, member := range members {
		member.done <- err
	}
	return err
}

// alone runs fn in a transaction in which nothing else is yet. When fn fails, nothing is to be committed.
func (w *writer) alone(fn func(store.Conn) error) (err error) {
	returned := false
	defer func() {
		if !returned || err != nil { // fn panics or ends its goroutine, or fails; the next must not suffer
			if w.conn.exec("ROLLBACK") != nil {
				err = w.lost(err)
			}
		}
	}()
	err = fn(w.conn)
	returned = true
	return err
}

// gather gives the connection to those that wait, one after the other. It returns why the transaction is no more.
func (w *writer) gather(until time.Time) (members []*turn, lost error) {
	for lost == nil && len(members) < maxBatch-1 && time.Now().Before(until) {
		t := w.next()
		if t == nil {
			break
		}
		members = append(members, t)
		t.conn <- w.conn
		lost = <-t.back
	}
	return members, lost
}

func (w *writer) begin() error {
	if w.ended.Load() {
		return domain.Refuse(domain.CodeUnavailable, "", "The disk of the database failed, and the server can't store anything until it is restarted. Try again later.")
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
		return w.lost(lost)
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

// lost lets go of a transaction that SQLite has given up.
func (w *writer) lost(why error) error {
	w.distrust(why)
	w.drop()
	return translate(why)
}

// distrust ends all writing when the disk failed to flush.
func (w *writer) distrust(err error) {
	if untrusted(err) && w.ended.CompareAndSwap(false, true) {
		go w.fail()
	}
}

// fail tells that a restart may help. It does not while the file system is read-only: a server that has begun can still be
// read from, and one that begins anew could not even start.
func (w *writer) fail() {
	for unwritable(w.folder) {
		select {
		case <-w.gone:
			return
		case <-time.After(time.Second):
		}
	}
	close(w.failed)
}

// unwritable tells that the folder is on a file system that is read-only, or has become so because of an error in it.
func unwritable(folder string) bool {
	probe, err := os.CreateTemp(folder, "probe")
	if err != nil {
		return errors.Is(err, syscall.EROFS)
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	return false
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
		if !w.led {
			close(w.gone)
		}
	}
	w.mu.Unlock()
	<-w.gone
	w.drop()
	return nil
}
