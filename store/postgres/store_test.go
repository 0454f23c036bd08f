package postgres_test

import (
	"testing"

	"github.com/scimbridge/scimbridge/store/storetest"
)

func TestStore(t *testing.T) { storetest.RunTests(t, storetest.Postgres) }

func TestIsolation(t *testing.T) { storetest.RunIsolationTests(t, storetest.Postgres) }

func TestConcurrency(t *testing.T) { storetest.RunConcurrencyTests(t, storetest.Postgres) }
