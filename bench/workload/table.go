package workload

import (
	"context"
	"fmt"
	"time"

	"github.com/scimbridge/scimbridge/bench/limit"
	"github.com/scimbridge/scimbridge/bench/report"
)

// Workload is one row: what is asked of the server, how, and what it should reach.
type Workload struct {
	Name        string
	Limit       string // the raw limit that bounds its rate, by its name in package limit, or ""
	Connections int
	Open        string        // how requests fall due in an open loop; "" for a closed one
	Growth      float64       // what its cost may grow by from 1,000 to 500,000 people; 0: no matter
	Goals       []report.Goal // for 500,000 people on two cores, with every answer durable
	run         run
}

// run measures a workload into its row. An error tells why it cannot be measured
// here, and leaves the row without figures.
type run func(ctx context.Context, s *Stage, w Workload, row *report.Row) error

// flat is the growth of cost that operations are allowed which should not grow.
const flat = 1.3

// Names that goals of other rows refer to.
const (
	firstPage   = "page of 100, first"
	firstCursor = "page of 100, first by cursor"
)

// Table returns all workloads for the stage, in the order in which they run: what
// writes little first, so that reads see the data as it was filled.
func Table(s *Stage) []Workload {
	all := append(reads(), pages()...)
	all = append(all, writes()...)
	all = append(all, groups(s.Members)...)
	if s.SignIns != nil {
		all = append(all, signIns()...)
	}
	return append(all, storms(s.MixedRate)...)
}

func reads() []Workload {
	lookup := []report.Goal{rateOf(0.4, limit.Hello8)}
	return []Workload{
		{Name: "GET user by id", Limit: limit.Hello8, Connections: 8, Growth: flat, run: closed(getByID),
			Goals: []report.Goal{rateOf(0.5, limit.Hello8), p99(5 * time.Millisecond)}},
		{Name: "userName eq", Limit: limit.Hello8, Connections: 8, Growth: flat, run: closed(userNameEq), Goals: lookup},
		{Name: "externalId eq", Limit: limit.Hello8, Connections: 8, Growth: flat, run: closed(externalIDEq), Goals: lookup},
		{Name: "work e-mail eq", Limit: limit.Hello8, Connections: 8, Growth: flat, run: closed(emailEq), Goals: lookup},
	}
}

func pages() []Workload {
	return []Workload{
		{Name: firstPage, Limit: limit.Hello8, Connections: 8, run: closed(pageFirst), Goals: []report.Goal{rate(1000)}},
		{Name: "page of 100, 90 % deep by startIndex", Limit: limit.Hello8, Connections: 8, run: closed(pageDeep),
			Goals: []report.Goal{rate(1000), rateOf(1/2.0, firstPage)}},
		{Name: firstCursor, Limit: limit.Hello8, Connections: 8, run: closed(cursorFirst), Goals: []report.Goal{rate(1000)}},
		{Name: "page of 100, 90 % deep by cursor", Limit: limit.Hello8, Connections: 8, run: closed(cursorDeep),
			Goals: []report.Goal{rate(1000), rateOf(1/1.2, firstCursor)}},
	}
}

func writes() []Workload {
	return []Workload{
		{Name: "POST user, 1 connection", Limit: limit.Commit1, Connections: 1, Growth: flat, run: closed(postUser),
			Goals: []report.Goal{rateOf(0.5, limit.Commit1)}},
		{Name: "POST user, 32 connections", Limit: limit.Commit1, Connections: 32, Growth: flat, run: closed(postUser),
			Goals: []report.Goal{rate(3000), p99(50 * time.Millisecond)}},
		{Name: "PATCH active, Okta", Limit: limit.Commit1, Connections: 32, Growth: flat, run: closed(patchOkta),
			Goals: []report.Goal{rate(4000)}},
		{Name: "PATCH active, Entra", Limit: limit.Commit1, Connections: 32, Growth: flat, run: closed(patchEntra),
			Goals: []report.Goal{rate(4000)}},
		{Name: "POST Common/Persons with UserAccess", Limit: limit.Commit1, Connections: 32, Growth: flat, run: closed(postNative),
			Goals: []report.Goal{rate(2500)}},
	}
}

// groups returns the workloads on a group of each size; the last size should be
// the largest.
func groups(sizes []int) []Workload {
	var all []Workload
	for _, size := range sizes {
		all = append(all, Workload{
			Name: addName(size), Limit: limit.Commit1, Connections: 5, Growth: flat, run: addMember(size),
			Goals: []report.Goal{rate(3000), p99(20 * time.Millisecond)},
		})
	}
	if len(sizes) == 0 {
		return nil
	}
	smallest, largest := sizes[0], sizes[len(sizes)-1]
	if largest > smallest {
		all[len(all)-1].Goals = append(all[len(all)-1].Goals, rateOf(1/flat, addName(smallest)))
	}
	many := report.Number(float64(largest))
	return append(all,
		Workload{Name: "GET group of " + many + " without them", Limit: limit.Hello8, Connections: 8, run: closed(groupWithout(largest)),
			Goals: []report.Goal{rateOf(0.5, limit.Hello8), p99(5 * time.Millisecond)}},
		Workload{Name: "GET group with " + many + " members", Connections: 1, run: closed(groupWith(largest)),
			Goals: []report.Goal{p99(500 * time.Millisecond), {Figure: report.Grown, Most: 32e6}}},
		Workload{Name: "PUT group with " + many + " members", Connections: 1, run: putGroup(largest),
			Goals: []report.Goal{{Figure: report.Max, Most: 5}}},
	)
}

func addName(size int) string {
	return fmt.Sprintf("add a member to a group of %s", report.Number(float64(size)))
}

// storms returns what is no single operation.
func storms(mixedRate float64) []Workload {
	return []Workload{
		{Name: "Bulk of creates", Limit: limit.Commit1, Connections: 1, run: bulk,
			Goals: []report.Goal{{Figure: report.Creates, Least: 2500}}}, // 1,000 in 0.4 s
		{Name: "first sync: look up and create each", Limit: limit.Commit1, Connections: 32, run: firstSync,
			Goals: []report.Goal{rate(100_000 / 60.0), {Figure: report.Pace, Least: 0.8}}},
		{Name: "mixed over tenants", Connections: 64, Open: report.Number(mixedRate) + "/s", run: mixed,
			Goals: []report.Goal{p99(50 * time.Millisecond), {Figure: report.Others, Most: 2}, {Figure: report.Unsent, Most: 0}}},
		{Name: "overload: POST user", Connections: 1024, Open: "5 × its maximum", run: overload,
			Goals: []report.Goal{p99(time.Second), {Figure: report.Told, Least: 1}, {Figure: report.Recovery, Most: 10}}},
	}
}

func rate(least float64) report.Goal { return report.Goal{Figure: report.Rate, Least: least} }

func rateOf(share float64, row string) report.Goal {
	return report.Goal{Figure: report.Rate, Least: share, Of: row}
}

func p99(most time.Duration) report.Goal {
	return report.Goal{Figure: report.P99, Most: most.Seconds()}
}
