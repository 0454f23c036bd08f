package domain_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential/passkeytest"
	"github.com/scimbridge/scimbridge/domain"
)

// TestAPasskeyAfterTheProvider: where a second factor is asked for after SSO a passkey is one, added on the way or shown; the
// session stays one of the provider's, and ends when the provider says. Alone it opens nothing where passwords don't.
func TestAPasskeyAfterTheProvider(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine, key := s.keyed(t), passkeytest.New(t, passkeyOrigin)
		it := aLinked(t, s, s.acme)
		provider := s.saml(t, s.acme, func(in *domain.NewProvider) { in.MfaAfter = true })
		pending := func(until time.Time) domain.Caller {
			in := s.asserted(s.asked(t, s.acme, provider.ID), it.name)
			in.SessionUntil = until
			opened, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), s.acme.sso, in)
			require.NoError(t, err)
			require.True(t, opened.Pending)
			return s.caller(t, engine, opened)
		}
		ofTheProvider := func(opened *domain.Opened, until time.Time) {
			t.Helper()
			assert.True(t, opened.MfaSatisfied)
			assert.Equal(t, until, opened.ExpiresAt)
			caller := s.caller(t, engine, opened)
			list, err := engine.Account.Sessions(t.Context(), caller, it.id)
			require.NoError(t, err)
			require.NotEmpty(t, list)
			assert.Equal(t, domain.SignInSso, list[0].Method)
		}
		until := s.clock().Add(30 * time.Minute)
		caller := pending(until)
		begun, err := engine.Account.BeginPasskey(t.Context(), caller)
		require.NoError(t, err)
		opened, err := engine.Account.AddPasskey(t.Context(), caller, begun.Ticket, "Laptop", key.Creates(t, begun.Options), "")
		require.NoError(t, err)
		ofTheProvider(opened, until)

		caller = pending(until)
		begun, err = engine.Account.AskForPasskey(t.Context(), caller)
		require.NoError(t, err)
		opened, err = engine.Account.ShowPasskey(t.Context(), caller, begun.Ticket, key.Shows(t, begun.Options), "")
		require.NoError(t, err)
		ofTheProvider(opened, until)
		_, err = engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		require.NoError(t, err)

		_, err = engine.Administration.UpdateTenant(t.Context(), operator(t, engine, "acme"), domain.TenantChange{Policies: map[string]string{"PasswordLogin": domain.DisabledWhenSso}})
		require.NoError(t, err)
		_, err = s.signsIn(t, engine, s.acme.visitor(), key)
		refusedAsWrong(t, err, "the company signs its people in")
		offer, err := engine.Account.Offer(t.Context(), s.acme.visitor())
		require.NoError(t, err)
		assert.False(t, offer.Passkeys)
	})
}
