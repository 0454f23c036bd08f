package machine

import (
	"os"
	"runtime"
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
	stop, err := Watch(os.Getpid(), time.Millisecond)
	require.NoError(t, err)
	block := make([]byte, 64<<20)
	for start := time.Now(); time.Since(start) < 100*time.Millisecond; {
		for i := 0; i < len(block); i += 4096 {
			block[i]++
		}
	}
	usage := stop()
	runtime.KeepAlive(block)
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
