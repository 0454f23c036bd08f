package store

import "context"

// Watched is the same database, by which told hears the text of every statement before it is run, in the order in which
// they are run. It is for whoever wants to know what something costs in work and not in time; what is done at the same
// time is heard as well, so told has to bear being called by several at once.
func (db *DB) Watched(told func(text string)) *DB {
	return &DB{engine: overheard{db.engine, told}, dialect: db.dialect, now: db.now, trails: db.trails}
}

// overheard is an engine whose statements are told.
type overheard struct {
	Engine
	told func(text string)
}

// Read implements [Engine].
func (w overheard) Read(ctx context.Context, fn func(conn Conn) error) error {
	return w.Engine.Read(ctx, func(conn Conn) error { return fn(overheardConn{conn, w.told}) })
}

// Single implements [Engine].
func (w overheard) Single(ctx context.Context, fn func(conn Conn) error) error {
	return w.Engine.Single(ctx, func(conn Conn) error { return fn(overheardConn{conn, w.told}) })
}

// Write implements [Engine].
func (w overheard) Write(ctx context.Context, fn func(conn Conn) error) error {
	return w.Engine.Write(ctx, func(conn Conn) error { return fn(overheardConn{conn, w.told}) })
}

type overheardConn struct {
	Conn
	told func(text string)
}

// Exec implements [Conn].
func (c overheardConn) Exec(ctx context.Context, text string, args []any) (int64, error) {
	c.told(text)
	return c.Conn.Exec(ctx, text, args)
}

// Query implements [Conn].
func (c overheardConn) Query(ctx context.Context, text string, args []any) (Rows, error) {
	c.told(text)
	return c.Conn.Query(ctx, text, args)
}
