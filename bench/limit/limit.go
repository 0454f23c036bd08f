package limit

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/machine"
	"github.com/scimbridge/scimbridge/bench/report"
)

// The names of the limits, as goals and workloads refer to them.
const (
	Hello1    = "hello 1"
	Hello8    = "hello 8"
	Commit1   = "commit 1 row"
	Commit32  = "commit 32 rows"
	PointRead = "point read"
	Sync      = "append and sync"
	Argon2id  = "argon2id"
)

// Measure measures all limits, each bound so, with files in the folder.
func Measure(ctx context.Context, hello *Hello, folder string, bound load.Bound) ([]report.Row, error) {
	rows := []report.Row{
		hello.row(ctx, Hello1, 1, bound),
		hello.row(ctx, Hello8, 8, bound),
	}
	db, err := OpenSQLite(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	for _, step := range []struct {
		name, load string
		run        func() (load.Result, error)
	}{
		{Commit1, "SQLite, FULL, 1 connection", func() (load.Result, error) { return db.Commit(ctx, 1, bound) }},
		{Commit32, "SQLite, FULL, 1 connection", func() (load.Result, error) { return db.Commit(ctx, 32, bound) }},
		{PointRead, "SQLite, 1 connection", func() (load.Result, error) { return db.PointRead(ctx, bound) }},
		{Sync, "4 KiB each", func() (load.Result, error) { return Append(ctx, folder, bound) }},
		{Argon2id, "19 MiB, all processors", func() (load.Result, error) { return Hash(ctx, bound), nil }},
	} {
		result, err := step.run()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
		row := report.Row{Name: step.name, Load: step.load}
		row.Take(result, false)
		delete(row.Figures, report.Body)
		rows = append(rows, row)
	}
	rowsPerSecond := &rows[3]
	rowsPerSecond.Set(report.Creates, 32*rowsPerSecond.Figures[report.Rate])
	return rows, nil
}

// row measures hello and the processor time that it takes.
func (h *Hello) row(ctx context.Context, name string, connections int, bound load.Bound) report.Row {
	row := report.Row{Name: name, Load: fmt.Sprintf("net/http, 800 bytes, %d connections", connections)}
	h.Run(ctx, connections, load.Bound{Requests: 100 * connections})
	stop, err := machine.Watch(h.PID, time.Second)
	row.Take(h.Run(ctx, connections, bound), false)
	if err == nil {
		row.Use(stop())
	}
	return row
}

// alone repeats a step on one goroutine until the bound, or until it fails. The
// step's context never ends: drivers watch one that can, which would be measured.
func alone(ctx context.Context, bound load.Bound, step func(context.Context, int) error) (load.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	result := load.Closed(ctx, 1, bound, func(ctx context.Context, n int) load.Answer {
		if err := step(context.WithoutCancel(ctx), n); err != nil {
			cancel(err)
			return load.Answer{Detail: err.Error()}
		}
		return load.Answer{Status: http.StatusOK}
	})
	return result, context.Cause(ctx)
}
