package sqlite_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/store/sqlite"
)

// gathered is a database whose log is gathered, beside what should be in it.
type gathered struct {
	file           string
	writer, reader *sql.DB
	committed, now map[int]int // the size of a row's text
}

func openGathered(t *rapid.T, file string) *gathered {
	g := &gathered{file: file, committed: map[int]int{}, now: map[int]int{}}
	for db, dsn := range map[**sql.DB]string{&g.writer: sqlite.WriterDSN(file), &g.reader: "file:" + file + "?mode=ro"} {
		var err error
		*db, err = sql.Open("sqlite", dsn)
		require.NoError(t, err)
		(*db).SetMaxOpenConns(1)
	}
	g.do(t, "PRAGMA cache_size = 5") // so that pages are written long before their transaction ends
	g.do(t, "CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
	g.do(t, "BEGIN")
	return g
}

func (g *gathered) do(t *rapid.T, text string, args ...any) {
	_, err := g.writer.Exec(text, args...)
	require.NoError(t, err, text)
}

func (g *gathered) put(t *rapid.T) {
	id, size := rapid.IntRange(0, 30).Draw(t, "id"), rapid.SampledFrom([]int{1, 5000, 200_000}).Draw(t, "size")
	g.do(t, "INSERT INTO row VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text", id, string(bytes.Repeat([]byte{byte('a' + id%26)}, size)))
	g.now[id] = size
}

func (g *gathered) undo(t *rapid.T) {
	g.do(t, "SAVEPOINT part")
	before := rowsOf(t, g.writer)
	g.put(t)
	g.put(t)
	g.do(t, "ROLLBACK TO part")
	g.do(t, "RELEASE part")
	g.now = before
}

func (g *gathered) commit(t *rapid.T) {
	g.do(t, "COMMIT")
	g.committed = rowsOf(t, g.writer)
	g.do(t, "BEGIN")
}

func (g *gathered) rollback(t *rapid.T) {
	g.do(t, "ROLLBACK")
	g.now = rowsOf(t, g.writer)
	assert.Equal(t, g.committed, g.now)
	g.do(t, "BEGIN")
}

func (g *gathered) checkpoint(t *rapid.T) {
	g.commit(t)
	g.do(t, "COMMIT")
	g.do(t, rapid.SampledFrom([]string{"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(TRUNCATE)"}).Draw(t, "how"))
	g.do(t, "BEGIN")
}

// check looks at the database as the writer and as a reader, and now and then as somebody who finds the files after a
// sudden end.
func (g *gathered) check(t *rapid.T) {
	assert.Equal(t, g.now, rowsOf(t, g.writer), "the writer")
	assert.Equal(t, g.committed, rowsOf(t, g.reader), "a reader")
	if rapid.IntRange(0, 2).Draw(t, "end") == 0 {
		g.end(t)
	}
}

func (g *gathered) end(t *rapid.T) {
	folder, err := os.MkdirTemp("", "found")
	require.NoError(t, err)
	defer os.RemoveAll(folder)
	found := filepath.Join(folder, "store.db")
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(g.file + end)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(found+end, content, 0o600))
	}
	db, err := sql.Open("sqlite", "file:"+found)
	require.NoError(t, err)
	defer db.Close()
	assert.Equal(t, g.committed, rowsOf(t, db), "after a sudden end")
	var whole string
	require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&whole))
	assert.Equal(t, "ok", whole)
}

// rowsOf gives the size of each row, whose text must be one letter, that of its id.
func rowsOf(t *rapid.T, db *sql.DB) map[int]int {
	rows, err := db.Query("SELECT id, text FROM row")
	require.NoError(t, err)
	defer rows.Close()
	found := map[int]int{}
	for rows.Next() {
		var id int
		var text []byte
		require.NoError(t, rows.Scan(&id, &text))
		found[id] = len(text)
		require.Empty(t, bytes.Trim(text, string(rune('a'+id%26))))
	}
	require.NoError(t, rows.Err())
	return found
}

// TestGatheredLog: whatever is written and taken back, all see what they should, and the files hold every commit.
func TestGatheredLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		folder, err := os.MkdirTemp("", "gathered")
		require.NoError(t, err)
		defer os.RemoveAll(folder)
		g := openGathered(t, filepath.Join(folder, "store.db"))
		defer g.writer.Close()
		defer g.reader.Close()
		t.Repeat(map[string]func(*rapid.T){
			"put": g.put, "undo": g.undo, "commit": g.commit, "rollback": g.rollback, "checkpoint": g.checkpoint, "": g.check,
		})
	})
}
