package domain_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// TestThePasswordFirstAndThenTheCode: with the right password alone somebody with an authenticator gets a session that
// is good for the code alone, and for one session in its place.
func TestThePasswordFirstAndThenTheCode(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		account, gate := s.cheap(credential.Totp{}).Account, s.engine.Gatekeeper
		it, secret, confirmed := s.enrolled(t, s.cheap(credential.Totp{}))
		half := func() domain.Caller {
			opened, err := account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword, CodeLater: true})
			require.NoError(t, err)
			assert.True(t, opened.Pending)
			assert.False(t, opened.MfaSatisfied)
			caller, err := gate.Authenticate(t.Context(), opened.Token, netip.Addr{})
			require.NoError(t, err)
			return caller
		}
		caller := half()
		require.True(t, caller.Pending)
		assert.Equal(t, domain.CodeMfaEnrollmentRequired, domain.CodeOf(caller.Require()))
		_, err := account.EnrolMfa(t.Context(), caller, "")
		assert.Equal(t, domain.CodeMfaCodeRequired, domain.CodeOf(err), "nobody gets round the code by enrolling anew")
		_, err = account.ConfirmMfa(t.Context(), caller, codeAt(secret, s.clock()), "")
		assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
		_, err = account.EnterCode(t.Context(), caller, "000000", "")
		assert.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(err))

		s.pass(time.Minute)
		opened, err := account.EnterCode(t.Context(), caller, codeAt(secret, s.clock()), "browser")
		require.NoError(t, err)
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM outbox WHERE kind = 'MfaChanged'"), "the person is told")
		assert.True(t, opened.MfaSatisfied)
		assert.False(t, opened.Pending)
		whole, err := gate.Authenticate(t.Context(), opened.Token, netip.Addr{})
		require.NoError(t, err)
		assert.NotEqual(t, caller.Session, whole.Session)
		assert.True(t, whole.Mfa)
		_, err = account.EnterCode(t.Context(), caller, confirmed.RecoveryCodes[0], "")
		assert.Equal(t, domain.CodeUnauthenticated, domain.CodeOf(err), "the pending session has ended")
		_, err = account.EnterCode(t.Context(), whole, confirmed.RecoveryCodes[0], "")
		assert.Equal(t, domain.CodePermissionDenied, domain.CodeOf(err))

		late := half()
		s.pass(time.Hour)
		assert.Equal(t, 1, atOnce(5, func(int) error {
			_, err := account.EnterCode(t.Context(), late, confirmed.RecoveryCodes[1], "")
			return err
		}), "a code opens once")
		self, err := account.Self(t.Context(), whole)
		require.NoError(t, err)
		assert.Equal(t, 9, self.RecoveryCodes)
		assert.False(t, self.MfaEnrolledAt.IsZero())
		assert.Equal(t, it.name, self.Username)
	})
}

// TestALinkTellsWhomItIsFor: and is as good as before; a link of another kind, of another tenant or of nobody tells nothing.
func TestALinkTellsWhomItIsFor(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		account := s.engine.Account
		invitation, reset, verification := anInvitation(t, s, s.acme), aResetLink(t, s, s.acme), aVerification(t, s, s.acme)
		for purpose, it := range map[domain.TokenPurpose]about{domain.TokenInvitation: invitation, domain.TokenReset: reset, domain.TokenVerify: verification} {
			for range 2 {
				found, err := account.Addressee(t.Context(), domain.Caller{}, purpose, it.name)
				require.NoError(t, err, purpose)
				assert.Equal(t, "acme", found.TenantSlug)
				assert.NotEmpty(t, found.Username)
			}
			_, err := account.Addressee(t.Context(), s.beta.visitor(), purpose, it.name)
			assert.Equal(t, domain.CodeTokenInvalid, domain.CodeOf(err), "another tenant's %s", purpose)
			for _, other := range []domain.TokenPurpose{domain.TokenInvitation, domain.TokenReset, domain.TokenVerify} {
				if other != purpose {
					_, err := account.Addressee(t.Context(), domain.Caller{}, other, it.name)
					assert.Equal(t, domain.CodeTokenInvalid, domain.CodeOf(err), "%s as %s", purpose, other)
				}
			}
		}
		_, err := account.AcceptInvitation(t.Context(), domain.Caller{}, invitation.name, goodPassword)
		require.NoError(t, err)
		_, err = account.Addressee(t.Context(), domain.Caller{}, domain.TokenInvitation, invitation.name)
		assert.Equal(t, domain.CodeTokenInvalid, domain.CodeOf(err), "a used one")
	})
}

// TestOffer: what a tenant offers follows its policies.
func TestOffer(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		offer, err := s.engine.Account.Offer(t.Context(), s.acme.visitor())
		require.NoError(t, err)
		assert.Equal(t, &domain.Offer{Tenant: "acme", Passwords: true, Passkeys: true, Sso: true}, offer)
		_, err = s.engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, "acme"), domain.TenantChange{Policies: map[string]string{"SelfSignUp": "On"}})
		require.NoError(t, err)
		offer, err = s.engine.Account.Offer(t.Context(), s.acme.visitor())
		require.NoError(t, err)
		assert.True(t, offer.SignUp)
		_, err = s.engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, "acme"), domain.TenantChange{Policies: map[string]string{"PasswordLogin": domain.DisabledWhenSso}})
		require.NoError(t, err)
		offer, err = s.engine.Account.Offer(t.Context(), s.acme.visitor())
		require.NoError(t, err)
		assert.Equal(t, &domain.Offer{Tenant: "acme", Sso: true}, offer)
	})
}

// TestEndOtherSessions: the one in use stays.
func TestEndOtherSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		it := s.owner(t, engine)
		var callers []domain.Caller
		for range 3 {
			opened, err := engine.Account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
			require.NoError(t, err)
			caller, err := engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
			require.NoError(t, err)
			callers = append(callers, caller)
		}
		ended, err := engine.Account.EndOtherSessions(t.Context(), callers[1])
		require.NoError(t, err)
		assert.Equal(t, 2, ended)
		left, err := engine.Account.Sessions(t.Context(), callers[1], it.id)
		require.NoError(t, err)
		require.Len(t, left, 1)
		assert.Equal(t, callers[1].Session, left[0].ID)
		ended, err = engine.Account.EndOtherSessions(t.Context(), callers[1])
		assert.NoError(t, err)
		assert.Zero(t, ended)
		pending := callers[1]
		pending.Pending = true
		_, err = engine.Account.EndOtherSessions(t.Context(), pending)
		assert.Equal(t, domain.CodeMfaEnrollmentRequired, domain.CodeOf(err))
		_, err = engine.Account.EndOtherSessions(t.Context(), s.acme.rest)
		assert.Equal(t, domain.CodePermissionDenied, domain.CodeOf(err))
		_, err = engine.Account.Self(t.Context(), domain.Caller{Tenant: s.acme.id, Session: uuid.New(), Actor: domain.Actor{Kind: domain.ActorPerson, ID: uuid.New()}})
		assert.Equal(t, domain.CodePersonNotFound, domain.CodeOf(err))
	})
}
