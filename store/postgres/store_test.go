package postgres_test

import (
	"testing"

	"github.com/scimbridge/scimbridge/store/storetest"
)

func TestStore(t *testing.T) { storetest.RunTests(t, storetest.Postgres) }
