package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/workload"
)

// grow is the command that measures at two sizes, filling the server in between.
func grow(ctx context.Context, args []string, out io.Writer) error {
	var (
		at     server
		b      bounds
		o      output
		want   stock
		people string
	)
	set := flag.NewFlagSet("bench grow", flag.ContinueOnError)
	at.flags(set)
	b.flags(set)
	o.flags(set)
	want.flags(set)
	set.StringVar(&people, "people", "1000,20000", "the two `sizes`; the server should be empty before")
	if err := parse(set, args); err != nil {
		return err
	}
	steps, err := sizes(people)
	if err == nil && len(steps) != 2 {
		err = errors.New("two sizes are compared")
	}
	if err != nil {
		return fmt.Errorf("-people: %w", err)
	}
	made, err := compare(ctx, at, b, o, want, [2]int(steps))
	if err != nil {
		return err
	}
	return publish(made, o, out)
}

// compare fills to the first size, measures what must not grow, fills to the
// second, measures everything, and compares.
func compare(ctx context.Context, at server, b bounds, o output, want stock, steps [2]int) (*report.Report, error) {
	fewer, err := few(ctx, at, b, want.scaled(steps))
	if err != nil {
		return nil, err
	}
	s, err := stage(at, b)
	if err != nil {
		return nil, err
	}
	want.people = steps[1]
	if err := want.fill(ctx, s.Target); err != nil {
		return nil, err
	}
	made, err := survey(ctx, s, b, o)
	if err != nil {
		return nil, err
	}
	made.Fewer = steps[0]
	made.Growth = report.Grow(fewer, made.Rows, mayGrow(s))
	return made, nil
}

// fewTime bounds each loop at the first size, where writes soon add more people
// than there were.
const fewTime = 1500 * time.Millisecond

// few measures at the first size those workloads that must not grow, except those
// on groups, which compare two sizes of group themselves.
func few(ctx context.Context, at server, b bounds, want stock) ([]report.Row, error) {
	b.duration = min(b.duration, fewTime)
	s, err := stage(at, b)
	if err != nil {
		return nil, err
	}
	s.Members = nil
	if err := want.fill(ctx, s.Target); err != nil {
		return nil, err
	}
	only, err := b.pattern()
	if err != nil {
		return nil, err
	}
	rows := s.Run(ctx, func(w workload.Workload) bool { return w.Growth > 0 && only.MatchString(w.Name) }, tell)
	return rows, ctx.Err()
}

// scaled returns what there shall be at the first size, so that people are in as
// many groups then as at the second.
func (s stock) scaled(steps [2]int) stock {
	s.people = steps[0]
	if s.groups > 0 {
		s.groups = s.groups * steps[0] / steps[1]
	}
	if s.memberships > 0 {
		s.memberships = s.memberships * steps[0] / steps[1]
	}
	return s
}

// mayGrow returns by how much the cost of each workload may grow, of those that
// must not grow much.
func mayGrow(s *workload.Stage) map[string]float64 {
	most := make(map[string]float64)
	for _, w := range workload.Table(s) {
		if w.Growth > 0 {
			most[w.Name] = w.Growth
		}
	}
	return most
}
