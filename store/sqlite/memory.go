package sqlite

import (
	"fmt"
	_ "unsafe" // for go:linkname

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// The memory that each connection has for itself, in slots. What SQLite allocates beyond it comes from an allocator with
// one lock for the whole process, for which readers then wait on each other. The default, 40 slots of 1,200 bytes, is used
// up by the statements that a connection keeps prepared, and a person needs more than one of them holds.
const (
	slotSize = 4000
	slots    = 250
)

// pageCaches is what SQLite keeps of the page caches of all connections (pcache1.c). As the driver builds it, with
// SQLITE_ENABLE_MEMORY_MANAGEMENT, they are of one group under one lock, so that a connection can free memory for
// another, which we never ask for; each page that a reader looks at takes the lock twice. Elsewhere each cache is a group
// of its own by default. No option tells so but this field.
//
//go:linkname pageCaches modernc.org/sqlite/lib._pcache1_g
var pageCaches lib.TPCacheGlobal

// init arranges the memory before any connection is opened, after which SQLite would not listen any more.
func init() {
	tls := libc.NewTLS()
	defer tls.Close()
	list := libc.Xmalloc(tls, 64)
	defer libc.Xfree(tls, list)
	if code := lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_LOOKASIDE, libc.VaList(list, int32(slotSize), int32(slots))); code != lib.SQLITE_OK {
		panic(fmt.Sprintf("sqlite: can't set the memory of connections: code %d", code))
	}
	if code := lib.Xsqlite3_initialize(tls); code != lib.SQLITE_OK {
		panic(fmt.Sprintf("sqlite: can't begin: code %d", code))
	}
	pageCaches.FseparateCache = 1
}
