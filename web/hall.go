package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// The bounds of what a request may bring before any door looks at it.
const (
	MaxHeader       = 32 << 10 // bytes of all header fields, Authorization left out: what is wrong with it is a 401
	MaxURL          = 8 << 10  // bytes of the request target
	DefaultInFlight = 64       // requests worked on at once, see docs/decisions/load.md
)

// Door is a handler with the part of the URL space that is its own.
type Door struct {
	Name    string // in the log and in metrics
	Prefix  string // of the path, like /scim/v2, compared without case; the handler sees whole paths
	Handler http.Handler
	Refuse  Refuser // writes what the hall refuses on the door's behalf
	// Routes are what the handler answers; the hall itself doesn't look at them.
	Routes []Route
	// Classes are the path segments that tell the door's requests apart in metrics, compared without case.
	Classes []string
}

// Config is what a Hall is made from. The zero value of each field works.
type Config struct {
	Doors []Door
	// Ready tells whether requests can be served, for /readyz; nil: always.
	Ready func(ctx context.Context) error
	// TrustedProxies may say in X-Forwarded-For who their client is.
	TrustedProxies []netip.Prefix
	// Hosts are the names under which the server may be addressed; empty: any.
	Hosts []string
	// Secure tells that clients come over HTTPS, so that they should never come otherwise.
	Secure bool
	// InFlight bounds the requests of known callers worked on at once; 0: DefaultInFlight.
	InFlight int
	// Counters are numbers of others that are shown with ours.
	Counters []Counter
	Log      *slog.Logger     // nil: the default one
	Clock    func() time.Time // for rate limits; nil: the system's
}

// Hall serves the doors and what they share.
type Hall struct {
	config   Config
	log      *slog.Logger
	atDoor   chan struct{} // a place for each request of which nobody knows yet whose it is
	turns    *turns        // of those of which somebody does
	limiter  *Limiter      // of credentials
	metrics  *metrics
	draining atomic.Bool
}

