package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	driversqlite "modernc.org/sqlite"

	"github.com/scimbridge/scimbridge/store"
)

// Options tune a store; the zero value works.
type Options struct {
	// Clock answers conditions that depend on the time; nil: the clock of the machine.
	Clock func() time.Time
	// Readers is how many reads run at once; 0: twice the processors, four at least.
	Readers int
	// Queue is how many writes may wait before further ones are refused as overloaded; 0: 1,024.
	Queue int
	// Unflushed leaves it to the caller to flush the file when all is done; a power cut before that ruins it. It is for a copy
	// that is being prepared.
	Unflushed bool
}

// engine implements [store.Engine].
type engine struct {
	writer  *writer
	readers *readers
	log     *checkpointer
	dialect *store.Dialect
}

// Open opens the database in the file, which is made, with its folder, when it is not there. Nothing is read before
// Migrate: it brings the schema.
func Open(path string, options Options) (*store.DB, error) {
	e, err := open(path, options)
	if err != nil {
		return nil, err
	}
	return store.New(e, e.dialect, options.Clock), nil
}

func open(path string, options Options) (*engine, error) {
	if options.Readers <= 0 {
		options.Readers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	if options.Queue <= 0 {
		options.Queue = 1024
	}
	file, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: find the database file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("sqlite: make the folder of the database: %w", err)
	}
	if err := useGathering(); err != nil {
		return nil, err
	}
	synchronous := "FULL"
	if options.Unflushed {
		synchronous = "OFF"
	}
	write, err := driversqlite.NewConnector(dsn(file, synchronous, false))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	read, err := driversqlite.NewConnector(dsn(file, synchronous, true))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	writer := newWriter(write, filepath.Dir(file), options.Queue)
	return &engine{writer: writer, readers: newReaders(read, options.Readers), log: newCheckpointer(write, writer), dialect: dialect()}, nil
}

// dsn is made by us alone: a pragma in it runs as SQL. Synchronous FULL makes every answered write durable; NORMAL
// would lose the last ones in a power cut.
func dsn(file, synchronous string, readOnly bool) string {
	q := url.Values{
		"_defensive": {"1"}, "_dqs": {"0"}, "_error_rc": {"1"},
		"_busy_timeout": {"5000"}, "_foreign_keys": {"1"}, "_journal_mode": {"WAL"}, "_synchronous": {synchronous},
		"_pragma": {"temp_store(MEMORY)", "cache_size(-8192)", "journal_size_limit(67108864)", "wal_autocheckpoint(16000)", "trusted_schema(0)"},
	}
	if readOnly {
		q.Set("_query_only", "1")
	} else {
		q.Set("vfs", gathering)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file), RawQuery: q.Encode()}).String()
}

// Read implements [store.Engine].
func (e *engine) Read(ctx context.Context, fn func(store.Conn) error) error {
	return e.readers.snapshot(ctx, fn)
}

// Single implements [store.Engine].
func (e *engine) Single(ctx context.Context, fn func(store.Conn) error) error {
	return e.readers.with(ctx, func(c *conn) error { return fn(c) })
}

// Write implements [store.Engine].
func (e *engine) Write(ctx context.Context, fn func(store.Conn) error) error {
	return e.writer.write(ctx, fn)
}

// together is how often writes begin that are in no hurry. Every commit is a flush to the disk, and makes all readers
// forget the pages that they have cached.
const together = 100 * time.Millisecond

// Gather implements [store.Engine]: such writes begin at the same moments, and find each other in the queue.
func (e *engine) Gather(ctx context.Context) error {
	now := time.Now()
	moment := time.NewTimer(now.Truncate(together).Add(together).Sub(now))
	defer moment.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-moment.C:
		return nil
	}
}

// Migrate implements [store.Engine].
func (e *engine) Migrate(ctx context.Context) (err error) {
	db := sql.OpenDB(e.writer.connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if err := store.Migrate(ctx, e.dialect, db); err != nil {
		return err
	}
	return fixStatistics(ctx, db)
}

// Ping implements [store.Engine].
func (e *engine) Ping(ctx context.Context) error {
	return e.Single(ctx, func(c store.Conn) error {
		_, err := c.Exec(ctx, "SELECT 1", nil)
		return err
	})
}

// Failed implements [store.Engine].
func (e *engine) Failed() <-chan struct{} { return e.writer.failed }

// Close implements [store.Engine]. The writer ends last, so that its connection takes the log into the file.
func (e *engine) Close() error {
	e.log.close()
	return errors.Join(e.readers.close(), e.writer.close())
}
