package postgres_test

import (
	"testing"

	"github.com/scimbridge/scimbridge/store/storetest"
)

func TestFence(t *testing.T) { storetest.RunFenceTests(t, storetest.Postgres) }
