package workload

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/target"
)

// crowd is a group made for a workload.
type crowd struct {
	id      string
	members int // how many it was filled with
}

// addMost bounds how many members a workload adds, so that a small group is still
// one at the end.
const addMost = 2000

// fillStep is how many members a request adds to fill a group.
const fillStep = 1000

// crowd returns the group of a size, made once.
func (s *Stage) crowd(ctx context.Context, size int, ids []string) (*crowd, error) {
	if made := s.crowds[size]; made != nil {
		return made, nil
	}
	name := fmt.Sprintf("%s group of %d", s.Names.Seed, size)
	made, err := s.makeGroup(ctx, name, ids[:size])
	if err != nil {
		return nil, err
	}
	if s.crowds == nil {
		s.crowds = make(map[int]*crowd)
	}
	s.crowds[size] = made
	return made, nil
}

// makeGroup creates an empty group and adds members step by step, as Entra does.
func (s *Stage) makeGroup(ctx context.Context, name string, ids []string) (*crowd, error) {
	var created struct {
		ID string `json:"id"`
	}
	call := target.Call{Method: http.MethodPost, Path: "/Groups", Body: target.Group(name, nil)}
	if err := s.Target.Fetch(ctx, call, &created); err != nil {
		return nil, err
	}
	for step := range slices.Chunk(ids, fillStep) {
		if err := s.Target.Fetch(ctx, patchGroup(created.ID, step...), nil); err != nil {
			return nil, err
		}
	}
	return &crowd{id: created.ID, members: len(ids)}, nil
}

func patchGroup(id string, members ...string) target.Call {
	return target.Call{Method: http.MethodPatch, Path: "/Groups/" + id, Body: target.AddMembers(members...)}
}

// ids returns the ids of so many people, and fails if there are fewer.
func (s *Stage) ids(ctx context.Context, want int) ([]string, error) {
	ids, err := s.Target.IDs(ctx, want)
	if err == nil && len(ids) < want {
		err = fmt.Errorf("needs %d people, and there are %d", want, len(ids))
	}
	return ids, err
}

// addMember adds one person a request, each another, all to one group.
func addMember(size int) run {
	return func(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
		ids, err := s.Target.IDs(ctx, size+addMost)
		if err != nil {
			return err
		}
		if len(ids) <= size {
			return fmt.Errorf("needs more than %d people, and there are %d", size, len(ids))
		}
		group, err := s.crowd(ctx, size, ids)
		if err != nil {
			return err
		}
		bound := s.Bound
		bound.Requests = len(ids) - size
		s.loop(ctx, w, row, bound, func(ctx context.Context, n int) load.Answer {
			return s.Target.Send(ctx, patchGroup(group.id, ids[size+n]))
		})
		group.members += row.Requests - int(row.Figures[report.Errors])
		return s.countMembers(ctx, group, row)
	}
}

// countMembers notes it as an error if a member was lost, which happens where a
// group is read, changed and written by several clients at once.
func (s *Stage) countMembers(ctx context.Context, group *crowd, row *report.Row) error {
	var stored struct {
		Members []struct{} `json:"members"`
	}
	if err := s.Target.Fetch(ctx, get("/Groups/"+group.id, ""), &stored); err != nil {
		return err
	}
	if lost := group.members - len(stored.Members); lost != 0 {
		row.Set(report.Errors, row.Figures[report.Errors]+float64(max(lost, -lost)))
		row.Notes = append(row.Notes, fmt.Sprintf("the group has %d members, not %d", len(stored.Members), group.members))
		group.members = len(stored.Members)
	}
	return nil
}

func groupWithout(size int) prepare {
	return func(ctx context.Context, s *Stage) (load.Request, error) {
		group, err := s.filled(ctx, size)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, _ int) load.Answer {
			return s.Target.Send(ctx, get("/Groups/"+group.id+"?excludedAttributes=members", group.id))
		}, nil
	}
}

func groupWith(size int) prepare {
	return func(ctx context.Context, s *Stage) (load.Request, error) {
		group, err := s.filled(ctx, size)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, _ int) load.Answer {
			return s.Target.Send(ctx, get("/Groups/"+group.id, ""))
		}, nil
	}
}

// filled returns the group of a size, made if no other workload has.
func (s *Stage) filled(ctx context.Context, size int) (*crowd, error) {
	if made := s.crowds[size]; made != nil {
		return made, nil
	}
	ids, err := s.ids(ctx, size)
	if err != nil {
		return nil, err
	}
	return s.crowd(ctx, size, ids)
}

// puts is how often a large group is replaced, and putPatience for how long.
const (
	puts        = 6
	putPatience = time.Minute
)

// putGroup replaces a group's members by others of the same number, a tenth of
// whom are new each time, where there are people enough.
func putGroup(size int) run {
	return func(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
		ids, err := s.Target.IDs(ctx, size+size/10)
		if err != nil {
			return err
		}
		if len(ids) < size {
			return fmt.Errorf("needs %d people, and there are %d", size, len(ids))
		}
		name := fmt.Sprintf("%s group to replace", s.Names.Seed)
		group, err := s.makeGroup(ctx, name, nil)
		if err != nil {
			return err
		}
		bodies := [2][]byte{target.Group(name, ids[:size]), target.Group(name, ids[len(ids)-size:])}
		var sent atomic.Int64
		s.loop(ctx, w, row, load.Bound{Requests: puts, Time: putPatience}, func(ctx context.Context, _ int) load.Answer {
			body := bodies[sent.Add(1)%2]
			return s.Target.Send(ctx, target.Call{Method: http.MethodPut, Path: "/Groups/" + group.id, Body: body})
		})
		group.members = size
		return s.countMembers(ctx, group, row)
	}
}
