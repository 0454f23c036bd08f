package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// TestFailedSignInsAreAudited: a minute after the first failure the audit has one line for each person, with how many
// there were, and a bounded number of lines for names that nobody has, without the names.
func TestFailedSignInsAreAudited(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		it, locked := s.owner(t, engine), s.owner(t, engine)
		fails := func(name, ip string) {
			t.Helper()
			visitor := s.acme.visitor()
			visitor.IP = ip
			_, err := engine.Account.SignIn(t.Context(), visitor, domain.SignIn{Name: name, Password: "wrong"})
			require.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(err))
		}
		audited := func() (lines []string) {
			t.Helper()
			require.NoError(t, engine.Account.AuditFailures(t.Context()))
			var page []*domain.AuditEntry
			require.NoError(t, s.DB.Look(t.Context(), s.acme.rest.Scope(), func(tx domain.Tx) (err error) {
				page, _, err = tx.ListAudit(domain.AuditQuery{Action: domain.EventSignInFailed, Count: 1000})
				return err
			}))
			for _, e := range page {
				assert.Equal(t, domain.ActorVisitor, e.Actor.Kind)
				lines = append(lines, fmt.Sprintf("%t %t %s %s", e.Person == it.id, e.Person == locked.id, e.IP, e.Changes[0].After))
			}
			return lines
		}
		for range 3 {
			fails(it.name, "192.0.2.1")
		}
		for range 12 { // the lock is no reason to keep silent
			fails(locked.name, "198.51.100.7")
		}
		fails("hunter2", "203.0.113.4")
		fails("whoever", "203.0.113.5")
		require.NoError(t, s.tries(engine, it.name, goodPassword, ""))
		assert.Empty(t, audited(), "more may come")
		s.pass(time.Minute)
		want := []string{"true false 192.0.2.1 3", "false true 198.51.100.7 12", "false false 203.0.113.5 2"}
		assert.ElementsMatch(t, want, audited())
		assert.Len(t, audited(), 3, "each once")
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM sign_in_failure"))
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE CAST(changes AS TEXT) LIKE '%hunter2%' OR note LIKE '%hunter2%'"))
		for i := range 300 {
			fails("nobody", fmt.Sprintf("2001:db8:%x::1", i))
		}
		s.pass(time.Minute)
		assert.LessOrEqual(t, len(audited()), 3+64)
	})
}
