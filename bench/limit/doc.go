// Package limit measures what no server on this machine can exceed: the rate of
// net/http with a constant answer, of durable commits and point reads of SQLite,
// of appending to a file, and of hashing passwords. They are measured in the same run as the server,
// because on a shared machine only ratios mean anything.
//
// The server of the constant answer is a process of its own, as the server under
// test is, and is driven by the same client.
package limit