// NewHall makes a hall.
func NewHall(config Config) *Hall {
	if config.InFlight <= 0 {
		config.InFlight = DefaultInFlight
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	h := &Hall{config: config, log: config.Log, atDoor: make(chan struct{}, atDoorPerSlot*config.InFlight),
		turns: newTurns(config.InFlight), limiter: NewLimiter(limitedCredentials, config.Clock)}
	h.metrics = newMetrics(h)
	return h
}

const (
	// atDoorPerSlot bounds the requests that nobody has looked at yet: they cost little each, and are never waited for.
	atDoorPerSlot      = 4
	limitedCredentials = 10_000
)

// visit is one request on its way through the hall.
type visit struct {
	request
	door         *Door
	answer       *answer
	method, path string
	took         time.Duration
}

// ServeHTTP implements http.Handler.
func (h *Hall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.health(w, r) {
		return
	}
	begun := time.Now()
	path := r.URL.EscapedPath()
	from := clientAddress(r, h.config.TrustedProxies)
	v := &visit{
		request: request{hall: h, id: requestID(r.Header.Values("X-Request-Id")), from: from, address: textOf(from)},
		door:    h.door(path), answer: &answer{ResponseWriter: w, draining: &h.draining}, method: r.Method, path: path,
	}
	r = r.WithContext(context.WithValue(r.Context(), requestKey, &v.request))
	defer func() {
		v.took = time.Since(begun)
		h.metrics.observe(v)
		h.logAccess(r.Context(), v)
	}()
	h.setHeaders(v)
	defer h.recover(v, r)
	h.serve(v, r)
}

// serve refuses what no door should see and gives the rest to the door, if there is room.
func (h *Hall) serve(v *visit, r *http.Request) {
	switch {
	case len(r.RequestURI) > MaxURL:
		v.door.Refuse(v.answer, r, domain.Refuse(domain.CodeURLTooLong, "", "The URL may have at most %d bytes; send what is long in a body.", MaxURL))
	case headerSize(r) > MaxHeader:
		v.door.Refuse(v.answer, r, domain.Refuse(domain.CodeHeaderTooLarge, "", "The header may have at most %d bytes.", MaxHeader))
	case !h.serves(r.Host):
		v.door.Refuse(v.answer, r, domain.Refuse(domain.CodeMisdirected, "", "This server does not answer to that host name; use the one that it was announced with."))
	default:
		h.enter(v, r)
	}
}

func (h *Hall) enter(v *visit, r *http.Request) {
	select {
	case h.atDoor <- struct{}{}:
		v.atDoor = true
		defer v.leaveDoor()
		v.door.Handler.ServeHTTP(v.answer, r)
		if v.answer.status == 0 {
			v.answer.WriteHeader(http.StatusOK) // as net/http does for a handler that says nothing
		}
	default:
		v.door.Refuse(v.answer, r, h.shed(shedDoor))
	}
}

// shed counts a request that is turned away, and gives what to tell the client.
func (h *Hall) shed(why shed) error {
	h.metrics.shed.WithLabelValues(string(why)).Inc()
	return why.refusal()
}

// admit gives the request of a known caller a turn. Whoever gets one must leave.
func (r *request) admit(ctx context.Context, caller domain.Caller) (leave func(), err error) {
	r.caller = caller
	r.leaveDoor()
	if caller.RateLimit.PerSecond > 0 {
		if err := r.hall.limiter.Take(caller.Actor.ID.String(), caller.RateLimit, 1); err != nil {
			_ = r.hall.shed(shedRate)
			return nil, err
		}
	}
	return r.leaveTurn, r.enterTurn(ctx)
}

func (r *request) enterTurn(ctx context.Context) error {
	if why := r.hall.turns.enter(ctx, r.caller.Tenant); why != "" {
		return r.hall.shed(why)
	}
	r.inTurn = true
	return nil
}

// leaveTurn lets somebody else in, once.
func (r *request) leaveTurn() {
	if r.inTurn {
		r.inTurn = false
		r.hall.turns.leave(r.caller.Tenant)
	}
}

// leaveDoor makes room at the door, once.
func (r *request) leaveDoor() {
	if r.atDoor {
		r.atDoor = false
		<-r.hall.atDoor
	}
}

// Headers of every answer, shared and never changed.
var (
	noSniff       = []string{"nosniff"}
	noReferrer    = []string{"no-referrer"}
	nothingLoaded = []string{"default-src 'none'; frame-ancestors 'none'"}
)

func (h *Hall) setHeaders(v *visit) {
	header := v.answer.Header()
	header["X-Request-Id"] = []string{v.id}
	header["X-Content-Type-Options"] = noSniff
	header["Referrer-Policy"] = noReferrer
	header["Content-Security-Policy"] = nothingLoaded
	if h.config.Secure {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recover answers a panic with the door's 500, or breaks off an answer that has begun, so that the client does not
// take half of it for the whole.
func (h *Hall) recover(v *visit, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	h.log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request_id", v.id), slog.Any("cause", cause), slog.Any("stack", stack()))
	if v.answer.status != 0 {
		panic(http.ErrAbortHandler)
	}
	v.door.Refuse(v.answer, r, domain.Refuse(domain.CodeInternal, "", "Something went wrong here. Tell the operator the request id %s.", v.id))
}

// stack names the functions that a panic came through, the nearest first.
func stack() []string {
	counters := make([]uintptr, 24)
	frames := runtime.CallersFrames(counters[:runtime.Callers(4, counters)])
	var lines []string
	for {
		frame, more := frames.Next()
		lines = append(lines, frame.Function+":"+strconv.Itoa(frame.Line))
		if !more {
			return lines
		}
	}
}

// door finds whose path this is, as it was sent: an encoded letter in a prefix is nobody's.
func (h *Hall) door(path string) *Door {
	for i := range h.config.Doors {
		door := &h.config.Doors[i]
		size := len(door.Prefix)
		if len(path) >= size && strings.EqualFold(path[:size], door.Prefix) && (len(path) == size || path[size] == '/') {
			return door
		}
	}
	return noDoor
}

// noDoor answers where nobody lives.
var noDoor = &Door{
	Name:    "none",
	Handler: http.HandlerFunc(http.NotFound),
	Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
		status, known := nowhere[domain.CodeOf(err)]
		if !known {
			status = http.StatusInternalServerError
		}
		if seconds := RetryAfter(err); seconds > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
		http.Error(w, http.StatusText(status), status)
	},
}

// nowhere are the answers to what the hall refuses outside every door.
var nowhere = map[domain.Code]int{
	domain.CodeURLTooLong:     http.StatusRequestURITooLong,
	domain.CodeHeaderTooLarge: http.StatusRequestHeaderFieldsTooLarge,
	domain.CodeMisdirected:    http.StatusMisdirectedRequest,
	domain.CodeOverloaded:     http.StatusServiceUnavailable,
	domain.CodeUnavailable:    http.StatusServiceUnavailable,
}

// serves tells whether the server goes by that name; the port does not matter.
func (h *Hall) serves(host string) bool {
	name := host
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		name = host[:colon]
	}
	return len(h.config.Hosts) == 0 || slices.ContainsFunc(h.config.Hosts, func(known string) bool { return strings.EqualFold(known, name) })
}

func headerSize(r *http.Request) int {
	size := 0
	for name, values := range r.Header {
		if name == "Authorization" {
			continue
		}
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}

// answer notes what becomes of an answer, and tells the client not to come back over this connection when the server
// stops.
type answer struct {
	http.ResponseWriter
	draining *atomic.Bool
	status   int
	bytes    int64
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 { // 1xx are not the answer yet
		a.status = status
		if a.draining.Load() {
			a.Header().Set("Connection", "close")
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(part []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	n, err := a.ResponseWriter.Write(part)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
