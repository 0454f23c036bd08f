package sso

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-jose/go-jose/v4"

	"github.com/scimbridge/scimbridge/domain"
)

// tokenAlgorithms are those by which a provider may sign: public keys, SHA-256 or better, nothing that the public half of a
// key could forge.
var tokenAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}

// maxKeys is how many keys of a provider are looked at.
const maxKeys = 50

// keyRing is the keys of a provider that may sign.
type keyRing struct{ keys []ringKey }

// ringKey is a key, and whose tokens it signs where the provider tells that of its keys: Microsoft Entra publishes in one
// set those of all its tenants, among them some that are one tenant's alone.
type ringKey struct {
	jose.JSONWebKey
	issuer string
}

// fetchKeys reads a key set (RFC 7517, section 5). Keys that are of no use to us are left out.
func (l *library) fetchKeys(ctx context.Context, address string) (*keyRing, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // only read from
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status is %d", answer.StatusCode)
	}
	body, err := io.ReadAll(answer.Body) // the client bounds it
	if err != nil {
		return nil, err
	}
	return readKeys(body)
}

func readKeys(text []byte) (*keyRing, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	ring := &keyRing{}
	for _, raw := range set.Keys[:min(len(set.Keys), maxKeys)] {
		var key ringKey
		var of struct {
			Issuer string `json:"issuer"`
		}
		if err := json.Unmarshal(raw, &key.JSONWebKey); err != nil || !maySign(&key.JSONWebKey) {
			continue
		}
		if json.Unmarshal(raw, &of) == nil {
			key.issuer = of.Issuer
		}
		ring.keys = append(ring.keys, key)
	}
	if len(ring.keys) == 0 {
		return nil, errors.New("there is no key that could sign")
	}
	return ring, nil
}

// maySign tells whether a key is public, strong and not meant for something else.
func maySign(key *jose.JSONWebKey) bool {
	if key.Use != "" && key.Use != "sig" {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return public.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return true
	default:
		return false
	}
}

var errNoKey = errors.New("sso: no key of the provider has signed the token")

// verify gives the payload of a token if one of the keys has signed it that are for that. Unknown tells that no key has its name.
func (r *keyRing) verify(token *jose.JSONWebSignature, isFor func(key *ringKey, payload []byte) bool) (payload []byte, unknown bool, err error) {
	header := token.Signatures[0].Header
	unknown = true
	for i := range r.keys {
		key := &r.keys[i]
		if header.KeyID != "" && key.KeyID != header.KeyID {
			continue
		}
		unknown = false
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := token.Verify(key.JSONWebKey); err == nil && isFor(key, payload) {
			return payload, false, nil
		}
	}
	return nil, unknown || header.KeyID == "", errNoKey
}

// VerifySignature implements oidc.KeySet. A token that names a key which we do not know has the keys looked up again,
// now and then.
func (p *openProvider) VerifySignature(ctx context.Context, text string) ([]byte, error) {
	token, err := jose.ParseSignedCompact(text, tokenAlgorithms)
	if err != nil {
		return nil, err
	}
	ring, err := p.keys.get(ctx, p.keySet, false)
	if err != nil {
		return nil, err
	}
	payload, unknown, err := ring.verify(token, p.signsFor)
	if !unknown {
		return payload, err
	}
	if ring, err = p.keys.get(ctx, p.keySet, true); err != nil {
		return nil, err
	}
	payload, _, err = ring.verify(token, p.signsFor)
	return payload, err
}

// signsFor tells whether the key is one for the issuer of the token, where the provider is that of many tenants.
func (p *openProvider) signsFor(key *ringKey, payload []byte) bool {
	if p.shared == "" || key.issuer == "" {
		return true
	}
	said := claims{}
	return json.Unmarshal(payload, &said) == nil && domain.IssuerOf(key.issuer, said.text("tid")) == said.text("iss")
}
