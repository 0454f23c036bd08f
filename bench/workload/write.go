package workload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/target"
)

func postUser(_ context.Context, s *Stage) (load.Request, error) {
	return func(ctx context.Context, _ int) load.Answer { return s.create(ctx, s.Target, s.newcomer()) }, nil
}

func (s *Stage) create(ctx context.Context, to *target.Target, person target.Identity) load.Answer {
	return to.Send(ctx, target.Call{Method: http.MethodPost, Path: "/Users", Body: person.Create(), Expect: person.UserName})
}

func postNative(_ context.Context, s *Stage) (load.Request, error) {
	if s.Native == nil {
		return nil, errors.New("no native API was given")
	}
	return func(ctx context.Context, _ int) load.Answer {
		person := s.newcomer()
		return s.Native.Send(ctx, target.Call{Method: http.MethodPost, Path: "/Common/Persons",
			Body: person.CreateNative(), Expect: person.UserName})
	}, nil
}

func patchOkta(ctx context.Context, s *Stage) (load.Request, error) {
	return s.patchActive(ctx, target.OktaActive)
}

func patchEntra(ctx context.Context, s *Stage) (load.Request, error) {
	return s.patchActive(ctx, target.EntraActive)
}

// patchActive changes people to the opposite state each time, because a server may
// skip a change that is none.
func (s *Stage) patchActive(ctx context.Context, body func(active bool) []byte) (load.Request, error) {
	people, err := s.sample(ctx)
	return about(people, func(p *target.Person) target.Call { return patchCall(p, body) }, s.Target), err
}

func patchCall(person *target.Person, body func(active bool) []byte) target.Call {
	return target.Call{Method: http.MethodPatch, Path: "/Users/" + person.ID, Body: body(person.Toggle())}
}

// bulk creates 1,000 people a request, or as many as the server announces, and
// counts afterwards whether they are there: a Bulk answer is always a success.
func bulk(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
	size := s.Target.Config(ctx).BulkSize(1000)
	if size == 0 {
		return errors.New("the server does not announce Bulk")
	}
	before, err := s.Target.Total(ctx, "/Users")
	if err != nil {
		return err
	}
	s.loop(ctx, w, row, s.Bound, func(ctx context.Context, _ int) load.Answer {
		people := make([]target.Identity, size)
		for i := range people {
			people[i] = s.newcomer()
		}
		return s.Target.Send(ctx, target.Call{Method: http.MethodPost, Path: "/Bulk", Body: target.Bulk(people)})
	})
	after, err := s.Target.Total(ctx, "/Users")
	if err != nil {
		return err
	}
	if sent := row.Requests * size; after-before != sent {
		row.Set(report.Errors, row.Figures[report.Errors]+float64(sent-after+before))
		row.Notes = append(row.Notes, fmt.Sprintf("%d creates were sent, and there are %d people more", sent, after-before))
	}
	row.Set(report.Creates, row.Figures[report.Rate]*float64(size))
	row.Notes = append(row.Notes, fmt.Sprintf("%d creates a request", size))
	return nil
}

// syncPatience bounds a first sync, which is otherwise as long as it has people.
const syncPatience = 2 * time.Minute

// firstSync does what a connector does at first: look everybody up, create each.
func firstSync(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
	bound := load.Bound{Requests: s.SyncPeople, Time: syncPatience}
	s.loop(ctx, w, row, bound, func(ctx context.Context, _ int) load.Answer {
		person := s.newcomer()
		answer := s.Target.Send(ctx, get(target.Filter("/Users", "userName", person.UserName), ""))
		if !answer.Accepted() {
			return answer
		}
		return s.create(ctx, s.Target, person)
	})
	if row.Requests < s.SyncPeople {
		row.Notes = append(row.Notes, fmt.Sprintf("stopped after %d of %d people", row.Requests, s.SyncPeople))
	}
	return nil
}
