package report

import (
	"math"
	"slices"
)

// Goal is what a figure of a row should reach: at least or at most a value, or
// that multiple of the same figure in another row.
type Goal struct {
	Figure Figure
	Least  float64 // the value should not be below; 0: no such bound
	Most   float64 // the value should not be above, if Least is 0
	Of     string  // the name of the row whose figure the bound is a multiple of; "": none
}

// String writes the goal as it is said: p99 ≤ 50 ms.
func (g Goal) String() string {
	relation, bound := " ≤ ", g.Most
	if g.Least > 0 {
		relation, bound = " ≥ ", g.Least
	}
	if g.Of != "" {
		return string(g.Figure) + relation + Number(bound) + " × " + g.Of
	}
	return string(g.Figure) + relation + g.Figure.text(bound)
}

// Verdict is a goal held against what was measured.
type Verdict struct {
	Goal     string
	Measured string
	Score    float64 // how far the figure reaches: 1 and above is met
	Met      bool    // never with errors in the row: a fast failure is no speed
}

// word says whether the goal is met.
func (v Verdict) word() string {
	switch {
	case v.Met:
		return "met"
	case v.Score >= 1:
		return "MISSED by errors"
	}
	return "MISSED"
}

// reach writes the score.
func (v Verdict) reach() string {
	if v.Score >= mostScore {
		return "–" // nothing at all was used up
	}
	return Number(math.Floor(v.Score*100)/100) + " ×" // 0.999 is not 1
}

// mostScore keeps a score writable where nothing at all was used up.
const mostScore = 1000

// Judge sets the verdicts of all rows. A goal without its figure, or whose other
// row was not measured, gets none.
func Judge(rows []Row) {
	for i := range rows {
		row := &rows[i]
		row.Verdicts = nil
		for _, goal := range row.Goals {
			score, known := goal.score(row, rows)
			if known {
				row.Verdicts = append(row.Verdicts, Verdict{
					Goal: goal.String(), Measured: goal.Figure.text(row.Figures[goal.Figure]),
					Score: score, Met: score >= 1 && row.Figures[Errors] == 0,
				})
			}
		}
	}
}

// score returns how far a figure reaches, and whether that can be told.
func (g Goal) score(row *Row, rows []Row) (score float64, known bool) {
	value, known := row.Figures[g.Figure]
	unit := 1.0
	if g.Of != "" {
		other := slices.IndexFunc(rows, func(r Row) bool { return r.Name == g.Of })
		if other < 0 || rows[other].Figures[g.Figure] == 0 {
			return 0, false
		}
		unit = rows[other].Figures[g.Figure]
	}
	if g.Least > 0 {
		return value / (g.Least * unit), known
	}
	if value*mostScore <= g.Most*unit {
		return mostScore, known
	}
	return g.Most * unit / value, known
}
