package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed schema/*.sql
var schema embed.FS

// Migrate brings the database up to the newest schema, one transaction a step, forward only. A database that a
// newer program has migrated is refused. The options are those of the dialect, a lock between replicas for one.
func Migrate(ctx context.Context, d *Dialect, db *sql.DB, options ...goose.ProviderOption) error {
	steps, err := migrations(d)
	if err != nil {
		return err
	}
	options = append(options, goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	provider, err := goose.NewProvider(d.Goose, db, nil, options...)
	if err != nil {
		return fmt.Errorf("store: read the migrations: %w", err)
	}
	current, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: read the version of the schema: %w", err)
	}
	if current > known {
		return fmt.Errorf("store: the database has schema version %d, this program knows up to %d: use a newer program", current, known)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

func migrations(d *Dialect) ([]*goose.Migration, error) {
	files, err := schema.ReadDir("schema")
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, file := range files {
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return nil, err
		}
		text, err := schema.ReadFile(path.Join("schema", file.Name()))
		if err != nil {
			return nil, err
		}
		steps = append(steps, goose.NewGoMigration(version, &goose.GoFunc{RunTx: step(d.rewrite(string(text)))}, nil))
	}
	return steps, nil
}

func step(text string) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		for _, statement := range strings.Split(text, ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%w in: %s", err, statement)
			}
		}
		return nil
	}
}
