package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// TestStatisticsFollowGrowth: the planner hears of a table's growth long before the server would tell it.
func TestStatisticsFollowGrowth(t *testing.T) {
	t.Parallel()
	f := storetest.Postgres(t)
	scope := f.NewTenant(t, "acme")
	require.NoError(t, f.Write(t.Context(), scope, func(tx domain.Tx) error {
		for range 1000 {
			p := &domain.Person{ID: uuid.New(), Version: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()}
			if err := tx.InsertPerson(p); err != nil {
				return err
			}
		}
		return nil
	}))
	assert.Eventually(t, func() bool {
		known := 0
		err := f.Raw.QueryRowContext(t.Context(), "SELECT reltuples::int FROM pg_class WHERE relname = 'person'").Scan(&known)
		// Later writes keep the analyst awake until the server has counted the first one.
		return assert.NoError(t, err) && known >= 1000 || f.Write(t.Context(), scope, func(domain.Tx) error { return nil }) != nil
	}, 20*time.Second, 200*time.Millisecond)
}
