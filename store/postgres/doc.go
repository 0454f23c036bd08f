// Package postgres is the store in a PostgreSQL database: for several replicas of the program on one database.
//
// It owns how PostgreSQL is connected to, spelled and driven (engine.go: transactions, the retry after a conflict,
// the bounds on waiting), what holds in a fail-over (lineage.go, commit.go) and what its errors mean (error.go). It
// refuses to own statements and tables: those are in package store. It uses no advisory lock but that of migrations, no LISTEN and no sequence that anybody sees, so that
// databases which speak PostgreSQL's language stay within reach.
package postgres
