package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// Options tune a store; the zero value works.
type Options struct {
	// Clock answers conditions that depend on the time; nil: the clock of the machine.
	Clock func() time.Time
	// Connections bounds the pool; 0: 16.
	Connections int
	// StatementTimeout bounds one statement, on the server and here; 0: 5 s. The wait for a lock is bounded by its half.
	StatementTimeout time.Duration
}

// attempts is how often a transaction is run that meets others in its way.
const attempts = 8

// How many times the bound of a statement a transaction may take. Reading holds nobody up, and a report reads everybody
// in one snapshot.
const (
	writeBound = 6
	readBound  = 240
)

// engine implements [store.Engine].
type engine struct {
	db      *sql.DB
	config  *pgx.ConnConfig // without the bounds, for migrations
	timeout time.Duration
	dialect *store.Dialect
	failed  chan struct{}
	closed  atomic.Bool
	analyst analyst
}

// Open makes a store of the database with the URL, which may name several hosts (see target_session_attrs of
// PostgreSQL). It does not connect yet.
func Open(url string, options Options) (*store.DB, error) {
	e, err := open(url, options)
	if err != nil {
		return nil, err
	}
	return store.New(e, e.dialect, options.Clock), nil
}

func open(url string, options Options) (*engine, error) {
	if options.Connections <= 0 {
		options.Connections = 16
	}
	if options.StatementTimeout <= 0 {
		options.StatementTimeout = 5 * time.Second
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: read the database URL: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = options.StatementTimeout
	}
	new(lineage).guard(&config.Config)
	guardCommits(config, options.StatementTimeout)
	bounded := config.Copy()
	bounded.RuntimeParams["statement_timeout"] = milliseconds(options.StatementTimeout)
	bounded.RuntimeParams["lock_timeout"] = milliseconds(options.StatementTimeout / 2)
	bounded.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(4 * options.StatementTimeout)
	// Our statements touch few rows, but join many columns: compiling one costs a thousand times what it saves.
	bounded.RuntimeParams["jit"] = "off"
	db := stdlib.OpenDB(*bounded, stdlib.OptionShouldPing(stale))
	db.SetMaxOpenConns(options.Connections)
	db.SetMaxIdleConns(options.Connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	e := &engine{db: db, config: config, timeout: options.StatementTimeout, dialect: dialect(), failed: make(chan struct{})}
	e.startAnalyst()
	return e, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// Read implements [store.Engine].
func (e *engine) Read(ctx context.Context, fn func(store.Conn) error) error {
	return e.transact(ctx, readBound*e.timeout, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
}

// Single implements [store.Engine].
func (e *engine) Single(ctx context.Context, fn func(store.Conn) error) error {
	if err := e.usable(ctx); err != nil {
		return err
	}
	return fn(&conn{on: e.db, timeout: e.timeout})
}

// Write implements [store.Engine]. A transaction that met another one is run again; one whose commit got no answer
// never is, because it may have happened.
func (e *engine) Write(ctx context.Context, fn func(store.Conn) error) error {
	e.analyst.writes.Add(1)
	for attempt := 1; ; attempt++ {
		err := e.transact(ctx, writeBound*e.timeout, &sql.TxOptions{Isolation: sql.LevelReadCommitted}, fn)
		if attempt == attempts || !conflict(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(5 * time.Millisecond << attempt)): // apart, so that they don't meet again
		}
	}
}

// Gather implements [store.Engine]: commits are not shared.
func (e *engine) Gather(ctx context.Context) error { return ctx.Err() }

// transact runs fn in a transaction. The transaction does not end with the caller's context, only its statements do:
// a caller that leaves while the commit is under way must not leave its outcome open.
func (e *engine) transact(ctx context.Context, bound time.Duration, options *sql.TxOptions, fn func(store.Conn) error) error {
	if err := e.usable(ctx); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
	defer cancel()
	tx, err := e.db.BeginTx(bounded, options)
	if err != nil {
		return err
	}
	ended := false
	defer func() {
		if !ended {
			_ = tx.Rollback() // fn failed or panics: that is the news, not this
		}
	}()
	if err := fn(&conn{on: tx, timeout: e.timeout}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ended = true
	return committed(tx.Commit())
}

// Migrate implements [store.Engine]. One replica migrates, the others wait for it.
func (e *engine) Migrate(ctx context.Context) (err error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("postgres: make the lock of migrations: %w", err)
	}
	db := stdlib.OpenDB(*e.config)
	defer func() { err = errors.Join(err, db.Close()) }()
	return store.Migrate(ctx, e.dialect, db, goose.WithSessionLocker(locker))
}

// usable refuses what nobody waits for any more, and everything once the store is closed.
func (e *engine) usable(ctx context.Context) error {
	if e.closed.Load() {
		return domain.Refuse(domain.CodeUnavailable, "", "The server is stopping. Try again in a moment.")
	}
	return ctx.Err()
}

// Ping implements [store.Engine].
func (e *engine) Ping(ctx context.Context) error {
	if err := e.usable(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	return e.db.PingContext(ctx)
}

// Failed implements [store.Engine]; durability is the server's matter, so that it never fails here.
func (e *engine) Failed() <-chan struct{} { return e.failed }

// Close implements [store.Engine]. Transactions under way keep their connections until they end.
func (e *engine) Close() error {
	e.closed.Store(true)
	e.stopAnalyst()
	return e.db.Close()
}
