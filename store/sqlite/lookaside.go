package sqlite

import (
	"fmt"

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

// init sets it before any connection is opened, after which SQLite would not listen any more.
func init() {
	tls := libc.NewTLS()
	defer tls.Close()
	list := libc.Xmalloc(tls, 64)
	defer libc.Xfree(tls, list)
	if code := lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_LOOKASIDE, libc.VaList(list, int32(slotSize), int32(slots))); code != lib.SQLITE_OK {
		panic(fmt.Sprintf("sqlite: can't set the memory of connections: code %d", code))
	}
}
