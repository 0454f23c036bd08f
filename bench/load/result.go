package load

import (
	"net/http"
	"sync"
	"time"
)

// Answer is what became of one request.
type Answer struct {
	Status     int   // the HTTP status, or 0 if no whole answer came
	Bytes      int64 // the length of the body
	RetryAfter bool  // the answer said when to come again
	Wrong      bool  // a success that does not say what it must
	Detail     string
}

// Accepted tells whether the server did what was asked.
func (a Answer) Accepted() bool { return a.Status/100 == 2 && !a.Wrong }

// Refused tells whether the server said that it has too much to do.
func (a Answer) Refused() bool {
	return a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable
}

// Result is what a run came to.
type Result struct {
	Elapsed  time.Duration
	Latency  Histogram   // of accepted requests, from when they were due or, in a closed loop, sent
	Service  Histogram   // of accepted requests, from when they were sent
	Late     Histogram   // in an open loop: how long after they were due requests were sent
	Statuses map[int]int // how many answers of each status; 0 counts requests without one
	Wrong    int         // successes with a wrong body
	Refused  int         // answers that say: too much to do
	Told     int         // refusals that say when to come again
	Unsent   int         // in an open loop: requests that found no free connection before the end
	Bytes    int64       // of all bodies received
	Pace     float64     // rate of the last tenth to rate of the first, if the run was bound by a count and reached it
	Example  string      // the detail of the first request that failed
}

// Accepted returns how many requests succeeded.
func (r Result) Accepted() int { return r.Latency.Count() }

// Sent returns how many requests were sent.
func (r Result) Sent() int {
	sent := 0
	for _, count := range r.Statuses {
		sent += count
	}
	return sent
}

// Failed returns how many requests were neither accepted nor refused.
func (r Result) Failed() int { return r.Sent() - r.Accepted() - r.Refused }

// Rate returns accepted requests a second.
func (r Result) Rate() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Accepted()) / r.Elapsed.Seconds()
}

// recorder gathers a result from many goroutines.
type recorder struct {
	start  time.Time
	of     int // the number of requests that the run was asked for, or 0
	mu     sync.Mutex
	done   int
	result Result
	first  time.Duration // when the first tenth was done
	ninth  time.Duration // when nine tenths were done
}

func newRecorder(of int) *recorder {
	return &recorder{start: time.Now(), of: of, result: Result{Statuses: make(map[int]int)}}
}

// add counts an answer that came now, with its latency and lateness.
func (r *recorder) add(answer Answer, latency, late time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	result := &r.result
	result.Statuses[answer.Status]++
	result.Bytes += answer.Bytes
	result.Late.Add(late)
	switch {
	case answer.Accepted():
		result.Latency.Add(latency)
		result.Service.Add(latency - late)
	case answer.Refused():
		result.Refused++
		if answer.RetryAfter {
			result.Told++
		}
	case result.Example == "":
		result.Example = answer.Detail
	}
	if answer.Wrong {
		result.Wrong++
	}
	r.done++
	r.mark()
}

// mark notes when the first tenth and nine tenths are done.
func (r *recorder) mark() {
	switch r.done {
	case r.of / 10:
		r.first = time.Since(r.start)
	case r.of - r.of/10:
		r.ninth = time.Since(r.start)
	}
}

// skip counts a request that was due but not sent.
func (r *recorder) skip() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Unsent++
}

// end closes the run.
func (r *recorder) end() Result {
	r.result.Elapsed = time.Since(r.start)
	if r.of >= 10 && r.done == r.of {
		r.result.Pace = r.first.Seconds() / (r.result.Elapsed - r.ninth).Seconds()
	}
	return r.result
}
