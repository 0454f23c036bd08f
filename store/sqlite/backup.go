package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	driversqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Copied is what a copy of a database is.
type Copied struct {
	Bytes  int64
	Schema int64 // the version of its schema
}

// Backup copies the database in the file from to the file to, which must not be there, as it is at one moment. Servers may
// go on with it: they are not held up, but their log grows until the copy is made, since what is copied has to stay.
// The copy is checked and on the disk when Backup returns nil; nothing is left of it otherwise. Tell hears now and then
// how many of how many bytes are copied.
//
// Errors: a file that is there, or not there, in words for the operator; those of ctx.
func Backup(ctx context.Context, from, to string, tell func(done, total int64)) (Copied, error) {
	var made Copied
	if err := errors.Join(absolute(&from, &to), isFile(from, "database")); err != nil {
		return made, err
	}
	err := complete(to, func(part string) (err error) {
		if err = copyPages(ctx, location(from, url.Values{"mode": {"rw"}, "_query_only": {"1"}, "_busy_timeout": {"5000"}}), part, tell); err != nil {
			return fmt.Errorf("can't copy the database: %w", err)
		}
		if made, err = check(ctx, part); err != nil {
			return fmt.Errorf("the copy is not well, and was thrown away: %w", err)
		}
		return nil
	})
	return made, err
}

// Restore copies a backup to the file to, where no database must be. Before it has that name, prepare may look at the
// copy, and change it: nothing is left of it when that fails.
//
// Errors: a backup that is not there, damaged or no database, and a file that is there, in words for the operator; those
// of ctx and of prepare.
func Restore(ctx context.Context, backup, to string, tell func(done, total int64), prepare func(part string, found Copied) error) error {
	if err := errors.Join(absolute(&backup, &to), isFile(backup, "backup")); err != nil {
		return err
	}
	for _, suffix := range besides {
		if _, err := os.Lstat(backup + suffix); err == nil {
			return fmt.Errorf("%s stands beside %s: that is a database in use, or a copy of one without what is in its log, and no backup. Make backups with scimbridge backup", backup+suffix, backup)
		}
		if _, err := os.Lstat(to + suffix); err == nil {
			return fmt.Errorf("%s is there: it belongs to another database. Move it away, with its database", to+suffix)
		}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("can't make the folder of the database: %w", err)
	}
	return complete(to, func(part string) error {
		// Immutable: nothing is written beside the backup, which may be on a medium that takes nothing.
		if err := copyPages(ctx, location(backup, url.Values{"immutable": {"1"}}), part, tell); err != nil {
			return damaged(ctx, backup, err)
		}
		found, err := check(ctx, part)
		if err != nil {
			return damaged(ctx, backup, err)
		}
		return prepare(part, found)
	})
}

func damaged(ctx context.Context, backup string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failure, ours := errors.AsType[*driversqlite.Error](err); ours && failure.Code()&0xff == lib.SQLITE_FULL {
		return fmt.Errorf("there is no room for what is in %s: %w", backup, err)
	}
	return fmt.Errorf("%s is damaged, or no backup; take another one: %w", backup, err)
}

// besides are the names, behind its own, of what SQLite keeps beside a database.
var besides = []string{"-wal", "-shm", "-journal"}

// location names a database, as the driver wants it.
func location(file string, options url.Values) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file), RawQuery: options.Encode()}).String()
}

// absolute makes paths such as a URL may have.
func absolute(paths ...*string) (err error) {
	for _, path := range paths {
		if *path, err = filepath.Abs(*path); err != nil {
			return fmt.Errorf("can't find %s: %w", *path, err)
		}
	}
	return nil
}

func isFile(path, what string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no %s in %s", what, path)
	case err != nil:
		return fmt.Errorf("can't read the %s: %w", what, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file, and so no %s", path, what)
	}
	return nil
}

