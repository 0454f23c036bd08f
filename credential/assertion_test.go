package credential_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

func public(t testing.TB, key crypto.Signer, algorithm string) domain.PublicKey {
	t.Helper()
	text, err := jose.JSONWebKey{Key: key.Public(), KeyID: "theirs", Algorithm: algorithm}.MarshalJSON()
	require.NoError(t, err)
	keys, err := credential.ParsePublicKeys(text)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	return keys[0]
}

var said = jwt.Claims{Issuer: "me", Subject: "me", ID: "1", Audience: jwt.Audience{"you"}, Expiry: jwt.NewNumericDate(time.Unix(1_800_000_000, 0))}

func signed(t testing.TB, algorithm jose.SignatureAlgorithm, key any, options *jose.SignerOptions) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	require.NoError(t, err)
	text, err := jwt.Signed(signer).Claims(said).Serialize()
	require.NoError(t, err)
	return text
}

func TestAssertionsVerify(t *testing.T) {
	t.Parallel()
	ec, ed := ecKey(t, elliptic.P256()), edKey(t)
	keys := []domain.PublicKey{public(t, rsaKey(), ""), public(t, ec, ""), public(t, ed, "")}
	for algorithm, key := range map[jose.SignatureAlgorithm]any{jose.RS256: rsaKey(), jose.PS256: rsaKey(), jose.ES256: ec, jose.EdDSA: ed} {
		text := signed(t, algorithm, key, nil)
		subject, err := credential.Assertions{}.Subject(text)
		require.NoError(t, err, algorithm)
		assert.Equal(t, "me", subject)
		got, by, err := credential.Assertions{}.Verify(text, keys)
		require.NoError(t, err, algorithm)
		assert.Contains(t, keys, by)
		assert.Equal(t, &domain.Assertion{Issuer: "me", Subject: "me", ID: "1", Audience: []string{"you"}, ExpiresAt: time.Unix(1_800_000_000, 0).UTC()}, got)
		for i := 0; i < len(text); i += 7 {
			flipped := []byte(text)
			flipped[i] ^= 1
			_, _, err := credential.Assertions{}.Verify(string(flipped), keys)
			assert.ErrorIs(t, err, credential.ErrNotSigned, "%s flipped at %d", algorithm, i)
		}
	}
}

func TestAssertionsRefuse(t *testing.T) {
	t.Parallel()
	ec, other := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	known := public(t, ec, "")
	raw := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	good := signed(t, jose.ES256, ec, nil)
	parts := strings.Split(good, ".")
	for name, text := range map[string]string{
		"empty": "", "nothing": "..", "words": "a.b.c", "unsigned": raw(`{"alg":"none"}`) + "." + parts[1] + ".",
		"unsigned with a signature": raw(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2],
		"shared secret":             signed(t, jose.HS256, []byte(known), nil),
		"another key":               signed(t, jose.ES256, other, nil),
		"a key that it brings":      signed(t, jose.ES256, other, &jose.SignerOptions{EmbedJWK: true}),
		"another curve":             signed(t, jose.ES384, ecKey(t, elliptic.P384()), nil),
		"no signature":              parts[0] + "." + parts[1] + ".",
		"two of them":               good + "." + good,
		"as JSON":                   `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
	} {
		_, _, err := credential.Assertions{}.Verify(text, []domain.PublicKey{known})
		assert.ErrorIs(t, err, credential.ErrNotSigned, name)
	}
	_, _, err := credential.Assertions{}.Verify(good, nil)
	assert.ErrorIs(t, err, credential.ErrNotSigned, "no key")
	_, _, err = credential.Assertions{}.Verify(signed(t, jose.PS256, rsaKey(), nil), []domain.PublicKey{public(t, rsaKey(), "RS256")})
	assert.ErrorIs(t, err, credential.ErrNotSigned, "a key for another algorithm")
}

func TestParsePublicKeys(t *testing.T) {
	t.Parallel()
	ec := ecKey(t, elliptic.P256())
	block := func(kind string, der []byte, err error) string {
		require.NoError(t, err)
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	jwk := func(key any) string {
		text, err := jose.JSONWebKey{Key: key, KeyID: "k"}.MarshalJSON()
		require.NoError(t, err)
		return string(text)
	}
	pkix := func(key any) string { der, err := x509.MarshalPKIXPublicKey(key); return block("PUBLIC KEY", der, err) }
	want := public(t, ec, "")
	for name, text := range map[string]string{
		"JWK": jwk(ec.Public()), "JWK set": `{"keys":[` + jwk(ec.Public()) + `]}`, "PEM": pkix(ec.Public()),
		"PEM with words before": "our key\n" + pkix(ec.Public()),
	} {
		keys, err := credential.ParsePublicKeys([]byte(text))
		require.NoError(t, err, name)
		assert.Equal(t, []domain.PublicKey{want}, keys, "%s: a key has one text", name)
	}
	keys, err := credential.ParsePublicKeys([]byte(pkix(ec.Public()) + pkix(edKey(t).Public()) + pkix(rsaKey().Public())))
	require.NoError(t, err)
	assert.Len(t, keys, 3)

	private, err := x509.MarshalECPrivateKey(ec)
	for name, text := range map[string]string{
		"nothing": "", "words": "key", "empty set": `{"keys":[]}`, "no key": `{"kty":"EC"}`, "a number": "1",
		"private JWK": jwk(ec), "private PEM": block("EC PRIVATE KEY", private, err), "shared secret": jwk([]byte("0123456789abcdef0123456789abcdef")),
		"P-384": jwk(ecKey(t, elliptic.P384()).Public()), "small RSA": weakRSA(), "for encryption": strings.Replace(jwk(ec.Public()), "{", `{"use":"enc",`, 1),
		"wrong algorithm": strings.Replace(jwk(ec.Public()), "{", `{"alg":"RS256",`, 1), "broken PEM": block("PUBLIC KEY", []byte{1}, nil),
		"one good, one bad": `{"keys":[` + jwk(ec.Public()) + `,{"kty":"oct","k":"AAAA"}]}`,
	} {
		_, err := credential.ParsePublicKeys([]byte(text))
		assert.Error(t, err, name)
	}
}

// weakRSA is a key of 1024 bits.
func weakRSA() string {
	return `{"kty":"RSA","e":"AQAB","n":"` + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xf1}, 128)) + `"}`
}

// What is read as an assertion or a key never panics, and a key that is taken is read again as itself.
func FuzzParsePublicKeys(f *testing.F) {
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`))
	f.Add([]byte(`{"keys":[{}]}`))
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = credential.Assertions{}.Subject(string(text))
		keys, err := credential.ParsePublicKeys(text)
		if err != nil {
			assert.Empty(t, keys)
			return
		}
		for _, key := range keys {
			again, err := credential.ParsePublicKeys([]byte(key))
			assert.NoError(t, err)
			assert.Equal(t, []domain.PublicKey{key}, again)
		}
	})
}
