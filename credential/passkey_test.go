package credential

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential/passkeytest"
	"github.com/scimbridge/scimbridge/domain"
)

const passkeyOrigin = "https://id.example.org"

func newPasskeys(t testing.TB) *Passkeys {
	t.Helper()
	passkeys, err := NewPasskeys(passkeyOrigin + "/base")
	require.NoError(t, err)
	return passkeys
}

// made is a passkey, with the device that holds it.
func made(t testing.TB, passkeys *Passkeys) (*domain.Passkey, *passkeytest.Device) {
	t.Helper()
	device := passkeytest.New(t, passkeyOrigin)
	options, state, err := passkeys.Create(domain.PasskeyHolder{Handle: passkeys.NewHandle(), Username: "ana", Name: "Ana"}, nil)
	require.NoError(t, err)
	p, err := passkeys.Created(state, device.Creates(t, options))
	require.NoError(t, err)
	return p, device
}

// TestPasskeysNeedAName: browsers make none for addresses without one.
func TestPasskeysNeedAName(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "/x", "http://127.0.0.1:8080", "https://[::1]", "%"} {
		_, err := NewPasskeys(bad)
		assert.Error(t, err, bad)
	}
}

// TestPasskeysShowLittle: what a device is asked for tells of its person what it has to, and known keys make no second one.
func TestPasskeysShowLittle(t *testing.T) {
	t.Parallel()
	passkeys := newPasskeys(t)
	known, _ := made(t, passkeys)
	options, _, err := passkeys.Create(domain.PasskeyHolder{Handle: known.Handle, Username: "ana", Name: "Ana"}, []*domain.Passkey{known})
	require.NoError(t, err)
	var asked struct {
		RP                 struct{ ID string }
		Attestation        string
		ExcludeCredentials []struct{ ID string }
	}
	require.NoError(t, json.Unmarshal(options, &asked))
	assert.Equal(t, "id.example.org", asked.RP.ID)
	assert.Equal(t, "none", asked.Attestation)
	assert.Len(t, asked.ExcludeCredentials, 1)
	assert.NotContains(t, string(known.Record), "attestationObject\":\"", "nothing by which one device is told from another")
	one, two := passkeys.NewHandle(), passkeys.NewHandle()
	assert.NotEqual(t, one, two)
	assert.Len(t, one, 64)
}

// TestLongRecordsAreNoPasskeys: what a browser adds to a passkey can't fill the database.
func TestLongRecordsAreNoPasskeys(t *testing.T) {
	t.Parallel()
	passkeys := newPasskeys(t)
	device := passkeytest.New(t, passkeyOrigin)
	options, state, err := passkeys.Create(domain.PasskeyHolder{Handle: passkeys.NewHandle(), Username: "ana", Name: "Ana"}, nil)
	require.NoError(t, err)
	var answer map[string]any
	require.NoError(t, json.Unmarshal(device.Creates(t, options), &answer))
	transports := make([]string, 1000)
	for i := range transports {
		transports[i] = "a way to reach it"
	}
	answer["response"].(map[string]any)["transports"] = transports
	text, err := json.Marshal(answer)
	require.NoError(t, err)
	_, err = passkeys.Created(state, text)
	assert.Error(t, err)
}

// FuzzPasskeyAnswers: whatever a browser sends is judged, and nothing but the right answer is right.
func FuzzPasskeyAnswers(f *testing.F) {
	passkeys := newPasskeys(f)
	p, device := made(f, passkeys)
	options, state, err := passkeys.Ask(nil)
	require.NoError(f, err)
	right := device.Shows(f, options)
	created, creating, err := passkeys.Create(domain.PasskeyHolder{Handle: passkeys.NewHandle(), Username: "ana", Name: "Ana"}, nil)
	require.NoError(f, err)
	f.Add(right)
	f.Add(passkeytest.New(f, passkeyOrigin).Creates(f, created))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		_, _ = passkeys.CredentialHash(answer)
		_, _ = passkeys.Created(creating, answer)
		shown := *p
		if _, err := passkeys.Shown(&shown, state, answer); err == nil {
			hash, err := passkeys.CredentialHash(answer)
			assert.NoError(t, err)
			assert.Equal(t, p.CredentialHash, hash)
		}
	})
}
