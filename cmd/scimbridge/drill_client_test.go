package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/scimbridge/scimbridge/bench/target"
)

// deed is what a client wants, once.
type deed struct {
	kind string // create, invite (a create at the other door), switch, or member
	user *ward
	// sent tells that it has gone out, and heard what came back last: 0 when nobody knows what became of it.
	sent  bool
	heard int
	since time.Time
}

// ward is a user as its client knows it: what was acknowledged, and no more. These lines are the ledger.
type ward struct {
	target.Identity
	id             string // empty: no create was acknowledged
	version        int
	active, member bool
}

// acknowledgement is a line of the ledger: a user as it has left it.
type acknowledgement struct {
	ward
	at time.Time
}

// patient is a client that sends one deed after the other, and each again until it is acknowledged.
type patient struct {
	of     *drill
	chance *rand.Rand
	names  target.Names
	wards  []*ward
	lines  []acknowledgement // of the ledger, in their order
	now    *deed             // that is not acknowledged yet; nil when everything is
	doors  []door
	at     int // of doors: where it knocks
}

// door is a server, with a connection of the client's own.
type door struct{ scim, rest *target.Target }

// tally is what the clients met with.
type tally struct {
	acknowledged, unknown, refused, broken atomic.Int64
	full                                   atomic.Int64 // refused because the disk is full
	mu                                     sync.Mutex
	longest                                time.Duration // from a deed's first try to its acknowledgement
	wrong                                  []string
	unkind                                 []string // failures other than a 503 that says when to come again
}

func (t *tally) finds(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
}

func (t *tally) meets(unkind error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unkind = append(t.unkind, unkind.Error())
}

func (t *tally) lasted(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.longest = max(t.longest, d)
}

// work goes on until enough is closed, and then finishes what it has begun. It gives up when ctx ends.
func (c *patient) work(ctx context.Context, enough <-chan struct{}) {
	for ctx.Err() == nil {
		select {
		case <-enough:
			if c.now == nil {
				return
			}
		default:
		}
		if c.now == nil {
			c.now = c.next()
		}
		c.try(ctx)
	}
}

// next draws a deed.
func (c *patient) next() *deed {
	draw := c.chance.IntN(10)
	if len(c.wards) == 0 || draw < 4 {
		made := &ward{Identity: c.names.Person(len(c.wards)), active: true}
		c.wards = append(c.wards, made)
		return &deed{kind: []string{"create", "invite"}[draw%2], user: made}
	}
	return &deed{kind: []string{"switch", "member"}[draw%2], user: c.wards[c.chance.IntN(len(c.wards))]}
}

// answerTime is how long a client waits for an answer, and pause before it tries again.
const (
	answerTime = 30 * time.Second
	pause      = 5 * time.Millisecond
)

// errDark is what becomes of an answer after the power was cut: it may tell of what is lost.
var errDark = errors.New("the power is cut")

