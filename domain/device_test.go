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

// TestStrangeSignIns is OWASP ASVS 5.0, 6.3.5: a sign-in from a browser that is not known is told of by mail, once a day; the
// first sign-in of all, and those from browsers that are known, are not.
func TestStrangeSignIns(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it, provider := aLinked(t, s, s.acme), s.saml(t, s.acme)
		mails := func(of about) int {
			return s.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND kind = 'StrangeSignIn'", of.id)
		}
		enter := func(of about, c *company, by *domain.IdentityProvider, device string, client string) {
			t.Helper()
			in := s.asserted(s.asked(t, c, by.ID), of.name)
			in.Client = client
			caller := c.sso
			caller.Device = []byte(device)
			_, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), caller, in)
			require.NoError(t, err)
		}
		from := func(device string) { t.Helper(); enter(it, s.acme, provider, device, "Firefox") }
		s.SQL(t, "DELETE FROM session WHERE person_id = ?", it.id)
		s.SQL(t, "UPDATE user_access SET last_login_at = 0 WHERE person_id = ?", it.id)
		from("laptop")
		assert.Zero(t, mails(it), "the first one of all")
		from("laptop")
		assert.Zero(t, mails(it), "a browser that is known")
		from("phone")
		assert.Equal(t, 1, mails(it))
		assert.Equal(t, it.name+"@example.org", s.Text(t, "SELECT recipient FROM outbox WHERE person_id = ? AND kind = 'StrangeSignIn'", it.id))
		from("tablet")
		assert.Equal(t, 1, mails(it), "once a day")
		s.pass(25 * time.Hour)
		from("phone")
		assert.Equal(t, 1, mails(it), "it is known, though its session has ended")
		from("a stranger's")
		assert.Equal(t, 2, mails(it))
		s.pass(25 * time.Hour)
		enter(it, s.acme, provider, "", "curl")
		assert.Equal(t, 3, mails(it), "a program is known by its own words")
		s.pass(25 * time.Hour)
		enter(it, s.acme, provider, "", "curl")
		assert.Equal(t, 3, mails(it))

		other, foreign, theirs := aLinked(t, s, s.acme), aLinked(t, s, s.beta), s.saml(t, s.beta)
		enter(other, s.acme, provider, "phone", "")
		assert.Equal(t, 1, mails(other), "known to another person is not known")
		enter(foreign, s.beta, theirs, "phone", "")
		assert.Equal(t, 1, mails(foreign), "nor to another tenant")

		_, err := s.engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, s.acme.slug), domain.TenantChange{Policies: map[string]string{"SignInMail": domain.Off}})
		require.NoError(t, err)
		s.pass(25 * time.Hour)
		from("one more")
		assert.Equal(t, 2+1, mails(it), "the tenant wants none")
	})
}

// TestPendingSignInsKnowNoBrowser: who had the password, and not the second factor, makes no browser known.
func TestPendingSignInsKnowNoBrowser(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it := aLinked(t, s, s.acme)
		provider := s.saml(t, s.acme, func(in *domain.NewProvider) { in.MfaAfter = true })
		s.SQL(t, "UPDATE user_access SET last_login_at = 1 WHERE person_id = ?", it.id)
		account, strange := s.cheap(credential.Totp{}).Account, s.acme.sso
		strange.Device = []byte("a stranger's")
		mails := func() int {
			return s.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND kind = 'StrangeSignIn'", it.id)
		}
		var pending domain.Caller
		for range 2 {
			opened, err := s.engine.Gatekeeper.SignInAsserted(t.Context(), strange, s.asserted(s.asked(t, s.acme, provider.ID), it.name))
			require.NoError(t, err)
			require.True(t, opened.Pending)
			pending, err = s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
			require.NoError(t, err)
		}
		assert.Zero(t, mails())
		pending.Device = strange.Device
		enrolling, err := account.EnrolMfa(t.Context(), pending, "")
		require.NoError(t, err)
		_, err = account.ConfirmMfa(t.Context(), pending, codeAt(enrolling.Secret, s.clock()), "")
		require.NoError(t, err)
		assert.Equal(t, 1, mails(), "the browser is strange until the second factor is shown in it")
	})
}
