package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Text writes the report for a terminal.
func (r *Report) Text(w io.Writer) error { return r.write(w, text) }

// Markdown writes the report for the documentation.
func (r *Report) Markdown(w io.Writer) error { return r.write(w, markdown) }

// writeTable writes lines of cells, the first of which is the head.
type writeTable func(w io.Writer, lines [][]string) error

func (r *Report) write(w io.Writer, table writeTable) error {
	if _, err := io.WriteString(w, r.head()); err != nil {
		return err
	}
	if err := table(w, r.lines()); err != nil {
		return err
	}
	for _, part := range []struct {
		title string
		lines [][]string
	}{
		{"Goals, for 500,000 people", r.goalLines()},
		{"Growth of cost with the number of people", r.growthLines()},
		{"Notes", r.noteLines()},
	} {
		if len(part.lines) == 1 { // the head alone
			continue
		}
		if _, err := fmt.Fprintf(w, "\n%s:\n\n", part.title); err != nil {
			return err
		}
		if err := table(w, part.lines); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) head() string {
	durability := r.Durability
	if durability == "" {
		durability = "not stated"
	}
	return fmt.Sprintf("%s\n\n%s people and %s groups stored. Durability: %s.\n\n",
		r.Machine, Number(float64(r.People)), Number(float64(r.Groups)), durability)
}

func (r *Report) lines() [][]string {
	lines := [][]string{{"operation", "load", "requests", "per second", "of raw", "p50", "p99", "longest", "CPU", "goals met"}}
	for _, row := range r.Rows {
		if row.Requests > 0 {
			lines = append(lines, row.cells(r.Rows))
		}
	}
	return lines
}

func (r Row) cells(rows []Row) []string {
	rate := "–"
	if value, known := r.Figures[Rate]; known {
		rate = Number(value)
	}
	return []string{r.Name, r.Load, Number(float64(r.Requests)), rate, r.ofRaw(rows),
		r.cell(P50), r.cell(P99), r.cell(Max), r.cell(CPU), r.met()}
}

// cell writes a figure, or a dash without one.
func (r Row) cell(figure Figure) string {
	if value, known := r.Figures[figure]; known {
		return figure.text(value)
	}
	return "–"
}

// ofRaw writes the rate as a share of the raw limit.
func (r Row) ofRaw(rows []Row) string {
	score, known := Goal{Figure: Rate, Least: 1, Of: r.Limit}.score(&r, rows)
	if r.Limit == "" || !known {
		return "–"
	}
	return Number(score)
}

// met writes how many of the goals are met.
func (r Row) met() string {
	if len(r.Verdicts) == 0 {
		return "–"
	}
	met := 0
	for _, verdict := range r.Verdicts {
		if verdict.Met {
			met++
		}
	}
	return fmt.Sprintf("%d of %d", met, len(r.Verdicts))
}

func (r *Report) goalLines() [][]string {
	lines := [][]string{{"operation", "goal", "measured", "reached", ""}}
	for _, row := range r.Rows {
		for _, verdict := range row.Verdicts {
			lines = append(lines, []string{row.Name, verdict.Goal, verdict.Measured, verdict.reach(), verdict.word()})
		}
	}
	return lines
}

func (r *Report) growthLines() [][]string {
	fewer, people := " at "+Number(float64(r.Fewer)), " at "+Number(float64(r.People))
	lines := [][]string{{"operation", "per second" + fewer, "per second" + people, "CPU" + fewer, "CPU" + people, "growth", "goal", ""}}
	for _, g := range r.Growth {
		word := Verdict{Met: g.Met}.word()
		lines = append(lines, []string{g.Name, Number(g.Small), Number(g.Large),
			Duration(g.CPU[0]), Duration(g.CPU[1]), Number(g.Factor) + " ×", "≤ " + Number(g.Most), word})
	}
	return lines
}

func (r *Report) noteLines() [][]string {
	lines := [][]string{{"operation", "note"}}
	for _, row := range r.Rows {
		if notes := row.notes(); len(notes) > 0 {
			lines = append(lines, []string{row.Name, strings.Join(notes, "; ")})
		}
	}
	return lines
}

// noted are the figures that have no column of their own.
var noted = []Figure{Creates, Pace, Refused, Told, Recovery, Others, Unsent, Service, Late, Body, Ready, Binary}

// muchMemory is by how many bytes a process must grow for it to be worth a note.
const muchMemory = 8e6

// notes writes the figures that have no column, before the notes.
func (r Row) notes() []string {
	if r.Skipped != "" {
		return []string{"skipped: " + r.Skipped}
	}
	var notes []string
	if r.Figures[Errors] > 0 {
		notes = append(notes, "ERRORS "+Number(r.Figures[Errors]))
	}
	for _, figure := range noted {
		if _, known := r.Figures[figure]; known {
			notes = append(notes, string(figure)+" "+r.cell(figure))
		}
	}
	if r.Figures[Grown] >= muchMemory {
		notes = append(notes, "memory "+r.cell(Before)+" → "+r.cell(Peak)+" → "+r.cell(After))
	}
	return append(notes, r.Notes...)
}

func text(w io.Writer, lines [][]string) error {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var padded strings.Builder
		for i, cell := range line {
			padded.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(padded.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

func markdown(w io.Writer, lines [][]string) error {
	escape := strings.NewReplacer("|", `\|`, "\n", " ")
	for i, line := range lines {
		if i == 1 {
			if _, err := fmt.Fprintln(w, strings.Repeat("|---", len(line))+"|"); err != nil {
				return err
			}
		}
		cells := make([]string, len(line))
		for k, cell := range line {
			cells[k] = escape.Replace(cell)
		}
		if _, err := fmt.Fprintln(w, "| "+strings.Join(cells, " | ")+" |"); err != nil {
			return err
		}
	}
	return nil
}
