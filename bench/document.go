package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"

	"github.com/scimbridge/scimbridge/bench/report"
)

// The report stands between these lines of a document; the rest of it is kept.
const (
	openMark  = "<!-- bench: begin -->"
	closeMark = "<!-- bench: end -->"
)

// embed writes the report into a Markdown file, in place of the one that is there,
// at the end, or into a new file.
func embed(made *report.Report, path string) error {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = []byte("# Performance\n")
	case err != nil:
		return err
	}
	var table bytes.Buffer
	if err := made.Markdown(&table); err != nil {
		return err
	}
	return os.WriteFile(path, replace(text, table.Bytes()), 0o644)
}

// replace puts a table between the marks of a text, which are added if absent.
func replace(text, table []byte) []byte {
	before, rest, found := bytes.Cut(text, []byte(openMark))
	_, after, closed := bytes.Cut(rest, []byte(closeMark))
	if !found || !closed {
		before, after = text, []byte("\n")
		if len(before) > 0 {
			before = append(bytes.TrimRight(before, "\n"), "\n\n"...)
		}
	}
	return bytes.Join([][]byte{before, []byte(openMark + "\n\n"), table, []byte("\n" + closeMark), after}, nil)
}
