package workload

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/bench/limit"
	"github.com/scimbridge/scimbridge/bench/load"
	"github.com/scimbridge/scimbridge/bench/report"
)

var limits = []string{limit.Hello1, limit.Hello8, limit.Commit1, limit.Commit32, limit.PointRead, limit.Sync, limit.Argon2id}

func TestEveryRowIsWholeAndRefersToOthers(t *testing.T) {
	t.Parallel()
	table := Table(&Stage{Members: []int{10, 100_000}, SignIns: &SignIns{}})
	names := slices.Clone(limits)
	for _, w := range table {
		assert.NotContains(t, names, w.Name, "names are unique")
		names = append(names, w.Name)
	}
	for _, w := range table {
		assert.NotEmpty(t, w.Goals, w.Name)
		assert.Positive(t, w.Connections, w.Name)
		assert.NotNil(t, w.run, w.Name)
		assert.Contains(t, append(limits, ""), w.Limit, w.Name)
		for _, goal := range w.Goals {
			assert.Contains(t, append(names, ""), goal.Of, "%s: %s", w.Name, goal)
			assert.True(t, goal.Least == 0 || goal.Most == 0, "%s: one bound a goal", w.Name)
		}
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	said := make(map[string]string)
	for _, w := range Table(&Stage{Members: []int{10, 100_000}, SignIns: &SignIns{}}) {
		var goals []string
		for _, goal := range w.Goals {
			goals = append(goals, goal.String())
		}
		said[w.Name] = strings.Join(goals, "; ")
	}
	for name, want := range map[string]string{
		"GET user by id":                       "rate ≥ 0.50 × hello 8; p99 ≤ 5 ms",
		"work e-mail eq":                       "rate ≥ 0.40 × hello 8",
		"POST user, 1 connection":              "rate ≥ 0.50 × commit 1 row",
		"POST user, 32 connections":            "rate ≥ 3,000/s; p99 ≤ 50 ms",
		"page of 100, 90 % deep by startIndex": "rate ≥ 1,000/s; rate ≥ 0.50 × page of 100, first",
		"add a member to a group of 100,000":   "rate ≥ 3,000/s; p99 ≤ 20 ms; rate ≥ 0.77 × add a member to a group of 10",
		"GET group with 100,000 members":       "p99 ≤ 500 ms; more memory ≤ 32 MB",
		"PUT group with 100,000 members":       "longest ≤ 5 s",
		"first sync: look up and create each":  "rate ≥ 1,667/s; pace ≥ 0.80",
		"SAML sign-in":                         "rate ≥ 300/s",
		"password sign-in":                     "rate ≥ 0.40 × argon2id",
		"SCIM beside SAML sign-ins":            "p99 ≤ 50 ms; unsent ≤ 0",
		"SCIM beside password sign-ins":        "p99 ≤ 50 ms; unsent ≤ 0",
		"SCIM beside both sign-ins":            "p99 ≤ 50 ms; unsent ≤ 0",
		"mixed over tenants":                   "p99 ≤ 50 ms; others ≤ 2; unsent ≤ 0",
		"overload: POST user":                  "p99 ≤ 1 s; told ≥ 1; recovery ≤ 10 s",
	} {
		assert.Equal(t, want, said[name], name)
	}
}

func TestMixIsMostlyReads(t *testing.T) {
	t.Parallel()
	counts := make(map[rune]int)
	for _, kind := range mix {
		counts[kind]++
	}
	assert.Equal(t, map[rune]int{'g': 10, 'l': 5, 'p': 1, 'c': 2, 'n': 2}, counts)
}

func TestRecoveryIsWhenALightLoadIsNormal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		request := func(context.Context, int) load.Answer {
			if time.Since(start) < 2*time.Second {
				return load.Answer{Status: 503}
			}
			time.Sleep(5 * time.Millisecond)
			return load.Answer{Status: 201}
		}
		s := &Stage{OverloadTime: 10 * time.Second}
		took := s.recovery(t.Context(), request, 10*time.Millisecond)
		assert.InDelta(t, 2250*time.Millisecond, took, float64(probeWindow)/2, "the window after two seconds")
		slow := s.recovery(t.Context(), request, time.Millisecond)
		assert.GreaterOrEqual(t, slow, 30*time.Second, "it gives up")
	})
}

func TestARowThatCannotBePreparedIsSkipped(t *testing.T) {
	t.Parallel()
	fails := func(context.Context, *Stage, Workload, *report.Row) error { return errors.New("no Bulk here") }
	row := (&Stage{}).measure(t.Context(), Workload{Name: "Bulk", Connections: 1, run: fails})
	assert.Equal(t, report.Row{Name: "Bulk", Load: "1 connection", Skipped: "no Bulk here"}, row)
}
