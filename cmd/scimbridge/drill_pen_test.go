package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pen is a group of processes (a cgroup) that has so much memory, and no swap: the kernel kills in it what needs more.
type pen struct {
	t      testing.TB
	folder string // "" where the machine permits none
	kind   penKind
}

// penKind is how a version of cgroups calls its files.
type penKind struct{ limit, swap, noSwap, events, peak string }

// newPen makes a pen within that of the test, or for cgroups of version 2, which permit none within one that has
// processes, at the top.
func newPen(t testing.TB, size int) *pen {
	t.Helper()
	p := &pen{t: t}
	first := penKind{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", strconv.Itoa(size), "memory.oom_control", "memory.max_usage_in_bytes"}
	second := penKind{"memory.max", "memory.swap.max", "0", "memory.events", "memory.peak"}
	own, _ := os.ReadFile("/proc/self/cgroup") // where there is none, there are no cgroups
	for line := range strings.Lines(string(own)) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), ":")
		controller, path, _ := strings.Cut(line, ":")
		if controller == "memory" && p.make("/sys/fs/cgroup/memory"+path, size, first) || controller == "" && p.make("/sys/fs/cgroup", size, second) {
			return p
		}
	}
	t.Log("no memory.max: it needs root and a memory controller; the garbage collector alone is bounded")
	return p
}

// make tells whether it could.
func (p *pen) make(within string, size int, kind penKind) bool {
	folder := filepath.Join(within, fmt.Sprintf("scimbridge-drill-%d", os.Getpid()))
	if os.Mkdir(folder, 0o755) != nil {
		return false
	}
	if _, err := os.Stat(filepath.Join(folder, kind.limit)); err != nil || os.WriteFile(filepath.Join(folder, kind.limit), []byte(strconv.Itoa(size)), 0) != nil {
		_ = os.Remove(folder)
		return false
	}
	_ = os.WriteFile(filepath.Join(folder, kind.swap), []byte(kind.noSwap), 0) // there is no such file where there is no swap
	p.folder, p.kind = folder, kind
	p.t.Cleanup(func() {
		assert.Eventually(p.t, func() bool { return os.Remove(folder) == nil }, 5*time.Second, 10*time.Millisecond, "%s goes when all in it have ended", folder)
	})
	return true
}

// enter is what runs a program in the pen.
func (p *pen) enter() []string {
	if p.folder == "" {
		return nil
	}
	return []string{"sh", "-c", `echo $$ >"` + p.folder + `/cgroup.procs" && exec "$0" "$@"`}
}

var killLine = regexp.MustCompile(`(?m)^oom_kill (\d+)$`)

// holds fails when the kernel had to kill something, and gives the most memory that there was, with the pages of files.
func (p *pen) holds() (peak string) {
	p.t.Helper()
	if p.folder == "" {
		return "unknown"
	}
	events, err := os.ReadFile(filepath.Join(p.folder, p.kind.events))
	require.NoError(p.t, err)
	found := killLine.FindSubmatch(events)
	require.NotNil(p.t, found, string(events))
	assert.Equal(p.t, "0", string(found[1]), "processes that were killed for want of memory")
	text, err := os.ReadFile(filepath.Join(p.folder, p.kind.peak))
	if err != nil {
		return "unknown" // before Linux 5.19
	}
	bytes, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(p.t, err)
	return fmt.Sprintf("%d MB", bytes>>20)
}

// residentPeak is the most memory that a process had, with the parts of the program that others may have as well.
func residentPeak(t testing.TB, p *process) string {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(p.command.Process.Pid), "status"))
	if err != nil {
		return "unknown"
	}
	found := regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`).FindSubmatch(status)
	require.NotNil(t, found, string(status))
	kilobytes, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return fmt.Sprintf("%d MB", kilobytes>>10)
}
