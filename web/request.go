package web

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

type contextKey int

const (
	requestKey contextKey = iota
	callerKey
)

// request is what the hall knows about a request under way. Admit adds the caller, for the log.
type request struct {
	hall     *Hall
	id       string
	from     netip.Addr
	address  string // from as text, "" when there is none, as on a Unix socket
	caller   domain.Caller
	admitted domain.Caller // whom Admit let in
	atDoor   bool          // it has a place there, see Hall.enter
	inTurn   bool          // it is its turn, see admit
	// recheck tells whether the caller would still be let in.
	recheck func() error
}

func textOf(from netip.Addr) string {
	if !from.IsValid() {
		return ""
	}
	return from.String()
}

func requestOf(ctx context.Context) *request {
	found, _ := ctx.Value(requestKey).(*request)
	return found
}

// RequestID is the id of the request, as the client reads it in X-Request-Id; "" outside the hall.
func RequestID(ctx context.Context) string {
	if found := requestOf(ctx); found != nil {
		return found.id
	}
	return ""
}

// CallerOf is the caller whom Admit let in, with RequestID and IP filled in; the zero Caller, which may do nothing,
// where nobody was.
func CallerOf(ctx context.Context) domain.Caller {
	if found := requestOf(ctx); found != nil {
		return found.admitted
	}
	caller, _ := ctx.Value(callerKey).(domain.Caller)
	return caller
}

// Known notes for the log who a request turned out to come from, where it was not [Admit] that let it in.
func Known(ctx context.Context, caller domain.Caller) {
	if found := requestOf(ctx); found != nil {
		found.caller = caller
	}
}

// Visitor is a caller whom [Admit] did not let in because nobody had to, with RequestID and IP filled in. It is noted for
// the log like [Known].
func Visitor(ctx context.Context, caller domain.Caller) domain.Caller {
	if found := requestOf(ctx); found != nil {
		caller.RequestID, caller.IP = found.id, found.address
		found.caller = caller
	}
	return caller
}

const maxRequestID = 64

// requestID keeps the client's own id, so that one id follows a request through several systems, but only one that
// can do no harm in a log or a page.
func requestID(sent []string) string {
	if len(sent) != 1 || sent[0] == "" || len(sent[0]) > maxRequestID || strings.Trim(sent[0], idAlphabet) != "" {
		return uuid.Must(uuid.NewV7()).String() // grows with time: what is found by it is stored in that order
	}
	return sent[0]
}

const idAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"

// clientAddress is the address that the request came from: the peer's, or where the peer is a trusted proxy the last
// address in X-Forwarded-For that is not one. Whatever stands before that address anybody could have written.
func clientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := peer.Addr().Unmap()
	if !within(trusted, from) {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && within(trusted, from); i-- {
		hop, err := parseHop(strings.TrimSpace(hops[i]))
		if err != nil {
			return from
		}
		from = hop
	}
	return from
}

// parseHop reads an address; some proxies add the port.
func parseHop(text string) (netip.Addr, error) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap(), nil
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap().WithZone(""), err
}

func within(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
