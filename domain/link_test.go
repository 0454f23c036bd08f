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

// TestLinksOpenOnce: fifty people follow one link at once, at two servers, and one of them gets in.
func TestLinksOpenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		replica := domain.New(domain.Config{Store: s.Another(t), Registry: s.DB, Secrets: s.secrets, Passwords: plainPasswords{}, Authenticator: credential.Totp{}, Clock: s.clock})
		engines := []*domain.Engine{s.cheap(credential.Totp{}), replica}
		for name, link := range map[string]struct {
			about func(*testing.T, *stage, *company) about
			do    func(e *domain.Engine, token string) error
		}{
			"invitation": {anInvitation, func(e *domain.Engine, token string) error {
				_, err := e.Account.AcceptInvitation(t.Context(), s.acme.visitor(), token, goodPassword)
				return err
			}},
			"verification": {aVerification, func(e *domain.Engine, token string) error {
				_, err := e.Account.VerifyEmail(t.Context(), domain.Caller{}, token)
				return err
			}},
			"reset": {aResetLink, func(e *domain.Engine, token string) error {
				return e.Account.CompleteReset(t.Context(), domain.Caller{}, token, goodPassword)
			}},
		} {
			it := link.about(t, s, s.acme)
			assert.Equal(t, 1, atOnce(50, func(i int) error { return link.do(engines[i%2], it.name) }), name)
		}
	})
}

// TestDeadLinks: whatever killed a link, it is answered like one that never was.
func TestDeadLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		accept := func(token string) error {
			_, err := engine.Account.AcceptInvitation(t.Context(), domain.Caller{}, token, "x") // not even the password is looked at
			return err
		}
		reset := func(token string) error {
			return engine.Account.CompleteReset(t.Context(), domain.Caller{}, token, "x")
		}
		unknown, _ := s.secrets.NewToken(domain.TokenReset)
		want := told(t, reset(unknown), about{})
		require.Equal(t, domain.CodeTokenInvalid, want.Code)
		deactivate := func(it about) {
			_, err := engine.Provisioner.Deactivate(t.Context(), s.acme.rest, it.id, "")
			require.NoError(t, err)
		}
		remove := func(it about) {
			_, err := engine.Provisioner.RemoveAccess(t.Context(), s.acme.rest, it.id)
			require.NoError(t, err)
		}
		for name, kill := range map[string]func(it about){
			"it expired":                 func(about) { s.pass(8 * 24 * time.Hour) },
			"the person was deactivated": deactivate,
			"the access was removed":     remove,
			"the person was brought back": func(it about) {
				deactivate(it)
				_, err := engine.Provisioner.Activate(t.Context(), s.acme.rest, it.id, nil)
				require.NoError(t, err)
			},
			"a newer one was mailed": func(it about) {
				s.pass(2 * time.Minute)
				if _, err := engine.Provisioner.ResendInvitation(t.Context(), s.acme.rest, it.id, ""); err != nil {
					_, err = engine.Provisioner.ResetPassword(t.Context(), s.acme.rest, it.id, false)
					require.NoError(t, err)
				}
			},
			"the address changed": func(it about) {
				_, err := engine.Provisioner.ChangePerson(t.Context(), s.acme.rest, domain.PersonChange{Person: it.id, Touches: domain.AspectProfile,
					Apply: func(p *domain.Person) error { p.Emails[0].Address = unique("new") + "@example.org"; return nil }})
				require.NoError(t, err)
			},
		} {
			invited, linked := anInvitation(t, s, s.acme), aResetLink(t, s, s.acme)
			for _, visitor := range []domain.Caller{s.beta.visitor()} {
				_, err := engine.Account.AcceptInvitation(t.Context(), visitor, invited.name, goodPassword)
				assert.Equal(t, want, told(t, err, about{}), "at another tenant")
			}
			kill(invited)
			assert.Equal(t, want, told(t, accept(invited.name), about{}), "an invitation: %s", name)
			kill(linked)
			assert.Equal(t, want, told(t, reset(linked.name), about{}), "a reset link: %s", name)
			assert.Equal(t, want, told(t, accept(linked.name), about{}), "a link of another kind")
		}
	})
}

