package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// readers is a pool of connections that can't write. The one that was used last is used next: what it has cached is warm.
type readers struct {
	connector driver.Connector
	places    chan struct{} // one for each read under way
	closing   chan struct{}
	once      sync.Once

	mu   sync.Mutex
	idle []*conn
}

func newReaders(connector driver.Connector, count int) *readers {
	return &readers{connector: connector, places: make(chan struct{}, count), closing: make(chan struct{})}
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
	case r.places <- struct{}{}:
		defer func() { <-r.places }()
		return r.use(ctx, fn)
	}
}

// use gives the connection back whatever fn does.
func (r *readers) use(ctx context.Context, fn func(c *conn) error) (err error) {
	c := r.take()
	if c == nil {
		if c, err = connect(ctx, r.connector); err != nil {
			return err
		}
	}
	defer r.give(c)
	return fn(c)
}

// take returns an idle connection, or nil when a new one is needed.
func (r *readers) take() (c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := len(r.idle) - 1; last >= 0 {
		c, r.idle = r.idle[last], r.idle[:last]
	}
	return c
}

func (r *readers) give(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, c)
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
		for range cap(r.places) {
			r.places <- struct{}{}
		}
		for c := r.take(); c != nil; c = r.take() {
			failed = errors.Join(failed, c.close())
		}
	})
	return failed
}

func errClosed() error {
	return domain.Refuse(domain.CodeUnavailable, "", "The server is stopping. Try again in a moment.")
}