// complete makes a file that is whole from the moment on at which it has its name: it is filled beside it, under a name of
// its own, and is on the disk before that.
func complete(to string, fill func(part string) error) (err error) {
	if _, err := os.Lstat(to); err == nil {
		return occupied(to)
	}
	if _, err := os.Stat(filepath.Dir(to)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s; make it first", filepath.Dir(to))
	}
	file, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".*.part") // for nobody else to read
	if err != nil {
		return fmt.Errorf("can't write %s: %w", to, err)
	}
	part := file.Name()
	defer func() {
		for _, suffix := range append([]string{""}, besides...) {
			if gone := os.Remove(part + suffix); !errors.Is(gone, fs.ErrNotExist) {
				err = errors.Join(err, gone)
			}
		}
	}()
	if err := errors.Join(file.Close(), fill(part)); err != nil {
		return err
	}
	for _, suffix := range besides {
		if _, err := os.Lstat(part + suffix); err == nil {
			return fmt.Errorf("%s was left, so that the copy may lack something", part+suffix)
		}
	}
	if err := flush(part); err != nil {
		return err
	}
	// A link, unlike a new name, takes nobody's place.
	switch err := os.Link(part, to); {
	case errors.Is(err, fs.ErrExist):
		return occupied(to)
	case err != nil: // a file system that has no links
		if err := os.Rename(part, to); err != nil {
			return err
		}
	}
	return flush(filepath.Dir(to))
}

func occupied(to string) error {
	return fmt.Errorf("%s is there already, and nothing is ever written over: choose another name, or move it away", to)
}

// flush waits until a file or a folder is on the disk.
func flush(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// portion is how many pages are copied between two looks at the context, 4 MiB.
const portion = 1024

// copyPages copies a database page by page, as it is at one moment: the pages of a transaction that reads stay as they
// are until its end. Without it each change meanwhile would make the copy begin anew. VACUUM INTO makes a file that is
// smaller by a sixth; but it builds every tree anew, takes three times as long, in which the log grows, and can't tell how
// far it is.
func copyPages(ctx context.Context, from, to string, tell func(done, total int64)) (err error) {
	source, err := opened(ctx, from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.close()) }()
	if err := source.exec("BEGIN DEFERRED"); err != nil {
		return err
	}
	size, err := source.number(ctx, "SELECT page_size FROM pragma_page_size, sqlite_schema LIMIT 1") // reads, and so begins
	if err != nil {
		return err
	}
	copying, err := source.raw.(interface {
		NewBackup(to string) (*driversqlite.Backup, error)
	}).NewBackup(location(to, url.Values{"_synchronous": {"OFF"}, "_journal_mode": {"OFF"}})) // it is flushed when it is whole
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		if err = ctx.Err(); err == nil {
			more, err = copying.Step(portion)
		}
		if err == nil {
			tell(size*int64(copying.PageCount()-copying.Remaining()), size*int64(copying.PageCount()))
		}
	}
	return errors.Join(err, copying.Finish())
}

func opened(ctx context.Context, dsn string) (*conn, error) {
	connector, err := driversqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return connect(ctx, connector)
}

// number asks for one.
func (c *conn) number(ctx context.Context, text string) (int64, error) {
	value, err := c.value(ctx, text)
	n, _ := value.(int64)
	return n, err
}

// value asks for one; nil where there is none.
func (c *conn) value(ctx context.Context, text string) (driver.Value, error) {
	found, err := c.Query(ctx, text, nil)
	if err != nil {
		return nil, err
	}
	r := found.(*rows)
	var value driver.Value
	if r.Next() {
		value = r.values[0]
	}
	return value, errors.Join(r.Err(), r.Close())
}

// check looks at all of a copy that nobody uses.
func check(ctx context.Context, file string) (found Copied, err error) {
	c, err := opened(ctx, location(file, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	said, err := c.value(ctx, "PRAGMA integrity_check(1)")
	if err != nil {
		return found, err
	}
	if said != "ok" {
		return found, fmt.Errorf("SQLite finds in it: %v", said)
	}
	if found.Schema, err = c.number(ctx, "SELECT MAX(version_id) FROM goose_db_version"); err != nil {
		return found, fmt.Errorf("it is of another program: %w", err)
	}
	info, err := os.Stat(file)
	if err == nil {
		found.Bytes = info.Size()
	}
	return found, err
}
