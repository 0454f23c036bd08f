package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// strace makes system calls of a process fail from now on, as told; what is returned lets them be again.
func (p *process) strace(inject string) (stop func()) {
	p.t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		p.t.Skip("needs strace, which make drill installs where it may")
	}
	calls, _, _ := strings.Cut(inject, ":")
	tracer := exec.Command("strace", "-f", "-p", fmt.Sprint(p.command.Process.Pid), "-e", "trace="+calls, "-e", "inject="+inject, "-o", os.DevNull)
	said, err := tracer.StderrPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, tracer.Start())
	stop = func() {
		_ = tracer.Process.Signal(os.Interrupt) // it lets go of the process; or has ended with it
		_ = tracer.Wait()
	}
	line, _ := bufio.NewReader(said).ReadString('\n')
	if !strings.Contains(line, "attached") {
		stop()
		p.t.Skip("strace may not watch the server here: " + line)
	}
	p.t.Cleanup(stop)
	return stop
}

// TestDrillFlushFails lets the disk fail to flush under load (R4). What can't be flushed is not acknowledged; the server
// writes no more, ends with a failure that names the disk, and starts again from what is on it.
func TestDrillFlushFails(t *testing.T) {
	d := newDrill(t, "")
	p := d.spawn(anywhere)
	d.admit(rounds(8, 32), p)
	for n := range rounds(1, 15) {
		_, gone := d.load()
		calm()
		p.strace(fmt.Sprintf("fsync,fdatasync:error=EIO:when=%d+", n/2+1)) // of each thread
		assert.Equal(t, exitFailed, p.ends(20*time.Second))
		assert.Contains(t, p.lastWords(), errNotDurable.Error())
		gone()
		d.holdsTogether()
		p = d.spawn(p.address())
		d.audit(p)
	}
	d.settle()
	d.audit(p)
	d.report()
}

// small is a file system of so many bytes, which the test fills.
func small(t *testing.T, size int) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("needs a small file system, which only root may mount: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	return folder
}

// TestDrillDiskFull fills the disk under load (R5): writes are refused with 507, reads go on, and once
// there is room again the server stores again by itself.
func TestDrillDiskFull(t *testing.T) {
	folder := small(t, rounds(128, 384)<<20) // the log takes 64 MB of it, and what is stored grows with each round
	d := newDrill(t, sqlitePrefix+filepath.Join(folder, "test.db"))
	p := d.spawn(anywhere)
	d.admit(8, p)
	ballast := filepath.Join(folder, "ballast")
	for range rounds(1, 10) {
		enough, _ := d.load()
		calm()
		fill(t, ballast)
		fullAt, refused := d.acknowledged.Load(), d.full.Load()
		require.Eventually(t, func() bool { return d.full.Load() > refused+8 }, 20*time.Second, 10*time.Millisecond, "the disk is full")
		status, body := ask(t, "GET", p.url+"/scim/v2/Users?count=1", d.scim, "")
		assert.Equal(t, http.StatusOK, status, "reads go on: %s", body)
		t.Logf("%d more were acknowledged, in what room the log had", d.acknowledged.Load()-fullAt)
		require.NoError(t, os.Remove(ballast))
		stored := d.acknowledged.Load()
		assert.Eventually(t, func() bool { return d.acknowledged.Load() > stored+8 }, 5*time.Second, 10*time.Millisecond, "it stores again")
		enough()
		d.audit(p)
	}
	d.report()
}

// fill writes a file until nothing fits any more.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	part := make([]byte, 4096)
	for err == nil {
		_, err = file.Write(part)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
}
