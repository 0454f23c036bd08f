package pgserver

import (
	"fmt"
	"os"
	"testing"
)

// Durable is a server of a test's own that keeps what it has committed, also when it is stopped as by a crash. It lives in
// a temporary folder and ends with the test.
type Durable struct {
	URL string // of an empty database
	t   testing.TB
	at  server
}

// StartDurable starts one. It is skipped where the tests are given a server and there are no binaries of our own.
func StartDurable(t testing.TB) *Durable {
	t.Helper()
	return startOwn(t, "durable")
}

// StartDurableIn starts one whose files are below a folder that everybody may enter. What it begins with is not flushed.
func StartDurableIn(t testing.TB, folder string) *Durable {
	t.Helper()
	return startOwn(t, "durable", folder)
}

// startOwn starts a server of a test's own. The mode is one of the script.
func startOwn(t testing.TB, mode ...string) *Durable {
	t.Helper()
	if os.Getenv(setting) == "off" {
		t.Skipf("needs PostgreSQL, which %s=off leaves out", setting)
	}
	at, err := start(mode...)
	if err != nil && os.Getenv(setting) != "" {
		t.Skipf("needs a PostgreSQL server that it may crash, and %s gives one that it may not: %v", setting, err)
	}
	if err != nil {
		t.Fatalf("no PostgreSQL server of this test's own: %v", err)
	}
	return durable(t, at)
}

func durable(t testing.TB, at server) *Durable {
	t.Cleanup(func() {
		_ = at.stdin.Close() // which is what stops it
		for at.output.Scan() {
		}
	})
	return &Durable{URL: at.url, t: t, at: at}
}

// Stop stops the server; the mode is one of pg_ctl: "fast" ends sessions and writes all down, "immediate" is a crash.
func (d *Durable) Stop(mode string) { d.tell("stop " + mode) }

// Start starts it again, and waits until it answers.
func (d *Durable) Start() { d.tell("start") }

func (d *Durable) tell(what string) {
	d.t.Helper()
	if _, err := fmt.Fprintln(d.at.stdin, what); err != nil {
		d.t.Fatalf("tell PostgreSQL to %s: %v", what, err)
	}
	if !d.at.output.Scan() || d.at.output.Text() != "done" {
		d.t.Fatalf("PostgreSQL did not %s: %s", what, d.at.output.Text())
	}
}
