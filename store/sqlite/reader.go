package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// readers is a pool of connections that can't write. A slot holds a connection, or nil until one is needed.
type readers struct {
	connector driver.Connector
	slots     chan *conn
	closing   chan struct{}
	once      sync.Once
}

func newReaders(connector driver.Connector, count int) *readers {
	r := &readers{connector: connector, slots: make(chan *conn, count), closing: make(chan struct{})}
	for range count {
		r.slots <- nil
	}
	return r
}

// with runs fn on a connection of the pool.
func (r *readers) with(ctx context.Context, fn func(c *conn) error) error {
	select {
	case <-r.closing:
		return errClosed()
	default:
	}
	select {
	case <-r.closing:
		return errClosed()
	case <-ctx.Done():
		return ctx.Err()
	case c := <-r.slots:
		return r.use(ctx, c, fn)
	}
}

// use gives the connection back whatever fn does.
func (r *readers) use(ctx context.Context, c *conn, fn func(c *conn) error) (err error) {
	defer func() { r.slots <- c }()
	if c == nil {
		if c, err = connect(ctx, r.connector); err != nil {
			return err
		}
	}
	return fn(c)
}

// snapshot runs fn in a read transaction: what it reads is of one moment.
func (r *readers) snapshot(ctx context.Context, fn func(store.Conn) error) error {
	return r.with(ctx, func(c *conn) error {
		if _, err := c.Exec(context.Background(), "BEGIN DEFERRED", nil); err != nil {
			return err
		}
		ended := false
		end := func() error {
			ended = true
			_, err := c.Exec(context.Background(), "ROLLBACK", nil)
			return err
		}
		defer func() {
			if !ended {
				_ = end() // fn panics: that is the news, not this
			}
		}()
		err := fn(c)
		return errors.Join(err, end())
	})
}

// close waits for the reads under way.
func (r *readers) close() error {
	var failed error
	r.once.Do(func() {
		close(r.closing)
		for range cap(r.slots) {
			if c := <-r.slots; c != nil {
				failed = errors.Join(failed, c.close())
			}
		}
	})
	return failed
}

func errClosed() error {
	return domain.Refuse(domain.CodeUnavailable, "", "The server is stopping. Try again in a moment.")
}
