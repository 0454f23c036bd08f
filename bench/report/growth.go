package report

import "slices"

// Growth tells how much more an operation costs with more people stored.
type Growth struct {
	Name         string
	Small, Large float64    // requests a second at either size
	CPU          [2]float64 // seconds of the server a request, or 0 if unknown
	Factor       float64    // what the cost has grown by: the same is 1
	Most         float64    // what it may be
	Met          bool
}

// Grow compares the rows of two sizes by name. Names outside of both, rows that
// were skipped and rows with errors have no place in it.
func Grow(small, large []Row, most map[string]float64) []Growth {
	var all []Growth
	for _, before := range small {
		i := slices.IndexFunc(large, func(r Row) bool { return r.Name == before.Name })
		limit, asked := most[before.Name]
		if i < 0 || !asked || !before.sound() || !large[i].sound() {
			continue
		}
		growth := Growth{Name: before.Name, Small: before.Figures[Rate], Large: large[i].Figures[Rate], Most: limit}
		growth.CPU = [2]float64{before.Figures[CPU], large[i].Figures[CPU]}
		growth.Factor = growth.factor()
		growth.Met = growth.Factor <= limit
		all = append(all, growth)
	}
	return all
}

// factor compares processor time where it is known, because that does not change
// with what else runs on the machine, and otherwise the rates.
func (g Growth) factor() float64 {
	if g.CPU[0] > 0 && g.CPU[1] > 0 {
		return g.CPU[1] / g.CPU[0]
	}
	return g.Small / g.Large
}

// sound tells whether the rate of a row can be compared.
func (r Row) sound() bool {
	return r.Skipped == "" && r.Figures[Errors] == 0 && r.Figures[Rate] > 0
}
