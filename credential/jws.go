package credential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/scimbridge/scimbridge/domain"
)

// newSigningKey makes a key that signs from now on.
func newSigningKey(generation int, sealer *Sealer, now time.Time) (*domain.SigningKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("write a signing key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("write a signing key: %w", err)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: &private.PublicKey}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("name a signing key: %w", err)
	}
	id := base64.RawURLEncoding.EncodeToString(thumbprint)
	return &domain.SigningKey{Generation: generation, ID: id, Public: public, Sealed: sealer.Seal(secret, domain.SigningPurpose(id)),
		CreatedAt: now, SignsAt: now}, nil
}

// newRing opens the keys; the private half of those that sign or will sign.
func newRing(list []*domain.SigningKey, sealer *Sealer, now time.Time) (*ring, error) {
	r := &ring{readAt: now}
	for _, key := range list {
		public, err := x509.ParsePKIXPublicKey(key.Public)
		if err != nil {
			return nil, fmt.Errorf("read the signing key %s: %w", key.ID, err)
		}
		opened := &signingKey{SigningKey: key}
		opened.public, _ = public.(*ecdsa.PublicKey)
		if opened.public == nil {
			return nil, fmt.Errorf("read the signing key %s: it is of no kind that this program knows", key.ID)
		}
		if key.Sealed != nil {
			if opened.private, err = openPrivate(key, sealer); err != nil {
				return nil, err
			}
		}
		r.keys = append(r.keys, opened)
	}
	return r, nil
}

func openPrivate(key *domain.SigningKey, sealer *Sealer) (*ecdsa.PrivateKey, error) {
	secret, err := sealer.Open(key.Sealed, domain.SigningPurpose(key.ID))
	if err != nil {
		return nil, fmt.Errorf("open the signing key %s: %w", key.ID, err)
	}
	private, err := x509.ParsePKCS8PrivateKey(secret)
	if err != nil {
		return nil, fmt.Errorf("read the signing key %s: it is damaged", key.ID) // never the cause: it may show the key
	}
	own, ok := private.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read the signing key %s: it is of no kind that this program knows", key.ID)
	}
	return own, nil
}

var errNoSigner = errors.New("there is no key to sign with: see scimbridge key list")

// sign signs with the newest key that may.
func (r *ring) sign(typ string, claims []byte, now time.Time) (string, error) {
	for _, key := range r.keys {
		if key.private == nil || !key.Signs(now) {
			continue
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key.private, KeyID: key.ID}},
			new(jose.SignerOptions).WithType(jose.ContentType(typ)))
		if err != nil {
			return "", fmt.Errorf("sign: %w", err)
		}
		signed, err := signer.Sign(claims)
		if err != nil {
			return "", fmt.Errorf("sign: %w", err)
		}
		return signed.CompactSerialize()
	}
	return "", errNoSigner
}

// verify takes nothing from the token but the id of the key: the algorithm and the type are what we use, and any key
// that a token brings along is ignored.
func (r *ring) verify(typ, token string) ([]byte, error) {
	invalid := domain.Refuse(domain.CodeTokenInvalid, "", "This is no token of that kind that this server signed.")
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, invalid
	}
	header := signed.Signatures[0].Protected
	key := r.find(header.KeyID)
	if key == nil || header.ExtraHeaders[jose.HeaderType] != typ {
		return nil, invalid
	}
	claims, err := signed.Verify(key.public)
	if err != nil {
		return nil, invalid
	}
	return claims, nil
}
