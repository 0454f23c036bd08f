// Package sqlite is the store in one SQLite file: the default of a single machine.
//
// It owns how SQLite is opened, spelled and driven: one writer that commits many use cases together (writer.go), a
// pool of readers with a snapshot each (reader.go), and what the errors of SQLite mean (error.go). It talks to the
// driver beneath database/sql, because the pool of that package costs more than a point query does.
//
// Two files reach into SQLite itself, by the names that the driver's transpiled C has: memory.go arranges what memory a
// connection has for itself, and logfile.go how the log is written. Whoever raises the version of the driver looks at them;
// their tests, and the compiler, tell when they no longer fit.
//
// It refuses to own statements and tables: those are in package store. What another process writes to the same file
// is fine: the file's own locks hold both apart.
package sqlite
