package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// TestChangesOfOnePersonLoseNothing lets a change of one aspect begin while another one is under way: the second must
// see what the first one did, not what was there when it began to wait.
func TestChangesOfOnePersonLoseNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		p := s.linked(t, s.acme, s.acme.scim)
		other := s.on(s.Another(t), nil)
		begun, done := make(chan struct{}, 10), make(chan error)
		go func() {
			_, err := s.engine.Provisioner.ChangePerson(t.Context(), s.acme.scim, domain.PersonChange{
				Person: p.ID, Touches: domain.AspectActive | domain.AspectLink, Apply: func(p *domain.Person) error {
					begun <- struct{}{}
					time.Sleep(200 * time.Millisecond) // long enough for the other one to begin and wait
					p.Access.IsActive, p.Link.ExternalKey = false, "moved"
					return nil
				}})
			done <- err
		}()
		<-begun
		_, err := other.Provisioner.ChangePerson(t.Context(), s.acme.rest, domain.PersonChange{
			Person: p.ID, Touches: domain.AspectMfa, Apply: func(p *domain.Person) error { p.Access.MfaRequired = true; return nil },
		})
		require.NoError(t, err)
		require.NoError(t, <-done)
		found, err := s.engine.Directory.User(t.Context(), s.acme.scim, p.ID, 0)
		require.NoError(t, err)
		assert.False(t, found.Access.IsActive, "the deactivation is lost")
		assert.True(t, found.Access.MfaRequired, "the MFA requirement is lost")
		assert.Equal(t, "moved", found.Link.ExternalKey)
		assert.Equal(t, p.Version+2, found.Version)
	})
}

// TestSignInOfSomebodyWhoLosesAccess takes the access away between the match of the name and the look at the person.
func TestSignInOfSomebodyWhoLosesAccess(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.Postgres) // the only store where writers meet
	p := s.linked(t, s.acme, s.acme.scim)
	remover, err := s.Raw.Begin()
	require.NoError(t, err)
	_, err = remover.Exec("SELECT 1 FROM person WHERE person_id = $1 FOR UPDATE", p.ID)
	require.NoError(t, err)
	done := make(chan error)
	go func() {
		_, err := s.engine.Gatekeeper.SignInByName(t.Context(), s.acme.sso, s.acme.provider, p.LastName)
		done <- err
	}()
	time.Sleep(200 * time.Millisecond) // the name is matched, the person waited for
	_, err = remover.Exec("DELETE FROM user_access WHERE person_id = $1", p.ID)
	require.NoError(t, err)
	require.NoError(t, remover.Commit())
	assert.Equal(t, domain.CodeNoMatchingUser, domain.CodeOf(<-done))
}
