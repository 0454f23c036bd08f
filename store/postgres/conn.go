package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/scimbridge/scimbridge/store"
)

// runner is what *sql.DB and *sql.Tx have in common.
type runner interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// conn implements [store.Conn]. The driver prepares statements and keeps them.
type conn struct {
	on      runner
	timeout time.Duration
}

// Exec implements [store.Conn].
func (c *conn) Exec(ctx context.Context, text string, args []any) (int64, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	result, err := c.on.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query implements [store.Conn].
func (c *conn) Query(ctx context.Context, text string, args []any) (store.Rows, error) {
	ctx, cancel := c.bound(ctx)
	found, err := c.on.QueryContext(ctx, text, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	return &rows{found, cancel}, nil
}

// bound is for the network that swallows everything.
func (c *conn) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, heard(c.timeout))
}

// heard is how long an answer is waited for: the server's own bound comes first if it can be heard.
func heard(timeout time.Duration) time.Duration { return timeout + timeout/5 }

// rows implements [store.Rows].
type rows struct {
	*sql.Rows
	cancel context.CancelFunc
}

// Close implements [store.Rows].
func (r *rows) Close() error {
	defer r.cancel()
	return r.Rows.Close()
}

// A connection that was idle for a while is asked whether it is still there, for a moment: all of them may have been silent
// since the same time, and each would take its time from one who waits.
const (
	whileIdle = time.Second
	moment    = time.Second
)

// stale tells that an idle connection is to be given up. The driver's own question waits as long as who asks does.
func stale(ctx context.Context, of stdlib.ShouldPingParams) bool {
	if of.IdleDuration <= whileIdle {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	return of.Conn.Ping(ctx) != nil // it is closed then, which is what the driver's question finds
}
