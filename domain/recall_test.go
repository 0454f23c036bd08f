package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// TestRecall: nothing that was given out in the tenant opens a door any more, what is of other tenants does, and people keep
// their access.
func TestRecall(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		administration, boss := s.engine.Administration, operator(t, s.engine, "acme")
		_, _, err := administration.CreateCredential(t.Context(), boss, domain.NewCredential{Name: "hr", Kind: domain.KindRest, Mode: domain.ReadWrite})
		require.NoError(t, err)
		signedIn, invited := s.linked(t, s.acme, s.acme.scim), s.invited(t, s.acme)
		s.linked(t, s.beta, s.beta.scim)
		require.NotZero(t, s.count(t, s.acme, "user_access WHERE invitation_expires <> 0"))

		_, err = administration.Recall(t.Context(), s.acme.rest, func(int) {})
		assert.Equal(t, domain.CodePermissionDenied, codeOf(err), "who may not touch credentials ends nothing")
		told := 0
		done, err := administration.Recall(t.Context(), boss, func(people int) { told = people })
		require.NoError(t, err)
		assert.GreaterOrEqual(t, done.People, 2)
		assert.Equal(t, done.People, told)
		assert.Positive(t, done.Credentials)

		open := []string{"session WHERE ended_at = 0", "invitation WHERE status = 'Pending'", "reset_token WHERE revoked_at = 0 AND consumed_at = 0", "credential WHERE revoked_at = 0"}
		for _, rows := range open {
			assert.Zero(t, s.count(t, s.acme, rows), rows)
		}
		assert.NotZero(t, s.count(t, s.beta, open[0]), "others' sessions go on")
		for _, p := range []*domain.Person{signedIn, invited} {
			found, err := s.engine.Directory.Person(t.Context(), s.acme.rest, p.ID, 0)
			require.NoError(t, err)
			assert.Equal(t, p.State(), found.State())
			assert.Greater(t, found.Version, p.Version)
			assert.Zero(t, s.count(t, s.acme, "user_access WHERE (invitation_expires <> 0 OR reset_expires <> 0)"))
		}
		assert.Equal(t, done.People, s.count(t, s.acme, "audit_event WHERE note LIKE '%was recalled%'"))
		s.unbroken(t)

		again, err := administration.Recall(t.Context(), boss, func(int) {})
		require.NoError(t, err)
		assert.Equal(t, domain.Recalled{}, again)
	})
}
