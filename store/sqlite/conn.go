package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/scimbridge/scimbridge/store"
)

// conn is a connection with its prepared statements. One goroutine at a time uses it.
type conn struct {
	raw driver.Conn
	// Statements are kept in two generations. A full young one becomes the old one, whose statements are closed: what
	// is used often survives a flood of filters that are seen once.
	young, old map[string]driver.Stmt
	args       []driver.NamedValue // of the statement that is being run
}

// generation bounds each of the two generations of statements.
const generation = 256

func connect(ctx context.Context, connector driver.Connector) (*conn, error) {
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, young: map[string]driver.Stmt{}, old: map[string]driver.Stmt{}}, nil
}

func (c *conn) close() error {
	var failed error
	for _, statements := range []map[string]driver.Stmt{c.young, c.old} {
		for _, s := range statements {
			failed = errors.Join(failed, s.Close())
		}
	}
	return errors.Join(failed, c.raw.Close())
}

func (c *conn) prepare(ctx context.Context, text string) (driver.Stmt, error) {
	if s, found := c.young[text]; found {
		return s, nil
	}
	s, found := c.old[text]
	if found {
		delete(c.old, text)
	} else {
		var err error
		if s, err = c.raw.(driver.ConnPrepareContext).PrepareContext(ctx, text); err != nil {
			return nil, err
		}
	}
	if len(c.young) >= generation {
		for _, forgotten := range c.old {
			if err := forgotten.Close(); err != nil {
				return nil, err
			}
		}
		c.young, c.old = map[string]driver.Stmt{}, c.young
	}
	c.young[text] = s
	return s, nil
}

// Exec implements [store.Conn].
func (c *conn) Exec(ctx context.Context, text string, args []any) (int64, error) {
	s, err := c.prepare(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(ctx, c.named(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query implements [store.Conn].
func (c *conn) Query(ctx context.Context, text string, args []any) (store.Rows, error) {
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	found, err := s.(driver.StmtQueryContext).QueryContext(ctx, c.named(args))
	if err != nil {
		return nil, err
	}
	r := &rows{raw: found}
	r.values = append(r.few[:0], make([]driver.Value, len(found.Columns()))...)
	return r, nil
}

// named gives the arguments the form of the driver, which binds them before it returns and keeps none.
func (c *conn) named(args []any) []driver.NamedValue {
	c.args = c.args[:0]
	for i, arg := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return c.args
}

// rows implements [store.Rows].
type rows struct {
	raw    driver.Rows
	values []driver.Value
	few    [2]driver.Value // the room of values where that is enough
	err    error
	closed bool
}

// Next implements [store.Rows].
func (r *rows) Next() bool {
	if r.closed || r.err != nil {
		return false
	}
	r.err = r.raw.Next(r.values)
	return r.err == nil
}

// Scan implements [store.Rows].
func (r *rows) Scan(targets ...any) error {
	if len(targets) > len(r.values) {
		return fmt.Errorf("sqlite: %d targets for %d columns", len(targets), len(r.values))
	}
	for i, target := range targets {
		if err := target.(sql.Scanner).Scan(r.values[i]); err != nil {
			return err
		}
	}
	return nil
}

// Err implements [store.Rows].
func (r *rows) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

// Close implements [store.Rows].
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return r.raw.Close()
}
