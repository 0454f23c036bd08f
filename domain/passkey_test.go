package domain_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

const passkeyOrigin, passkeyParty = "https://id.example.org", "id.example.org"

// device is an authenticator of its own that makes passkeys with ES256 and attests nothing.
type device struct {
	t             *testing.T
	key           *ecdsa.PrivateKey
	id, handle    []byte
	count         uint32
	origin, party string
	unverified    bool
}

func newDevice(t *testing.T) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &device{t: t, key: key, id: id, origin: passkeyOrigin, party: passkeyParty}
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// asked is what devices read of the options.
type asked struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
	Attestation      string           `json:"attestation"`
	UserVerification string           `json:"userVerification"`
	AllowCredentials []map[string]any `json:"allowCredentials"`
}

func (d *device) reads(options []byte) (a asked) {
	d.t.Helper()
	require.NoError(d.t, json.Unmarshal(options, &a))
	return a
}

func (d *device) client(kind, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	require.NoError(d.t, err)
	return data
}

func (d *device) data(flags byte) []byte {
	party := sha256.Sum256([]byte(d.party))
	if !d.unverified {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(party[:], flags|0x01), d.count)
}

// creates answers the options of a new passkey.
func (d *device) creates(options []byte) []byte {
	d.t.Helper()
	a := d.reads(options)
	d.handle, _ = base64.RawURLEncoding.DecodeString(a.User.ID)
	point, err := d.key.PublicKey.Bytes()
	require.NoError(d.t, err)
	data := append(d.data(0x40), make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32) // RFC 9053, section 7.1.1: EC2, ES256, P-256
	data = append(data, point[1:33]...)
	data = append(append(data, 0x22, 0x58, 32), point[33:]...)
	object := slices.Concat([]byte{0xa3, 0x63}, []byte("fmt"), []byte{0x64}, []byte("none"), []byte{0x67}, []byte("attStmt"), []byte{0xa0, 0x68},
		[]byte("authData"), []byte{0x58, byte(len(data))}, data)
	return d.answer(map[string]any{"clientDataJSON": b64(d.client("webauthn.create", a.Challenge)), "attestationObject": b64(object)})
}

// shows answers the options of a sign-in.
func (d *device) shows(options []byte) []byte {
	d.t.Helper()
	d.count++
	client, data := d.client("webauthn.get", d.reads(options).Challenge), d.data(0)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	require.NoError(d.t, err)
	return d.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.handle)})
}

func (d *device) answer(response map[string]any) []byte {
	d.t.Helper()
	text, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response})
	require.NoError(d.t, err)
	return text
}

// keyed is the engine with passkeys.
func (s *stage) keyed(t *testing.T) *domain.Engine {
	t.Helper()
	passkeys, err := credential.NewPasskeys(passkeyOrigin)
	require.NoError(t, err)
	return domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: s.secrets, Passwords: plainPasswords{}, Authenticator: credential.Totp{},
		Passkeys: passkeys, Clock: s.clock})
}

// withPasskey is somebody with a passkey, signed in.
func (s *stage) withPasskey(t *testing.T, engine *domain.Engine) (about, *device, domain.Caller) {
	t.Helper()
	it, key := s.owner(t, engine), newDevice(t)
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

func (s *stage) adds(t *testing.T, engine *domain.Engine, key *device, caller domain.Caller) domain.Caller {
	t.Helper()
	begun, err := engine.Account.BeginPasskey(t.Context(), caller)
	require.NoError(t, err)
	assert.Equal(t, "none", key.reads(begun.Options).Attestation)
	opened, err := engine.Account.AddPasskey(t.Context(), caller, begun.Ticket, "Laptop", key.creates(begun.Options), "browser")
	require.NoError(t, err)
	assert.True(t, opened.MfaSatisfied)
	return s.caller(t, engine, opened)
}

// signsIn shows a passkey without a password.
func (s *stage) signsIn(t *testing.T, engine *domain.Engine, at domain.Caller, key *device) (*domain.Opened, error) {
	t.Helper()
	begun, err := engine.Account.AskForAnyPasskey(t.Context(), at)
	require.NoError(t, err)
	assert.Equal(t, "required", key.reads(begun.Options).UserVerification)
	assert.Empty(t, key.reads(begun.Options).AllowCredentials, "it tells of nobody")
	return engine.Account.SignInByPasskey(t.Context(), at, begun.Ticket, key.shows(begun.Options), "browser")
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
		assert.Len(t, key.handle, 64)
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
		_, err = account.ShowPasskey(t.Context(), pending, begun.Ticket, newDevice(t).shows(begun.Options), "")
		refusedAsWrong(t, err, "another's passkey")
		_, err = account.ShowPasskey(t.Context(), pending, begun.Ticket, key.shows(begun.Options), "")
		refusedAsWrong(t, err, "the ticket is used up")
		begun, err = account.AskForPasskey(t.Context(), pending)
		require.NoError(t, err)
		whole, err := account.ShowPasskey(t.Context(), pending, begun.Ticket, key.shows(begun.Options), "")
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
		try := func(why string, change func(d *device)) {
			d := *key
			change(&d)
			_, err := s.signsIn(t, engine, visitor, &d)
			refusedAsWrong(t, err, why)
			key.count = d.count
		}
		try("wrong origin", func(d *device) { d.origin = "https://id.example.org.evil.example" })
		try("wrong port", func(d *device) { d.origin += ":8443" })
		try("wrong relying party", func(d *device) { d.party = "example.org" })
		try("not verified", func(d *device) { d.unverified = true })
		try("wrong handle", func(d *device) { d.handle = slices.Repeat([]byte{1}, 64) })
		try("no handle", func(d *device) { d.handle = nil })
		try("another key", func(d *device) { d.key = newDevice(t).key })
		_, err := s.signsIn(t, engine, s.beta.visitor(), key)
		refusedAsWrong(t, err, "another tenant's passkey")

		one, err := engine.Account.AskForAnyPasskey(t.Context(), visitor)
		require.NoError(t, err)
		two, err := engine.Account.AskForAnyPasskey(t.Context(), visitor)
		require.NoError(t, err)
		_, err = engine.Account.SignInByPasskey(t.Context(), visitor, one.Ticket, key.shows(two.Options), "")
		refusedAsWrong(t, err, "wrong challenge")
		_, err = engine.Account.SignInByPasskey(t.Context(), s.beta.visitor(), two.Ticket, key.shows(two.Options), "")
		refusedAsWrong(t, err, "another tenant's ticket")
		answer := key.shows(two.Options)
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
		_, err = engine.Account.SignInByPasskey(t.Context(), visitor, late.Ticket, key.shows(late.Options), "")
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
		key.count = 10
		_, err := s.signsIn(t, engine, s.acme.visitor(), key)
		require.NoError(t, err)
		key.count = 4
		_, err = s.signsIn(t, engine, s.acme.visitor(), key)
		refusedAsWrong(t, err, "a copy")
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE person_id = ? AND action = 'PASSKEY_SUSPECTED'", it.id))
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM outbox WHERE person_id = ? AND kind = 'PasskeySuspected'", it.id))
		key.count = 20
		_, err = s.signsIn(t, engine, s.acme.visitor(), key)
		require.NoError(t, err)
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
		answer := key.shows(begun.Options)
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
