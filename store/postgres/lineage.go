package postgres

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// lineage keeps connections from returning to a server that was the primary before another took over. Such a one may be
// started again, not know of that, and take changes: target_session_attrs finds nothing wrong with it. But each promotion
// begins a new timeline, of a higher number, and no connection goes back to a lower one than there has been.
type lineage struct {
	mu     sync.Mutex
	newest map[string]uint64 // timeline by the identifier of the database system, which copies of it share; nil: none yet
}

// whichTimeline is answered by a primary only; pg_control_checkpoint would tell the old one until there is a checkpoint.
const whichTimeline = "SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) FROM pg_control_system()"

// guard lets connections of a configuration be refused, so that the next of its hosts is tried.
func (l *lineage) guard(config *pgconn.Config) {
	before := config.ValidateConnect
	config.ValidateConnect = func(ctx context.Context, connection *pgconn.PgConn) error {
		if before != nil {
			if err := before(ctx, connection); err != nil {
				return err
			}
		}
		return l.check(ctx, connection)
	}
}

// check takes what can't tell its timeline: a standby, or a database that only speaks the language of PostgreSQL.
func (l *lineage) check(ctx context.Context, connection *pgconn.PgConn) error {
	results, err := connection.Exec(ctx, whichTimeline).ReadAll()
	if connection.IsClosed() {
		return err
	}
	if err != nil || len(results) != 1 || len(results[0].Rows) != 1 {
		return nil
	}
	system := string(results[0].Rows[0][0])
	timeline, err := strconv.ParseUint(string(results[0].Rows[0][1]), 16, 32)
	if err != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if timeline < l.newest[system] {
		return fmt.Errorf("an old primary: it is on timeline %d, and there has been timeline %d", timeline, l.newest[system])
	}
	if l.newest == nil {
		l.newest = map[string]uint64{}
	}
	l.newest[system] = timeline
	return nil
}
