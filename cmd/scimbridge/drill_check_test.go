package main

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/target"
)

// halves count what is half done, or done twice, in a tenant of which a drill knows all requests. A person's version is
// the number of acts on it, each of which left a line of audit and an event.
var halves = []struct{ promise, query string }{
	{"each version of a person has its line of audit", `SELECT COUNT(*) FROM person p LEFT JOIN
		(SELECT person_id AS who, COUNT(*) AS lines FROM audit_event WHERE tenant_id = %[1]s GROUP BY person_id) a ON a.who = p.person_id
		WHERE p.version <> COALESCE(a.lines, 0) AND p.tenant_id = %[1]s`},
	{"each person has its access", `SELECT COUNT(*) FROM person p WHERE NOT EXISTS (SELECT 1 FROM user_access a WHERE a.tenant_id = p.tenant_id AND a.person_id = p.person_id) AND p.tenant_id = %s`},
	{"a person is created once", `SELECT (SELECT COUNT(*) FROM person p WHERE p.tenant_id = e.tenant_id) - COUNT(DISTINCT person_id) + COUNT(*) - COUNT(DISTINCT person_id)
		FROM domain_event e WHERE type = 'PERSON_CREATED' AND tenant_id = %s GROUP BY tenant_id`},
	{"each invitation has one mail", `SELECT COUNT(*) FROM invitation i WHERE 1 <> (SELECT COUNT(*) FROM outbox o WHERE o.tenant_id = i.tenant_id AND o.person_id = i.person_id
		AND o.token_id = i.invitation_id) AND i.tenant_id = %s`},
	{"each version of a group has its line of audit", `SELECT COUNT(*) FROM permission_group g LEFT JOIN
		(SELECT group_id AS which, COUNT(*) AS lines FROM audit_event WHERE tenant_id = %[1]s GROUP BY group_id) a ON a.which = g.group_id
		WHERE g.version <> COALESCE(a.lines, 0) AND g.tenant_id = %[1]s`},
	{"lines of audit are numbered without gaps", `SELECT COUNT(*) - MAX(audit_index) FROM audit_event WHERE tenant_id = %s`},
	{"the kept numbers are true", `SELECT ABS(people - (SELECT COUNT(*) FROM person p WHERE p.tenant_id = h.tenant_id)) +
		ABS(users - (SELECT COUNT(*) FROM user_access a WHERE a.tenant_id = h.tenant_id)) FROM ledger_head h WHERE tenant_id = %s`},
}

// holdsTogether looks at the rows: nothing is half done. It needs no server.
func (d *drill) holdsTogether() {
	d.t.Helper()
	if strings.HasPrefix(d.database, sqlitePrefix) {
		var said string
		require.NoError(d.t, d.raw.QueryRow("PRAGMA integrity_check").Scan(&said))
		require.Equal(d.t, "ok", said)
		var broken int
		require.NoError(d.t, d.raw.QueryRow("SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(&broken))
		require.Zero(d.t, broken, "references that lead nowhere")
	}
	for _, row := range append(halves, untruths...) {
		var count int
		err := d.raw.QueryRow("SELECT COALESCE((" + fmt.Sprintf(row.query, idLiteral(d.tenant, strings.HasPrefix(d.database, sqlitePrefix))) + "), 0)").Scan(&count)
		require.NoError(d.t, err, row.promise)
		assert.Zero(d.t, count, row.promise)
	}
}

// standing is a user as the server shows it.
type standing struct {
	ID       string `json:"id"`
	UserName string `json:"userName"`
	Active   bool   `json:"active"`
	Meta     struct {
		Version string `json:"version"`
	} `json:"meta"`
	member bool
}

// audit compares the ledger with what the server shows, and holds the rows together. What is open may be done or not.
func (d *drill) audit(p *process) {
	d.t.Helper()
	d.holdsTogether()
	to := d.connect(p).scim
	users := d.everybody(to)
	var group struct {
		Members []struct {
			Value string `json:"value"`
		} `json:"members"`
	}
	require.NoError(d.t, to.Fetch(d.t.Context(), target.Call{Method: "GET", Path: "/Groups/" + d.group}, &group))
	members := map[string]bool{}
	for _, member := range group.Members {
		members[member.Value] = true
	}
	require.Len(d.t, members, len(group.Members), "nobody is a member twice")
	for _, c := range d.clients {
		for _, w := range c.wards {
			found := users[w.UserName]
			delete(users, w.UserName)
			if found != nil {
				found.member = members[found.ID]
			}
			d.compare(c.now, w, found)
		}
	}
	assert.Empty(d.t, users, "users whom nobody made")
	assert.Empty(d.t, d.wrong)
	code, _, log := d.run("audit", "verify")
	assert.Equal(d.t, exitDone, code, log)
}

// everybody turns all pages.
func (d *drill) everybody(to *target.Target) map[string]*standing {
	d.t.Helper()
	users, cursor, count := map[string]*standing{}, "", 0
	for {
		var page struct {
			Total     int         `json:"totalResults"`
			Next      string      `json:"nextCursor"`
			Resources []*standing `json:"Resources"`
		}
		require.NoError(d.t, to.Fetch(d.t.Context(), target.Call{Method: "GET", Path: target.UsersAt(cursor, 200) + "&attributes=userName,active,meta"}, &page))
		for _, user := range page.Resources {
			require.NotContains(d.t, users, user.UserName, "there is one of each name")
			users[user.UserName] = user
		}
		if count += len(page.Resources); page.Next == "" {
			require.Equal(d.t, page.Total, count, "the total is what the pages hold")
			return users
		}
		cursor = page.Next
	}
}

// compare holds a user to its line of the ledger.
func (d *drill) compare(open *deed, w *ward, found *standing) {
	d.t.Helper()
	if open != nil && open.user != w {
		open = nil
	}
	if w.id == "" {
		made := found != nil
		assert.False(d.t, made && (open == nil || open.heard != 0), "%s was made, but that was never acknowledged: %+v", w.UserName, open)
		return
	}
	if !assert.NotNil(d.t, found, "%s was acknowledged and is lost", w.UserName) {
		return
	}
	want := []any{w.id, w.version, w.active, w.member}
	var version int
	_, err := fmt.Sscanf(found.Meta.Version, `W/"%d"`, &version)
	require.NoError(d.t, err, found.Meta.Version)
	got := []any{found.ID, version, found.Active, found.member}
	if open != nil && open.heard == 0 && open.sent && !assert.ObjectsAreEqual(want, got) {
		switch open.kind { // it was done after all, and wholly
		case "switch":
			want[1], want[2] = w.version+1, !w.active
		case "member":
			want[3] = !w.member
		}
	}
	assert.Equal(d.t, want, got, "%s, open: %+v", w.UserName, open)
}
