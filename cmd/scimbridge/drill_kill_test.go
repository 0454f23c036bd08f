package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/target"
	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// anywhere is an address that is free.
const anywhere = "127.0.0.1:0"

// A round of a drill lasts so long before something goes wrong, at least and at most.
func calm() { between(200*time.Millisecond, time.Duration(rounds(600, 4000))*time.Millisecond) }

// TestDrillKill kills the server under load, again and again (R1): what was acknowledged is there, once and whole, and
// what was not is wholly there or not at all.
func TestDrillKill(t *testing.T) {
	d := newDrill(t, "")
	p := d.spawn(anywhere)
	d.admit(rounds(16, 64), p)
	for range rounds(2, 20) {
		_, gone := d.load()
		calm()
		p.kill()
		gone()
		d.holdsTogether()
		p = d.spawn(p.address())
		assert.Less(t, p.took, 3*time.Second, "ready again")
		d.audit(p)
	}
	d.settle()
	d.audit(p)
	d.report()
}

// TestDrillKillReplica kills one of two servers on one PostgreSQL database under load (R2): clients that try again find
// the other, and the ledger is true.
func TestDrillKillReplica(t *testing.T) {
	d := newDrill(t, pgserver.Fresh(t))
	servers := []*process{d.spawn(anywhere), d.spawn(anywhere)}
	d.admit(rounds(16, 64), servers...)
	enough, _ := d.load()
	for i := range rounds(2, 20) {
		calm()
		servers[i%2].kill()
		calm()
		servers[i%2] = d.spawn(servers[i%2].address())
	}
	enough()
	d.audit(servers[0])
	assert.Less(t, d.longest, 5*time.Second, "how long somebody had to try")
	d.report()
}

// TestDrillRollingStop stops two servers in turn, as an upgrade does (R21): nobody who got through to one is left without
// an answer.
func TestDrillRollingStop(t *testing.T) {
	d := newDrill(t, pgserver.Fresh(t))
	servers := []*process{d.spawn(anywhere), d.spawn(anywhere)}
	d.admit(rounds(16, 64), servers...)
	enough, _ := d.load()
	for i := range rounds(2, 20) {
		calm()
		servers[i%2].signal(syscall.SIGTERM)
		assert.Equal(t, exitDone, servers[i%2].ends(30*time.Second), servers[i%2].lastWords())
		servers[i%2] = d.spawn(servers[i%2].address())
	}
	enough()
	assert.Zero(t, d.broken.Load(), "requests without an answer")
	d.audit(servers[0])
	d.report()
}

// TestDrillPause lets one of two servers sleep in the middle of its work (R26): the other goes on, and what the sleeper
// does when it wakes agrees with the ledger.
func TestDrillPause(t *testing.T) {
	longOnly(t)
	d := newDrill(t, pgserver.Fresh(t))
	servers := []*process{d.spawn(anywhere), d.spawn(anywhere)}
	d.admit(32, servers...)
	enough, _ := d.load()
	calm()
	servers[0].signal(syscall.SIGSTOP)
	time.Sleep(30 * time.Second)
	servers[0].signal(syscall.SIGCONT)
	calm()
	enough()
	d.audit(servers[1])
	d.report()
}

// TestDrillKillInAGroup kills the server while it replaces the members of a large group (R20): the group has the old
// members or the new ones, and the same request sent again makes it the new ones.
func TestDrillKillInAGroup(t *testing.T) {
	size := rounds(600, 100_000)
	d := newDrill(t, "")
	p := d.spawn(anywhere)
	names := target.Names{Seed: "crowd"}
	require.NoError(t, target.Filler{Target: d.connect(p).scim, Names: names, Connections: 4}.People(t.Context(), size))
	ids, err := d.connect(p).scim.IDs(t.Context(), size)
	require.NoError(t, err)
	d.group = d.makeGroup(p, "Crowd", ids[:size/2]...)
	sides := [][]string{ids[:size/2], ids[size/2:], ids}
	replace := func(side int) error {
		return d.connect(p).scim.Fetch(t.Context(), target.Call{Method: "PUT", Path: "/Groups/" + d.group, Body: target.Group("Crowd", sides[side])}, nil)
	}
	begun := time.Now()
	require.NoError(t, replace(1))
	took := time.Since(begun)
	has := 1
	for i := range rounds(2, 9) {
		next := (has + 1) % len(sides)
		failed := make(chan error, 1)
		go func() { failed <- replace(next) }()
		time.Sleep(took * time.Duration(i+1) / time.Duration(rounds(2, 9)+1))
		p.kill()
		answered := <-failed == nil
		d.holdsTogether()
		p = d.spawn(p.address())
		now := d.members(p)
		if answered || !slices.Equal(now, sorted(sides[has])) {
			require.Equal(t, sorted(sides[next]), now, "neither the old members nor the new ones")
		}
		require.NoError(t, replace(next), "the same again")
		require.Equal(t, sorted(sides[next]), d.members(p))
		has = next
	}
	d.holdsTogether()
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// members are the ids of the group's members, sorted.
func (d *drill) members(p *process) (ids []string) {
	d.t.Helper()
	var group struct {
		Members []struct {
			Value string `json:"value"`
		} `json:"members"`
	}
	require.NoError(d.t, d.connect(p).scim.Fetch(d.t.Context(), target.Call{Method: "GET", Path: "/Groups/" + d.group}, &group))
	for _, member := range group.Members {
		ids = append(ids, member.Value)
	}
	slices.Sort(ids)
	return ids
}

// TestDrillKillInABulk kills the server in the middle of a Bulk (R20): a part of its operations is done, each of them
// wholly and in their order, and the same Bulk again does the rest.
func TestDrillKillInABulk(t *testing.T) {
	size := rounds(200, 500)
	d := newDrill(t, "")
	p := d.spawn(anywhere)
	bulk := func(seed string) (statuses []string, err error) {
		var answer struct {
			Operations []struct {
				Status string `json:"status"`
			} `json:"Operations"`
		}
		people := make([]target.Identity, size)
		for i := range people {
			people[i] = target.Names{Seed: seed}.Person(i)
		}
		err = d.connect(p).scim.Fetch(t.Context(), target.Call{Method: "POST", Path: "/Bulk", Body: target.Bulk(people)}, &answer)
		for _, operation := range answer.Operations {
			statuses = append(statuses, operation.Status)
		}
		return statuses, err
	}
	begun := time.Now()
	_, err := bulk("first")
	require.NoError(t, err)
	took := time.Since(begun)
	for i := range rounds(2, 9) {
		seed := fmt.Sprintf("bulk%d", i)
		failed := make(chan error, 1)
		go func() { _, err := bulk(seed); failed <- err }()
		time.Sleep(took * time.Duration(i+1) / time.Duration(rounds(2, 9)+1))
		p.kill()
		answer, answered := errors.AsType[*target.StatusError](<-failed)
		require.False(t, answered, "%v", answer)
		d.holdsTogether()
		p = d.spawn(p.address())
		done := d.everybody(d.connect(p).scim)
		statuses, err := bulk(seed)
		require.NoError(t, err, "the same again")
		want := make([]string, size)
		for n := range want {
			want[n] = "201"
			if done[target.Names{Seed: seed}.Person(n).UserName] != nil {
				want[n] = fmt.Sprint(http.StatusConflict)
			}
		}
		assert.Equal(t, want, statuses)
		assert.Len(t, d.everybody(d.connect(p).scim), size*(i+2))
	}
	d.holdsTogether()
}
