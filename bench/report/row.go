package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/machine"
)

// Row is one operation and all that was measured of it.
type Row struct {
	Name     string
	Load     string             // how it was asked: "8 connections", say
	Limit    string             // the name of the row that no server can exceed here, or ""
	Skipped  string             // why it was not measured, or ""
	Requests int                // how many were sent
	Figures  map[Figure]float64 // what was measured
	Notes    []string
	Goals    []Goal `json:"-"`
	Verdicts []Verdict
}

// Take sets the figures that every run has. Refusals count as errors unless the
// row is about them.
func (r *Row) Take(result load.Result, mayRefuse bool) {
	r.Requests += result.Sent()
	errors := result.Failed()
	if !mayRefuse {
		errors += result.Refused
	}
	r.Set(Errors, float64(errors))
	r.Set(Rate, result.Rate())
	if result.Accepted() > 0 {
		r.Set(P50, result.Latency.Quantile(0.5).Seconds())
		r.Set(P99, result.Latency.Quantile(0.99).Seconds())
		r.Set(Max, result.Latency.Max().Seconds())
	}
	if result.Bytes > 0 {
		r.Set(Body, float64(result.Bytes)/float64(result.Sent()))
	}
	if result.Pace > 0 {
		r.Set(Pace, result.Pace)
	}
	if errors > 0 {
		r.Notes = append(r.Notes, Failures(result))
	}
}

// TakeOpen sets the figures that an open loop has besides: they tell a slow server
// from a generator that could not keep up.
func (r *Row) TakeOpen(result load.Result) {
	r.Set(Unsent, float64(result.Unsent))
	r.Set(Late, result.Late.Quantile(0.99).Seconds())
	r.Set(Service, result.Service.Quantile(0.99).Seconds())
}

// Use sets the figures of the server's process.
func (r *Row) Use(usage machine.Usage) {
	r.Set(Before, float64(usage.Before))
	r.Set(Peak, float64(usage.Max))
	r.Set(After, float64(usage.After))
	r.Set(Grown, float64(usage.Max-usage.Before))
	if r.Requests > 0 {
		r.Set(CPU, usage.CPU.Seconds()/float64(r.Requests))
	}
}

// Set sets a figure.
func (r *Row) Set(figure Figure, value float64) {
	if r.Figures == nil {
		r.Figures = make(map[Figure]float64)
	}
	r.Figures[figure] = value
}

// Failures tells how many requests failed how, with an example.
func Failures(result load.Result) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(result.Statuses)) {
		switch {
		case status == 0:
			parts = append(parts, fmt.Sprintf("no answer %d", result.Statuses[status]))
		case status/100 != 2:
			parts = append(parts, fmt.Sprintf("status %d: %d", status, result.Statuses[status]))
		}
	}
	if result.Wrong > 0 {
		parts = append(parts, fmt.Sprintf("wrong answer: %d", result.Wrong))
	}
	text := strings.Join(parts, ", ")
	if result.Example != "" {
		text += " (" + result.Example + ")"
	}
	return text
}
