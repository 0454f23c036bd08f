package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Figure names something that was measured. Values are in requests a second,
// seconds, bytes, or plain numbers, as units says.
type Figure string

// The figures that goals are set for or that a report shows.
const (
	Rate     Figure = "rate"             // accepted requests a second
	P50      Figure = "p50"              // median latency
	P99      Figure = "p99"              // latency that 99 of 100 do not exceed
	Max      Figure = "longest"          // the longest latency
	Errors   Figure = "errors"           // requests that failed, with those refused where none may be
	Creates  Figure = "creates"          // resources created a second
	Pace     Figure = "pace"             // rate of the last tenth to that of the first
	Told     Figure = "told"             // share of the requests not accepted that were told when to come again
	Refused  Figure = "refused"          // share of the requests that were refused
	Recovery Figure = "recovery"         // from the end of an overload to normal answers
	Others   Figure = "others"           // p99 of the other tenants beside a greedy one, to their p99 without it
	Unsent   Figure = "unsent"           // requests that were due and found no connection
	Service  Figure = "p99 from sending" // latency in an open loop, less the wait for a connection
	Late     Figure = "late"             // p99 of how late the generator itself sent requests
	Body     Figure = "body"             // average length of an answer
	CPU      Figure = "cpu"              // processor time of the server for a request
	Before   Figure = "memory"           // resident memory before
	Peak     Figure = "peak memory"      // the most resident memory
	After    Figure = "memory after"     // resident memory after
	Grown    Figure = "more memory"      // the most resident memory, less that before
	Ready    Figure = "ready"            // from the start of the server to its first answer
	Binary   Figure = "binary"           // size of the program
)

// units tells how the value of a figure is written; those left out are numbers.
var units = map[Figure]func(float64) string{
	Rate: perSecond, Creates: perSecond,
	P50: Duration, P99: Duration, Max: Duration, Recovery: Duration, Service: Duration, Late: Duration, CPU: Duration, Ready: Duration,
	Body: Bytes, Before: Bytes, Peak: Bytes, After: Bytes, Grown: Bytes, Binary: Bytes,
}

// text writes a value with its unit.
func (f Figure) text(value float64) string {
	if unit, special := units[f]; special {
		return unit(value)
	}
	return Number(value)
}

func perSecond(value float64) string { return Number(value) + "/s" }

// Number writes a number with three digits that count and thousands set apart.
func Number(value float64) string {
	size := max(value, -value)
	switch {
	case size >= 100 || value == float64(int64(value)):
		return thousands(strconv.FormatFloat(value, 'f', 0, 64))
	case size >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	return strconv.FormatFloat(value, 'f', 2, 64)
}

func thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Duration writes seconds in the unit that suits them.
func Duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d == 0:
		return "0"
	case d < time.Millisecond:
		return Number(float64(d)/1e3) + " µs"
	case d < time.Second:
		return Number(float64(d)/1e6) + " ms"
	}
	return Number(seconds) + " s"
}

// Bytes writes a size, in MB of a million bytes from one up.
func Bytes(value float64) string {
	switch size := max(value, -value); {
	case size >= 1e6:
		return Number(value/1e6) + " MB"
	case size >= 1e3:
		return Number(value/1e3) + " kB"
	}
	return fmt.Sprintf("%.0f B", value)
}
