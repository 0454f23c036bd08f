package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/target"
)

// stock is what a server is filled with.
type stock struct {
	people, groups, memberships int
	seed                        string
	connections                 int
}

func (s *stock) flags(set *flag.FlagSet) {
	set.IntVar(&s.groups, "groups", -1, "groups that shall exist (default one for each 100 people)")
	set.IntVar(&s.memberships, "memberships", -1, "memberships to spread evenly over the groups (default four for each of the people)")
	set.StringVar(&s.seed, "seed", "bench", "from which names are made: the same seed finds the same people again")
	set.IntVar(&s.connections, "connections", 32, "requests under way at once")
}

// fill is the command that creates people and groups.
func fill(ctx context.Context, args []string, _ io.Writer) error {
	var (
		at   server
		want stock
	)
	set := flag.NewFlagSet("bench fill", flag.ContinueOnError)
	set.IntVar(&want.people, "people", 20_000, "people that shall exist")
	at.flags(set)
	want.flags(set)
	if err := parse(set, args); err != nil {
		return err
	}
	to, err := target.New(at.url, at.token, target.SCIM)
	if err != nil {
		return err
	}
	return want.fill(ctx, to)
}

// fill creates what is missing and shows how it goes.
func (s *stock) fill(ctx context.Context, to *target.Target) error {
	filler := target.Filler{Target: to, Names: target.Names{Seed: s.seed}, Connections: s.connections}
	err := watched("people", s.people, func(done func(int)) error {
		filler.Done = done
		return filler.People(ctx, s.people)
	})
	groups, memberships := s.crowds()
	if err != nil || groups == 0 {
		return err
	}
	return watched("groups", groups, func(done func(int)) error {
		filler.Done = done
		return filler.Groups(ctx, groups, memberships)
	})
}

// crowds returns how many groups and memberships there shall be: where nothing was
// said, in the proportion of 500,000 people, 5,000 groups and 2 million memberships.
func (s *stock) crowds() (groups, memberships int) {
	groups, memberships = s.groups, s.memberships
	if groups < 0 {
		groups = s.people / 100
	}
	if memberships < 0 {
		memberships = s.people * 4
	}
	return groups, memberships
}

// watched runs a long act and shows its progress every few seconds.
func watched(what string, of int, act func(done func(int)) error) error {
	var count atomic.Int64
	start := time.Now()
	ticker := time.NewTicker(3 * time.Second)
	defer ticker.Stop()
	ended := make(chan error, 1)
	go func() { ended <- act(func(n int) { count.Add(int64(n)) }) }()
	for {
		select {
		case err := <-ended:
			fmt.Fprintln(os.Stderr, progress(what, int(count.Load()), of, time.Since(start)))
			return err
		case <-ticker.C:
			fmt.Fprintln(os.Stderr, progress(what, int(count.Load()), of, time.Since(start)))
		}
	}
}

// progress says how far an act is, how fast, and how long it will still take.
func progress(what string, done, of int, since time.Duration) string {
	perSecond := float64(done) / since.Seconds()
	line := fmt.Sprintf("%s: %s of %s, %s/s", what, report.Number(float64(done)), report.Number(float64(of)), report.Number(perSecond))
	if done < of && done > 0 {
		left := time.Duration(float64(of-done) / perSecond * float64(time.Second))
		line += ", " + left.Round(time.Second).String() + " left"
	}
	return line
}
