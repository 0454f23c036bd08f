package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDrillBackup takes backups under load, restores each into an empty folder and starts a server there (R23). What was
// acknowledged before a backup began is there. What came later is there up to one moment and not beyond, for each client
// in the order in which it was done, and nothing is half done. The audit of it verifies. Revoked on demand, no token opens it.
func TestDrillBackup(t *testing.T) {
	d := newDrill(t, "")
	p := d.spawn(anywhere)
	d.admit(rounds(16, 32), p)
	enough, _ := d.load()
	type taken struct {
		file         string
		begun, ended time.Time
	}
	var list []taken
	for i := range rounds(2, 6) {
		calm()
		b := taken{file: filepath.Join(d.folder, fmt.Sprint("backup", i)), begun: time.Now()}
		code, _, log := d.run("backup", b.file)
		require.Equal(t, exitDone, code, log)
		b.ended = time.Now()
		list = append(list, b)
	}
	calm()
	enough()
	for i, b := range list {
		begun := time.Now()
		r := d.restored(b.file)
		server := r.spawn(anywhere)
		took := time.Since(begun)
		r.holdsTogether()
		later := d.upTo(b.begun, r, server)
		code, _, log := r.run("audit", "verify")
		assert.Equal(t, exitDone, code, log)
		t.Logf("backup %d took %s beside the load; restored and ready in %s, with %d of what was acknowledged since it began", i,
			b.ended.Sub(b.begun).Round(time.Millisecond), took.Round(time.Millisecond), later)
		server.kill()
		if i < len(list)-1 {
			require.NoError(t, os.Remove(b.file))
		}
		require.NoError(t, r.raw.Close())
		require.NoError(t, os.RemoveAll(r.folder), "disks of workshops are small")
	}
	d.revoked(list[len(list)-1].file)
	d.audit(p)
	assert.Less(t, d.longest, 5*time.Second, "nobody waits for a backup")
	d.report()
}

// restored is the same drill on a database that is restored from a backup, in a folder that is empty before.
func (d *drill) restored(backup string, how ...string) *drill {
	d.t.Helper()
	r := &drill{shell: newShell(d.t), scim: d.scim, rest: d.rest, tenant: d.tenant, group: d.group}
	r.env = d.env
	code, _, log := r.run(append([]string{"restore", backup}, how...)...) // long work tells of itself
	require.Equal(d.t, exitDone, code, log)
	r.look()
	return r
}

// upTo demands of the restored server that each client finds what it did up to some moment, which is not before the
// backup began, and nothing beyond. It tells how much of it was acknowledged after that.
func (d *drill) upTo(begun time.Time, r *drill, server *process) (later int) {
	d.t.Helper()
	users, members := r.everybody(r.connect(server).scim), map[string]bool{}
	for _, id := range r.members(server) {
		members[id] = true
	}
	known := 0
	for _, c := range d.clients {
		states, differs := map[string]string{}, map[string]bool{}
		for _, w := range c.wards {
			if found := users[w.UserName]; found != nil {
				known++
				found.member = members[found.ID]
				states[w.UserName] = fmt.Sprint(found.ID, found.Meta.Version, found.Active, found.member)
				differs[w.UserName] = true
			}
		}
		must := sort.Search(len(c.lines), func(i int) bool { return c.lines[i].at.After(begun) })
		at := -1
		for i := 0; ; i++ { // what the client knew when it had written so many lines
			if i >= must && len(differs) == 0 {
				at = i
			}
			if i == len(c.lines) {
				break
			}
			l := c.lines[i]
			delete(differs, l.UserName)
			if states[l.UserName] != fmt.Sprint(l.id, fmt.Sprintf(`W/"%d"`, l.version), l.active, l.member) {
				differs[l.UserName] = true
			}
		}
		if assert.GreaterOrEqual(d.t, at, 0, "at no moment since the backup began was it as the backup has it: %v of %d lines, %d before", c.names, len(c.lines), must) {
			later += at - must
		}
	}
	assert.Equal(d.t, known, len(users), "users whom nobody made")
	return later
}

// revoked restores a backup so that nothing opens it that was given out.
func (d *drill) revoked(backup string) {
	d.t.Helper()
	r := d.restored(backup, "--revoke")
	server := r.spawn(anywhere)
	for path, token := range map[string]string{"/scim/v2/Users": d.scim, "/api/v1/UserManagement/Users": d.rest} {
		status, body := ask(d.t, "GET", server.url+path, token, "")
		assert.Equal(d.t, http.StatusUnauthorized, status, body)
	}
	var open int
	require.NoError(d.t, r.raw.QueryRow("SELECT COUNT(*) FROM invitation WHERE status = 'Pending' AND tenant_id = "+idLiteral(d.tenant, true)).Scan(&open))
	assert.Zero(d.t, open, "invitations that can be accepted")
	r.holdsTogether()
	r.scim = r.object("credential", "create", "--tenant", "acme", "--name", "okta", "--kind", "scim")["Token"].(string)
	assert.NotEmpty(d.t, r.everybody(r.connect(server).scim), "a new token opens it")
	assert.False(d.t, strings.Contains(server.log.String(), `"level":"ERROR"`), server.lastWords())
}
