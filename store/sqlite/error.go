package sqlite

import (
	"errors"
	"strings"

	driversqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

// translate implements [store.Dialect].Translate.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if _, own := errors.AsType[*domain.Error](err); own {
		return err
	}
	failure, ours := errors.AsType[*driversqlite.Error](err)
	if !ours {
		return err
	}
	switch code := failure.Code(); {
	case code == lib.SQLITE_CONSTRAINT_UNIQUE:
		return taken(failure)
	case code == lib.SQLITE_FULL, code == lib.SQLITE_IOERR_SHMSIZE:
		return domain.Fail(domain.CodeStorageFull, err, "The server has no room left to store the change. Try again later.")
	case code&0xff == lib.SQLITE_READONLY, code == lib.SQLITE_IOERR_WRITE:
		return domain.Fail(domain.CodeUnavailable, err, "The disk of the database takes no changes. Try again later.")
	case code&0xff == lib.SQLITE_IOERR, code&0xff == lib.SQLITE_CANTOPEN,
		code&0xff == lib.SQLITE_CORRUPT, code&0xff == lib.SQLITE_NOTADB, busy(err):
		return domain.Fail(domain.CodeUnavailable, err, "The database can't be reached. Try again in a moment.")
	default:
		return err
	}
}

// uncommitted is why a commit failed. One that could not be flushed may stand in the log all the same, and count after a
// restart.
func uncommitted(err error) error {
	failure, ours := errors.AsType[*driversqlite.Error](err)
	own, known := errors.AsType[*domain.Error](translate(err))
	if !ours || !known || failure.Code()&0xff != lib.SQLITE_IOERR {
		return translate(err)
	}
	return domain.Fail(own.Code, err, "The disk did not say whether the change was stored. Look before trying again.")
}

// taken finds the key by the columns that the message names: "UNIQUE constraint failed: t.tenant_id, t.key".
func taken(failure *driversqlite.Error) error {
	_, columns, _ := strings.Cut(failure.Error(), "UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (")
	for _, column := range strings.Split(columns, ", ") {
		if refusal := store.Taken(column); refusal != nil {
			return refusal
		}
	}
	return failure
}

// busy tells that another process holds the file's lock for longer than we wait.
func busy(err error) bool {
	failure, ours := errors.AsType[*driversqlite.Error](err)
	return ours && failure.Code()&0xff == lib.SQLITE_BUSY
}

// untrusted tells of a flush that failed: what the disk holds after that is anybody's guess, and trying again would
// report a success that never was.
func untrusted(err error) bool {
	failure, ours := errors.AsType[*driversqlite.Error](err)
	return ours && (failure.Code() == lib.SQLITE_IOERR_FSYNC || failure.Code() == lib.SQLITE_IOERR_DIR_FSYNC)
}
