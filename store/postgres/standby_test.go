package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
	"github.com/scimbridge/scimbridge/store/postgres"
	"github.com/scimbridge/scimbridge/store/storetest/pgserver"
)

// TestStandby is about a primary and its synchronous standby, and what becomes of connections and commits when one of them
// is missing.
func TestStandby(t *testing.T) {
	t.Parallel()
	primary := pgserver.StartPrimary(t)
	standby := primary.Standby()
	primary.Run("CREATE TABLE note (text text)")
	primary.Synchronous()
	open := func() store.Engine {
		engine, err := postgres.OpenEngine(pgserver.Either(t, primary, standby), postgres.Options{StatementTimeout: 500 * time.Millisecond})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, engine.Close()) })
		return engine
	}
	write := func(engine store.Engine, text string) error {
		return engine.Write(context.Background(), func(c store.Conn) error {
			_, err := c.Exec(context.Background(), "INSERT INTO note VALUES ($1)", []any{text})
			return err
		})
	}
	engine := open()
	const notes = "SELECT COUNT(*) FROM note"

	t.Run("a commit that waits for the standby is not given up at the primary", func(t *testing.T) {
		standby.Stop("fast")
		err := write(engine, "waits")
		require.ErrorContains(t, err, "did not say whether the change was stored")
		refusal, _ := errors.AsType[*domain.Error](err)
		assert.Equal(t, domain.CodeUnavailable, refusal.Code)
		time.Sleep(time.Second)
		assert.Zero(t, primary.Count(notes), "what the standby does not have can't be seen")
		standby.Start()
		assert.Eventually(t, func() bool { return primary.Count(notes) == 1 && standby.Count(notes) == 1 }, time.Minute, 10*time.Millisecond)
	})

	t.Run("an old primary that comes back is passed over", func(t *testing.T) {
		primary.Stop("immediate")
		assert.Error(t, engine.Ping(t.Context()))
		standby.Promote()
		require.NoError(t, write(engine, "new"))
		primary.Start()
		standby.Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
		require.Eventually(t, func() bool { return write(engine, "newer") == nil }, time.Minute, 10*time.Millisecond)
		assert.Equal(t, 1, primary.Count(notes))
		assert.Equal(t, 3, standby.Count(notes))

		fresh := open()
		require.NoError(t, fresh.Ping(t.Context()), "who has met neither can't know")
		assert.Error(t, write(fresh, "astray"), "but without a standby the old primary acknowledges nothing")
		assert.Equal(t, 1, primary.Count(notes))

		standby.Stop("fast")
		assert.Error(t, engine.Ping(t.Context()), "rather none than the old one")
	})
}
