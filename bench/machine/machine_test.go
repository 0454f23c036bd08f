package machine

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	facts := Look()
	assert.Equal(t, runtime.NumCPU(), facts.Cores)
	assert.Contains(t, facts.String(), runtime.Version())
}

func TestFieldOfAFile(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/status"
	require.NoError(t, os.WriteFile(path, []byte("Name: x\nVmRSS:\t  12 kB\nVmRSS: 13 kB\n"), 0o600))
	assert.Equal(t, "12 kB", field(path, "VmRSS"))
	assert.Empty(t, field(path, "Vm"))
	assert.Empty(t, field(path+"x", "VmRSS"))
}

func TestWatchOwnProcess(t *testing.T) {
	t.Parallel()
	needProc(t)
	own := os.Getpid()
	stop, err := Watch(own, time.Millisecond)
	require.NoError(t, err)
	block, err := syscall.Mmap(-1, 0, 64<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err) // memory that the process surely did not have before
	defer func() { assert.NoError(t, syscall.Munmap(block)) }()
	for since := processorTime(own); processorTime(own)-since < 50*time.Millisecond; { // however busy the machine is
		for i := 0; i < len(block); i += 4096 {
			block[i]++
		}
	}
	usage := stop()
	assert.GreaterOrEqual(t, usage.Max-usage.Before, int64(32<<20), "64 MB were written to")
	assert.Positive(t, usage.After)
	assert.GreaterOrEqual(t, usage.CPU, 20*time.Millisecond)
}

func TestWatchNoProcess(t *testing.T) {
	t.Parallel()
	_, err := Watch(1<<30, time.Second)
	assert.ErrorContains(t, err, "is process 1073741824 running")
	assert.Zero(t, processorTime(1<<30))
}

func needProc(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc on this system, so the memory of a process cannot be read")
	}
}
