package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drillVariable makes the drills long: many rounds, many clients, large groups. Without it they are a short slice.
const drillVariable = "SCIMBRIDGE_TEST_DRILL"

// rounds is how often a drill does what it does.
func rounds(short, long int) int {
	if os.Getenv(drillVariable) != "" {
		return long
	}
	return short
}

// longOnly leaves a drill that takes its time to make drill.
func longOnly(t *testing.T) {
	t.Helper()
	if os.Getenv(drillVariable) == "" {
		t.Skip("a long drill: see make drill")
	}
}

// process is a server as a process of its own.
type process struct {
	t       testing.TB
	command *exec.Cmd
	log     *lockedBuffer
	url     string // where it listens
	ended   chan struct{}
	took    time.Duration // until it listened
}

// spawn starts a server on an address, "127.0.0.1:0" for any, and waits until it listens. What is put before it runs it.
func (s *shell) spawn(address string, before ...string) *process {
	s.t.Helper()
	words := append(before, os.Args[0], "serve", "--listen", address, "--json", "--database", s.database, "--mail-spool", s.t.TempDir())
	p := &process{t: s.t, command: exec.Command(words[0], words[1:]...), log: new(lockedBuffer), ended: make(chan struct{})}
	p.command.Env = append(append(os.Environ(), childVariable+"=1"), s.env...)
	p.command.Stderr = p.log
	out, err := p.command.StdoutPipe()
	require.NoError(s.t, err)
	begun := time.Now()
	require.NoError(s.t, p.command.Start())
	s.t.Cleanup(p.end)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	p.took = time.Since(begun)
	go func() {
		_ = p.command.Wait() // how it ended is in its state
		close(p.ended)
	}()
	require.NoError(s.t, err, p.lastWords())
	var view struct{ Listen string }
	require.NoError(s.t, json.Unmarshal(line, &view), string(line))
	p.url = "http://" + view.Listen
	return p
}

// address is where it listens, for one that comes after it.
func (p *process) address() string { return p.url[len("http://"):] }

// kill ends it by force, as a power switch does, but for what the kernel has taken over already.
func (p *process) kill() { p.signal(syscall.SIGKILL); <-p.ended }

// raceReport is what the race detector says, as the first of what may be several.
var raceReport = regexp.MustCompile(`(?s)WARNING: DATA RACE.*?(={18}|$)`)

// end kills it at the end of a test, and tells of a race in it where the detector is built in: nobody reads the exit code
// of who is killed.
func (p *process) end() {
	p.kill()
	assert.Empty(p.t, raceReport.FindString(p.log.String()), "the server has no data race")
}

func (p *process) signal(what os.Signal) { _ = p.command.Process.Signal(what) } // it may have ended already

// ends waits for its end and gives the exit code.
func (p *process) ends(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(within):
		assert.Fail(p.t, "the server goes on and on", p.lastWords())
		p.kill()
	}
	return p.command.ProcessState.ExitCode()
}

// lastWords is the end of its log.
func (p *process) lastWords() string {
	text := p.log.String()
	return text[max(0, len(text)-1000):]
}
