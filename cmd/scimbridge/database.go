package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/sso"
	"github.com/scimbridge/scimbridge/store"
	"github.com/scimbridge/scimbridge/store/postgres"
	"github.com/scimbridge/scimbridge/store/sqlite"
)

// databaseFlags say where the data is.
type databaseFlags struct {
	Database string `default:"sqlite:data/scimbridge.db" help:"sqlite:PATH or a postgres:// URL." placeholder:"URL"`
}

// dialect is a row of the table of databases.
type dialect struct {
	prefix string // of the --database URLs that it takes
	open   func(url string, clock func() time.Time, statement time.Duration) (*store.DB, error)
}

const sqlitePrefix = "sqlite:"

var dialects = []dialect{
	{sqlitePrefix, func(url string, clock func() time.Time, _ time.Duration) (*store.DB, error) {
		return sqlite.Open(strings.TrimPrefix(url, sqlitePrefix), sqlite.Options{Clock: clock})
	}},
	{"postgres://", openPostgres},
	{"postgresql://", openPostgres},
}

func openPostgres(url string, clock func() time.Time, statement time.Duration) (*store.DB, error) {
	return postgres.Open(url, postgres.Options{Clock: clock, StatementTimeout: statement})
}

// openDatabase opens the database and brings its schema up to date.
func openDatabase(ctx context.Context, url string, clock func() time.Time) (*store.DB, error) {
	return openPatiently(ctx, url, clock, 0)
}

// openPatiently is openDatabase with a bound for each statement, where the database has one; 0: the usual one.
func openPatiently(ctx context.Context, url string, clock func() time.Time, statement time.Duration) (*store.DB, error) {
	for _, d := range dialects {
		if !strings.HasPrefix(url, d.prefix) || url == d.prefix {
			continue
		}
		db, err := d.open(url, clock, statement)
		if err != nil {
			return nil, err
		}
		if err := db.Migrate(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("can't prepare the database: %w", err), db.Close())
		}
		return db, nil
	}
	return nil, errors.New("the database must be sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME") // never the URL: it may hold a password
}

// beside is a file in the folder of a SQLite database; "" for other databases, which have no folder.
func beside(database, name string) string {
	path, isFile := strings.CutPrefix(database, sqlitePrefix)
	if !isFile {
		return ""
	}
	return filepath.Join(filepath.Dir(path), name)
}

// administration runs an operator's command on the database. It may be in use by a server.
func (p *program) administration(database string, act func(*domain.Administration) error) error {
	return p.onDatabase(database, func(db *store.DB) error {
		return act(domain.New(domain.Config{Store: db, Registry: db, Secrets: credential.NewSecrets(nil)}).Administration)
	})
}

// engine runs an operator's command with all use cases on the database. It may be in use by a server.
func (p *program) engine(database string, act func(*domain.Engine) error) error {
	return p.onDatabase(database, func(db *store.DB) error {
		return act(domain.New(domain.Config{Store: db, Registry: db, Secrets: credential.NewSecrets(nil), Messages: sso.Messages{}, Resolver: resolver{net.DefaultResolver}}))
	})
}

// onDatabase runs a command on the database.
func (p *program) onDatabase(database string, act func(db *store.DB) error) error {
	db, err := openDatabase(p, database, nil)
	if err != nil {
		return err
	}
	return errors.Join(act(db), db.Close())
}

// migrateCommand is scimbridge migrate.
type migrateCommand struct{ databaseFlags }

// Run makes the database or brings its schema up to date.
func (c *migrateCommand) Run(p *program) error {
	db, err := openDatabase(p, c.Database, nil)
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	return p.show(map[string]any{"Migrated": true}, "The database is up to date.")
}
