package report

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/machine"
)

func example() *Report {
	r := &Report{
		Target:  "http://127.0.0.1/scim/v2",
		Machine: machine.Facts{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), System: "linux/amd64", Cores: 2, Go: "go1.26.0"},
		People:  20_000, Groups: 5, Durability: "every answer", Fewer: 1000,
		Rows: []Row{
			{Name: "hello 8", Load: "8 connections", Requests: 9, Figures: map[Figure]float64{Rate: 20_000, P99: 0.002, CPU: 0.000029}},
			{Name: "GET user", Load: "8 connections", Limit: "hello 8", Requests: 48_000,
				Figures: map[Figure]float64{Rate: 12_345, P50: 0.0006, P99: 0.0025, Max: 1.5, Errors: 2, Body: 812},
				Notes:   []string{"status 500: 2 (a | b)"}, Goals: []Goal{{Figure: Rate, Least: 0.5, Of: "hello 8"}}},
			{Name: "Bulk", Load: "1 connection", Skipped: "not announced"},
			{Name: "memory", Figures: map[Figure]float64{Before: 30e6, Peak: 120e6, After: 50e6, Grown: 90e6}},
		},
		Growth: []Growth{{Name: "GET user", Small: 13_000, Large: 12_345, Factor: 1.05, Most: 1.3, Met: true}},
	}
	Judge(r.Rows)
	return r
}

func TestText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, example().Text(&out))
	text := out.String()
	assert.Contains(t, text, "linux/amd64, 2 cores, go1.26.0, 2026-01-02T03:04:05Z\n")
	assert.Contains(t, text, "20,000 people and 5 groups stored. Durability: every answer.")
	assert.Regexp(t, `(?m)^GET user +8 connections +48,000 +12,345 +0\.62 +600 µs +2\.50 ms +1\.50 s +– +0 of 1$`, text)
	assert.Regexp(t, `(?m)^GET user +rate ≥ 0\.50 × hello 8 +12,345/s +1\.23 × +MISSED by errors$`, text)
	assert.Regexp(t, `(?m)^GET user +13,000 +12,345 .*1\.05 × +≤ 1\.30 +met$`, text)
	assert.Regexp(t, `(?m)^GET user +ERRORS 2; body 812 B; status 500`, text)
	assert.Regexp(t, `(?m)^Bulk +skipped: not announced$`, text)
	assert.Contains(t, text, "memory 30 MB → 120 MB → 50 MB")
}

func TestTextLeavesOutEmptyParts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, (&Report{Rows: []Row{{Name: "it", Requests: 1}}}).Text(&out))
	for _, part := range []string{"Goals", "Growth", "Notes"} {
		assert.NotContains(t, out.String(), part)
	}
}

func TestTextColumnsStandBelowEachOther(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, text(&out, [][]string{{"a", "µµµ", "c"}, {"aaaa", "b", "c"}}))
	assert.Equal(t, "a     µµµ  c\naaaa  b    c\n", out.String())
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, example().Markdown(&out))
	var widths []int
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "|") {
			widths = append(widths, strings.Count(line, "|")-strings.Count(line, `\|`))
		}
	}
	assert.Equal(t, []int{11, 11, 11, 11, 6, 6, 6, 9, 9, 9, 3, 3, 3, 3, 3}, widths, "four whole tables")
	assert.Contains(t, out.String(), `(a \| b)`)
}

func TestJSONHoldsEverything(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, example().JSON(&out))
	var back Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	want := example()
	for i := range want.Rows {
		want.Rows[i].Goals = nil // the verdicts say them
	}
	assert.Equal(t, want, &back)
}

func TestWords(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"0": Number(0), "7": Number(7), "1.50": Number(1.5), "12.3": Number(12.34), "123": Number(123.4),
		"1,234": Number(1234.4), "1,234,567": Number(1234567), "-1,234": Number(-1234), "-0.50": Number(-0.5),
		"800 ns is short: 0.80 µs": "800 ns is short: " + Duration(800e-9),
		"120 µs":                   Duration(0.00012), "12.5 ms": Duration(0.0125), "999 ms": Duration(0.999), "2 s": Duration(2), "none: 0": "none: " + Duration(0),
		"812 B": Bytes(812), "1.50 kB": Bytes(1500), "256 MB": Bytes(256e6), "-2 MB": Bytes(-2e6),
	} {
		assert.Equal(t, want, got)
	}
}

func TestTakeCountsRefusalsAsErrorsUnlessAllowed(t *testing.T) {
	t.Parallel()
	answers := []load.Answer{{Status: 200, Bytes: 100}, {Status: 429}, {Status: 500, Detail: "boom"}, {Wrong: true, Status: 200}}
	result := load.Closed(t.Context(), 1, load.Bound{Requests: 4}, func(_ context.Context, n int) load.Answer { return answers[n] })
	var strict, lenient Row
	strict.Take(result, false)
	lenient.Take(result, true)
	assert.EqualValues(t, 3, strict.Figures[Errors])
	assert.EqualValues(t, 2, lenient.Figures[Errors])
	assert.Equal(t, []string{"status 429: 1, status 500: 1, wrong answer: 1 (boom)"}, strict.Notes)
	assert.EqualValues(t, 25, strict.Figures[Body])

	strict.Use(machine.Usage{Before: 10, Max: 30, After: 20, CPU: 4 * time.Second})
	assert.EqualValues(t, 20, strict.Figures[Grown])
	assert.EqualValues(t, 1, strict.Figures[CPU])
}
