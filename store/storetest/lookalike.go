package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

func lookalikes(t *testing.T, open Open) {
	w := newWorld(t, open)
	admin, bob, eve := user("admin vv1rn"), user("bob"), user("admin w")
	admin.Access.BreakGlass = true
	w.insert(t, admin, bob, eve)
	w.write(t, func(tx domain.Tx) error { _, err := tx.RefreshProtection(); return err })
	find := func(of *domain.Person, name string) (who uuid.UUID) {
		w.read(t, func(tx domain.Tx) error {
			found, known, err := tx.FindLookalike(of.ID, domain.Skeleton(name))
			require.Equal(t, known, found != uuid.Nil)
			who = found
			return err
		})
		return who
	}
	assert.Equal(t, admin.ID, find(bob, "adminwlm"))
	assert.Equal(t, uuid.Nil, find(admin, "adminwlm"), "of its own")
	assert.Equal(t, uuid.Nil, find(admin, "bob"), "not protected")
	assert.Equal(t, uuid.Nil, find(bob, "admin w"), "not protected")
	assert.Equal(t, uuid.Nil, find(bob, "\u200b"))
	admin.Access.Username = "root"
	w.write(t, func(tx domain.Tx) error { return tx.UpdateAccess(admin) })
	assert.Equal(t, admin.ID, find(bob, "r00t"))
	assert.Equal(t, uuid.Nil, find(bob, "adminwlm"))

	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM user_access WHERE username_skeleton <> "+migratedSkeleton))
	w.Scope = w.NewTenant(t, "beta")
	assert.Equal(t, uuid.Nil, find(bob, "r00t"), "of another tenant")
}

// migratedSkeleton is how the migration filled skeletons in.
const migratedSkeleton = `REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(username_folded,
	'0', 'o'), '1', 'l'), 'i', 'l'), '|', 'l'), 'rn', 'm'), 'vv', 'w'), ' ', '')`
