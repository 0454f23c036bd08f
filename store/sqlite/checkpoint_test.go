package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/sqlite"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// TestTheLogIsTakenIntoTheFile: soon after a commit the file alone has what was written, though the server runs on and
// the log is far from long.
func TestTheLogIsTakenIntoTheFile(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	scope := f.NewTenant(t, "acme")
	require.NoError(t, f.Write(t.Context(), scope, group("Staff")))
	assert.Eventually(t, func() bool {
		file, err := os.ReadFile(f.Source)
		require.NoError(t, err)
		alone := filepath.Join(t.TempDir(), "alone.db")
		require.NoError(t, os.WriteFile(alone, file, 0o600))
		copied, err := sqlite.Open(alone, sqlite.Options{})
		require.NoError(t, err)
		defer func() { assert.NoError(t, copied.Close()) }()
		var found *domain.Group
		err = copied.Look(t.Context(), scope, func(tx domain.Tx) (err error) {
			found, err = tx.FindGroupByName("Staff")
			return err
		})
		return err == nil && found != nil
	}, 10*time.Second, 100*time.Millisecond)
}

// TestWhatNobodyWaitsForEndsWithItsCaller: it does not wait for its moment when nobody wants it any more.
func TestWhatNobodyWaitsForEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	f := storetest.SQLite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, f.RecordProvisioning(ctx, uuid.New(), nil), context.Canceled)
}
