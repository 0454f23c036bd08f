package sqlite

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/scimbridge/scimbridge/store"
)

// turn is one use case that waits for others.
type turn struct {
	state atomic.Int32
	conn  chan *conn // receives the connection when it is this one's turn; nil when it is to lead
	back  chan error // gives it back, with the reason if the transaction is no more
	done  chan error // receives the outcome of the commit
}

const (
	waiting int32 = iota
	running
	abandoned
)

var errPanicked = errors.New("sqlite: a use case panicked")

// take runs the use case when its turn has come.
func (t *turn) take(w *writer, c *conn, fn func(store.Conn) error) error {
	if c == nil {
		return w.lead(fn)
	}
	return t.run(c, fn)
}

// run runs the use case and waits for the commit, also when it failed: what it was refused for may have been a change
// of the same batch that did not become durable.
func (t *turn) run(c *conn, fn func(store.Conn) error) error {
	returned := false
	defer func() {
		if !returned { // fn panics or ends its goroutine; the others must not suffer
			t.back <- undo(c, errPanicked)
		}
	}()
	err := try(c, fn)
	returned = true
	if err != nil {
		t.back <- undo(c, err)
	} else {
		t.back <- nil
	}
	if failed := <-t.done; failed != nil {
		return failed
	}
	return err
}

// try runs fn in a savepoint.
func try(c *conn, fn func(store.Conn) error) error {
	if err := c.exec("SAVEPOINT turn"); err != nil {
		return err
	}
	if err := fn(c); err != nil {
		return err
	}
	return c.exec("RELEASE turn")
}

// undo takes back what a use case did before it failed. It returns why the transaction is no more, if it isn't: SQLite
// gives up some that fail.
func undo(c *conn, why error) error {
	if c.exec("ROLLBACK TO turn") != nil || c.exec("RELEASE turn") != nil {
		return why
	}
	return nil
}

func (c *conn) exec(text string) error {
	_, err := c.Exec(context.Background(), text, nil)
	return err
}
