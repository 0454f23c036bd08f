// Package load sends requests and keeps the time: a closed loop that keeps every
// connection busy, for maxima, and an open loop that sends at a given rate
// whatever the server does, with latency counted from the moment a request was
// due, so that a server that stalls cannot hide the requests it has held up.
//
// It knows nothing of HTTP or SCIM: a request is a function that tells what became
// of it. What is sent lives in bench/workload, how it is sent in bench/target, and
// what the figures are worth in bench/report. Another kind of loop goes beside
// Closed and Open in loop.go.
package load
