package workload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimbridge/scimbridge/bench/idp"
	"github.com/scimbridge/scimbridge/bench/limit"
	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/report"
	"github.com/scimbridge/scimbridge/bench/target"
)

// SignIns is where people sign in. The server must believe our X-Forwarded-For:
// everybody comes from an address of their own, or its limits for strangers would
// be what is measured.
type SignIns struct {
	SAML      *target.Target // the server's address for the provider, before /acs
	Provider  *idp.Provider
	Passwords *target.Target // the native API
	Tenant    string         // the slug for X-Tenant
}

const (
	samlPool   = 3000  // responses that are signed before they are measured
	samlRate   = 300.0 // sign-ins a second that are enough
	scimRate   = 200.0 // SCIM requests a second beside them
	besideTime = 8 * time.Second
)

// passwordConnections is how many strangers try passwords at once. A server that
// bounds how many hashes may wait refuses more; ours lets five wait for each that
// half of the processors compute.
func passwordConnections() int { return max(4, runtime.GOMAXPROCS(0)) }

func signIns() []Workload {
	return []Workload{
		{Name: "SAML sign-in", Limit: limit.Commit1, Connections: 8, run: samlSignIn, Goals: []report.Goal{rate(samlRate)}},
		// Ours keeps half of the processors free of sign-ins, for everything else.
		{Name: "password sign-in", Limit: limit.Argon2id, Connections: passwordConnections(), run: closed(passwordSignIn),
			Goals: []report.Goal{rateOf(0.4, limit.Argon2id)}},
		beside("SAML", bySAML),
		beside("password", byPassword),
		beside("both", bySAML, byPassword),
	}
}

// samlSignIn measures a closed loop that ends when its responses are used up.
func samlSignIn(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
	count := samlPool
	if s.Bound.Requests > 0 {
		count = min(count, s.Bound.Requests)
	}
	request, err := s.responses(ctx, count)
	if err != nil {
		return err
	}
	warm := load.Closed(ctx, w.Connections, load.Bound{Requests: count / 10}, request).Sent()
	s.loop(ctx, w, row, load.Bound{Time: s.Bound.Time, Requests: count - warm},
		func(ctx context.Context, n int) load.Answer { return request(ctx, n+warm) })
	return nil
}

// responses signs so many responses about people who are active now, and returns
// the request that brings the n-th.
func (s *Stage) responses(ctx context.Context, count int) (load.Request, error) {
	people, err := s.Target.Sample(ctx, s.SampleSize)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, person := range people {
		if person.Active() {
			names = append(names, person.UserName)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("nobody of the sample is active")
	}
	forms := make([][]byte, count)
	var failed atomic.Pointer[error]
	load.Closed(ctx, runtime.GOMAXPROCS(0), load.Bound{Requests: count}, func(_ context.Context, n int) load.Answer {
		response, err := s.SignIns.Provider.Response(s.SignIns.SAML.Base(), names[n%len(names)], time.Now())
		if err != nil {
			failed.Store(&err)
		}
		forms[n] = idp.Form(response)
		return load.Answer{}
	})
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	return func(ctx context.Context, n int) load.Answer {
		return s.SignIns.SAML.Send(ctx, target.Call{Method: http.MethodPost, Path: "/acs", Body: forms[n], Header: s.stranger(), Meant: isSignedIn})
	}, nil
}

// isSignedIn tells whether an answer sends the browser on with a session.
func isSignedIn(r *http.Response) bool {
	return r.StatusCode == http.StatusSeeOther && len(r.Cookies()) > 0
}

// passwordSignIn tries a password for people whom nobody knows, which must take as
// long as for those whom somebody does.
func passwordSignIn(_ context.Context, s *Stage) (load.Request, error) {
	return func(ctx context.Context, _ int) load.Answer {
		body, err := json.Marshal(map[string]string{"Username": s.newcomer().UserName, "Password": "correct horse battery staple"})
		if err != nil {
			return load.Answer{Detail: err.Error()}
		}
		header := s.stranger()
		header["X-Tenant"] = s.SignIns.Tenant
		return s.SignIns.Passwords.Send(ctx, target.Call{Method: http.MethodPost, Path: "/Account/Login", Body: body, Header: header, Meant: isUnknown})
	}, nil
}

func isUnknown(r *http.Response) bool { return r.StatusCode == http.StatusUnauthorized }

// stranger returns the header of somebody at an address that nobody came from yet.
func (s *Stage) stranger() map[string]string {
	n := s.callers.Add(1)
	return map[string]string{"X-Forwarded-For": netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}).String()}
}

