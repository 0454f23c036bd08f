package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/scimbridge/scimbridge/bench/limit"
	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/machine"
	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/workload"
)

// measure is the command without a name: the limits, and then every workload.
func measure(ctx context.Context, args []string, out io.Writer) error {
	var (
		at server
		b  bounds
		o  output
	)
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	at.flags(set)
	b.flags(set)
	o.flags(set)
	if err := parse(set, args); err != nil {
		return err
	}
	s, err := stage(at, b)
	if err != nil {
		return err
	}
	made, err := survey(ctx, s, b, o)
	if err != nil {
		return err
	}
	return publish(made, o, out)
}

// survey measures the limits and the workloads.
func survey(ctx context.Context, s *workload.Stage, b bounds, o output) (*report.Report, error) {
	only, err := b.pattern()
	if err != nil {
		return nil, err
	}
	made := &report.Report{Target: s.Target.Base(), Machine: machine.Look(), Durability: o.durability}
	if made.People, err = s.Target.Total(ctx, "/Users"); err != nil {
		return nil, fmt.Errorf("the server at -url does not list people: %w", err)
	}
	if made.Groups, err = s.Target.Total(ctx, "/Groups"); err != nil {
		return nil, fmt.Errorf("the server at -url does not list groups: %w", err)
	}
	if len(s.Members) == 0 {
		s.Members = usualGroups(made.People)
	}
	if made.Rows, err = limits(ctx, o.folder, s.Bound); err != nil {
		return nil, err
	}
	made.Rows = append(made.Rows, s.Run(ctx, func(w workload.Workload) bool { return only.MatchString(w.Name) }, tell)...)
	return made, ctx.Err()
}

// usualGroups returns a small and a large size of group for so many people.
func usualGroups(people int) []int {
	const small, large = 10, 100_000
	if people/2 <= small {
		return []int{small}
	}
	return []int{small, min(people/2, large)}
}

// limitTime bounds each raw limit, which settle sooner than a server does.
const limitTime = 2 * time.Second

// limits measures the raw limits, with the program itself as the hello server.
func limits(ctx context.Context, folder string, bound load.Bound) ([]report.Row, error) {
	folder, err := os.MkdirTemp(folder, "limits-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	hello, err := limit.StartHello(exec.CommandContext(ctx, program, helloCommand))
	if err != nil {
		return nil, err
	}
	rows, err := limit.Measure(ctx, hello, folder, load.Bound{Time: min(limitTime, bound.Time), Requests: bound.Requests})
	for _, row := range rows {
		tell(row)
	}
	if stopped := hello.Stop(); err == nil {
		err = stopped
	}
	return rows, err
}

// tell writes one line to standard error, so that a long run is seen to go on.
func tell(row report.Row) {
	if row.Skipped != "" {
		fmt.Fprintf(os.Stderr, "%-44s skipped: %s\n", row.Name, row.Skipped)
		return
	}
	fmt.Fprintf(os.Stderr, "%-44s %s/s, p99 %s\n", row.Name,
		report.Number(row.Figures[report.Rate]), report.Duration(row.Figures[report.P99]))
}

// publish judges the report and writes it to all its places.
func publish(made *report.Report, o output, out io.Writer) error {
	report.Judge(made.Rows)
	if err := made.Text(out); err != nil {
		return err
	}
	if o.json != "" {
		file, err := os.Create(o.json)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := made.JSON(file); err != nil {
			return err
		}
	}
	if o.markdown != "" {
		return embed(made, o.markdown)
	}
	return nil
}
