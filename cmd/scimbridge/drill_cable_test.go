package main

import (
	"bytes"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cable stands between servers and their PostgreSQL, and can cut or hold what goes over it.
type cable struct {
	listener net.Listener
	cut      atomic.Int64 // every so many commits the connection is cut when the answer comes; 0: never
	commits  atomic.Int64 // until the next cut
	cuts     atomic.Int64
	silent   atomic.Bool  // nothing goes through, and nobody is told
	lag      atomic.Int64 // nanoseconds that each part of an answer takes longer
	mu       sync.Mutex
	socket   string // of PostgreSQL
	open     map[net.Conn]bool
}

// newCable gives a cable and the URL of the database at its near end.
func newCable(t *testing.T, database string) (*cable, string) {
	t.Helper()
	at, err := url.Parse(database)
	require.NoError(t, err)
	c := &cable{open: map[net.Conn]bool{}}
	c.plug(t, database)
	c.listener, err = net.Listen("tcp", anywhere)
	require.NoError(t, err)
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			near, err := c.listener.Accept()
			if err != nil {
				return
			}
			busy.Go(func() { c.carry(near) })
		}
	})
	t.Cleanup(func() {
		_ = c.listener.Close()
		c.sever()
		busy.Wait()
	})
	at.Host, at.RawQuery = c.listener.Addr().String(), "sslmode=disable"
	return c, at.String()
}

// plug puts the far end into a PostgreSQL, and takes it from the one before.
func (c *cable) plug(t testing.TB, database string) {
	t.Helper()
	at, err := url.Parse(database)
	require.NoError(t, err)
	folder := at.Query().Get("host")
	if folder == "" {
		t.Skip("needs a PostgreSQL server that listens on a socket, as that of the tests does")
	}
	c.mu.Lock()
	c.socket = filepath.Join(folder, ".s.PGSQL.5432")
	c.mu.Unlock()
	c.sever()
}

// The messages of the protocol that a commit consists of: a simple query, and the tag with which it is answered.
var (
	commitAsked = []byte("Q\x00\x00\x00\x0bcommit\x00")
	commitDone  = []byte("C\x00\x00\x00\x0bCOMMIT\x00")
)

// carry carries one connection.
func (c *cable) carry(near net.Conn) {
	c.mu.Lock()
	socket := c.socket
	c.mu.Unlock()
	far, err := net.Dial("unix", socket)
	if err != nil {
		_ = near.Close()
		return
	}
	c.mu.Lock()
	c.open[near], c.open[far] = true, true
	c.mu.Unlock()
	var cutting atomic.Bool
	var both sync.WaitGroup
	both.Go(func() {
		c.pump(far, near, func(part []byte) bool {
			every := c.cut.Load()
			if bytes.Contains(part, commitAsked) && every > 0 && c.commits.Add(1)%every == 0 {
				cutting.Store(true)
			}
			return true
		})
	})
	both.Go(func() {
		c.pump(near, far, func(part []byte) bool {
			time.Sleep(time.Duration(c.lag.Load()))
			if cutting.Load() && bytes.Contains(part, commitDone) {
				c.cuts.Add(1)
				return false
			}
			return true
		})
	})
	both.Wait()
	c.mu.Lock()
	delete(c.open, near)
	delete(c.open, far)
	c.mu.Unlock()
}

// pump carries one direction until either end is closed, or a part may not pass.
func (c *cable) pump(to, from net.Conn, pass func(part []byte) bool) {
	defer to.Close()
	defer from.Close()
	part := make([]byte, 64<<10)
	for {
		n, err := from.Read(part)
		for c.silent.Load() {
			time.Sleep(time.Millisecond)
		}
		if n > 0 && !pass(part[:n]) {
			return
		}
		if _, failed := to.Write(part[:n]); failed != nil || err != nil {
			return
		}
	}
}

// sever closes all connections.
func (c *cable) sever() {
	c.silent.Store(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	for each := range c.open {
		_ = each.Close()
	}
}
