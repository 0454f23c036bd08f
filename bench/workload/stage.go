package workload

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/machine"
	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/target"
)

// Stage is where workloads run: the server, its doors and how long each may take.
// Its fields are set before the first workload and left alone.
type Stage struct {
	Target  *target.Target
	Native  *target.Target   // the native API, or nil
	Tenants []*target.Target // for the mixed workload; empty: Target alone
	SignIns *SignIns         // where people sign in; nil: the rows about it are left out
	Names   target.Names     // of the people to create; no other run has used the seed

	Bound      load.Bound    // of every closed loop
	Warm       time.Duration // how long a closed loop runs before it is measured
	SampleSize int           // how many stored people requests are about
	Members    []int         // sizes of groups, ascending
	SyncPeople int           // people of the first sync

	MixedRate    float64 // requests a second over all tenants
	MixedTime    time.Duration
	OverloadTime time.Duration

	PID int // of the server, to watch its memory and processor time; 0: unknown

	people  []*target.Person
	callers atomic.Int64 // strangers that have come so far
	created atomic.Int64
	crowds  map[int]*crowd
}

// Run measures the workloads that are wanted and tells each row as it is done. The
// last row is the memory of the server over all of them, if its process is known.
// Run ends early only with its context.
func (s *Stage) Run(ctx context.Context, wanted func(Workload) bool, done func(report.Row)) []report.Row {
	whole := report.Row{Name: "memory of the server", Load: "all of the above",
		Goals: []report.Goal{{Figure: report.Peak, Most: 256e6}}}
	stop := s.watch(&whole)
	var rows []report.Row
	for _, workload := range Table(s) {
		if ctx.Err() == nil && wanted(workload) {
			rows = append(rows, s.measure(ctx, workload))
			done(rows[len(rows)-1])
		}
	}
	stop()
	if s.PID != 0 {
		for _, row := range rows {
			whole.Requests += row.Requests
		}
		rows = append(rows, whole)
	}
	return rows
}

func (s *Stage) measure(ctx context.Context, w Workload) report.Row {
	row := report.Row{Name: w.Name, Load: w.load(), Limit: w.Limit, Goals: w.Goals}
	if err := w.run(ctx, s, w, &row); err != nil {
		return report.Row{Name: w.Name, Load: w.load(), Skipped: err.Error()}
	}
	return row
}

// load says how the server is asked.
func (w Workload) load() string {
	switch {
	case w.Open != "":
		return fmt.Sprintf("open, %s, %d connections", w.Open, w.Connections)
	case w.Connections == 1:
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", w.Connections)
}

// watch samples the server's process until the returned function is called, which
// sets the figures of the row.
func (s *Stage) watch(row *report.Row) (stop func()) {
	if s.PID == 0 {
		return func() {}
	}
	done, err := machine.Watch(s.PID, 20*time.Millisecond)
	if err != nil {
		row.Notes = append(row.Notes, err.Error())
		return func() {}
	}
	return func() { row.Use(done()) }
}

// prepare makes the requests of a workload.
type prepare func(ctx context.Context, s *Stage) (load.Request, error)

// closed prepares requests, warms up and measures a closed loop.
func closed(requests prepare) run {
	return func(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
		request, err := requests(ctx, s)
		if err != nil {
			return err
		}
		if s.Warm > 0 {
			load.Closed(ctx, w.Connections, load.Bound{Time: s.Warm}, request)
		}
		s.loop(ctx, w, row, s.Bound, request)
		return nil
	}
}

// loop measures a closed loop and the server's process meanwhile.
func (s *Stage) loop(ctx context.Context, w Workload, row *report.Row, bound load.Bound, request load.Request) {
	stop := s.watch(row)
	row.Take(load.Closed(ctx, w.Connections, bound, request), false)
	stop()
}

// sample returns people that the server has, looked up once.
func (s *Stage) sample(ctx context.Context) ([]*target.Person, error) {
	if s.people == nil {
		people, err := s.Target.Sample(ctx, s.SampleSize)
		if err != nil {
			return nil, err
		}
		s.people = people
	}
	return s.people, nil
}

// newcomer invents a person that nobody has heard of.
func (s *Stage) newcomer() target.Identity {
	return s.Names.Person(int(s.created.Add(1) - 1))
}

// about returns the request that sends the call made for a person of a list, every
// person in turn but neighbours far apart.
func about(people []*target.Person, call func(*target.Person) target.Call, to *target.Target) load.Request {
	const stride = 7919 // a prime, so that it meets everybody
	return func(ctx context.Context, n int) load.Answer {
		return to.Send(ctx, call(people[n*stride%len(people)]))
	}
}
