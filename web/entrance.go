package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// entrance is a listener that closes without losing anybody. The standard server's Shutdown alone loses three kinds of
// requests: those of clients that have connected but were not accepted yet, those whose header is not complete yet,
// and those that come in over a connection that was idle just now.
type entrance struct {
	net.Listener
	barred atomic.Bool  // nobody can come any more
	spoken atomic.Int64 // when the latest request began, in nanoseconds of the epoch
	guests sync.Map     // of *guest
}

// guest is a connection that knows whether a request has begun whose header is not complete.
type guest struct {
	net.Conn
	came    time.Time
	between atomic.Bool // between requests, also before the first
	heard   atomic.Bool // since then
}

// Listen opens a TCP port for Hall.Serve. Multipath TCP is left out: the kernel can't bar such a listener.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	return config.Listen(ctx, "tcp", address)
}

// Read implements net.Conn.
func (g *guest) Read(into []byte) (int, error) {
	n, err := g.Conn.Read(into)
	if n > 0 {
		g.heard.Store(true)
	}
	return n, err
}

// lastCallFor is how long connections are still accepted after the call to stop, and again as long as requests come in,
// lastCallMost in all. Busy clients come back once in this time and are told to close, so that hardly anyone speaks into
// a closing connection.
const (
	lastCallFor  = 250 * time.Millisecond
	lastCallMost = 2 * time.Second
)

// lastCall makes Accept end, with http.ErrServerClosed, when everybody is in who has connected.
func (e *entrance) lastCall() {
	for end := time.Now().Add(lastCallMost); ; {
		time.Sleep(lastCallFor)
		if now := time.Now(); now.After(end) || now.Sub(time.Unix(0, e.spoken.Load())) > lastCallFor {
			break
		}
	}
	e.barred.Store(bar(e.Listener))
	if !e.within(0) {
		_ = e.Close()
	}
}

// within bounds the time that Accept waits, if the listener can do that.
func (e *entrance) within(wait time.Duration) bool {
	limited, ok := e.Listener.(interface{ SetDeadline(time.Time) error })
	return ok && limited.SetDeadline(time.Now().Add(wait)) == nil
}

// Accept implements net.Listener. An expired deadline alone does not tell that nobody is waiting: Accept looks for them
// again, for a moment, before it ends.
func (e *entrance) Accept() (net.Conn, error) {
	conn, err := e.Listener.Accept()
	for looks := 0; errors.Is(err, os.ErrDeadlineExceeded) && e.barred.Load() && looks < 3; looks++ {
		e.within(50 * time.Millisecond)
		conn, err = e.Listener.Accept()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return nil, http.ErrServerClosed
	}
	if err != nil {
		return nil, err
	}
	return &guest{Conn: conn, came: time.Now()}, nil
}

// note follows the connections; it is the server's ConnState.
func (e *entrance) note(conn net.Conn, state http.ConnState) {
	g, ok := conn.(*guest)
	if !ok {
		return
	}
	switch state {
	case http.StateNew:
		g.between.Store(true)
		e.guests.Store(g, nil)
	case http.StateActive:
		e.spoken.Store(time.Now().UnixNano())
		g.between.Store(false)
	case http.StateIdle:
		g.heard.Store(false)
		g.between.Store(true)
	case http.StateHijacked, http.StateClosed:
		e.guests.Delete(g)
	}
}

// await returns when nobody is in the middle of a header, or the time is up.
func (e *entrance) await(longest time.Duration) {
	for end := time.Now().Add(longest); e.speaking() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

func (e *entrance) speaking() (found bool) {
	e.guests.Range(func(key, _ any) bool {
		g := key.(*guest)
		justCame := time.Since(g.came) < lastCallFor // whoever connects is about to speak
		found = g.between.Load() && (g.heard.Load() || justCame)
		return !found
	})
	return found
}
