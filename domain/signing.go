package domain

import (
	"context"
	"time"
)

// SigningKey is one generation of the keys that this server signs with. A key is made, published, signs for a while,
// and stays published when it has retired, until what it signed is out of use.
type SigningKey struct {
	Generation int    // from 1; a generation is taken once
	ID         string // the key id of its signatures: the RFC 7638 thumbprint of the public key
	Public     []byte // PKIX, DER
	// Sealed is the private key, sealed for SigningPurpose; nil when the key has ended.
	Sealed    []byte
	CreatedAt time.Time
	SignsAt   time.Time // after CreatedAt, so that receivers know the key before they meet it
	RetiresAt time.Time // from when the next generation signs; zero: there is none yet
	EndsAt    time.Time // from when it is not published any more; zero: it has not retired
	// Distrusted tells that the key is in wrong hands: nothing that it signed counts.
	Distrusted bool
}

// Signs reports whether the key makes signatures now.
func (k *SigningKey) Signs(now time.Time) bool {
	return !k.Distrusted && !now.Before(k.SignsAt) && (k.RetiresAt.IsZero() || now.Before(k.RetiresAt))
}

// Published reports whether receivers are told of the key now.
func (k *SigningKey) Published(now time.Time) bool {
	return !k.Distrusted && (k.EndsAt.IsZero() || now.Before(k.EndsAt))
}

// SigningPurpose is what the private half of a key is sealed for.
func SigningPurpose(keyID string) string { return "signing-key/" + keyID }

// SigningKeys keeps the signing keys of all replicas. They belong to the server, not to a tenant.
type SigningKeys interface {
	// ListSigningKeys loads all keys, the newest first.
	ListSigningKeys(ctx context.Context) ([]*SigningKey, error)
	// SaveSigningKeys stores a new generation (nil: none) together with what becomes of earlier ones, in one
	// transaction. It answers false, and changes nothing, when the new generation is already taken.
	SaveSigningKeys(ctx context.Context, added *SigningKey, changed ...*SigningKey) (bool, error)
}

// Signer makes and checks statements that others may check without asking: JSON Web Tokens under the server's keys.
type Signer interface {
	// Sign makes the token (RFC 7515 in compact form) of the claims, a JSON object; typ names what kind of statement it
	// is (RFC 8725, section 3.11), as in secevent+jwt.
	Sign(ctx context.Context, typ string, claims []byte) (token string, err error)
	// Verify returns the claims of a token of that type that this server signed, at any time, with a key that it still
	// trusts; token_invalid for every other token.
	Verify(ctx context.Context, typ, token string) (claims []byte, err error)
}
