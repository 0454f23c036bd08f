package domain_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// TestRollbackWalk fails every use case at its first write, then at its second, and so on to its last: after each
// failure nothing remains, nothing is owed and nobody is woken, and with all writes done the act has happened.
func TestRollbackWalk(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		for _, row := range slices.Concat(creates, personChanges, commands, accountActs, passkeyActs, groupings, federations, ssoActs) {
			t.Run(row.name, func(t *testing.T) {
				it := row.about(t, s, s.acme)
				writes := s.walk(t, func(e *domain.Engine) error { return row.do(e, s.acme, it) })
				assert.GreaterOrEqual(t, writes, 3, "a change, its audit row and its events are three writes at least")
			})
		}
	})
}

// walk fails act at each of its writes and returns how many there are.
func (s *stage) walk(t *testing.T, act func(e *domain.Engine) error) int {
	t.Helper()
	before := s.Snapshot(t)
	for n := 1; ; n++ {
		require.Less(t, n, 100, "the act never comes to its end")
		failing, woken := storetest.Failing(s.DB, n), false
		err := act(s.on(failing, func() { woken = true }))
		after := s.Snapshot(t)
		if !failing.Fired() {
			require.NoError(t, err)
			require.NotEqual(t, before, after, "the act does nothing")
			require.Len(t, after["audit_event"], len(before["audit_event"])+1, "every act has its line in the audit")
			s.unbroken(t)
			require.Equal(t, len(after["outbox"]) > len(before["outbox"]), woken, "whoever leaves a message wakes the dispatcher")
			return n - 1
		}
		require.ErrorIs(t, err, storetest.ErrInjected, "write %d", n)
		require.Equal(t, before, after, "something remains of write %d", n)
		require.False(t, woken, "write %d", n)
	}
}

// unbroken demands that the audit is one chain, whatever failed on the way.
func (s *stage) unbroken(t *testing.T) {
	t.Helper()
	reader := domain.Caller{Tenant: s.acme.rest.Tenant, Permissions: domain.NewPermissions(domain.AuditRead)}
	report, err := audit.New(s.engine.Base()).Verify(t.Context(), reader, nil, func(int64) {})
	require.NoError(t, err)
	require.Nil(t, report.Fault)
	require.Positive(t, report.Lines)
}

// TestFailureLeavesNeighboursAlone runs acts that fail beside acts that don't: a store may commit several at once, but
// each is whole or nothing.
func TestFailureLeavesNeighboursAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		const acts = 60
		count := func(query string) int { return s.Number(t, query) }
		var group sync.WaitGroup
		for i := range acts {
			group.Go(func() {
				engine, fails := s.engine, i%2 == 1
				if fails {
					engine = s.on(storetest.Failing(s.DB, 1+i/2%6), nil)
				}
				err := create(engine, s.acme.rest, domain.NewPerson{Profile: profile(fmt.Sprint("neighbour-", i)), Access: &domain.NewAccess{IsActive: true}})
				assert.Equal(t, fails, err != nil, "act %d: %v", i, err)
			})
		}
		group.Wait()
		for _, query := range []string{
			"SELECT COUNT(*) FROM person WHERE last_name LIKE 'neighbour-%'",
			"SELECT COUNT(*) FROM user_access WHERE username LIKE 'neighbour-%'",
			"SELECT COUNT(*) FROM invitation WHERE sent_to LIKE 'neighbour-%'",
			"SELECT COUNT(*) FROM outbox WHERE recipient LIKE 'neighbour-%'",
			"SELECT COUNT(*) FROM audit_event WHERE CAST(changes AS TEXT) LIKE '%neighbour-%'",
			"SELECT COUNT(*) FROM person WHERE last_name IN ('neighbour-0', 'neighbour-58')",
		} {
			want := acts / 2
			if query[len(query)-1] == ')' {
				want = 2
			}
			assert.Equal(t, want, count(query), query)
		}
	})
}
