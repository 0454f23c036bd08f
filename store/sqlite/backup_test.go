package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/sqlite"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// large is a store of several portions of a copy.
func large(t *testing.T) (*storetest.Fixture, domain.Scope) {
	t.Helper()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	for range 12 {
		require.NoError(t, f.Write(t.Context(), scope, func(tx domain.Tx) error {
			return tx.Record(&domain.AuditEntry{ID: uuid.New(), Door: "Test", Note: string(bytes.Repeat([]byte("x"), 1<<20))})
		}))
	}
	return f, scope
}

func quiet(int64, int64) {}

// groupsIn counts the groups of a copy.
func groupsIn(t *testing.T, file string, scope domain.Scope) (count int) {
	t.Helper()
	db, err := sqlite.Open(file, sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Read(t.Context(), scope, func(tx domain.Tx) error {
		page, err := tx.ListGroups(domain.Query{Total: true}, true)
		count = page.Total
		return err
	}))
	require.NoError(t, db.Close())
	return count
}

// TestBackupIsOfOneMoment: who writes while a copy is made is not held up, nor is the copy, and it has nothing of it.
func TestBackupIsOfOneMoment(t *testing.T) {
	t.Parallel()
	f, scope := large(t)
	require.NoError(t, f.Write(t.Context(), scope, group("before")))
	to, looks := filepath.Join(t.TempDir(), "copy.db"), 0
	made, err := sqlite.Backup(t.Context(), f.Source, to, func(done, total int64) {
		assert.LessOrEqual(t, done, total)
		if looks++; looks < 50 {
			assert.NoError(t, f.Write(t.Context(), scope, group(fmt.Sprint("while ", looks))))
		}
	})
	require.NoError(t, err)
	assert.Greater(t, looks, 2)
	assert.Less(t, looks, 50, "the copy does not begin anew")
	info, err := os.Stat(to)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	assert.Equal(t, info.Size(), made.Bytes)
	assert.Positive(t, made.Schema)
	assert.Len(t, entries(t, filepath.Dir(to)), 1)
	assert.Equal(t, 1, groupsIn(t, to, scope))

	back := filepath.Join(t.TempDir(), "a b", "100% #?", "back.db")
	require.NoError(t, sqlite.Restore(t.Context(), to, back, quiet, func(part string, found sqlite.Copied) error {
		assert.NoFileExists(t, back, "not before it is looked at")
		assert.Equal(t, made, found)
		return nil
	}))
	assert.Equal(t, 1, groupsIn(t, back, scope))
}

// entries are the names in a folder.
func entries(t *testing.T, folder string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}

func TestBackupLeavesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	f, _ := large(t)
	folder := t.TempDir()
	taken := filepath.Join(folder, "taken.db")
	require.NoError(t, os.WriteFile(taken, []byte("mine"), 0o600))
	for _, test := range []struct{ from, to, says string }{
		{f.Source, taken, "is there already, and nothing is ever written over"},
		{f.Source, folder, "is there already"},
		{f.Source, filepath.Join(folder, "none", "x.db"), "there is no folder"},
		{filepath.Join(folder, "none.db"), filepath.Join(folder, "x.db"), "there is no database in"},
		{folder, filepath.Join(folder, "x.db"), "is no file"},
		{taken, filepath.Join(folder, "x.db"), "can't copy the database"},
	} {
		_, err := sqlite.Backup(t.Context(), test.from, test.to, quiet)
		assert.ErrorContains(t, err, test.says)
	}
	ctx, stop := context.WithCancel(t.Context())
	_, err := sqlite.Backup(ctx, f.Source, filepath.Join(folder, "x.db"), func(int64, int64) { stop() })
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"taken.db"}, entries(t, folder))
	text, err := os.ReadFile(taken)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(text))
}

// TestRestoreRefuses: what is damaged, no backup, or would take another's place is not restored, and nothing is left.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	f, _ := large(t)
	folder, target := t.TempDir(), t.TempDir()
	backup := filepath.Join(folder, "good.db")
	_, err := sqlite.Backup(t.Context(), f.Source, backup, quiet)
	require.NoError(t, err)
	good, err := os.ReadFile(backup)
	require.NoError(t, err)
	write := func(name string, content []byte) string {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
		return filepath.Join(folder, name)
	}
	ruined := bytes.Clone(good)
	copy(ruined[len(ruined)/2/4096*4096:], bytes.Repeat([]byte{0xaa}, 8192))
	inUse := write("live.db", good)
	write("live.db-wal", nil)
	other := filepath.Join(target, "other.db")
	require.NoError(t, os.WriteFile(other+"-wal", nil, 0o600))
	for _, test := range []struct{ backup, to, says string }{
		{write("ruined.db", ruined), "x.db", "is damaged, or no backup; take another one"},
		{write("short.db", good[:len(good)/2]), "x.db", "is damaged"},
		{write("cut.db", good[:len(good)-4096]), "x.db", "is damaged"},
		{write("text.db", bytes.Repeat([]byte("no database "), 1000)), "x.db", "is damaged"},
		{write("empty.db", nil), "x.db", "is damaged"},
		{filepath.Join(folder, "none.db"), "x.db", "there is no backup in"},
		{folder, "x.db", "is no file"},
		{inUse, "x.db", "live.db-wal stands beside"},
		{backup, "other.db", "other.db-wal is there"},
		{backup, "other.db-wal", "is there already"},
	} {
		err := sqlite.Restore(t.Context(), test.backup, filepath.Join(target, test.to), quiet, func(string, sqlite.Copied) error { return nil })
		assert.ErrorContains(t, err, test.says, test.backup)
	}
	_, err = sqlite.Backup(t.Context(), filepath.Join(folder, "ruined.db"), filepath.Join(target, "x.db"), quiet)
	assert.ErrorContains(t, err, "the copy is not well, and was thrown away")
	refused := errors.New("refused")
	assert.ErrorIs(t, sqlite.Restore(t.Context(), backup, filepath.Join(target, "x.db"), quiet, func(string, sqlite.Copied) error { return refused }), refused)
	ctx, stop := context.WithCancel(t.Context())
	err = sqlite.Restore(ctx, backup, filepath.Join(target, "x.db"), func(int64, int64) { stop() }, func(string, sqlite.Copied) error { return nil })
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"other.db-wal"}, entries(t, target))
	assert.Equal(t, good, must(os.ReadFile(backup)), "the backup is as it was")
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
