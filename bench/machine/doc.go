// Package machine reads what the figures of a load run depend on: the facts of the
// machine, and the memory and processor time of the server's process, from /proc.
// Where there is no /proc, it says so and the rest of the run goes on without.
package machine
