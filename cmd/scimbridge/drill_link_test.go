package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// TestDrillCommitWithoutAnswer cuts the connection to PostgreSQL between a commit and its answer, again and again (R14). The
// server says that nobody knows; whoever tries again finds what was done, and nothing is done twice.
func TestDrillCommitWithoutAnswer(t *testing.T) {
	d := newDrill(t, pgserver.Fresh(t))
	cable, near := newCable(t, d.database)
	d.database = near
	servers := []*process{d.spawn(anywhere), d.spawn(anywhere)}
	d.admit(rounds(16, 64), servers...)
	cable.cut.Store(7)
	enough, _ := d.load()
	time.Sleep(time.Duration(rounds(1, 60)) * time.Second)
	enough()
	cable.cut.Store(0)
	d.audit(servers[0])
	assert.Positive(t, d.unknown.Load(), "commits without an answer that a client waited for")
	assert.Zero(t, d.broken.Load(), "requests without an answer")
	t.Logf("%d commits lost their answer", cable.cuts.Load())
	d.report()
}

// TestDrillPostgresRestart stops PostgreSQL under load, in order and as by a crash, and starts it again (R10): what was
// acknowledged stands, and soon after the start everybody is served.
func TestDrillPostgresRestart(t *testing.T) {
	postgres := pgserver.StartDurable(t)
	d := newDrill(t, postgres.URL)
	servers := []*process{d.spawn(anywhere), d.spawn(anywhere)}
	d.admit(rounds(16, 64), servers...)
	enough, _ := d.load()
	for i := range rounds(2, 20) {
		calm()
		postgres.Stop([]string{"immediate", "fast"}[i%2])
		d.unready(servers[0], 10*time.Second)
		postgres.Start()
		d.serves(10 * time.Second)
	}
	enough()
	d.audit(servers[0])
	assert.Zero(t, d.broken.Load(), "requests without an answer")
	d.report()
}

// unready waits until the server says that it can't serve, and serves until somebody is served again.
func (d *drill) unready(p *process, within time.Duration) {
	d.t.Helper()
	require.Eventually(d.t, func() bool {
		status, _ := ask(d.t, "GET", p.url+"/readyz", "", "")
		return status == http.StatusServiceUnavailable
	}, within, 10*time.Millisecond, "it says that it can't serve")
}

func (d *drill) serves(within time.Duration) {
	d.t.Helper()
	served := d.acknowledged.Load()
	require.Eventually(d.t, func() bool { return d.acknowledged.Load() > served+int64(len(d.clients)) }, within, 10*time.Millisecond, "it serves again")
}

// TestDrillPartition lets nothing through between a server and PostgreSQL, at first without a word and then loudly (R12).
// Requests are answered all the same, the server says that it is not ready, and it serves again when the wire is whole.
func TestDrillPartition(t *testing.T) {
	longOnly(t)
	d := newDrill(t, pgserver.Fresh(t))
	cable, near := newCable(t, d.database)
	d.database = near
	p := d.spawn(anywhere)
	d.admit(32, p)
	enough, _ := d.load()
	for range 3 {
		calm()
		cable.silent.Store(true)
		d.unready(p, 10*time.Second)
		time.Sleep(5 * time.Second)
		cable.sever()
		d.serves(10 * time.Second)
		cable.sever()
		d.serves(10 * time.Second)
	}
	enough()
	d.audit(p)
	assert.Zero(t, d.broken.Load(), "requests without an answer")
	d.report()
}

// TestDrillSlowWire makes each answer of PostgreSQL late (R13): everybody is served, later or told to come again, and nothing
// hangs.
func TestDrillSlowWire(t *testing.T) {
	longOnly(t)
	d := newDrill(t, pgserver.Fresh(t))
	cable, near := newCable(t, d.database)
	d.database = near
	p := d.spawn(anywhere)
	d.admit(32, p)
	cable.lag.Store(int64(50 * time.Millisecond))
	enough, _ := d.load()
	time.Sleep(20 * time.Second)
	cable.lag.Store(0)
	enough()
	d.audit(p)
	assert.Zero(t, d.broken.Load(), "requests without an answer")
	d.report()
}