// TestForgotten: a mail goes to who is meant, once a minute and ten times a day, and what admins see stays as it is.
func TestForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it := aPassword(t, s, s.acme)
		email := s.mailOf(t, it.id)
		mails := func() int {
			return s.Number(t, "SELECT COUNT(*) FROM outbox WHERE kind = 'PasswordReset' AND person_id = ?", it.id)
		}
		ask := func(names ...string) {
			t.Helper()
			for _, name := range names {
				require.NoError(t, s.engine.Account.RequestReset(t.Context(), s.acme.visitor(), name))
			}
			require.NoError(t, s.engine.Account.MailResets(t.Context()))
			assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM reset_request"))
		}
		before, err := s.engine.Directory.Access(t.Context(), s.acme.rest, it.id, 0)
		require.NoError(t, err)
		ask(unique("nobody"), email+",eve@example.com", email+"\n", email+" eve@example.com", "eve+"+email)
		assert.LessOrEqual(t, mails(), 1)
		s.pass(time.Hour)
		sent := mails()
		ask(it.name, email, it.name)
		assert.Equal(t, sent+1, mails())
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM outbox WHERE kind = 'PasswordReset' AND person_id = ? AND recipient <> ?", it.id, email))
		for range 30 {
			s.pass(2 * time.Minute)
			ask(email)
		}
		assert.Equal(t, 10, mails())
		after, err := s.engine.Directory.Access(t.Context(), s.acme.rest, it.id, 0)
		require.NoError(t, err)
		assert.Equal(t, before.LoginState(s.clock()), after.LoginState(s.clock()))

		require.Error(t, s.engine.Account.RequestReset(t.Context(), s.acme.visitor(), ""))
		s.pass(25 * time.Hour)
		_, err = s.engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, "acme"), domain.TenantChange{Policies: map[string]string{"PasswordLogin": domain.DisabledWhenSso}})
		require.NoError(t, err)
		ask(email)
		assert.Equal(t, 10, mails(), "where nobody signs in with a password")
		assert.Equal(t, domain.CodePasswordLoginDisabled, domain.CodeOf(s.tries(s.engine, it.name, goodPassword, "")))
		invited := anInvitation(t, s, s.acme)
		_, err = s.engine.Account.AcceptInvitation(t.Context(), domain.Caller{}, invited.name, goodPassword)
		assert.Equal(t, domain.CodePasswordLoginDisabled, domain.CodeOf(err))
	})
}

// mailOf is the primary address of the person.
func (s *stage) mailOf(t *testing.T, person uuid.UUID) string {
	t.Helper()
	p, err := s.engine.Directory.Person(t.Context(), s.acme.rest, person, 0)
	require.NoError(t, err)
	return p.PrimaryEmail()
}

// TestOldPasswords: the present password and so many before it can't be chosen again, and no more than the tenant says.
func TestOldPasswords(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.cheap(credential.Totp{})
		it := s.owner(t, engine)
		policy := func(name, value string) {
			_, err := engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, "acme"), domain.TenantChange{Policies: map[string]string{name: value}})
			require.NoError(t, err)
		}
		present := goodPassword
		change := func(chosen string) domain.Code {
			err := engine.Account.ChangePassword(t.Context(), s.signedIn(s.acme, it.id, uuid.New()), it.id, present, chosen)
			if err == nil {
				present = chosen
			}
			return domain.CodeOf(err)
		}
		policy("PasswordHistory", "2")
		for _, chosen := range []string{"second password", "third password", "fourth password"} {
			require.Empty(t, change(chosen))
		}
		for _, used := range []string{"fourth password", "third password", "second password"} {
			assert.Equal(t, domain.CodePasswordPolicy, change(used), used)
		}
		assert.Empty(t, change(goodPassword), "forgotten by now")
		policy("PasswordHistory", "0")
		assert.Equal(t, domain.CodePasswordPolicy, change(goodPassword), "the present one")
		assert.Empty(t, change("fourth password"))
		policy("PasswordMinLength", "20")
		assert.Equal(t, domain.CodePasswordPolicy, change("19 characters long."))
		assert.Empty(t, change("20 characters long.."))
	})
}

// TestSessionsEnd: for idleness, for age, and with the person's access.
func TestSessionsEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		_, err := s.engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, "acme"), domain.TenantChange{Policies: map[string]string{"SessionTtl": "3h", "SessionIdleTtl": "1h"}})
		require.NoError(t, err)
		engine := s.cheap(credential.Totp{})
		it := s.owner(t, engine)
		open := func() string {
			opened, err := engine.Account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
			require.NoError(t, err)
			return opened.Token
		}
		lives := func(token string) bool {
			_, err := engine.Gatekeeper.Authenticate(t.Context(), token, netip.Addr{})
			return err == nil
		}
		idle, used := open(), open()
		assert.NotEqual(t, idle, used)
		for range 3 {
			s.pass(59 * time.Minute)
			assert.True(t, lives(used))
		}
		assert.False(t, lives(idle))
		s.pass(4 * time.Minute)
		assert.False(t, lives(used), "it is as old as a session gets")
		first, second := open(), open()
		caller, err := engine.Gatekeeper.Authenticate(t.Context(), first, netip.Addr{})
		require.NoError(t, err)
		require.NoError(t, engine.Account.ChangePassword(t.Context(), caller, it.id, goodPassword, anotherPassword))
		assert.True(t, lives(first))
		assert.False(t, lives(second))
		require.NoError(t, engine.Account.SignOut(t.Context(), caller))
		assert.False(t, lives(first))
		assert.Equal(t, domain.CodePermissionDenied, domain.CodeOf(engine.Account.SignOut(t.Context(), s.acme.rest)))
	})
}
