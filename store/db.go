package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// Engine runs transactions on a database.
type Engine interface {
	// Read runs fn on one consistent snapshot. Single runs it without: each statement sees the moment it is run at.
	Read(ctx context.Context, fn func(conn Conn) error) error
	Single(ctx context.Context, fn func(conn Conn) error) error
	// Write runs fn in a transaction that is durable when Write returns nil and leaves nothing otherwise. It may
	// run fn again when that can't do harm, for one when fn fails with [ErrConflict].
	Write(ctx context.Context, fn func(conn Conn) error) error
	// Gather waits until writes that are in no hurry had better begin, so that they share a commit. Where commits are
	// not shared it does not wait.
	Gather(ctx context.Context) error
	// Migrate brings the schema up to date and refuses one that is newer than this program.
	Migrate(ctx context.Context) error
	Ping(ctx context.Context) error
	// Failed is closed when the engine can't promise durability any more and refuses to write, and a restart may help.
	Failed() <-chan struct{}
	Close() error
}

// Conn runs statements inside a transaction of an Engine.
type Conn interface {
	// Exec returns the number of rows that it touched.
	Exec(ctx context.Context, text string, args []any) (int64, error)
	Query(ctx context.Context, text string, args []any) (Rows, error)
}

// Rows is the answer to a query; *sql.Rows is one. The targets of Scan are [sql.Scanner]s.
type Rows interface {
	Next() bool
	Scan(targets ...any) error
	Err() error
	Close() error
}

var _ Rows = (*sql.Rows)(nil)

// DB is the memory of the engine: [domain.Store] and [domain.Registry] on a database.
type DB struct {
	engine  Engine
	dialect *Dialect
	now     func() time.Time
	trails  *trails
	scopes  scopeIDs
	bounds  Bounds
	names   groupNames
	read    readSettings
	readers personReaders
}

var (
	_ domain.Store    = (*DB)(nil)
	_ domain.Registry = (*DB)(nil)
	_ domain.Tx       = (*tx)(nil)

	_ domain.SigningKeys = (*DB)(nil)
)

// New makes a DB of an engine and its dialect. The clock answers conditions that depend on the time, such as
// those on the login state; nil is the clock of the machine.
func New(engine Engine, dialect *Dialect, clock func() time.Time) *DB {
	if clock == nil {
		clock = time.Now
	}
	return &DB{engine: engine, dialect: dialect, now: clock, trails: newTrails(), bounds: usualBounds}
}

// Read implements [domain.Store].
func (db *DB) Read(ctx context.Context, scope domain.Scope, fn func(tx domain.Tx) error) error {
	err := db.engine.Read(ctx, func(conn Conn) error { return fn(db.tx(ctx, conn, scope, false)) })
	return db.dialect.Translate(err)
}

// Look implements [domain.Store].
func (db *DB) Look(ctx context.Context, scope domain.Scope, fn func(tx domain.Tx) error) error {
	err := db.engine.Single(ctx, func(conn Conn) error { return fn(db.tx(ctx, conn, scope, false)) })
	return db.dialect.Translate(err)
}

// Write implements [domain.Store].
func (db *DB) Write(ctx context.Context, scope domain.Scope, fn func(tx domain.Tx) error) error {
	defer db.trails.generation(scope.Tenant).Add(1) // whatever came of it: the database may know more than we were told
	return db.change(ctx, scope, func(t *tx) error { return fn(t) })
}

// Migrate brings the schema up to date. It refuses a database that a newer program has migrated.
func (db *DB) Migrate(ctx context.Context) error { return db.engine.Migrate(ctx) }

// Ping implements [domain.Registry].
func (db *DB) Ping(ctx context.Context) error { return db.dialect.Translate(db.engine.Ping(ctx)) }

// Failed is closed when the database can't promise durability any more (an fsync failed): nothing is written from
// then on, reads go on, and the process should end so that it starts from what is on the disk. It stays open as long as
// the disk is read-only, where nothing could start.
func (db *DB) Failed() <-chan struct{} { return db.engine.Failed() }

// Close waits for the transactions under way and lets go of the database.
func (db *DB) Close() error { return db.engine.Close() }

// later is change for what nobody waits for.
func (db *DB) later(ctx context.Context, scope domain.Scope, fn func(t *tx) error) error {
	if err := db.engine.Gather(ctx); err != nil {
		return err
	}
	return db.change(ctx, scope, fn)
}

// lookup is Look outside any tenant's scope.
func (db *DB) lookup(ctx context.Context, fn func(t *tx) error) error {
	err := db.engine.Single(ctx, func(conn Conn) error { return fn(db.tx(ctx, conn, domain.Scope{}, false)) })
	return db.dialect.Translate(err)
}

// change runs fn in a write transaction of the scope.
func (db *DB) change(ctx context.Context, scope domain.Scope, fn func(t *tx) error) error {
	renames := false
	err := db.engine.Write(ctx, func(conn Conn) error {
		t := db.tx(ctx, conn, scope, true)
		defer func() { renames = renames || t.renames }()
		if err := fn(t); err != nil {
			return err
		}
		if err := t.settleMembers(); err != nil {
			return err
		}
		return t.enter()
	})
	if renames {
		db.names.forget(scope.Tenant) // whatever came of it
	}
	if errors.Is(err, ErrConflict) {
		return domain.Fail(domain.CodeIdempotencyInProgress, err, "An equal request is being worked on. Try again in a moment.")
	}
	return db.dialect.Translate(err)
}
