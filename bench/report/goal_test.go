package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func row(name string, figures map[Figure]float64, goals ...Goal) Row {
	return Row{Name: name, Figures: figures, Goals: goals}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		figures map[Figure]float64
		goal    Goal
		want    []Verdict
	}{
		"at least, met":        {map[Figure]float64{Rate: 4500}, Goal{Figure: Rate, Least: 3000}, []Verdict{{"rate ≥ 3,000/s", "4,500/s", 1.5, true}}},
		"at least, missed":     {map[Figure]float64{Rate: 1500}, Goal{Figure: Rate, Least: 3000}, []Verdict{{"rate ≥ 3,000/s", "1,500/s", 0.5, false}}},
		"just":                 {map[Figure]float64{Rate: 3000}, Goal{Figure: Rate, Least: 3000}, []Verdict{{"rate ≥ 3,000/s", "3,000/s", 1, true}}},
		"at most, met":         {map[Figure]float64{P99: 0.025}, Goal{Figure: P99, Most: 0.05}, []Verdict{{"p99 ≤ 50 ms", "25 ms", 2, true}}},
		"at most, missed":      {map[Figure]float64{P99: 0.1}, Goal{Figure: P99, Most: 0.05}, []Verdict{{"p99 ≤ 50 ms", "100 ms", 0.5, false}}},
		"none at all":          {map[Figure]float64{Unsent: 0}, Goal{Figure: Unsent}, []Verdict{{"unsent ≤ 0", "0", mostScore, true}}},
		"one too many":         {map[Figure]float64{Unsent: 1}, Goal{Figure: Unsent}, []Verdict{{"unsent ≤ 0", "1", 0, false}}},
		"of another row":       {map[Figure]float64{Rate: 10_000}, Goal{Figure: Rate, Least: 0.5, Of: "raw"}, []Verdict{{"rate ≥ 0.50 × raw", "10,000/s", 1, true}}},
		"errors meet nothing":  {map[Figure]float64{Rate: 4500, Errors: 1}, Goal{Figure: Rate, Least: 3000}, []Verdict{{"rate ≥ 3,000/s", "4,500/s", 1.5, false}}},
		"no such figure":       {map[Figure]float64{Rate: 1}, Goal{Figure: Pace, Least: 1}, nil},
		"no such row":          {map[Figure]float64{Rate: 1}, Goal{Figure: Rate, Least: 1, Of: "nothing"}, nil},
		"no figure in the row": {map[Figure]float64{P99: 1}, Goal{Figure: P99, Least: 1, Of: "raw"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := []Row{row("it", test.figures, test.goal), row("raw", map[Figure]float64{Rate: 20_000})}
			Judge(rows)
			assert.Equal(t, test.want, rows[0].Verdicts)
		})
	}
}

func TestGrow(t *testing.T) {
	t.Parallel()
	small := []Row{
		row("flat", map[Figure]float64{Rate: 1000, CPU: 4e-5}), row("linear", map[Figure]float64{Rate: 1000}),
		row("failing", map[Figure]float64{Rate: 1000}), row("free", map[Figure]float64{Rate: 1000}), row("gone", map[Figure]float64{Rate: 1}),
	}
	large := []Row{
		row("linear", map[Figure]float64{Rate: 100}), row("flat", map[Figure]float64{Rate: 500, CPU: 5e-5}),
		row("failing", map[Figure]float64{Rate: 1000, Errors: 3}), row("free", map[Figure]float64{Rate: 1}),
	}
	most := map[string]float64{"flat": 1.3, "linear": 1.3, "failing": 1.3, "gone": 1.3}
	assert.Equal(t, []Growth{
		{Name: "flat", Small: 1000, Large: 500, CPU: [2]float64{4e-5, 5e-5}, Factor: 1.25, Most: 1.3, Met: true},
		{Name: "linear", Small: 1000, Large: 100, Factor: 10, Most: 1.3},
	}, Grow(small, large, most))
}

func TestVerdictInWords(t *testing.T) {
	t.Parallel()
	for want, verdict := range map[string]Verdict{
		"1.50 × met":              {Score: 1.5, Met: true},
		"0.50 × MISSED":           {Score: 0.5},
		"1.50 × MISSED by errors": {Score: 1.5},
		"0.99 × MISSED":           {Score: 0.999},
		"– met":                   {Score: mostScore, Met: true},
	} {
		assert.Equal(t, want, verdict.reach()+" "+verdict.word())
	}
}
