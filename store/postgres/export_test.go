package postgres

import (
	"context"

	"github.com/scimbridge/scimbridge/store"
)

// OpenExplained opens a store that tells the plan of every statement before it runs it.
func OpenExplained(url string, tell func(text, plan string)) (*store.DB, error) {
	db, err := open(url, Options{})
	if err != nil {
		return nil, err
	}
	return store.New(&explaining{db, tell}, db.dialect, nil), nil
}

type explaining struct {
	*engine
	tell func(text, plan string)
}

func (e *explaining) explained(fn func(store.Conn) error) func(store.Conn) error {
	return func(c store.Conn) error { return fn(&explainingConn{c, e.tell}) }
}

func (e *explaining) Read(ctx context.Context, fn func(store.Conn) error) error {
	return e.engine.Read(ctx, e.explained(fn))
}

func (e *explaining) Single(ctx context.Context, fn func(store.Conn) error) error {
	return e.engine.Single(ctx, e.explained(fn))
}

func (e *explaining) Write(ctx context.Context, fn func(store.Conn) error) error {
	return e.engine.Write(ctx, e.explained(fn))
}

type explainingConn struct {
	store.Conn
	tell func(text, plan string)
}

func (c *explainingConn) explain(ctx context.Context, text string, args []any) error {
	found, err := c.Conn.Query(ctx, "EXPLAIN "+text, args)
	if err != nil {
		return err
	}
	plan := ""
	for found.Next() {
		var detail line
		if err := found.Scan(&detail); err != nil {
			return err
		}
		plan += string(detail) + "\n"
	}
	c.tell(text, plan)
	return found.Close()
}

func (c *explainingConn) Query(ctx context.Context, text string, args []any) (store.Rows, error) {
	if err := c.explain(ctx, text, args); err != nil {
		return nil, err
	}
	return c.Conn.Query(ctx, text, args)
}

func (c *explainingConn) Exec(ctx context.Context, text string, args []any) (int64, error) {
	if err := c.explain(ctx, text, args); err != nil {
		return 0, err
	}
	return c.Conn.Exec(ctx, text, args)
}

type line string

func (l *line) Scan(source any) error {
	*l = line(source.(string))
	return nil
}

// OpenEngine opens what a store works on.
func OpenEngine(url string, options Options) (store.Engine, error) { return open(url, options) }
