package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// gathering is the name of the file system of connections that write: SQLite's own, but that it gathers what is written to
// the write-ahead log. SQLite writes each page of a commit with two calls, and a create has some thirty pages; they lie
// behind each other, so that one call does it.
//
// The page that ends a transaction is in the file, with all in front of it, before SQLite goes on: only then does it have
// the log reach the disk, and tell readers of the pages. What is left of a transaction that never ended nobody misses.
const gathering = "gathering"

const (
	// gathered is how many bytes wait at most, a page at least. SQLite's own method takes no more than 128 KiB, less one, in
	// one call.
	gathered = 127 << 10
	// frameHeader is the size of what stands in front of each page of the log (https://sqlite.org/fileformat2.html, 4.1).
	// Its second number is the size of the database after a commit, in pages; zero for all pages but a transaction's last.
	frameHeader = 24
)

// logFile is an open write-ahead log. One goroutine at a time uses it, as it does the connection.
type logFile struct {
	methods *lib.Tsqlite3_io_methods // SQLite's own
	room    uintptr                  // of what waits
	waiting int                      // bytes
	begin   int64                    // where in the file they belong
	ends    bool                     // the transaction, with the page that is written next
}

var (
	ownFiles   *lib.Tsqlite3_vfs
	ourFiles   lib.Tsqlite3_vfs
	logMethods lib.Tsqlite3_io_methods

	logFilesMu sync.RWMutex
	logFiles   = map[uintptr]*logFile{} // by the address of SQLite's file
)

type (
	openFunc  = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	moveFunc  = func(tls *libc.TLS, file, data uintptr, size int32, at int64) int32 // reads or writes
	sizeFunc  = func(tls *libc.TLS, file uintptr, size int64) int32
	askFunc   = func(tls *libc.TLS, file, answer uintptr) int32
	syncFunc  = func(tls *libc.TLS, file uintptr, flags int32) int32
	closeFunc = func(tls *libc.TLS, file uintptr) int32
)

// at is what SQLite has at an address.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// method is the place of a function in a table of SQLite.
func method[F any](place *uintptr) *F { return (*F)(unsafe.Pointer(place)) }

// useGathering makes the file system known to SQLite, once.
var useGathering = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	own := lib.Xsqlite3_vfs_find(tls, 0)
	if own == 0 {
		return errors.New("sqlite: there is no file system to build upon")
	}
	name, err := libc.CString(gathering)
	if err != nil {
		return fmt.Errorf("sqlite: name its file system: %w", err)
	}
	ownFiles = at[lib.Tsqlite3_vfs](own)
	ourFiles = *ownFiles
	ourFiles.FzName, ourFiles.FpNext = name, 0
	*method[openFunc](&ourFiles.FxOpen) = openFile
	if code := lib.Xsqlite3_vfs_register(tls, uintptr(unsafe.Pointer(&ourFiles)), 0); code != lib.SQLITE_OK {
		return fmt.Errorf("sqlite: can't make its file system known: code %d", code)
	}
	return nil
})

var gatherLogs sync.Once

// openFile opens a file, and takes the place of SQLite's methods if it is a log.
func openFile(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	code := (*method[openFunc](&ownFiles.FxOpen))(tls, uintptr(unsafe.Pointer(ownFiles)), name, file, flags, out)
	if code != lib.SQLITE_OK || flags&lib.SQLITE_OPEN_WAL == 0 {
		return code
	}
	methods := &at[lib.Tsqlite3_file](file).FpMethods
	own := at[lib.Tsqlite3_io_methods](*methods)
	gatherLogs.Do(func() {
		logMethods = *own
		*method[moveFunc](&logMethods.FxWrite) = logWrite
		*method[moveFunc](&logMethods.FxRead) = logRead
		*method[sizeFunc](&logMethods.FxTruncate) = logTruncate
		*method[askFunc](&logMethods.FxFileSize) = logSize
		*method[syncFunc](&logMethods.FxSync) = logSync
		*method[closeFunc](&logMethods.FxClose) = logClose
	})
	room := libc.Xmalloc(tls, gathered)
	if room == 0 {
		_ = (*method[closeFunc](&own.FxClose))(tls, file)
		return lib.SQLITE_NOMEM
	}
	logFilesMu.Lock()
	defer logFilesMu.Unlock()
	logFiles[file] = &logFile{methods: own, room: room}
	*methods = uintptr(unsafe.Pointer(&logMethods))
	return code
}

func logOf(file uintptr) *logFile {
	logFilesMu.RLock()
	defer logFilesMu.RUnlock()
	return logFiles[file]
}

// flush writes what waits. What can't be written is of a commit that fails by it.
func (f *logFile) flush(tls *libc.TLS, file uintptr) int32 {
	if f.waiting == 0 {
		return lib.SQLITE_OK
	}
	size := f.waiting
	f.waiting = 0
	return (*method[moveFunc](&f.methods.FxWrite))(tls, file, f.room, int32(size), f.begin)
}

func logWrite(tls *libc.TLS, file, data uintptr, size int32, begin int64) int32 {
	f := logOf(file)
	if begin != f.begin+int64(f.waiting) || f.waiting+int(size) > gathered {
		if code := f.flush(tls, file); code != lib.SQLITE_OK {
			return code
		}
		f.begin = begin
	}
	written := libc.GoBytes(data, int(size))
	f.waiting += copy(libc.GoBytes(f.room, gathered)[f.waiting:], written)
	if f.ends {
		f.ends = false
		return f.flush(tls, file)
	}
	f.ends = size == frameHeader && binary.BigEndian.Uint32(written[4:]) != 0
	return lib.SQLITE_OK
}

func logRead(tls *libc.TLS, file, data uintptr, size int32, begin int64) int32 {
	f := logOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return (*method[moveFunc](&f.methods.FxRead))(tls, file, data, size, begin)
}

func logTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	f := logOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return (*method[sizeFunc](&f.methods.FxTruncate))(tls, file, size)
}

func logSize(tls *libc.TLS, file, answer uintptr) int32 {
	f := logOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return (*method[askFunc](&f.methods.FxFileSize))(tls, file, answer)
}

func logSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := logOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return (*method[syncFunc](&f.methods.FxSync))(tls, file, flags)
}

// logClose drops what waits: it is of a transaction that was not committed.
func logClose(tls *libc.TLS, file uintptr) int32 {
	f := logOf(file)
	logFilesMu.Lock()
	delete(logFiles, file)
	logFilesMu.Unlock()
	libc.Xfree(tls, f.room)
	at[lib.Tsqlite3_file](file).FpMethods = uintptr(unsafe.Pointer(f.methods))
	return (*method[closeFunc](&f.methods.FxClose))(tls, file)
}
