package sqlite_test

import (
	"testing"

	"github.com/scimbridge/scimbridge/store/storetest"
)

func TestStore(t *testing.T) { storetest.RunTests(t, storetest.SQLite) }

func TestIsolation(t *testing.T) { storetest.RunIsolationTests(t, storetest.SQLite) }

func TestConcurrency(t *testing.T) { storetest.RunConcurrencyTests(t, storetest.SQLite) }
