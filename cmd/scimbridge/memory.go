package main

import (
	"os"
	"runtime/debug"
)

// How the server's heap may grow: to four times what is in use while that is little, and not much above the limit while
// that is more. It is mostly little, and collecting it often would cost a tenth of all work; a group of 100,000 members
// that is being replaced is the most that there is, and has to fit into 256 MB with SQLite's caches and the program.
const (
	heapPercent = 300
	heapLimit   = 96 << 20 // bytes; a soft limit
)

// tuneMemory sets the collector, unless the operator did so by the usual variables of the environment.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
