package domain_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/credential/passkeytest"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

const passkeyOrigin = "https://id.example.org"

// keyed is the engine with passkeys.
func (s *stage) keyed(t *testing.T) *domain.Engine {
	t.Helper()
	passkeys, err := credential.NewPasskeys(passkeyOrigin)
	require.NoError(t, err)
	return domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: s.secrets, Passwords: plainPasswords{}, Authenticator: credential.Totp{},
		Passkeys: passkeys, Clock: s.clock})
}

// withPasskey is somebody with a passkey, signed in.
func (s *stage) withPasskey(t *testing.T, engine *domain.Engine) (about, *passkeytest.Device, domain.Caller) {
	t.Helper()
	it, key := s.owner(t, engine), passkeytest.New(t, passkeyOrigin)
	opened, err := engine.Account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
	require.NoError(t, err)
	return it, key, s.adds(t, engine, key, s.caller(t, engine, opened))
}

func (s *stage) caller(t *testing.T, engine *domain.Engine, opened *domain.Opened) domain.Caller {
	t.Helper()
	caller, err := engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
	require.NoError(t, err)
	return caller
}

func (s *stage) adds(t *testing.T, engine *domain.Engine, key *passkeytest.Device, caller domain.Caller) domain.Caller {
	t.Helper()
	begun, err := engine.Account.BeginPasskey(t.Context(), caller)
	require.NoError(t, err)
	assert.Equal(t, "none", passkeytest.Read(t, begun.Options).Attestation)
	opened, err := engine.Account.AddPasskey(t.Context(), caller, begun.Ticket, "Laptop", key.Creates(t, begun.Options), "browser")
	require.NoError(t, err)
	assert.True(t, opened.MfaSatisfied)
	return s.caller(t, engine, opened)
}

// signsIn shows a passkey without a password.
func (s *stage) signsIn(t *testing.T, engine *domain.Engine, at domain.Caller, key *passkeytest.Device) (*domain.Opened, error) {
	t.Helper()
	begun, err := engine.Account.AskForAnyPasskey(t.Context(), at)
	require.NoError(t, err)
	assert.Equal(t, "required", passkeytest.Read(t, begun.Options).UserVerification)
	assert.Empty(t, passkeytest.Read(t, begun.Options).AllowCredentials, "it tells of nobody")
	return engine.Account.SignInByPasskey(t.Context(), at, begun.Ticket, key.Shows(t, begun.Options), "browser")
}

func refusedAsWrong(t *testing.T, err error, why string) {
	t.Helper()
	assert.Equal(t, domain.CodeInvalidCredentials, domain.CodeOf(err), why)
}

// TestAPasskeyOpensTheAccount: alone, and after the password; and a password alone opens it no more.
func TestAPasskeyOpensTheAccount(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.keyed(t)
		account := engine.Account
		it, key, caller := s.withPasskey(t, engine)
		assert.Len(t, key.Handle, 64)
		self, err := account.Self(t.Context(), caller)
		require.NoError(t, err)
		assert.Equal(t, 1, self.Passkeys)
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM user_access WHERE person_id = ? AND mfa_enrolled_at <> 0", it.id))

		opened, err := s.signsIn(t, engine, s.acme.visitor(), key)
		require.NoError(t, err)
		assert.Equal(t, it.id, opened.Person)
		assert.True(t, opened.MfaSatisfied)

		_, err = account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
		assert.Equal(t, domain.CodeMfaCodeRequired, domain.CodeOf(err))
		_, err = account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword, Code: "123456"})
		refusedAsWrong(t, err, "there is no code")
		half, err := account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword, PasskeyLater: true})
		require.NoError(t, err)
		assert.True(t, half.Pending && half.Passkeys)
		pending := s.caller(t, engine, half)
		_, err = account.BeginPasskey(t.Context(), pending)
		assert.Equal(t, domain.CodeMfaCodeRequired, domain.CodeOf(err), "nobody gets round the passkey with another")
		_, err = account.EnrolMfa(t.Context(), pending, "")
		assert.Equal(t, domain.CodeMfaCodeRequired, domain.CodeOf(err), "nor with an authenticator")
		begun, err := account.AskForPasskey(t.Context(), pending)
		require.NoError(t, err)
		_, err = account.ShowPasskey(t.Context(), pending, begun.Ticket, passkeytest.New(t, passkeyOrigin).Shows(t, begun.Options), "")
		refusedAsWrong(t, err, "another's passkey")
		_, err = account.ShowPasskey(t.Context(), pending, begun.Ticket, key.Shows(t, begun.Options), "")
		refusedAsWrong(t, err, "the ticket is used up")
		begun, err = account.AskForPasskey(t.Context(), pending)
		require.NoError(t, err)
		whole, err := account.ShowPasskey(t.Context(), pending, begun.Ticket, key.Shows(t, begun.Options), "")
		require.NoError(t, err)
		assert.True(t, whole.MfaSatisfied)
		_, err = account.AskForPasskey(t.Context(), s.caller(t, engine, whole))
		assert.Equal(t, domain.CodePermissionDenied, domain.CodeOf(err))
	})
}

