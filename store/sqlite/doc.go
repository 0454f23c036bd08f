// Package sqlite is the store in one SQLite file: the default of a single machine.
//
// It owns how SQLite is opened, spelled and driven: one writer that commits many use cases together (writer.go), a
// pool of readers with a snapshot each (reader.go), and what the errors of SQLite mean (error.go). It talks to the
// driver beneath database/sql, because the pool of that package costs more than a point query does.
//
// It refuses to own statements and tables: those are in package store. What another process writes to the same file
// is fine: the file's own locks hold both apart.
package sqlite
