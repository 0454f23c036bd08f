package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// mains is a file system whose power can be cut: ext4 on an image, in an XFS that clones the image at one moment. What the
// kernel holds back at that moment, because nobody made it flush, is missing from the clone, as it is from a disk after a
// power cut. All of it lies in memory, where a flush takes no time.
type mains struct {
	t      *testing.T
	folder string // where it is mounted
	images string // where its images are, the newest of which is it
	cuts   int
}

// onMains makes one of so many bytes at most, or skips the test where it may not.
func onMains(t *testing.T, size int) *mains {
	t.Helper()
	for _, tool := range []string{"mkfs.xfs", "mkfs.ext4"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s (Debian's xfsprogs and e2fsprogs), which make drill installs where it may", tool)
		}
	}
	m := &mains{t: t, folder: t.TempDir(), images: t.TempDir()}
	whole := filepath.Join(small(t, size), "whole")
	m.format(whole, size/16*15, "mkfs.xfs", "-q", "-m", "reflink=1")
	if err := m.mount(whole, "xfs", "loop,discard", m.images); err != nil {
		t.Skipf("needs loop devices and XFS with clones, which only root may mount: %v", err)
	}
	m.format(m.image(), size/16*6, "mkfs.ext4", "-q", "-F")
	require.NoError(t, m.on())
	return m
}

func (m *mains) format(file string, size int, command ...string) {
	m.t.Helper()
	require.NoError(m.t, os.WriteFile(file, nil, 0o600))
	require.NoError(m.t, os.Truncate(file, int64(size)))
	said, err := exec.Command(command[0], append(command[1:], file)...).CombinedOutput()
	require.NoError(m.t, err, string(said))
}

// mount mounts until the end of the test at the latest. The loop device is let go by the kernel, with what is mounted.
func (m *mains) mount(file, kind, options, folder string) error {
	if said, err := exec.Command("mount", "-t", kind, "-o", options, file, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	m.t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) }) // it may be unmounted already
	return nil
}

func (m *mains) image() string { return filepath.Join(m.images, fmt.Sprint(m.cuts)) }

// on mounts the newest image. By itself the file system writes down next to nothing of what it is not made to.
func (m *mains) on() error { return m.mount(m.image(), "ext4", "loop,commit=300", m.folder) }

// canary is a file that nobody flushes.
func (m *mains) canary() string { return filepath.Join(m.folder, fmt.Sprint("canary", m.cuts)) }

// flush writes all of it down.
func (m *mains) flush() {
	m.t.Helper()
	said, err := exec.Command("sync", "-f", m.folder).CombinedOutput()
	require.NoError(m.t, err, string(said))
}

// cut takes what a power cut leaves. Who still writes to the file system afterwards writes to what will be thrown away.
func (m *mains) cut() {
	m.t.Helper()
	require.NoError(m.t, os.WriteFile(m.canary(), []byte("alive"), 0o600))
	from, err := os.Open(m.image())
	require.NoError(m.t, err)
	defer from.Close()
	m.cuts++
	to, err := os.Create(m.image())
	require.NoError(m.t, err)
	defer to.Close()
	const clone = 0x40049409 // FICLONE, ioctl_ficlone(2)
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, to.Fd(), clone, from.Fd())
	require.Zero(m.t, failed, failed)
}

// restore mounts what the cut left, and looks whether it was one.
func (m *mains) restore() {
	m.t.Helper()
	require.NoError(m.t, syscall.Unmount(m.folder, syscall.MNT_DETACH)) // somebody may still look at it
	require.NoError(m.t, os.Remove(filepath.Join(m.images, fmt.Sprint(m.cuts-1))))
	require.NoError(m.t, m.on())
	left, _ := os.ReadFile(filepath.Join(m.folder, fmt.Sprint("canary", m.cuts-1)))
	assert.Empty(m.t, left, "what nobody flushed survives: no power was cut")
}

// TestDrillPowerCut cuts the power under load, again and again (R3): what was acknowledged before is there, what was open
// is wholly there or not at all, and the server starts without anybody's help.
func TestDrillPowerCut(t *testing.T) {
	m := onMains(t, rounds(512, 2048)<<20)
	d := newDrill(t, sqlitePrefix+filepath.Join(m.folder, "test.db"))
	d.cutPower(m, rounds(4, 100), func() {}, func() {})
}

// TestDrillPowerCutPostgres cuts the power of a server and of the PostgreSQL beside it, in the same way (R3).
func TestDrillPowerCutPostgres(t *testing.T) {
	m := onMains(t, rounds(1024, 2048)<<20)
	require.NoError(t, os.Chmod(filepath.Dir(m.folder), 0o711)) // PostgreSQL is a user of its own
	database := pgserver.StartDurableIn(t, m.folder)
	m.flush()
	d := newDrill(t, database.URL)
	d.cutPower(m, rounds(2, 100), func() { database.Stop("immediate") }, database.Start)
}

// cutPower cuts the power of a server and its database so often, and holds what is left against the ledger. What else goes
// off with the power, and on again, is told.
func (d *drill) cutPower(m *mains, times int, off, on func()) {
	d.t.Helper()
	d.raw.SetMaxIdleConns(0) // none stays with what is thrown away
	p := d.spawn(anywhere)
	d.admit(16, p)
	for range times {
		_, gone := d.load()
		between(50*time.Millisecond, 500*time.Millisecond)
		d.dark.Store(true)
		m.cut()
		p.kill()
		gone()
		off()
		m.restore()
		on()
		d.dark.Store(false)
		p = d.spawn(p.address())
		assert.Less(d.t, p.took, 3*time.Second, "ready again")
		d.audit(p)
	}
	d.settle()
	d.audit(p)
	d.report()
}
