package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/store/sqlite"
	"github.com/scimbridge/scimbridge/store/storetest"
)

func TestStore(t *testing.T) { storetest.RunTests(t, storetest.SQLite) }

func TestIsolation(t *testing.T) { storetest.RunIsolationTests(t, storetest.SQLite) }

func TestConcurrency(t *testing.T) { storetest.RunConcurrencyTests(t, storetest.SQLite) }

// TestConnectionsShareNoPages: no connection waits for the lock of a cache that it shares with others.
func TestConnectionsShareNoPages(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	f.NewTenant(t, "acme")
	assert.Zero(t, sqlite.PagesInCommon())
}