// try sends the deed once and makes of the answer what a good client makes of it.
func (c *patient) try(ctx context.Context) {
	d := c.now
	if !d.sent {
		d.since = time.Now()
	}
	bounded, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	id, version, err := c.send(bounded, d)
	if c.of.dark.Load() {
		err = errDark
	}
	answer, answered := errors.AsType[*target.StatusError](err)
	switch {
	case err == nil:
		if c.of.twice {
			c.repeat(bounded, d, id, version)
		}
		c.acknowledged(d, id, version)
		return
	case !answered && errors.Is(err, syscall.ECONNREFUSED) && d.kind == "invite":
		// net/http sends what bears an Idempotency-Key again by itself when its connection breaks, and tells of the second
		// try only: the first may have been done.
		d.heard = 0
		c.of.unknown.Add(1)
	case !answered && errors.Is(err, syscall.ECONNREFUSED):
		// It never got there, and what was heard before still holds.
		if !d.sent {
			d.heard = http.StatusServiceUnavailable
		}
	case !answered:
		d.heard = 0
		c.of.unknown.Add(1)
		c.of.broken.Add(1)
	case answer.Status == http.StatusConflict && strings.Contains(answer.Body, "idempotency_in_progress"):
	case answer.Status == http.StatusConflict && d.sent && strings.Contains("create invite", d.kind):
		c.lookUp(bounded, d)
		return
	case answer.Status/100 == 5 || answer.Status == http.StatusTooManyRequests:
		if answer.Status == http.StatusInsufficientStorage {
			c.of.full.Add(1)
		}
		if answer.Status != http.StatusServiceUnavailable || answer.RetryAfter == "" {
			c.of.meets(answer)
		}
		if strings.Contains(answer.Body, "did not say whether") {
			d.heard = 0
			c.of.unknown.Add(1)
		} else if !d.sent || d.heard != 0 {
			d.heard = answer.Status
			c.of.refused.Add(1)
		}
	default:
		c.of.finds("%s of %s: %v", d.kind, d.user.UserName, err)
		c.now = nil
		return
	}
	d.sent = true
	c.at = (c.at + 1) % len(c.doors)
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// send sends the deed and gives the id and the version that the answer tells, as far as it does.
func (c *patient) send(ctx context.Context, d *deed) (id string, version int, err error) {
	var told struct {
		ID       string `json:"id"`
		PersonID string `json:"PersonId"`
		Version  int
		Meta     struct {
			Version string `json:"version"`
		} `json:"meta"`
	}
	at, call := c.doors[c.at].scim, target.Call{Method: http.MethodPatch, Path: "/Users/" + d.user.id}
	var into any = &told
	switch d.kind {
	case "create":
		call = target.Call{Method: http.MethodPost, Path: "/Users", Body: d.user.Create()}
	case "invite":
		at, call = c.doors[c.at].rest, target.Call{Method: http.MethodPost, Path: "/Common/Persons", Body: d.user.CreateNative(),
			Header: map[string]string{"Idempotency-Key": d.user.Number}}
	case "switch":
		call.Body = target.OktaActive(!d.user.active)
	case "member":
		call.Path, into = "/Groups/"+c.of.group, nil
		if call.Body = target.AddMembers(d.user.id); d.user.member {
			call.Body = []byte(strings.Replace(patchOp("remove", `members[value eq \"`+d.user.id+`\"]`, "0"), `,"value":0`, "", 1))
		}
	}
	if err := at.Fetch(ctx, call, into); err != nil {
		return "", 0, err
	}
	version = told.Version
	if told.Meta.Version != "" {
		_, _ = fmt.Sscanf(told.Meta.Version, `W/"%d"`, &version)
	}
	return told.ID + told.PersonID, version, nil
}

// repeat sends what was acknowledged once more, as a client does that lost the answer: it changes nothing.
func (c *patient) repeat(ctx context.Context, d *deed, id string, version int) {
	againID, againVersion, err := c.send(ctx, d)
	answer, answered := errors.AsType[*target.StatusError](err)
	switch {
	case err == nil && d.kind != "create" && againID == id && againVersion == version:
	case answered && d.kind == "create" && answer.Status == http.StatusConflict:
	default:
		c.of.finds("%s of %s once more: %v, version %d of %q instead of %d of %q", d.kind, d.user.UserName, err, againVersion, againID, version, id)
	}
}

// acknowledged puts into the ledger what the answer promises.
func (c *patient) acknowledged(d *deed, id string, version int) {
	want := d.user.version + 1
	switch d.kind {
	case "create", "invite":
		d.user.id = id
	case "switch":
		d.user.active = !d.user.active
	case "member":
		d.user.member, version, want = !d.user.member, d.user.version, d.user.version
	}
	if version != want || d.user.id == "" {
		c.of.finds("%s of %s is acknowledged as version %d of %q, not %d", d.kind, d.user.UserName, version, id, want)
	}
	d.user.version = version
	c.lines = append(c.lines, acknowledgement{*d.user, time.Now()})
	c.of.acknowledged.Add(1)
	c.of.lasted(time.Since(d.since))
	c.now = nil
}

// lookUp is what connectors do when a create that they repeat meets a conflict: they look whether it was theirs. That may
// only be when nobody had said that it failed.
func (c *patient) lookUp(ctx context.Context, d *deed) {
	page, err := c.doors[c.at].scim.Get(ctx, target.Filter("/Users", "userName", d.user.UserName))
	switch {
	case err != nil, c.of.dark.Load():
		return // and the deed is tried again
	case page.Total != 1:
		c.of.finds("the create of %s met a conflict, but there are %d of that name", d.user.UserName, page.Total)
		c.now = nil
	case d.heard != 0:
		c.of.finds("the create of %s had been refused with %d, but was done", d.user.UserName, d.heard)
		c.now = nil
	default:
		c.acknowledged(d, page.Resources[0].ID, 1)
	}
}