// TestWhatIsNoAnswer: each is refused in the same words.
func TestWhatIsNoAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.keyed(t)
		it, key, caller := s.withPasskey(t, engine)
		visitor := s.acme.visitor()
		try := func(why string, change func(d *passkeytest.Device)) {
			d := *key
			change(&d)
			_, err := s.signsIn(t, engine, visitor, &d)
			refusedAsWrong(t, err, why)
			key.Count = d.Count
		}
		try("wrong origin", func(d *passkeytest.Device) { d.Origin = "https://id.example.org.evil.example" })
		try("wrong port", func(d *passkeytest.Device) { d.Origin += ":8443" })
		try("wrong relying party", func(d *passkeytest.Device) { d.Party = "example.org" })
		try("not verified", func(d *passkeytest.Device) { d.Unverified = true })
		try("wrong handle", func(d *passkeytest.Device) { d.Handle = slices.Repeat([]byte{1}, 64) })
		try("no handle", func(d *passkeytest.Device) { d.Handle = nil })
		try("another key", func(d *passkeytest.Device) { d.Key = passkeytest.New(t, passkeyOrigin).Key })
		_, err := s.signsIn(t, engine, s.beta.visitor(), key)
		refusedAsWrong(t, err, "another tenant's passkey")

		one, err := engine.Account.AskForAnyPasskey(t.Context(), visitor)
		require.NoError(t, err)
		two, err := engine.Account.AskForAnyPasskey(t.Context(), visitor)
		require.NoError(t, err)
		_, err = engine.Account.SignInByPasskey(t.Context(), visitor, one.Ticket, key.Shows(t, two.Options), "")
		refusedAsWrong(t, err, "wrong challenge")
		_, err = engine.Account.SignInByPasskey(t.Context(), s.beta.visitor(), two.Ticket, key.Shows(t, two.Options), "")
		refusedAsWrong(t, err, "another tenant's ticket")
		answer := key.Shows(t, two.Options)
		_, err = engine.Account.SignInByPasskey(t.Context(), visitor, two.Ticket, answer, "")
		require.NoError(t, err)
		_, err = engine.Account.SignInByPasskey(t.Context(), visitor, two.Ticket, answer, "")
		refusedAsWrong(t, err, "a replay")
		for _, text := range []string{"", "{}", "null", `{"id":"!"}`} {
			late, err := engine.Account.AskForAnyPasskey(t.Context(), visitor)
			require.NoError(t, err)
			_, err = engine.Account.SignInByPasskey(t.Context(), visitor, late.Ticket, []byte(text), "")
			refusedAsWrong(t, err, text)
		}
		late, err := engine.Account.AskForAnyPasskey(t.Context(), visitor)
		require.NoError(t, err)
		s.pass(5 * time.Minute)
		_, err = engine.Account.SignInByPasskey(t.Context(), visitor, late.Ticket, key.Shows(t, late.Options), "")
		refusedAsWrong(t, err, "too late")

		s.SQL(t, "UPDATE user_access SET locked_until = ? WHERE person_id = ?", s.clock().Add(time.Hour).UnixMicro(), it.id)
		_, err = s.signsIn(t, engine, visitor, key)
		refusedAsWrong(t, err, "locked")
		s.SQL(t, "UPDATE user_access SET locked_until = 0, is_active = ? WHERE person_id = ?", false, it.id)
		_, err = s.signsIn(t, engine, visitor, key)
		refusedAsWrong(t, err, "inactive")
		s.SQL(t, "UPDATE user_access SET is_active = ? WHERE person_id = ?", true, it.id)
		_, err = s.signsIn(t, engine, visitor, key)
		require.NoError(t, err)

		list, err := engine.Account.Passkeys(t.Context(), caller)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NoError(t, engine.Account.RenamePasskey(t.Context(), caller, list[0].ID, "Phone"))
		assert.Equal(t, domain.CodeNotFound, domain.CodeOf(engine.Account.RemovePasskey(t.Context(), caller, uuid.New())))
		require.NoError(t, engine.Account.RemovePasskey(t.Context(), caller, list[0].ID))
		_, err = s.signsIn(t, engine, visitor, key)
		refusedAsWrong(t, err, "removed")
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM user_access WHERE person_id = ? AND mfa_enrolled_at = 0", it.id))
	})
}

