package credential

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/scimbridge/scimbridge/domain"
)

// Assertions reads the JWTs that clients sign to prove themselves (RFC 7523). It implements [domain.Assertions].
type Assertions struct{}

var _ domain.Assertions = Assertions{}

// ErrNotSigned says that an assertion is none, or is not signed with one of the keys.
var ErrNotSigned = errors.New("the assertion is not signed with a key of the credential")

// algorithms are all that signatures may be made with. Neither none nor anything with a shared secret is among them.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// Subject implements [domain.Assertions].
func (Assertions) Subject(assertion string) (string, error) {
	parsed, err := jwt.ParseSigned(assertion, algorithms)
	if err != nil {
		return "", ErrNotSigned
	}
	var claims jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return "", ErrNotSigned
	}
	return claims.Subject, nil
}

// Verify implements [domain.Assertions]. Each key is tried: a key id in the header, or a key, is what the signer says.
func (Assertions) Verify(assertion string, keys []domain.PublicKey) (*domain.Assertion, domain.PublicKey, error) {
	parsed, err := jwt.ParseSigned(assertion, algorithms)
	if err != nil {
		return nil, "", ErrNotSigned
	}
	for _, key := range keys {
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON([]byte(key)); err != nil || !fits(jwk, parsed.Headers[0].Algorithm) {
			continue
		}
		var claims jwt.Claims
		if parsed.Claims(jwk.Key, &claims) == nil {
			return &domain.Assertion{Issuer: claims.Issuer, Subject: claims.Subject, ID: claims.ID, Audience: claims.Audience,
				ExpiresAt: timeOf(claims.Expiry), NotBefore: timeOf(claims.NotBefore), IssuedAt: timeOf(claims.IssuedAt)}, key, nil
		}
	}
	return nil, "", ErrNotSigned
}

// fits tells whether the key is one for the algorithm: one of its kind, and where the key names an algorithm, that one.
func fits(key jose.JSONWebKey, algorithm string) bool {
	if key.Algorithm != "" && key.Algorithm != algorithm {
		return false
	}
	switch jose.SignatureAlgorithm(algorithm) {
	case jose.RS256, jose.PS256:
		_, is := key.Key.(*rsa.PublicKey)
		return is
	case jose.ES256:
		_, is := key.Key.(*ecdsa.PublicKey)
		return is
	case jose.EdDSA:
		_, is := key.Key.(ed25519.PublicKey)
		return is
	default:
		return false
	}
}

func timeOf(date *jwt.NumericDate) time.Time {
	if date == nil {
		return time.Time{}
	}
	return date.Time().UTC()
}

// The sizes of RSA keys that are accepted, in bits: smaller ones are weak, larger ones take long to verify with.
const (
	minRSA = 2048
	maxRSA = 8192
)

// ParsePublicKeys reads the public keys of a client: a JWK, a JWK set (RFC 7517), or PEM blocks with public keys or
// certificates. It refuses private keys, and keys that are weak or of another kind than RSA, P-256 and Ed25519. Its errors
// say what to do and repeat nothing of the text.
func ParsePublicKeys(text []byte) ([]domain.PublicKey, error) {
	found, err := parseJWKs(text)
	if block, rest := pem.Decode(text); block != nil {
		found, err = parsePEM(block, rest)
	}
	if err != nil {
		return nil, err
	}
	keys := make([]domain.PublicKey, len(found))
	for i, key := range found {
		if keys[i], err = publicKey(key); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func parseJWKs(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("the public keys must be a JWK, a JWK set or PEM")
	}
	if set.Keys == nil {
		set.Keys = []json.RawMessage{text}
	}
	if len(set.Keys) == 0 {
		return nil, errors.New("the JWK set holds no key")
	}
	keys := make([]jose.JSONWebKey, len(set.Keys))
	for i, raw := range set.Keys {
		if keys[i].UnmarshalJSON(raw) != nil {
			return nil, errors.New("the file holds something that is no public key as a JWK")
		}
	}
	return keys, nil
}

func parsePEM(block *pem.Block, rest []byte) (keys []jose.JSONWebKey, err error) {
	for ; block != nil; block, rest = pem.Decode(rest) {
		var key any
		switch block.Type {
		case "PUBLIC KEY":
			key, err = x509.ParsePKIXPublicKey(block.Bytes)
		case "RSA PUBLIC KEY":
			key, err = x509.ParsePKCS1PublicKey(block.Bytes)
		case "CERTIFICATE":
			var certificate *x509.Certificate
			if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
				key = certificate.PublicKey
			}
		default:
			return nil, errors.New("the file holds more than public keys; give the public keys only, and replace a private key that others may have seen")
		}
		if err != nil {
			return nil, errors.New("the file holds a PEM block that can't be read")
		}
		keys = append(keys, jose.JSONWebKey{Key: key})
	}
	return keys, nil
}

// publicKey is the one text of a key, or why it is refused.
func publicKey(key jose.JSONWebKey) (domain.PublicKey, error) {
	usable := key.Use == "" || key.Use == "sig"
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < minRSA || bits > maxRSA {
			return "", errors.New("an RSA key must have 2048 to 8192 bits")
		}
	case *ecdsa.PublicKey:
		usable = usable && public.Curve == elliptic.P256()
	case ed25519.PublicKey:
	default:
		usable = false
	}
	if !usable || key.Algorithm != "" && !fits(key, key.Algorithm) {
		return "", errors.New("a key must be a public one for signatures: RSA (RS256, PS256), P-256 (ES256) or Ed25519 (EdDSA)")
	}
	text, err := jose.JSONWebKey{Key: key.Key, Algorithm: key.Algorithm}.MarshalJSON()
	return domain.PublicKey(text), err
}
