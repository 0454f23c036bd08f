package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/sqlite"
	"github.com/scimbridge/scimbridge/store/storetest"
)

func nothing(domain.Tx) error { return nil }

func group(name string) func(tx domain.Tx) error {
	return func(tx domain.Tx) error { return tx.InsertGroup(&domain.Group{ID: uuid.New(), Name: name}) }
}

// held keeps the writer busy until the test lets go of it.
func held(t *testing.T, s domain.Store, scope domain.Scope) (release func() error) {
	t.Helper()
	busy, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Write(context.Background(), scope, func(domain.Tx) error {
			close(busy)
			<-free
			return nil
		})
	}()
	<-busy
	return func() error { close(free); return <-done }
}

func TestFullQueueRefuses(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	db, err := sqlite.Open(f.Source, sqlite.Options{Queue: 2})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	release := held(t, db, scope)
	waiting := make(chan error, 20)
	for range cap(waiting) {
		go func() { waiting <- db.Write(context.Background(), scope, nothing) }()
	}
	for range cap(waiting) - 2 {
		assert.Equal(t, domain.CodeOverloaded, domain.CodeOf(<-waiting), "refused while the writer is busy")
	}
	require.NoError(t, release())
	for range 2 {
		assert.NoError(t, <-waiting, "those in the queue had their turn")
	}
}

func TestLeavingTheQueue(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	release := held(t, f, scope)
	ctx, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer leave()
	err := f.Write(ctx, scope, func(domain.Tx) error {
		t.Error("it must not run: its caller is gone")
		return nil
	})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, release())
	require.NoError(t, f.Write(t.Context(), scope, nothing))
}

// TestBatchSharesItsCommit lets writers gather behind a busy one and looks how often the log was committed to since.
func TestBatchSharesItsCommit(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	release := held(t, f, scope)
	var done sync.WaitGroup
	for i := range 50 {
		done.Go(func() { assert.NoError(t, f.Write(context.Background(), scope, group(string(rune('a'+i))))) })
	}
	before := f.Number(t, "PRAGMA data_version")
	time.Sleep(50 * time.Millisecond) // until they wait
	require.NoError(t, release())
	done.Wait()
	assert.Equal(t, 50, f.Number(t, "SELECT COUNT(*) FROM permission_group"))
	assert.NotEqual(t, before, f.Number(t, "PRAGMA data_version"))
}

// TestTheLeadIsPassedOn lets more writers gather than one batch takes, of whom some fail, some panic and some give up.
func TestTheLeadIsPassedOn(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	release := held(t, f, scope)
	refused := errors.New("refused")
	gone, leave := context.WithCancel(t.Context())
	var done sync.WaitGroup
	for i := range 900 {
		done.Go(func() {
			switch i % 10 {
			case 0:
				assert.Panics(t, func() { _ = f.Write(t.Context(), scope, func(domain.Tx) error { panic(i) }) })
			case 1:
				assert.ErrorIs(t, f.Write(t.Context(), scope, func(domain.Tx) error { return refused }), refused)
			case 2:
				assert.ErrorIs(t, f.Write(gone, scope, nothing), context.Canceled)
			default:
				assert.NoError(t, f.Write(t.Context(), scope, group(strconv.Itoa(i))))
			}
		})
	}
	time.Sleep(100 * time.Millisecond) // until they wait
	leave()
	time.Sleep(10 * time.Millisecond)
	require.NoError(t, release())
	done.Wait()
	assert.Equal(t, 630, f.Number(t, "SELECT COUNT(*) FROM permission_group"))
}

// TestClosingWaitsForTheQueue closes a store while others write: each hears whether its change is stored.
func TestClosingWaitsForTheQueue(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	db, err := sqlite.Open(f.Source, sqlite.Options{})
	require.NoError(t, err)
	release := held(t, db, scope)
	stored := make(chan bool, 400)
	for i := range cap(stored) {
		go func() {
			err := db.Write(context.Background(), scope, group(strconv.Itoa(i)))
			assert.True(t, err == nil || domain.CodeOf(err) == domain.CodeUnavailable, "%v", err)
			stored <- err == nil
		}()
	}
	time.Sleep(20 * time.Millisecond) // until some wait
	require.NoError(t, release())
	require.NoError(t, db.Close())
	count := 0
	for range cap(stored) {
		if <-stored {
			count++
		}
	}
	assert.Equal(t, count, f.Number(t, "SELECT COUNT(*) FROM permission_group"))
	assert.Equal(t, domain.CodeUnavailable, domain.CodeOf(db.Write(t.Context(), scope, nothing)), "it is closed")
}

// TestFullDisk bounds the size of the file, which is what a full disk is to SQLite.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	db, fill, err := sqlite.OpenBounded(f.Source, 120)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	stored := 0
	for err == nil && stored < 10000 {
		if err = db.Write(t.Context(), scope, note); err == nil {
			stored++
		}
	}
	require.Equal(t, domain.CodeStorageFull, domain.CodeOf(err), "%v", err)
	require.NoError(t, db.Read(t.Context(), scope, func(tx domain.Tx) error { _, err := tx.Tenant(); return err }), "reads go on")
	select {
	case <-db.Failed():
		t.Error("a full disk is no reason to stop")
	default:
	}
	fill(100000)
	require.NoError(t, db.Write(t.Context(), scope, note), "it resumes by itself")
	assert.Equal(t, stored+1, f.Number(t, "SELECT COUNT(*) FROM audit_event WHERE door = 'Test'"))
	assert.Equal(t, "ok", f.Text(t, "PRAGMA integrity_check"))
}

func note(tx domain.Tx) error {
	return tx.Record(&domain.AuditEntry{ID: uuid.New(), Door: "Test", Note: string(make([]byte, 2000))})
}

func TestOpenMakesItsFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a b", "100% #?", "store.db")
	db, err := sqlite.Open(file, sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context()))
	require.NoError(t, db.Close())
	assert.FileExists(t, file)
}

func TestDamagedFileIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "store.db")
	require.NoError(t, os.WriteFile(file, []byte("this is no database, but it is long enough to look like one to somebody in a hurry ............"), 0o600))
	db, err := sqlite.Open(file, sqlite.Options{})
	require.NoError(t, err)
	assert.Error(t, db.Migrate(t.Context()))
	assert.Equal(t, domain.CodeUnavailable, domain.CodeOf(db.Ping(t.Context())))
	require.NoError(t, db.Close())
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "store.db"), sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context()))
	require.NoError(t, db.Close())
	goleak.VerifyNone(t, before)
}
