package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// HeadType is the type of the statement that a head was the head (RFC 8725, section 3.11).
const HeadType = "scimbridge-audit-head+jwt"

// claims are what a signed head says.
type claims struct {
	Tenant    uuid.UUID `json:"tenant"`
	Index     int64     `json:"index"`
	Hash      string    `json:"hash"` // hexadecimal
	Unchained int64     `json:"unchained"`
	IssuedAt  int64     `json:"iat"` // seconds
}

// SignedHead is a head that was signed.
type SignedHead struct {
	domain.AuditHead
	At    time.Time
	Token string // a JSON Web Token of the server's keys
}

// Heads signs the heads of all tenants as they move. It is safe for concurrent use.
type Heads struct {
	base   domain.Base
	signer domain.Signer
	mu     sync.Mutex
	known  map[uuid.UUID]int64 // the last index that was written down
}

// NewHeads begins anew: each head counts as moved once.
func NewHeads(base domain.Base, signer domain.Signer) *Heads {
	return &Heads{base: base, signer: signer, known: map[uuid.UUID]int64{}}
}

// Moved signs each head that has moved since it was written down, and gives it to write. What write fails with is tried
// again the next time.
func (h *Heads) Moved(ctx context.Context, write func(head SignedHead) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	heads, err := h.base.Registry().AuditHeads(ctx)
	if err != nil {
		return err
	}
	for _, head := range heads {
		if h.known[head.Tenant] == head.Index {
			continue
		}
		signed, err := sign(ctx, h.signer, head, h.base.Now())
		if err == nil {
			err = write(signed)
		}
		if err != nil {
			return err
		}
		h.known[head.Tenant] = head.Index
	}
	return nil
}

func sign(ctx context.Context, signer domain.Signer, head domain.AuditHead, now time.Time) (SignedHead, error) {
	said, err := json.Marshal(claims{head.Tenant, head.Index, hex.EncodeToString(head.Hash), head.Unchained, now.Unix()})
	if err != nil {
		return SignedHead{}, err
	}
	token, err := signer.Sign(ctx, HeadType, said)
	return SignedHead{head, now, token}, err
}

// ReadHead gives the head of a token that this server signed.
func ReadHead(ctx context.Context, signer domain.Signer, token string) (domain.AuditHead, error) {
	said, err := signer.Verify(ctx, HeadType, token)
	if err != nil {
		return domain.AuditHead{}, err
	}
	var found claims
	if err := json.Unmarshal(said, &found); err != nil {
		return domain.AuditHead{}, fmt.Errorf("read a signed head: %w", err)
	}
	hash, err := hex.DecodeString(found.Hash)
	return domain.AuditHead{Tenant: found.Tenant, Index: found.Index, Hash: hash, Unchained: found.Unchained}, err
}
