package pgserver

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// StartPrimary starts a durable server that may have standbys. It is spared the wait for the disk, which only a crash of the
// machine would need, and is skipped where StartDurable is.
func StartPrimary(t testing.TB) *Durable {
	t.Helper()
	return startOwn(t, "primary")
}

// Standby starts a server that follows this one by streaming, as a copy of it.
func (d *Durable) Standby() *Durable {
	d.t.Helper()
	at, err := start("standby", d.folder())
	if err != nil {
		d.t.Fatalf("no standby: %v", err)
	}
	return durable(d.t, at)
}

// Follow makes a standby of a server that is stopped. What it had is gone.
func (d *Durable) Follow(primary *Durable) { d.tell("follow " + primary.folder()) }

// Promote makes a standby a server of its own, and waits until it takes changes. It tells nobody.
func (d *Durable) Promote() { d.tell("promote") }

// Synchronous lets each commit wait from now on until a standby has it too, whether there is one or not. It needs one at first.
func (d *Durable) Synchronous() {
	d.t.Helper()
	d.Run("ALTER SYSTEM SET synchronous_standby_names = '*'")
	d.Run("SELECT pg_reload_conf()")
	for began := time.Now(); d.Count("SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			d.t.Fatal("no standby has come")
		}
	}
}

// Run runs a statement on this server, whichever others there are.
func (d *Durable) Run(statement string) {
	d.t.Helper()
	if err := execute(d.URL, statement); err != nil {
		d.t.Fatalf("%s: %v", statement, err)
	}
}

// Count asks this server for a number.
func (d *Durable) Count(query string) (count int) {
	d.t.Helper()
	if err := connected(d.URL, func(ctx context.Context, connection *pgx.Conn) error {
		return connection.QueryRow(ctx, query).Scan(&count)
	}); err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	return count
}

// Either is the URL of whichever of the servers takes changes.
func Either(t testing.TB, servers ...*Durable) string {
	t.Helper()
	var folders []string
	for _, each := range servers {
		folders = append(folders, each.folder())
	}
	at, err := url.Parse(servers[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	at.RawQuery = "host=" + strings.Join(folders, ",") + "&target_session_attrs=read-write"
	return at.String()
}

// folder is where the server's socket is.
func (d *Durable) folder() string {
	_, folder, _ := strings.Cut(d.URL, "host=")
	return folder
}
