package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/scimbridge/scimbridge/store"
)

// OpenExplained opens a store that tells the plan of every statement before it runs it.
func OpenExplained(path string, tell func(text, plan string)) (*store.DB, error) {
	db, err := open(path, Options{Readers: 1, Queue: 1})
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
	found, err := c.Conn.Query(ctx, "EXPLAIN QUERY PLAN "+text, args)
	if err != nil {
		return err
	}
	plan := ""
	for found.Next() {
		var ignored anything
		var detail line
		if err := found.Scan(&ignored, &ignored, &ignored, &detail); err != nil {
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

type (
	anything struct{}
	line     string
)

func (*anything) Scan(any) error { return nil }

func (l *line) Scan(source any) error {
	*l = line(source.(string))
	return nil
}

// OpenBounded opens a store whose file may have so many pages; grow changes the bound.
func OpenBounded(path string, pages int) (db *store.DB, grow func(pages int), err error) {
	e, err := open(path, Options{Readers: 1, Queue: 1})
	if err != nil {
		return nil, nil, err
	}
	bound := &bounded{e.writer.connector, pages}
	e.writer.connector = bound
	return store.New(e, e.dialect, nil), func(pages int) { bound.pages = pages }, nil
}

// bounded sets the bound on each connection. A failed commit ends the connection, so that the next has the new one.
type bounded struct {
	driver.Connector
	pages int
}

func (b *bounded) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := b.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{raw: raw, young: map[string]driver.Stmt{}, old: map[string]driver.Stmt{}}
	return raw, c.exec(fmt.Sprintf("PRAGMA max_page_count = %d", b.pages))
}

// PagesInCommon is how many pages the caches may have that connections share.
func PagesInCommon() uint32 { return pageCaches.Fgrp.FnMaxPage }

// WriterDSN names the database in the file as its writer opens it.
func WriterDSN(file string) string {
	if err := useGathering(); err != nil {
		panic(err)
	}
	return dsn(file, "FULL", false)
}
