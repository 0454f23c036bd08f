package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/target"
	"github.com/scimbridge/scimbridge/credential"
)

// drill is a server or two as processes, clients that keep a ledger of what was acknowledged to them, and a look at what
// stands after something went wrong. docs/drills.md tells what each of the drills shows.
type drill struct {
	*shell
	tally
	raw         *sql.DB // the same database
	scim, rest  string  // tokens
	tenant      uuid.UUID
	group       string // its id
	clients     []*patient
	twice       bool        // what was acknowledged is sent once more
	dark        atomic.Bool // the power is cut: nobody hears what is answered now
	connections []*target.Target
}

// newDrill prepares a database, "" for one in an SQLite file, with a tenant and a group. It starts no server.
func newDrill(t *testing.T, database string) *drill {
	t.Helper()
	d := &drill{shell: newShell(t)}
	if database != "" {
		d.database = database
	}
	d.env = []string{"SCIMBRIDGE_KEY=" + credential.NewKey().Line()}
	d.tenant = uuid.MustParse(d.object("tenant", "create", "--slug", "acme")["TenantId"].(string))
	d.scim = d.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim")["Token"].(string)
	d.rest = d.object("credential", "create", "--tenant", "acme", "--name", "hr", "--kind", "rest")["Token"].(string)
	d.look()
	return d
}

// look opens the database beside the servers.
func (d *drill) look() {
	d.t.Helper()
	driver, source := "pgx", d.database
	if file, is := strings.CutPrefix(d.database, sqlitePrefix); is {
		driver, source = "sqlite", "file:"+file+"?_busy_timeout=5000"
	}
	var err error
	d.raw, err = sql.Open(driver, source)
	require.NoError(d.t, err)
	d.t.Cleanup(func() {
		for _, connection := range d.connections {
			connection.Close()
		}
		assert.NoError(d.t, d.raw.Close())
	})
}

// connect makes connections of their own to a server.
func (d *drill) connect(p *process) door {
	d.t.Helper()
	scim, err := target.New(p.url+"/scim/v2", d.scim, target.SCIM)
	require.NoError(d.t, err)
	rest, err := target.New(p.url+"/api/v1", d.rest, target.JSON)
	require.NoError(d.t, err)
	d.connections = append(d.connections, scim, rest)
	return door{scim, rest}
}

// admit lets clients in, who know all the servers. The group that they change is made first.
func (d *drill) admit(clients int, servers ...*process) {
	d.t.Helper()
	d.group = d.makeGroup(servers[0], "Staff")
	for i := range clients {
		c := &patient{of: d, at: i % len(servers), names: target.Names{Seed: fmt.Sprintf("c%02d", i)}, chance: rand.New(rand.NewPCG(uint64(i), rand.Uint64()))}
		for _, p := range servers {
			c.doors = append(c.doors, d.connect(p))
		}
		d.clients = append(d.clients, c)
	}
}

func (d *drill) makeGroup(p *process, name string, members ...string) (id string) {
	d.t.Helper()
	var made struct {
		ID string `json:"id"`
	}
	require.NoError(d.t, d.connect(p).scim.Fetch(d.t.Context(), target.Call{Method: "POST", Path: "/Groups", Body: target.Group(name, members)}, &made))
	return made.ID
}

// load lets all clients work until enough is called, which waits until each has what it wanted; or until gone is called,
// which leaves open what nobody answers any more.
func (d *drill) load() (enough, gone func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	full := make(chan struct{})
	var working sync.WaitGroup
	for _, c := range d.clients {
		working.Go(func() { c.work(ctx, full) })
	}
	var once sync.Once
	enough = func() { once.Do(func() { close(full) }); working.Wait() }
	d.t.Cleanup(func() { cancel(); working.Wait() })
	return enough, func() { cancel(); working.Wait() }
}

// settle lets the clients finish what is open.
func (d *drill) settle() {
	d.t.Helper()
	enough, _ := d.load()
	enough()
}

// between waits for a while that is a draw.
func between(least, most time.Duration) { time.Sleep(least + rand.N(most-least)) }

// report tells what a drill has seen.
func (d *drill) report() {
	d.t.Helper()
	found := "lost 0, doubled 0, half done 0"
	if d.t.Failed() {
		found = "see above for what is wrong"
	}
	d.t.Logf("acknowledged %d, refused %d, without an answer %d, longest %s; %s",
		d.acknowledged.Load(), d.refused.Load(), d.unknown.Load(), d.longest.Round(time.Millisecond), found)
	assert.Positive(d.t, d.acknowledged.Load(), "a drill without a deed shows nothing")
}
