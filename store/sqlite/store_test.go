package sqlite_test

import (
	"testing"

	"github.com/scimbridge/scimbridge/store/storetest"
)

func TestStore(t *testing.T) { storetest.RunTests(t, storetest.SQLite) }
