package main

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// couple is a PostgreSQL and its standby, which change places.
type couple struct{ primary, standby *pgserver.Durable }

// failOver crashes the primary under load and promotes the standby. The servers find it, those that know both hosts and the
// one behind the cable, without anybody's help.
func (c *couple) failOver(d *drill, cable *cable, servers []*process) {
	d.t.Helper()
	c.primary.Stop("immediate")
	d.unready(servers[0], 10*time.Second)
	begun := time.Now()
	c.standby.Promote()
	promoted := time.Now()
	cable.plug(d.t, c.standby.URL)
	c.primary, c.standby = c.standby, c.primary
	d.serves(10 * time.Second)
	served := time.Now()
	for _, p := range servers {
		d.ready(p, 10*time.Second)
	}
	d.t.Logf("the standby is primary after %s, somebody is served %s later, all servers are ready %s later",
		promoted.Sub(begun).Round(time.Millisecond), served.Sub(promoted).Round(time.Millisecond), time.Since(promoted).Round(time.Millisecond))
}

// ready waits until a server says that it can serve.
func (d *drill) ready(p *process, within time.Duration) {
	d.t.Helper()
	require.Eventually(d.t, func() bool {
		status, _ := ask(d.t, "GET", p.url+"/readyz", "", "")
		return status == http.StatusOK
	}, within, 10*time.Millisecond, "it says that it can serve")
}

const (
	ownSessions = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
	deeds       = "SELECT COUNT(*) FROM audit_event"
)

// revive starts the old primary again, which knows nothing of another and takes changes. The servers are made to connect
// anew: none goes there, though it may be the first that their URL names.
func (c *couple) revive(d *drill) {
	d.t.Helper()
	old := c.standby
	old.Start()
	before := old.Count(deeds)
	for range 3 {
		c.primary.Run("SELECT pg_terminate_backend(pid) " + ownSessions)
		d.serves(10 * time.Second)
		assert.Zero(d.t, old.Count("SELECT COUNT(*) "+ownSessions+" AND wait_event = 'SyncRep'"), "changes that wait at the old primary")
	}
	assert.Equal(d.t, before, old.Count(deeds), "changes at the old primary")
	old.Stop("immediate")
}

// TestDrillFailOver crashes PostgreSQL under load and goes on with its synchronous standby, again and again (R11): what was
// acknowledged is there, the servers find the new primary by themselves, and none returns to the old one.
func TestDrillFailOver(t *testing.T) {
	first := pgserver.StartPrimary(t)
	postgres := &couple{first, first.Standby()}
	first.Synchronous()
	d := newDrill(t, pgserver.Either(t, first, postgres.standby))
	cable, near := newCable(t, first.URL)
	proxied := *d.shell
	proxied.database = near
	servers := []*process{d.spawn(anywhere), d.spawn(anywhere), proxied.spawn(anywhere)}
	d.admit(rounds(15, 60), servers...)
	enough, _ := d.load()
	for i := range rounds(1, 8) {
		if i > 0 {
			postgres.standby.Follow(postgres.primary)
			postgres.primary.Synchronous()
		}
		calm()
		postgres.failOver(d, cable, servers)
		postgres.revive(d)
	}
	enough()
	for _, p := range servers {
		d.audit(p)
	}
	assert.Zero(t, d.broken.Load(), "requests without an answer")
	assert.Empty(t, d.unkind, "failures that do not say when to come again")
	d.report()
}

// TestDrillFailOverFromASilentHost lets nothing through to a primary that goes on, as when its switch fails, and promotes the
// standby. Each new connection tries the silent host first.
func TestDrillFailOverFromASilentHost(t *testing.T) {
	longOnly(t)
	first := pgserver.StartPrimary(t)
	standby := first.Standby()
	first.Synchronous()
	d := newDrill(t, pgserver.Either(t, first, standby))
	cable, near := newCable(t, first.URL)
	at, err := url.Parse(near)
	require.NoError(t, err)
	beside, err := url.Parse(standby.URL)
	require.NoError(t, err)
	at.RawQuery = url.Values{"host": {at.Hostname() + "," + beside.Query().Get("host")}, "port": {at.Port() + ",5432"},
		"sslmode": {"disable"}, "target_session_attrs": {"read-write"}}.Encode()
	at.Host = ""
	d.database = at.String()
	servers := []*process{d.spawn(anywhere), d.spawn(anywhere)}
	d.admit(16, servers...)
	enough, _ := d.load()
	calm()
	cable.silent.Store(true)
	d.unready(servers[0], 10*time.Second)
	standby.Promote()
	begun := time.Now()
	d.serves(15 * time.Second)
	t.Logf("somebody is served %s after the promotion", time.Since(begun).Round(time.Millisecond))
	for _, p := range servers {
		d.ready(p, 15*time.Second)
	}
	t.Logf("all servers are ready %s after the promotion", time.Since(begun).Round(time.Millisecond))
	enough()
	standby.Run("SELECT pg_terminate_backend(pid) " + ownSessions)
	begun = time.Now()
	d.unready(servers[0], 10*time.Second)
	for _, p := range servers {
		d.ready(p, 15*time.Second)
	}
	t.Logf("servers without work find the new primary again after %s", time.Since(begun).Round(time.Millisecond))
	first.Stop("immediate")
	d.database = standby.URL
	d.audit(servers[0])
	assert.Zero(t, d.broken.Load(), "requests without an answer")
	assert.Empty(t, d.unkind, "failures that do not say when to come again")
	d.report()
}

// TestDrillFailOverBehind promotes a standby that was out of touch with a primary which did not wait for it. What it had not
// received is lost, and no more than that: what it has holds together, and the audit goes on from there.
func TestDrillFailOverBehind(t *testing.T) {
	longOnly(t)
	first := pgserver.StartPrimary(t)
	standby := first.Standby()
	d := newDrill(t, pgserver.Either(t, first, standby))
	p := d.spawn(anywhere)
	d.admit(16, p)
	work := func() {
		enough, _ := d.load()
		calm()
		enough()
	}
	work()
	d.audit(p)
	received := d.acknowledged.Load()
	require.Eventually(t, func() bool { return first.Count(deeds) == standby.Count(deeds) }, time.Minute, 10*time.Millisecond)
	lines := standby.Count(deeds)
	standby.Run("ALTER SYSTEM SET primary_conninfo = ''")
	standby.Run("SELECT pg_reload_conf()")
	require.Eventually(t, func() bool { return first.Count("SELECT COUNT(*) FROM pg_stat_replication") == 0 }, time.Minute, 10*time.Millisecond)
	work()
	lost := first.Count(deeds) - lines
	first.Stop("immediate")
	standby.Promote()
	d.ready(p, 15*time.Second)
	d.holdsTogether()
	assert.Equal(t, lines, standby.Count(deeds), "what had been received")
	code, _, log := d.run("audit", "verify")
	assert.Equal(t, exitDone, code, log)
	d.makeGroup(p, "Goes on")
	d.holdsTogether()
	t.Logf("%d were acknowledged before the standby was out of touch, %d after that: %d lines of audit are lost", received, d.acknowledged.Load()-received, lost)
	assert.Positive(t, lost)
}
