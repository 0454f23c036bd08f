package main

import (
	"context"
	"errors"
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

	"github.com/scimbridge/scimbridge/bench/target"
)

// brittle is a file system that the kernel makes read-only when it finds something wrong with it, as ext4 is usually mounted.
// Files that are open for writing stay open, and fail.
type brittle struct{ mains }

// onBrittle makes one of so many bytes at most, or skips the test where it may not.
func onBrittle(t *testing.T, size int) *brittle {
	t.Helper()
	for _, tool := range []string{"mkfs.ext4", "fsck.ext4"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s (Debian's e2fsprogs)", tool)
		}
	}
	b := &brittle{mains{t: t, folder: t.TempDir(), images: small(t, size)}}
	b.format(b.image(), size/16*15, "mkfs.ext4", "-q", "-F")
	if err := b.on(); err != nil {
		t.Skipf("needs loop devices and ext4, which only root may mount: %v", err)
	}
	if _, err := os.Stat(b.trigger()); err != nil {
		t.Skipf("needs a kernel that can be told of an error in ext4: %v", err)
	}
	return b
}

func (b *brittle) on() error {
	return b.mount(b.image(), "ext4", "loop,errors=remount-ro", b.folder)
}

// trigger is where the kernel is told of an error.
func (b *brittle) trigger() string {
	b.t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	require.NoError(b.t, err)
	before, _, found := strings.Cut(string(mounts), " "+b.folder+" ")
	require.True(b.t, found, "it is not mounted")
	return filepath.Join("/sys/fs/ext4", filepath.Base(before), "trigger_fs_error")
}

// fail lets the kernel find something wrong.
func (b *brittle) fail() {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(b.trigger(), []byte("a drill"), 0))
	require.ErrorIs(b.t, os.Mkdir(filepath.Join(b.folder, "any"), 0o700), syscall.EROFS)
}

// mend has the file system checked, and mounts it again.
func (b *brittle) mend() {
	b.t.Helper()
	require.NoError(b.t, syscall.Unmount(b.folder, 0))
	said, err := exec.Command("fsck.ext4", "-f", "-y", b.image()).CombinedOutput()
	if exit, is := errors.AsType[*exec.ExitError](err); !is || exit.ExitCode() != 1 { // 1: what was wrong is mended
		require.NoError(b.t, err, string(said))
	}
	require.NoError(b.t, b.on())
}

// TestDrillReadOnly makes the disk read-only under load (R6): the server says so to whoever wants to change something, and
// goes on to be read from. When the disk is mended, all that was acknowledged is there.
func TestDrillReadOnly(t *testing.T) {
	disk := onBrittle(t, rounds(256, 512)<<20)
	d := newDrill(t, sqlitePrefix+filepath.Join(disk.folder, "test.db"))
	d.raw.SetMaxIdleConns(0) // nobody may have a file open when the disk is unmounted
	p := d.spawn(anywhere)
	d.admit(8, p)
	for range rounds(2, 10) {
		_, gone := d.load()
		calm()
		// In the milliseconds in which ext4 gives up its journal a flush can succeed of which nothing is left after the check,
		// though readers see it until then: no client hears what is answered from now on.
		d.dark.Store(true)
		disk.fail()
		time.Sleep(100 * time.Millisecond)
		d.onlyReads(p, time.Duration(rounds(1, 3))*time.Second)
		gone()
		p.kill()
		d.dark.Store(false)
		d.startsNot()
		disk.mend()
		p = d.spawn(p.address())
		d.audit(p)
	}
	d.settle()
	d.audit(p)
	d.report()
	p.kill()
}

// onlyReads looks for so long at a server whose disk is read-only.
func (d *drill) onlyReads(p *process, long time.Duration) {
	d.t.Helper()
	at := d.connect(p).scim
	create := target.Call{Method: http.MethodPost, Path: "/Users", Body: target.Names{Seed: "never"}.Person(0).Create()}
	for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		answer := at.Send(d.t.Context(), create)
		require.Equal(d.t, http.StatusServiceUnavailable, answer.Status, "%s; %s", answer.Detail, p.lastWords())
		require.True(d.t, answer.RetryAfter)
		require.Contains(d.t, answer.Detail, "disk", "it says why")
		for _, path := range []string{"/Groups/" + d.group, target.Filter("/Users", "userName", "nobody"), target.Users(1, 10)} {
			read := at.Send(d.t.Context(), target.Call{Method: http.MethodGet, Path: path})
			require.Equal(d.t, http.StatusOK, read.Status, "reads go on: %s", read.Detail)
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			status, _ := ask(d.t, "GET", p.url+path, "", "")
			require.Equal(d.t, http.StatusOK, status, "it can be read from: %s", path)
		}
	}
}

// startsNot tries to start a server on a disk that is read-only: it ends at once and says why.
func (d *drill) startsNot() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 20*time.Second)
	defer cancel()
	server := exec.CommandContext(ctx, os.Args[0], "serve", "--listen", anywhere, "--database", d.database, "--mail-spool", d.t.TempDir())
	server.Env = append(append(os.Environ(), childVariable+"=1"), d.env...)
	said, err := server.CombinedOutput()
	require.Error(d.t, err)
	assert.Equal(d.t, exitFailed, server.ProcessState.ExitCode())
	assert.Contains(d.t, string(said), "can't prepare the database")
	assert.Contains(d.t, string(said), "readonly")
}
