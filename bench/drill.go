package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/target"
)

// exercise is what a drill does with our own server.
type exercise struct {
	program  string // scimbridge
	database string // its URL; "" for SQLite in the folder of the drill
	few      int    // people at the first size
	tenants  int    // for the mixed workload
}

// drill is the command that needs no server: it starts one of ours on an empty
// database, fills and measures it, and stops it whatever happens.
func drill(ctx context.Context, args []string, out io.Writer) (err error) {
	var (
		x    exercise
		b    bounds
		o    output
		want stock
	)
	set := flag.NewFlagSet("bench drill", flag.ContinueOnError)
	set.StringVar(&x.program, "server", "bin/scimbridge", "the `program` to start")
	set.StringVar(&x.database, "database", "", "`URL` of an empty database (default SQLite in a temporary folder)")
	set.IntVar(&x.few, "few", 1000, "people at the first of the two sizes")
	set.IntVar(&x.tenants, "tenant-count", 20, "tenants of the mixed workload")
	set.IntVar(&want.people, "people", 20_000, "people at the second of the two sizes")
	b.flags(set)
	o.flags(set)
	want.flags(set)
	if err := parse(set, args); err != nil {
		return err
	}
	made, err := x.run(ctx, b, o, want)
	if err != nil {
		return err
	}
	return publish(made, o, out)
}

// run does the drill in a folder of its own, which is removed at the end.
func (x exercise) run(ctx context.Context, b bounds, o output, want stock) (made *report.Report, err error) {
	folder, err := os.MkdirTemp(o.folder, "drill-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if folder, err = filepath.Abs(folder); err != nil { // the server runs in that folder
		return nil, err
	}
	if x.program, err = filepath.Abs(x.program); err != nil {
		return nil, err
	}
	bridge := &bridge{program: x.program, database: x.database, folder: folder}
	if bridge.database == "" {
		bridge.database = "sqlite:" + filepath.Join(folder, "scimbridge.db")
		o.durability = "SQLite, WAL, synchronous=FULL"
	}
	at, err := bridge.provision(ctx, x.tenants)
	if err != nil {
		return nil, err
	}
	if _, err := bridge.start(ctx, at); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bridge.stop()) }()
	at.pid = bridge.pid()
	o.folder = folder
	made, err = compare(ctx, at, b, o, want, [2]int{x.few, want.people})
	if err != nil {
		return nil, err
	}
	program, err := x.programRow()
	if err != nil {
		return nil, err
	}
	ready, err := bridge.restart(ctx, at)
	made.Rows = append(made.Rows, program, ready)
	return made, err
}

// programRow tells the size of the program.
func (x exercise) programRow() (report.Row, error) {
	info, err := os.Stat(x.program)
	if err != nil {
		return report.Row{}, err
	}
	row := report.Row{Name: "size of the program", Goals: []report.Goal{{Figure: report.Binary, Most: 40e6}}}
	row.Set(report.Binary, float64(info.Size()))
	return row, nil
}

// restart stops the server and tells how long a new one takes to answer.
func (b *bridge) restart(ctx context.Context, at server) (report.Row, error) {
	if err := b.stop(); err != nil {
		return report.Row{}, err
	}
	took, err := b.start(ctx, at)
	row := report.Row{Name: "start", Goals: []report.Goal{{Figure: report.Ready, Most: 1}}}
	row.Set(report.Ready, took.Seconds())
	return row, err
}

// startPatience is how long a server may take to answer.
const startPatience = time.Minute

// awaitAnswer waits until the server answers with its configuration.
func awaitAnswer(ctx context.Context, at server, ended <-chan struct{}) error {
	to, err := target.New(at.url, at.token, target.SCIM)
	if err != nil {
		return err
	}
	defer to.Close()
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	var why error
	for {
		_, err := to.Total(ctx, "/Users")
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			why = err // rather than that the time was over
		}
		select {
		case <-ended:
			return errors.New("the server ended before it answered")
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", why)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
