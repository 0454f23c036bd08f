package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/scimbridge/scimbridge/store/sqlite"
)

// errOwnBackup is for databases that have ways of their own.
var errOwnBackup = errors.New("this is for SQLite. Back PostgreSQL up with pg_dump or continuous archiving, and restore it with its own programs: " +
	"see Backup and restore in docs/operation.md")

// file is the database as a file, which only SQLite has.
func (f databaseFlags) file() (string, error) {
	path, is := strings.CutPrefix(f.Database, sqlitePrefix)
	switch {
	case is && path != "":
		return path, nil
	case strings.HasPrefix(f.Database, "postgres"):
		return "", errOwnBackup
	}
	return "", errors.New("the database must be sqlite:PATH")
}

// backupView is a backup as the command shows it.
type backupView struct {
	File          string
	Bytes         int64
	SchemaVersion int64
}

type backupCommand struct {
	databaseFlags
	File string `arg:"" help:"File to make, which must not be there; the folder must be." placeholder:"FILE"`
}

// Run makes the backup. Unlike other commands it leaves the schema as it is: a backup comes before an update.
func (c *backupCommand) Run(p *program) error {
	database, err := c.file()
	if err != nil {
		return err
	}
	made, err := sqlite.Backup(p, database, c.File, p.copying())
	if err != nil {
		return interrupted(p, err, "no backup was made")
	}
	absolute, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	return p.show(backupView{absolute, made.Bytes, made.Schema}, fmt.Sprintf("%s was made and checked: %s.", c.File, megabytes(made.Bytes)),
		"It is of no use without the key of the server, which is not in it: see that a copy of the key is kept, in another place.")
}

// interrupted puts it into words that somebody wanted the command to end.
func interrupted(p *program, err error, left string) error {
	if p.Err() != nil {
		return fmt.Errorf("interrupted: %s, and nothing is left of it", left)
	}
	return err
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// copying shows how a database is copied, and says when it is there.
func (p *program) copying() func(done, total int64) {
	var bar *progress
	const unit = 1_000_000
	return func(done, total int64) {
		if bar == nil {
			bar = newProgress(p.log, int((total+unit-1)/unit))
			bar.unit = " MB"
		}
		bar.at(int((done + unit - 1) / unit))
		if done == total {
			bar.turns("It is copied and now checked.")
		}
	}
}
