package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// analyst keeps the planner's picture of the tables true while they grow. The server does so too, but once a minute at
// best, and until then it takes a table that was empty for an empty one: in the first minute of a large onboarding it
// would walk through everybody to find one.
type analyst struct {
	writes atomic.Int64
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

// analystPause is how long a table that grew may wait for its statistics.
const analystPause = 2 * time.Second

// outdated lists the tables of ours of which a fifth, and not just a few rows, has changed since they were looked at.
const outdated = `SELECT quote_ident(relname) FROM pg_stat_user_tables
	WHERE schemaname = current_schema() AND n_mod_since_analyze > 200 + n_live_tup / 5`

func (e *engine) startAnalyst() {
	ctx, stop := context.WithCancel(context.Background())
	e.analyst.stop = stop
	e.analyst.ended.Go(func() {
		tick := time.NewTicker(analystPause)
		defer tick.Stop()
		seen := int64(0)
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if writes := e.analyst.writes.Load(); writes != seen {
				seen = writes
				e.analyze(ctx)
			}
		}
	})
}

// analyze looks at the tables that changed. It only makes plans better, so that a failure waits for the next time; a
// table that somebody else looks at already is left to them.
func (e *engine) analyze(ctx context.Context) {
	rows, err := e.db.QueryContext(ctx, outdated)
	if err != nil {
		return
	}
	var tables []string
	for rows.Next() {
		var table string
		if rows.Scan(&table) == nil {
			tables = append(tables, table)
		}
	}
	if rows.Close() != nil {
		return
	}
	for _, table := range tables {
		_, _ = e.db.ExecContext(ctx, "ANALYZE (SKIP_LOCKED) "+table)
	}
}

func (e *engine) stopAnalyst() {
	e.analyst.stop()
	e.analyst.ended.Wait()
}
