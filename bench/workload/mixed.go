package workload

import (
	"context"
	"fmt"
	"sync"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/target"
)

// tenant is one of those that share the mixed load.
type tenant struct {
	target *target.Target
	people []*target.Person
}

// tenantPeople is how many people a tenant needs to take part.
const tenantPeople = 200

// greed is how many times its share one tenant takes in the second half.
const greed = 10

// mix is the order of a tenant's requests: by id, look up, page, change, create.
// It is about what connectors send between first syncs.
const mix = "glgglpgcglgglggclngn"

// mixed sends a constant rate over all tenants, and then once more beside one
// tenant that takes ten times its share.
func mixed(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
	tenants, err := s.tenants(ctx)
	if err != nil {
		return err
	}
	bound := load.Bound{Time: s.MixedTime}
	stop := s.watch(row)
	fair := load.Open(ctx, s.MixedRate, w.Connections, bound, s.among(tenants))
	row.Take(fair, false)
	row.TakeOpen(fair)
	row.Notes = append(row.Notes, fmt.Sprintf("over %d tenants", len(tenants)))
	if len(tenants) > 1 {
		beside := s.besideGreed(ctx, tenants, w, bound)
		row.Set(report.Others, beside.Latency.Quantile(0.99).Seconds()/fair.Latency.Quantile(0.99).Seconds())
		row.Requests += beside.Sent()
		if failed := beside.Failed() + beside.Refused; failed > 0 {
			row.Set(report.Errors, row.Figures[report.Errors]+float64(failed))
			row.Notes = append(row.Notes, "beside the greedy one: "+report.Failures(beside))
		}
		row.Set(report.Unsent, float64(fair.Unsent+beside.Unsent))
	}
	stop()
	return nil
}

// besideGreed lets the first tenant take ten times its share and returns what
// became of the others' requests.
func (s *Stage) besideGreed(ctx context.Context, tenants []*tenant, w Workload, bound load.Bound) load.Result {
	share := s.MixedRate / float64(len(tenants))
	var group sync.WaitGroup
	group.Go(func() {
		load.Open(ctx, greed*share, w.Connections, bound, s.among(tenants[:1]))
	})
	others := tenants[1:]
	result := load.Open(ctx, share*float64(len(others)), w.Connections, bound, s.among(others))
	group.Wait()
	return result
}

// among deals the requests of the mix to the tenants in turn.
func (s *Stage) among(tenants []*tenant) load.Request {
	return func(ctx context.Context, n int) load.Answer {
		round := n / len(tenants)
		return s.mixedRequest(ctx, tenants[n%len(tenants)], round)
	}
}

func (s *Stage) mixedRequest(ctx context.Context, t *tenant, round int) load.Answer {
	person := t.people[round*7919%len(t.people)]
	switch mix[round%len(mix)] {
	case 'l':
		return t.target.Send(ctx, get(target.Filter("/Users", "userName", person.UserName), person.ID))
	case 'p':
		return t.target.Send(ctx, get(target.Users(1+round%len(t.people), page), ""))
	case 'c':
		return t.target.Send(ctx, patchCall(person, target.EntraActive))
	case 'n':
		return s.create(ctx, t.target, s.newcomer())
	}
	return t.target.Send(ctx, get("/Users/"+person.ID, person.ID))
}

// tenants readies the tenants: one that has too few people is given some.
func (s *Stage) tenants(ctx context.Context) ([]*tenant, error) {
	targets := s.Tenants
	if len(targets) == 0 {
		targets = []*target.Target{s.Target}
	}
	tenants := make([]*tenant, len(targets))
	for i, to := range targets {
		total, err := to.Total(ctx, "/Users")
		if err != nil {
			return nil, err
		}
		if total < tenantPeople {
			filler := target.Filler{Target: to, Names: target.Names{Seed: s.Names.Seed + "-tenant"}, Connections: 8}
			if err := filler.People(ctx, tenantPeople); err != nil {
				return nil, err
			}
		}
		people, err := to.Sample(ctx, tenantPeople)
		if err != nil {
			return nil, err
		}
		tenants[i] = &tenant{target: to, people: people}
	}
	return tenants, nil
}
