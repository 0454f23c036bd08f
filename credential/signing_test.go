package credential_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// mint is a place where tokens are signed, with a clock of its own.
type mint struct {
	t      *testing.T
	db     *store.DB
	key    credential.Key
	now    time.Time
	signer *credential.Signer
}

func newMint(t *testing.T) *mint {
	t.Helper()
	m := &mint{t: t, db: storetest.SQLite(t).DB, key: credential.NewKey(), now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	m.signer = m.replica(m.key)
	return m
}

// replica is another server on the same store.
func (m *mint) replica(keys ...credential.Key) *credential.Signer {
	sealer, err := credential.NewSealer(keys...)
	require.NoError(m.t, err)
	return credential.NewSigner(m.db, sealer, func() time.Time { return m.now })
}

func (m *mint) sign(signer *credential.Signer) string {
	m.t.Helper()
	token, err := signer.Sign(m.t.Context(), "secevent+jwt", []byte(`{"jti":"1"}`))
	require.NoError(m.t, err)
	return token
}

// receive checks a token as a receiver does who has nothing but the published keys.
func (m *mint) receive(token string) error {
	m.t.Helper()
	document, err := m.signer.KeySet(m.t.Context())
	require.NoError(m.t, err)
	assert.NotContains(m.t, string(document), `"d":`, "no private half")
	var set jose.JSONWebKeySet
	require.NoError(m.t, json.Unmarshal(document, &set))
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(m.t, err)
	_, err = signed.Verify(&set)
	return err
}

func (m *mint) verify(token string) error {
	claims, err := m.signer.Verify(m.t.Context(), "secevent+jwt", token)
	if err == nil {
		assert.JSONEq(m.t, `{"jti":"1"}`, string(claims))
	}
	return err
}

func kid(t *testing.T, token string) string {
	t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(t, err)
	assert.Equal(t, "secevent+jwt", signed.Signatures[0].Protected.ExtraHeaders["typ"])
	return signed.Signatures[0].Protected.KeyID
}

func TestSignedTokensAreCheckedWithThePublishedKeys(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	token := m.sign(m.signer)
	assert.NoError(t, m.receive(token))
	assert.NoError(t, m.verify(token))
	assert.Equal(t, kid(t, token), kid(t, m.sign(m.replica(m.key))), "replicas sign with the same key")
}

func TestReplicasAgreeOnTheFirstKey(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	tokens := make([]string, 8)
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() { tokens[i], _ = m.replica(m.key).Sign(t.Context(), "secevent+jwt", []byte(`{"jti":"1"}`)) })
	}
	all.Wait()
	for _, token := range tokens {
		assert.Equal(t, kid(t, tokens[0]), kid(t, token))
		assert.NoError(t, m.receive(token))
	}
	list, err := m.db.ListSigningKeys(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 1)
}

func TestForgeriesAreRefused(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	token := m.sign(m.signer)
	parts := strings.Split(token, ".")
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	stranger := newMint(t)
	foreign := strings.Split(stranger.sign(stranger.signer), ".")
	id := kid(t, token)
	for name, forged := range map[string]string{
		"other claims":     parts[0] + "." + part(`{"jti":"2"}`) + "." + parts[2],
		"no signature":     parts[0] + "." + parts[1] + ".",
		"no algorithm":     part(`{"alg":"none","kid":"`+id+`","typ":"secevent+jwt"}`) + "." + parts[1] + ".",
		"symmetric":        part(`{"alg":"HS256","kid":"`+id+`","typ":"secevent+jwt"}`) + "." + parts[1] + "." + parts[2],
		"a stranger's key": strings.Join(foreign, "."),
		"a stranger's signature under our key id": parts[0] + "." + foreign[1] + "." + foreign[2],
		"empty": "", "two parts": "a.b", "nothing of it": "a.b.c",
	} {
		assert.Equal(t, domain.CodeTokenInvalid, domain.CodeOf(m.verify(forged)), name)
	}
	_, err := m.signer.Verify(t.Context(), "receipt+jwt", token)
	assert.Equal(t, domain.CodeTokenInvalid, domain.CodeOf(err), "a token of one kind is none of another")
}

func TestRotationOverlaps(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	old := m.sign(m.signer)
	next, err := m.replica(m.key).Rotate(t.Context(), false)
	require.NoError(t, err)
	_, err = m.signer.Rotate(t.Context(), false)
	assert.Error(t, err, "one at a time")

	m.now = m.now.Add(2 * time.Minute)
	document, err := m.signer.KeySet(t.Context())
	require.NoError(t, err)
	assert.Contains(t, string(document), next.ID, "receivers learn of it before it signs")
	assert.Equal(t, kid(t, old), kid(t, m.sign(m.signer)))

	m.now = m.now.Add(time.Hour)
	fresh := m.sign(m.signer)
	assert.Equal(t, next.ID, kid(t, fresh))
	assert.NoError(t, m.receive(fresh))
	assert.NoError(t, m.receive(old))

	m.now = m.now.Add(2 * time.Hour)
	m.sign(m.signer)
	list, err := m.db.ListSigningKeys(t.Context())
	require.NoError(t, err)
	assert.Nil(t, list[1].Sealed, "what signs no more keeps no secret")

	m.now = m.now.Add(31 * 24 * time.Hour)
	assert.Error(t, m.receive(old), "it is published no more")
	assert.NoError(t, m.verify(old), "but we still know what we signed")
	assert.NoError(t, m.receive(m.sign(m.signer)))
}

func TestDistrustEndsAtOnce(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	old := m.sign(m.signer)
	_, err := m.signer.Rotate(t.Context(), false)
	require.NoError(t, err)
	next, err := m.replica(m.key).Rotate(t.Context(), true)
	require.NoError(t, err)
	m.now = m.now.Add(time.Minute)
	assert.Error(t, m.receive(old))
	assert.Equal(t, domain.CodeTokenInvalid, domain.CodeOf(m.verify(old)))
	fresh := m.sign(m.signer)
	assert.Equal(t, next.ID, kid(t, fresh))
	assert.NoError(t, m.receive(fresh))
	list, err := m.db.ListSigningKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 3)
	assert.Nil(t, list[1].Sealed)
	assert.Nil(t, list[2].Sealed)
}

func TestPrivateKeysAreSealedAndSealedAgain(t *testing.T) {
	t.Parallel()
	m := newMint(t)
	first := kid(t, m.sign(m.signer))
	newer := credential.NewKey()
	assert.Equal(t, first, kid(t, m.sign(m.replica(m.key, newer))))
	assert.Equal(t, first, kid(t, m.sign(m.replica(newer))), "the replaced key is not needed any more")
	_, err := m.replica(credential.NewKey()).Sign(t.Context(), "secevent+jwt", []byte(`{}`))
	assert.Error(t, err, "nobody signs without the key that sealed it")
}
