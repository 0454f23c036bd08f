package limit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver that our own store uses

	"github.com/scimbridge/scimbridge/bench/load"
)

const (
	rowSize = 600 // bytes, without the keys
	keySize = 16
)

// SQLite is a database of one table with a random key and one more unique index,
// write-ahead log, and synchronous=FULL: a commit is on disk when it returns.
type SQLite struct {
	db   *sql.DB
	keys [][]byte
}

// OpenSQLite creates the database in a folder, which should lie on the disk of the
// server's own database.
func OpenSQLite(ctx context.Context, folder string) (*SQLite, error) {
	dsn := "file:" + filepath.Join(folder, "limit.db") +
		"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	const table = `CREATE TABLE person (id BLOB NOT NULL PRIMARY KEY, name BLOB NOT NULL UNIQUE, body BLOB NOT NULL)`
	if _, err := db.ExecContext(ctx, table); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("the database of the limits: %w", err)
	}
	return &SQLite{db: db}, nil
}

// Close closes the database; its file stays in the folder.
func (s *SQLite) Close() error { return s.db.Close() }

// Commit measures transactions of so many rows each. Latency is that of a
// transaction; a transaction counts as one request.
func (s *SQLite) Commit(ctx context.Context, rows int, bound load.Bound) (load.Result, error) {
	insert, err := s.db.PrepareContext(ctx, "INSERT INTO person (id, name, body) VALUES (?, ?, ?)")
	if err != nil {
		return load.Result{}, err
	}
	defer insert.Close()
	return alone(ctx, bound, func(ctx context.Context, _ int) error {
		return s.insert(ctx, insert, rows)
	})
}

func (s *SQLite) insert(ctx context.Context, insert *sql.Stmt, rows int) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	statement := tx.StmtContext(ctx, insert)
	for range rows {
		key, body := random(keySize), make([]byte, rowSize)
		if _, err := statement.ExecContext(ctx, key, random(keySize), body); err != nil {
			return err
		}
		s.keys = append(s.keys, key)
	}
	return tx.Commit()
}

// PointRead measures reads of one row by its key, of the rows that Commit wrote.
func (s *SQLite) PointRead(ctx context.Context, bound load.Bound) (load.Result, error) {
	if len(s.keys) == 0 {
		return load.Result{}, fmt.Errorf("there are no rows to read: measure the commits first")
	}
	read, err := s.db.PrepareContext(ctx, "SELECT body FROM person WHERE id = ?")
	if err != nil {
		return load.Result{}, err
	}
	defer read.Close()
	return alone(ctx, bound, func(ctx context.Context, n int) error {
		var body sql.RawBytes
		rows, err := read.QueryContext(ctx, s.keys[n*7919%len(s.keys)]) // a prime, to jump about
		if err != nil {
			return err
		}
		defer rows.Close()
		if !rows.Next() {
			return sql.ErrNoRows
		}
		return rows.Scan(&body)
	})
}

func random(size int) []byte {
	key := make([]byte, size)
	_, _ = rand.Read(key) // never fails
	return key
}
