package domain_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

// TestEnforcedSso: while a tenant lets people in through SSO only, no password opens anything, which nobody is told who
// does not know it; accounts for emergencies are exempt.
func TestEnforcedSso(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		it, glass := s.owner(t, engine), s.owner(t, engine)
		boss := operator(t, s.engine, "acme")
		_, err := engine.Appointments.SetBreakGlass(t.Context(), boss, glass.id, true)
		require.NoError(t, err)
		opened, err := engine.Account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
		require.NoError(t, err)
		self, err := engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
		require.NoError(t, err)
		_, err = engine.Administration.UpdateTenant(t.Context(), boss, domain.TenantChange{Policies: map[string]string{"PasswordLogin": domain.DisabledWhenSso}})
		require.NoError(t, err)

		assert.Equal(t, domain.CodePasswordLoginDisabled, codeOf(s.tries(engine, it.name, goodPassword, "")))
		assert.Equal(t, s.tries(engine, "nobody", "wrong", ""), s.tries(engine, it.name, "wrong", ""), "who does not know the password learns nothing")
		require.NoError(t, s.tries(engine, glass.name, goodPassword, ""))

		err = engine.Account.ChangePassword(t.Context(), self, it.id, goodPassword, "another-ketchup-77-comet")
		assert.Equal(t, domain.CodePasswordLoginDisabled, codeOf(err), "%v", err)
		for _, name := range []string{it.name, glass.name, "nobody"} {
			require.NoError(t, engine.Account.RequestReset(t.Context(), s.acme.visitor(), name), "the answer is the same for everybody")
		}
		s.pass(time.Second)
		require.NoError(t, engine.Account.MailResets(t.Context()))
		assert.Equal(t, 0, s.Number(t, "SELECT COUNT(*) FROM reset_token WHERE person_id = ?", it.id))
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM reset_token WHERE person_id = ?", glass.id))
		_, err = engine.Provisioner.ResetPassword(t.Context(), s.acme.rest, it.id, false)
		assert.Equal(t, domain.CodePasswordLoginDisabled, codeOf(err))
		part, err := engine.Providers.Forecast(t.Context(), s.acme.rest, s.acme.provider, domain.ForecastQuery{Count: 10})
		require.NoError(t, err)
		assert.Equal(t, 1, part.Counts.Exempt)
		opened, err = engine.Gatekeeper.SignInByName(t.Context(), s.acme.sso, s.acme.provider, it.name)
		require.NoError(t, err)
		assert.Equal(t, it.id, opened.Person)
	})
}
