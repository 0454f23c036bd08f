package report

import (
	"encoding/json"
	"io"

	"github.com/scimbridge/scimbridge/bench/machine"
)

// Report is one run, with what its figures depend on.
type Report struct {
	Target     string // the URL that was driven
	Machine    machine.Facts
	People     int    // stored at the start
	Groups     int    // stored at the start
	Durability string // what an answer of the server promises, as the caller says
	Rows       []Row
	Growth     []Growth
	Fewer      int // how many people were stored for the small side of Growth
}

// JSON writes the report for a program to read.
func (r *Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
