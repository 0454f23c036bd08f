package workload

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/target"
)

func getByID(ctx context.Context, s *Stage) (load.Request, error) {
	people, err := s.sample(ctx)
	return about(people, func(p *target.Person) target.Call { return get("/Users/"+p.ID, p.ID) }, s.Target), err
}

func userNameEq(ctx context.Context, s *Stage) (load.Request, error) {
	return lookup(ctx, s, "userName", func(p *target.Person) string { return p.UserName })
}

func externalIDEq(ctx context.Context, s *Stage) (load.Request, error) {
	return lookup(ctx, s, "externalId", func(p *target.Person) string { return p.ExternalID })
}

func emailEq(ctx context.Context, s *Stage) (load.Request, error) {
	return lookup(ctx, s, `emails[type eq "work"].value`, func(p *target.Person) string { return p.Email })
}

// lookup asks for people by an attribute that those of the sample have.
func lookup(ctx context.Context, s *Stage, attribute string, value func(*target.Person) string) (load.Request, error) {
	people, err := s.sample(ctx)
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(slices.Clone(people), func(p *target.Person) bool { return value(p) == "" })
	if len(people) == 0 {
		return nil, fmt.Errorf("nobody of the sample has %s", attribute)
	}
	return about(people, func(p *target.Person) target.Call {
		return get(target.Filter("/Users", attribute, value(p)), p.ID)
	}, s.Target), nil
}

func get(path, expect string) target.Call {
	return target.Call{Method: http.MethodGet, Path: path, Expect: expect}
}

// page is the number of resources on a page.
const page = 100

func pageFirst(_ context.Context, s *Stage) (load.Request, error) {
	return s.getAll(target.Users(1, page)), nil
}

// pageDeep reads pages one after the other from 90 % of the list, as a connector
// does that imports everybody.
func pageDeep(ctx context.Context, s *Stage) (load.Request, error) {
	total, err := s.Target.Total(ctx, "/Users")
	if err != nil {
		return nil, err
	}
	var paths []string
	for index := total*9/10 + 1; index+page <= max(total*95/100, total*9/10+1+page); index += page {
		paths = append(paths, target.Users(index, page))
	}
	return s.getAll(paths...), nil
}

func cursorFirst(ctx context.Context, s *Stage) (load.Request, error) {
	return s.getAll(target.UsersAt("", page)), s.needCursors(ctx)
}

// cursorDeep walks to 90 % of the list and measures the pages up to 95 %.
func cursorDeep(ctx context.Context, s *Stage) (load.Request, error) {
	if err := s.needCursors(ctx); err != nil {
		return nil, err
	}
	var paths []string
	for cursor, seen := "", 0; ; {
		answer, err := s.Target.Get(ctx, target.UsersAt(cursor, page))
		if err != nil {
			return nil, err
		}
		seen += len(answer.Resources)
		if seen > answer.Total*9/10 {
			paths = append(paths, target.UsersAt(cursor, page))
		}
		cursor = answer.Next
		if cursor == "" || seen > answer.Total*95/100 {
			break
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("the cursors ended before 90 % of the list")
	}
	return s.getAll(paths...), nil
}

func (s *Stage) needCursors(ctx context.Context) error {
	if !s.Target.Config(ctx).Pagination.Cursor {
		return errors.New("the server does not announce cursor paging")
	}
	return nil
}

// getAll asks for the paths in turn.
func (s *Stage) getAll(paths ...string) load.Request {
	return func(ctx context.Context, n int) load.Answer {
		return s.Target.Send(ctx, get(paths[n%len(paths)], ""))
	}
}
