// Package report makes files about the accounts of a tenant: a request schedules one, any server makes it in the
// background from one snapshot, in parts of whole rows, and it can be fetched for a week. It owns what a report may ask
// for (report.go), its columns (column.go), how rows are written (encode.go) and the work (work.go). It refuses to own
// how files are sent. A new type of report is a row in the table of column.go.
package report