// means is one by which people sign in while something else is measured.
type means struct {
	name string
	// prepare makes the requests, and returns what sends them until the bound.
	prepare func(ctx context.Context, s *Stage, w Workload, bound load.Bound) (send func() load.Result, err error)
}

var (
	// bySAML is as many as are enough.
	bySAML = means{"SAML", func(ctx context.Context, s *Stage, w Workload, bound load.Bound) (func() load.Result, error) {
		request, err := s.responses(ctx, int(samlRate*bound.Time.Seconds())+1)
		return func() load.Result { return load.Open(ctx, samlRate, w.Connections, bound, request) }, err
	}}
	// byPassword is as many as the server takes.
	byPassword = means{"password", func(ctx context.Context, s *Stage, _ Workload, bound load.Bound) (func() load.Result, error) {
		request, err := passwordSignIn(ctx, s)
		return func() load.Result { return load.Closed(ctx, passwordConnections(), bound, request) }, err
	}}
)

// beside is the row of a constant rate of SCIM requests, first alone and then beside sign-ins by each of the means.
func beside(what string, all ...means) Workload {
	return Workload{Name: "SCIM beside " + what + " sign-ins", Connections: 64, Open: report.Number(scimRate) + "/s",
		Goals: []report.Goal{p99(50 * time.Millisecond), {Figure: report.Unsent, Most: 0}},
		run: func(ctx context.Context, s *Stage, w Workload, row *report.Row) error {
			get, err := getByID(ctx, s)
			if err != nil {
				return err
			}
			bound := load.Bound{Time: min(besideTime, s.MixedTime)}
			sends := make([]func() load.Result, len(all))
			for i, by := range all {
				if sends[i], err = by.prepare(ctx, s, w, bound); err != nil {
					return err
				}
			}
			alone := load.Open(ctx, scimRate, w.Connections, bound, get)
			others := make([]load.Result, len(all))
			var group sync.WaitGroup
			stop := s.watch(row)
			for i, send := range sends {
				group.Go(func() { others[i] = send() })
			}
			measured := load.Open(ctx, scimRate, w.Connections, bound, get)
			group.Wait()
			row.Take(measured, false)
			row.TakeOpen(measured)
			for _, other := range others {
				row.Requests += other.Sent()
			}
			stop()
			row.Set(report.Others, measured.Latency.Quantile(0.99).Seconds()/alone.Latency.Quantile(0.99).Seconds())
			tell(row, all, others, alone)
			return nil
		}}
}

// tell notes what went on beside, and what of it failed: what fails fast is no load.
func tell(row *report.Row, all []means, others []load.Result, alone load.Result) {
	var said, failures []string
	for i, other := range others {
		said = append(said, report.Number(other.Rate())+" "+all[i].name)
		if failed := other.Failed(); failed > 0 {
			row.Set(report.Errors, row.Figures[report.Errors]+float64(failed))
			failures = append(failures, "sign-ins: "+report.Failures(other))
		}
	}
	row.Notes = append(row.Notes, fmt.Sprintf("beside %s sign-ins a second; alone p99 %s", strings.Join(said, " and "),
		report.Duration(alone.Latency.Quantile(0.99).Seconds())))
	row.Notes = append(row.Notes, failures...)
}
