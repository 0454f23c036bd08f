package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// settingsFresh has another replica change the settings, and callers spoil what they are given.
func settingsFresh(t *testing.T, open Open) {
	w := newWorld(t, open)
	replica := w.Another(t)
	told := func(db domain.Store) (text string) {
		require.NoError(t, db.Read(ctx(), w.Scope, func(tx domain.Tx) error {
			tenant, err := tx.Tenant()
			require.NoError(t, err)
			connection, err := tx.Connection()
			require.NoError(t, err)
			text = fmt.Sprint(tenant.Policies, tenant.SsoEnabled, connection.Policies, connection.Notes)
			tenant.Policies, tenant.SsoEnabled = domain.Policies{}, !tenant.SsoEnabled
			for name := range connection.Policies {
				connection.Policies[name] = "spoilt"
			}
			for i := range connection.Notes {
				connection.Notes[i] = "spoilt"
			}
			return nil
		}))
		return text
	}
	for round := range 3 {
		round := fmt.Sprint(round)
		want := fmt.Sprint(domain.Policies{"a": round}, round == "1", domain.Policies{"b": round}, []string{"note " + round})
		require.NoError(t, replica.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			tenant, err := tx.LockTenant()
			require.NoError(t, err)
			tenant.Policies, tenant.SsoEnabled = domain.Policies{"a": round}, round == "1"
			require.NoError(t, tx.SaveTenant(tenant))
			connection, err := tx.FindConnection(w.Scope.Connection)
			require.NoError(t, err)
			connection.Policies = domain.Policies{"b": round}
			require.NoError(t, tx.SaveConnection(connection))
			return nil
		}))
		w.SQL(t, `UPDATE connection SET notes = '["note `+round+`"]' WHERE tenant_id = ?`, w.Scope.Tenant)
		for range 3 {
			assert.Equal(t, want, told(w.DB))
			assert.Equal(t, want, told(replica))
		}
	}
}
