package domain_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

func TestLoginStatePrecedence(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ago, ahead := now.Add(-time.Hour), now.Add(time.Hour)
	// Each row adds what the next one takes precedence over, so that only the order can give the answer.
	everything := domain.UserAccess{IsActive: true, ActivatedAt: ago, MfaRequired: true, MustResetPassword: true, LockedUntil: ahead}
	change := func(do func(a *domain.UserAccess)) domain.UserAccess {
		access := everything
		do(&access)
		return access
	}
	for _, row := range []struct {
		name   string
		access domain.UserAccess
		state  domain.State
		login  domain.LoginState
	}{
		{"inactive beats a lock", change(func(a *domain.UserAccess) { a.IsActive = false }), domain.StateInactive, domain.LoginDisabled},
		{"locked beats a reset", everything, domain.StateActive, domain.LoginLocked},
		{"a lock ends by time", change(func(a *domain.UserAccess) { a.LockedUntil = now }), domain.StateActive, domain.LoginPasswordResetPending},
		{"never sent", domain.UserAccess{IsActive: true, MfaRequired: true}, domain.StateInvited, domain.LoginInvitationNotSent},
		{"sent and live", domain.UserAccess{IsActive: true, InvitationCount: 1, InvitationExpires: ahead}, domain.StateInvited, domain.LoginInvitationPending},
		{"sent and expired", domain.UserAccess{IsActive: true, InvitationCount: 1, InvitationExpires: now}, domain.StateInvited, domain.LoginInvitationExpired},
		{"sent and revoked", domain.UserAccess{IsActive: true, InvitationCount: 2}, domain.StateInvited, domain.LoginInvitationExpired},
		{"an administrator's reset link", domain.UserAccess{IsActive: true, ActivatedAt: ago, ResetExpires: ahead, MfaRequired: true}, domain.StateActive, domain.LoginPasswordResetPending},
		{"MFA beats never logged in", domain.UserAccess{IsActive: true, ActivatedAt: ago, MfaRequired: true}, domain.StateActive, domain.LoginMfaEnrollmentPending},
		{"no MFA of ours behind a provider", domain.UserAccess{IsActive: true, ActivatedAt: ago, MfaRequired: true, IdentityProviderID: uuid.New()}, domain.StateActive, domain.LoginNeverLoggedIn},
		{"never logged in", domain.UserAccess{IsActive: true, ActivatedAt: ago}, domain.StateActive, domain.LoginNeverLoggedIn},
		{"logged in", domain.UserAccess{IsActive: true, ActivatedAt: ago, LastLoginAt: ago}, domain.StateActive, domain.LoginLoggedIn},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			person := domain.Person{Access: &row.access}
			assert.Equal(t, row.state, person.State())
			assert.Equal(t, row.login, person.LoginState(now))
			assert.Equal(t, row.login, person.LoginFlags(now)[0], "the state is the first flag")
		})
	}
}

func TestStateWithoutAccess(t *testing.T) {
	t.Parallel()
	now := time.Now()
	nobody := domain.Person{}
	assert.Equal(t, domain.StateNotProvisioned, nobody.State())
	assert.Equal(t, domain.LoginNone, nobody.LoginState(now))
	gone := domain.Person{AnonymizedAt: now, Access: &domain.UserAccess{IsActive: true}}
	assert.Equal(t, domain.StateAnonymized, gone.State(), "anonymised is absorbing")
	assert.Equal(t, domain.LoginNone, gone.LoginState(now))
}
