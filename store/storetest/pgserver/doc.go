// Package pgserver gives each test a PostgreSQL database of its own, on a real
// server. It starts one throw-away server per test binary, at the first test
// that asks, and the server ends with the binary, however that ends.
//
// The environment decides which server:
//
//	SCIMBRIDGE_TEST_POSTGRES   the URL of a running server to use instead, by a
//	                           role that may create databases; make test sets it,
//	                           so that all packages share one server
//	SCIMBRIDGE_TEST_POSTGRES=off   skips the tests that need PostgreSQL
//	POSTGRES_BIN               the folder of the server's binaries
//
// Without binaries such tests fail and say what to do: a database that is
// silently not tested is not supported.
//
// It owns nothing about our schema; a caller brings its migrations as a
// function to FromTemplate. A setting of the server belongs in server.sh.
package pgserver
