// Package report holds figures against goals and writes them down: as a table to
// read, as Markdown for the documentation, and as JSON for a comparison.
//
// A figure that is new needs a name and a unit in figure.go; a goal is data and
// stands with its workload. The package measures nothing.
package report
