package postgres

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// wire is a connection to the server. The driver asks the server to cancel what is under way on one that it gives up. A
// commit that waits for a synchronous standby would be done by that, at the primary alone, be seen by whoever looks, and be
// lost in a fail-over: while it waits, nobody may cancel it.
type wire struct {
	net.Conn
	committing atomic.Bool
}

// nowhere is an address that can't be dialled.
type nowhere struct{ net.Addr }

// Network names none that there is.
func (nowhere) Network() string { return "none" }

// RemoteAddr is where the driver sends the request to cancel.
func (w *wire) RemoteAddr() net.Addr {
	if w.committing.Load() {
		return nowhere{w.Conn.RemoteAddr()}
	}
	return w.Conn.RemoteAddr()
}

// guardCommits makes connections of a configuration such wires, below TLS, which looks for its own kind.
func guardCommits(config *pgx.ConnConfig, timeout time.Duration) {
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &wire{Conn: connection}, nil
	}
	config.Tracer = edges{timeout}
}

// wireOf is nil where the driver has none of ours.
func wireOf(on *pgx.Conn) *wire {
	connection := on.PgConn().Conn()
	if secure, is := connection.(*tls.Conn); is {
		connection = secure.NetConn()
	}
	w, _ := connection.(*wire)
	return w
}

// edges looks after the statements at which transactions begin and end: nobody bounds them but the whole transaction, and
// a server that is gone without a word answers none. It tells a wire when a commit begins, and when it has been answered.
type edges struct{ timeout time.Duration }

// TraceQueryStart implements [pgx.QueryTracer].
func (e edges) TraceQueryStart(ctx context.Context, on *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	commits := data.SQL == "commit"
	if w := wireOf(on); w != nil && commits {
		w.committing.Store(true)
	}
	if !commits && !strings.HasPrefix(data.SQL, "begin") {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, heard(e.timeout))
	return context.WithValue(ctx, edge{}, cancel)
}

// edge is the key of what ends the bound of a statement.
type edge struct{}

// TraceQueryEnd implements [pgx.QueryTracer].
func (edges) TraceQueryEnd(ctx context.Context, on *pgx.Conn, _ pgx.TraceQueryEndData) {
	if cancel, bounded := ctx.Value(edge{}).(context.CancelFunc); bounded {
		cancel()
	}
	if w := wireOf(on); w != nil && !on.IsClosed() {
		w.committing.Store(false)
	}
}
