package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDrillTwice sends all that was acknowledged once more (R17): nothing comes of it.
func TestDrillTwice(t *testing.T) {
	d := newDrill(t, "")
	p := d.spawn(anywhere)
	d.twice = true
	d.admit(rounds(8, 32), p)
	enough, _ := d.load()
	time.Sleep(time.Duration(rounds(1, 30)) * time.Second)
	enough()
	d.audit(p)
	d.report()
}

// TestDrillFewDescriptors gives a server fewer file descriptors than others want connections (R25): it goes on when they let
// go, and keeps none.
func TestDrillFewDescriptors(t *testing.T) {
	const few = 96
	d := newDrill(t, "")
	p := d.spawn(anywhere, "sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, few))
	d.admit(8, p)
	d.settle()
	for range rounds(1, 10) {
		enough, _ := d.load()
		var held []net.Conn
		for range 2 * few {
			connection, err := net.DialTimeout("tcp", p.address(), 100*time.Millisecond)
			if err == nil {
				held = append(held, connection)
			}
		}
		calm()
		for _, connection := range held {
			require.NoError(t, connection.Close())
		}
		d.serves(10 * time.Second)
		enough()
	}
	for _, connection := range d.connections {
		connection.Close()
	}
	assert.Eventually(t, func() bool { return descriptors(t, p) < few/2 }, 10*time.Second, 50*time.Millisecond, "descriptors are given back")
	d.audit(p)
	d.report()
}

// descriptors is how many a process has open.
func descriptors(t *testing.T, p *process) int {
	t.Helper()
	list, err := os.ReadDir(filepath.Join("/proc", fmt.Sprint(p.command.Process.Pid), "fd"))
	if err != nil {
		t.Skip("needs /proc to count descriptors")
	}
	return len(list)
}
