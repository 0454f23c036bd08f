package credential

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	// KeySetAge is how long receivers may keep the set of public keys before they ask again.
	KeySetAge = 5 * time.Minute
	// signingLead is from when a new generation signs: everybody has read the set again by then.
	signingLead = time.Hour
	// signingRest is how long a key that has retired stays in the set. Events wait for their receivers for two weeks.
	signingRest = 30 * 24 * time.Hour
	// signingGrace lets a replica whose clock is behind go on signing before the private half is erased.
	signingGrace = time.Hour
	// ringAge is how old the keys in memory may be: the time within which a distrusted key is dropped everywhere.
	ringAge = time.Minute
)

// Signer implements [domain.Signer] with ES256 (RFC 7518, section 3.4), the one elliptic-curve algorithm that receivers
// of JSON Web Tokens are expected to know; Ed25519 is faster and newer, and many of them still refuse it. The first key
// is made when one is needed. A Signer is safe for concurrent use and for use by several replicas on one store.
type Signer struct {
	store  domain.SigningKeys
	sealer *Sealer
	clock  func() time.Time

	mu   sync.Mutex
	ring *ring
}

var _ domain.Signer = (*Signer)(nil)

// NewSigner makes a Signer. The sealer keeps the private keys at rest; a nil clock is the system's.
func NewSigner(store domain.SigningKeys, sealer *Sealer, clock func() time.Time) *Signer {
	if clock == nil {
		clock = time.Now
	}
	return &Signer{store: store, sealer: sealer, clock: clock}
}

// Sign implements [domain.Signer].
func (s *Signer) Sign(ctx context.Context, typ string, claims []byte) (string, error) {
	ring, err := s.keys(ctx)
	if err != nil {
		return "", err
	}
	return ring.sign(typ, claims, s.now())
}

// Verify implements [domain.Signer].
func (s *Signer) Verify(ctx context.Context, typ, token string) ([]byte, error) {
	ring, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	return ring.verify(typ, token)
}

// KeySet is the JSON Web Key Set (RFC 7517, section 5) of what receivers have to know now: the keys that sign, will
// sign, or have signed not long ago.
func (s *Signer) KeySet(ctx context.Context) ([]byte, error) {
	ring, err := s.keys(ctx)
	if err != nil {
		return nil, err
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range ring.keys {
		if key.Published(s.now()) {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.public, KeyID: key.ID, Algorithm: string(jose.ES256), Use: "sig"})
		}
	}
	return json.Marshal(set)
}

func (s *Signer) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// keys gives the keys as they are, or were a moment ago.
func (s *Signer) keys(ctx context.Context) (*ring, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring != nil && s.now().Sub(s.ring.readAt).Abs() < ringAge {
		return s.ring, nil
	}
	ring, err := s.read(ctx)
	if err == nil {
		s.ring = ring
	}
	return ring, err
}

// read loads the keys, makes the first one where there is none, and keeps the stored ones in order.
func (s *Signer) read(ctx context.Context) (*ring, error) {
	list, err := s.store.ListSigningKeys(ctx)
	if err == nil && len(list) == 0 {
		list, err = s.begin(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := s.tidy(ctx, list); err != nil {
		return nil, err
	}
	return newRing(list, s.sealer, s.now())
}

// begin makes the first key, or finds the one that another replica made at the same time.
func (s *Signer) begin(ctx context.Context) ([]*domain.SigningKey, error) {
	first, err := newSigningKey(1, s.sealer, s.now())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.SaveSigningKeys(ctx, first); err != nil {
		return nil, err
	}
	return s.store.ListSigningKeys(ctx)
}

// tidy erases private keys that sign no more, and seals the others again when the sealing key was replaced.
func (s *Signer) tidy(ctx context.Context, list []*domain.SigningKey) error {
	var changed []*domain.SigningKey
	for _, key := range list {
		switch {
		case key.Sealed == nil:
			continue
		case !key.RetiresAt.IsZero() && s.now().After(key.RetiresAt.Add(signingGrace)):
			key.Sealed = nil
		case s.sealer.NeedsReseal(key.Sealed):
			private, err := s.sealer.Open(key.Sealed, domain.SigningPurpose(key.ID))
			if err != nil {
				return err
			}
			key.Sealed = s.sealer.Seal(private, domain.SigningPurpose(key.ID))
		default:
			continue
		}
		changed = append(changed, key)
	}
	if len(changed) == 0 {
		return nil
	}
	_, err := s.store.SaveSigningKeys(ctx, nil, changed...)
	return err
}

// Rotate makes the next generation. It is published at once and signs in an hour, when everybody knows it; the key
// before it stays published for another 30 days. With distrust, the new key signs at once and all earlier ones end now:
// nothing that they signed counts any more.
func (s *Signer) Rotate(ctx context.Context, distrust bool) (*domain.SigningKey, error) {
	list, err := s.store.ListSigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	now, next := s.now(), 1
	if len(list) > 0 {
		next = list[0].Generation + 1
	}
	added, err := newSigningKey(next, s.sealer, now)
	if err != nil {
		return nil, err
	}
	if !distrust && len(list) > 0 {
		if now.Before(list[0].SignsAt) {
			return nil, fmt.Errorf("a new key was made a short while ago and signs from %s: wait until then", list[0].SignsAt.Format(time.RFC3339))
		}
		added.SignsAt = now.Add(signingLead)
		list = list[:1] // earlier ones have retired already
	}
	for _, key := range list {
		retire(key, added.SignsAt, distrust)
	}
	saved, err := s.store.SaveSigningKeys(ctx, added, list...)
	if err == nil && !saved {
		err = errors.New("another key was made at the same time: list the keys before you rotate again")
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.ring = nil
	s.mu.Unlock()
	return added, nil
}

func retire(key *domain.SigningKey, at time.Time, distrust bool) {
	if key.RetiresAt.IsZero() || at.Before(key.RetiresAt) {
		key.RetiresAt = at
	}
	key.EndsAt = key.RetiresAt.Add(signingRest)
	if distrust {
		key.EndsAt, key.Sealed, key.Distrusted = at, nil, true
	}
}

// ring is the keys as they were read, the newest first.
type ring struct {
	readAt time.Time
	keys   []*signingKey
}

type signingKey struct {
	*domain.SigningKey
	public  *ecdsa.PublicKey
	private *ecdsa.PrivateKey // nil when it signs no more
}

func (r *ring) find(id string) *signingKey {
	at := slices.IndexFunc(r.keys, func(key *signingKey) bool { return key.ID == id && !key.Distrusted })
	if at < 0 {
		return nil
	}
	return r.keys[at]
}
