package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/scimbridge/scimbridge/domain"
)

// encoder writes rows into a buffer that others empty from time to time.
type encoder struct {
	bytes.Buffer
	columns []column
	rows    int
	csv     *csv.Writer // nil: the format is JSON
	fields  []string    // of a row of CSV, used again and again
}

func newEncoder(kind domain.ReportType, format domain.ReportFormat) *encoder {
	e := &encoder{columns: columnsOf[kind]}
	if format == domain.ReportCSV {
		e.csv, e.fields = csv.NewWriter(e), make([]string, len(e.columns))
	}
	return e
}

// begin writes what stands in front of the rows.
func (e *encoder) begin() error {
	if e.csv == nil {
		e.WriteByte('[')
		return nil
	}
	for i, c := range e.columns {
		e.fields[i] = c.name
	}
	return e.line()
}

func (e *encoder) add(r row) error {
	e.rows++
	if e.csv == nil {
		return e.object(r)
	}
	for i, c := range e.columns {
		e.fields[i] = harmless(c.value(r).text)
	}
	return e.line()
}

// end writes what stands behind the rows.
func (e *encoder) end() {
	if e.csv == nil {
		e.WriteString("\n]\n")
	}
}

func (e *encoder) line() error {
	if err := e.csv.Write(e.fields); err != nil {
		return err
	}
	e.csv.Flush()
	return e.csv.Error()
}

// object writes a row as an object on a line of its own.
func (e *encoder) object(r row) error {
	if e.rows > 1 {
		e.WriteByte(',')
	}
	e.WriteByte('\n')
	for i, c := range e.columns {
		before := byte(',')
		if i == 0 {
			before = '{'
		}
		e.WriteByte(before)
		e.WriteString(`"` + c.name + `":`)
		switch value := c.value(r); {
		case value.text == "":
			e.WriteString("null")
		case value.bare:
			e.WriteString(value.text)
		default:
			text, err := json.Marshal(value.text)
			if err != nil {
				return err
			}
			e.Write(text)
		}
	}
	e.WriteByte('}')
	return nil
}

// formulaStarts are what makes a spreadsheet take a cell for a formula, or skips to what does; the last ones are the
// full-width forms, which some of them fold.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// harmless puts an apostrophe in front of what a spreadsheet would take for a formula.
func harmless(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if text != "" && strings.ContainsRune(formulaStarts, first) {
		return "'" + text
	}
	return text
}