// TestACopiedPasskey: a counter that goes back lets nobody in, and is told.
func TestACopiedPasskey(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.keyed(t)
		it, key, _ := s.withPasskey(t, engine)
		key.Count = 10
		_, err := s.signsIn(t, engine, s.acme.visitor(), key)
		require.NoError(t, err)
		key.Count = 4
		_, err = s.signsIn(t, engine, s.acme.visitor(), key)
		refusedAsWrong(t, err, "a copy")
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE person_id = ? AND action = 'PASSKEY_SUSPECTED'", it.id))
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND kind = 'PasskeySuspected'", it.id))
		key.Count = 20
		_, err = s.signsIn(t, engine, s.acme.visitor(), key)
		require.NoError(t, err)
	})
}

// TestNobodyGetsRoundAPasskey: an authenticator that was made with the password alone, before there was a passkey, is
// confirmed by nobody who does not show it.
func TestNobodyGetsRoundAPasskey(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.keyed(t)
		it, key := s.owner(t, engine), passkeytest.New(t, passkeyOrigin)
		enter := func() domain.Caller {
			opened, err := engine.Account.SignIn(t.Context(), s.acme.visitor(), domain.SignIn{Name: it.name, Password: goodPassword, PasskeyLater: true})
			require.NoError(t, err)
			return s.caller(t, engine, opened)
		}
		waiting, err := engine.Account.EnrolMfa(t.Context(), enter(), "")
		require.NoError(t, err)
		whole := s.adds(t, engine, key, enter())
		_, err = engine.Account.ConfirmMfa(t.Context(), enter(), codeAt(waiting.Secret, s.clock()), "")
		assert.Equal(t, domain.CodeMfaCodeRequired, domain.CodeOf(err))
		_, err = engine.Account.ConfirmMfa(t.Context(), whole, codeAt(waiting.Secret, s.clock()), "")
		assert.NoError(t, err, "who has shown the passkey may")
	})
}

// TestPeopleAreToldOfPasskeys: of each that is added or removed.
func TestPeopleAreToldOfPasskeys(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.keyed(t)
		it, _, caller := s.withPasskey(t, engine)
		caller = s.adds(t, engine, passkeytest.New(t, passkeyOrigin), caller)
		list, err := engine.Account.Passkeys(t.Context(), caller)
		require.NoError(t, err)
		require.Len(t, list, 2)
		for _, p := range list {
			require.NoError(t, engine.Account.RemovePasskey(t.Context(), caller, p.ID))
		}
		for _, kind := range []domain.MailKind{domain.MailPasskeyAdded, domain.MailPasskeyRemoved} {
			assert.Equal(t, 2, s.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND kind = ?", it.id, string(kind)), kind)
		}
	})
}

// TestResetsEndPasskeys: an administrator's reset leaves none, and ends the sessions.
func TestResetsEndPasskeys(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engine := s.keyed(t)
		it, key, _ := s.withPasskey(t, engine)
		_, err := engine.Provisioner.ResetMfa(t.Context(), s.acme.rest, it.id)
		require.NoError(t, err)
		_, err = s.signsIn(t, engine, s.acme.visitor(), key)
		refusedAsWrong(t, err, "reset")
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM session WHERE person_id = ? AND ended_at = 0", it.id))
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM passkey WHERE person_id = ?", it.id))
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND kind = 'MfaReset'", it.id))
	})
}

// TestOneTicketAtTwoServers: whoever comes second is refused.
func TestOneTicketAtTwoServers(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		engines := []*domain.Engine{s.keyed(t), s.keyed(t)}
		_, key, _ := s.withPasskey(t, engines[0])
		begun, err := engines[0].Account.AskForAnyPasskey(t.Context(), s.acme.visitor())
		require.NoError(t, err)
		answer := key.Shows(t, begun.Options)
		assert.Equal(t, 1, atOnce(6, func(i int) error {
			_, err := engines[i%2].Account.SignInByPasskey(t.Context(), s.acme.visitor(), begun.Ticket, answer, "")
			return err
		}))
	})
}

// TestPasskeysNeedAFreshSession: and a server with a name.
func TestPasskeysNeedAFreshSession(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	engine := s.keyed(t)
	_, _, caller := s.withPasskey(t, engine)
	_, err := s.cheap(credential.Totp{}).Account.BeginPasskey(t.Context(), caller)
	assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
	s.pass(16 * time.Minute)
	_, err = engine.Account.BeginPasskey(t.Context(), caller)
	assert.Equal(t, domain.CodeSignInAgain, domain.CodeOf(err))
	_, err = engine.Account.AddPasskey(t.Context(), caller, "", "x", nil, "")
	assert.Equal(t, domain.CodeSignInAgain, domain.CodeOf(err))
	assert.Equal(t, domain.CodeSignInAgain, domain.CodeOf(engine.Account.RemovePasskey(t.Context(), caller, uuid.New())))
	_, err = engine.Account.BeginPasskey(t.Context(), s.acme.rest)
	assert.Equal(t, domain.CodePermissionDenied, domain.CodeOf(err))
	for _, bad := range []string{"", "http://127.0.0.1:8080", "/x"} {
		_, err := credential.NewPasskeys(bad)
		assert.Error(t, err, bad)
	}
}
