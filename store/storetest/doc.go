// Package storetest is what every store has to pass, and what other tests stand on.
//
// It owns the conformance suite, one small function a promise (RunTests, RunIsolationTests, RunConcurrencyTests), the
// stores that tests get ([SQLite], [Postgres]: migrated, empty, dropped with the test), a store that fails on purpose
// ([Failing]), and the making of people and conditions for property tests.
//
// It refuses to be part of the program: nothing but tests imports it. A new method of a port gets its function in the
// file of its subject here; a new database gets five lines in its own folder.
package storetest
