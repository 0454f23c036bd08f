package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/target"
)

// TestDrillMemory gives a server little memory while a large group is read whole by several clients at once, replaced, and
// its people turned page by page, beside small requests of another tenant (R24). It lives, answers or says when to come
// again, and the ledger is true.
func TestDrillMemory(t *testing.T) {
	if raced {
		t.Skip("needs a build without the race detector, which takes many times the memory")
	}
	little := rounds(160, 256) // MB: half for Go, and of the rest SQLite takes 9 for each of six connections
	d := newDrill(t, "")
	c := &crowd{t: t, statuses: map[string]int{}}
	d.object("tenant", "create", "--slug", "crowd")
	c.token = d.object("credential", "create", "--tenant", "crowd", "--name", "okta", "--kind", "scim")["Token"].(string)
	roomy := d.spawn(anywhere)
	c.fill(roomy, rounds(3_000, 100_000))
	roomy.signal(syscall.SIGTERM)
	require.Equal(t, exitDone, roomy.ends(30*time.Second), roomy.lastWords())

	pen := newPen(t, little<<20)
	d.env = append(d.env, fmt.Sprintf("GOMEMLIMIT=%dMiB", little/2), "GOMAXPROCS=2")
	p := d.spawn(anywhere, pen.enter()...)
	d.admit(8, p)
	enough, _ := d.load()
	c.crush(p, time.Duration(rounds(2, 60))*time.Second)
	enough()
	peak := pen.holds()
	d.audit(p)
	c.stands()
	t.Logf("of %d MB: most at once %s, resident %s; answers to large requests %v, longest %s",
		little, peak, residentPeak(t, p), c.statuses, c.longest.Round(time.Millisecond))
	d.report()
}

// crowd is a group with very many members, in a tenant of their own.
type crowd struct {
	t            testing.TB
	token, group string // the group's id
	ids          []string
	at           *target.Target

	mu       sync.Mutex
	statuses map[string]int
	longest  time.Duration
	wrong    []string
}

// ask connects to a server.
func (c *crowd) ask(p *process) {
	c.t.Helper()
	var err error
	c.at, err = target.New(p.url+"/scim/v2", c.token, target.SCIM)
	require.NoError(c.t, err)
	c.t.Cleanup(c.at.Close)
}

// fill makes so many people and the group of all of them.
func (c *crowd) fill(p *process, size int) {
	c.t.Helper()
	c.ask(p)
	require.NoError(c.t, target.Filler{Target: c.at, Names: target.Names{Seed: "crowd"}, Connections: 4}.People(c.t.Context(), size))
	var err error
	c.ids, err = c.at.IDs(c.t.Context(), size)
	require.NoError(c.t, err)
	var made struct {
		ID string `json:"id"`
	}
	require.NoError(c.t, c.at.Fetch(c.t.Context(), target.Call{Method: http.MethodPost, Path: "/Groups", Body: target.Group("Crowd", c.ids)}, &made))
	c.group = made.ID
}

// crush sends large requests for so long, and waits for all answers.
func (c *crowd) crush(p *process, long time.Duration) {
	c.t.Helper()
	c.ask(p)
	until, cancel := context.WithTimeout(c.t.Context(), long)
	defer cancel()
	var working sync.WaitGroup
	work := func(clients int, next func(n int) target.Call) {
		for range clients {
			working.Go(func() { c.repeat(until, next) })
		}
	}
	path := "/Groups/" + c.group
	work(rounds(8, 16), func(int) target.Call { return target.Call{Method: http.MethodGet, Path: path} })
	work(4, func(n int) target.Call {
		return target.Call{Method: http.MethodGet, Path: target.Users(1+n*100%len(c.ids), 100)}
	})
	work(1, func(n int) target.Call {
		return target.Call{Method: http.MethodPut, Path: path, Body: target.Group("Crowd", c.ids[n%2:])} // with the first member and without
	})
	working.Wait()
}

// repeat sends one call after the other. Each is answered, or refused with a word on when to come again.
func (c *crowd) repeat(until context.Context, next func(n int) target.Call) {
	for n := 0; until.Err() == nil; n++ {
		call, begun := next(n), time.Now()
		answer := c.at.Send(context.WithoutCancel(until), call)
		c.note(call.Method, answer, time.Since(begun))
		if !answer.Accepted() {
			time.Sleep(pause)
		}
	}
}

func (c *crowd) note(method string, answer load.Answer, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statuses[fmt.Sprint(method, " ", answer.Status)]++
	c.longest = max(c.longest, took)
	if !answer.Accepted() && !(answer.Refused() && answer.RetryAfter) {
		c.wrong = append(c.wrong, answer.Detail)
	}
}

// stands looks whether everybody got an answer that may be, and whether the group is as a last PUT leaves it.
func (c *crowd) stands() {
	c.t.Helper()
	assert.Empty(c.t, c.wrong)
	assert.Positive(c.t, c.statuses["GET 200"])
	assert.Positive(c.t, c.statuses["PUT 200"])
	path := "/Groups/" + c.group
	require.NoError(c.t, c.at.Fetch(c.t.Context(), target.Call{Method: http.MethodPut, Path: path, Body: target.Group("Crowd", c.ids)}, nil))
	var group struct {
		Members []struct {
			Value string `json:"value"`
		} `json:"members"`
	}
	require.NoError(c.t, c.at.Fetch(c.t.Context(), target.Call{Method: http.MethodGet, Path: path}, &group))
	found := make([]string, len(group.Members))
	for i, member := range group.Members {
		found[i] = member.Value
	}
	assert.Equal(c.t, sorted(c.ids), sorted(found))
}
