package domain

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"
)

// Seal is what makes a line of the audit hold on to the one before it: whoever changes, removes, adds or moves a line has
// to make all later ones anew. See docs/decisions/audit-chain.md for the bytes.
type Seal struct {
	// Salt makes that the digest of a payload tells nothing of it once the payload is gone; nil: the line was scrubbed.
	Salt []byte
	// Payload is the digest of the salt and of what the line says of people. It outlives both.
	Payload []byte
	// Chain is the hash of the line and of all before it; nil: the line is older than the chain.
	Chain []byte
}

// SaltSize is the length of a salt in bytes.
const SaltSize = 16

// AuditHash is a digest of SHA-256 (FIPS 180-4).
type AuditHash = [sha256.Size]byte

// auditFormat begins what is hashed, so that lines of a later form can't be taken for ones of this.
const auditFormat = "scimbridge audit 1"

// PayloadDigest is the digest of what the line says of people: the name and address of the actor, the changes, the note.
func (e *AuditEntry) PayloadDigest(salt []byte) AuditHash {
	var room [1024]byte // on the stack, as in Digest
	b := append(room[:0], salt...)
	b = appendText(b, e.Actor.Name)
	b = appendText(b, e.IP)
	b = appendText(b, e.Note)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Changes)))
	for i := range e.Changes {
		b = appendText(b, e.Changes[i].Attribute)
		b = appendText(b, e.Changes[i].Before)
		b = appendText(b, e.Changes[i].After)
	}
	return sha256.Sum256(b)
}

// Digest is the digest of the line, by the digest of its payload. Its place is not in it: that is what the chain is for.
func (e *AuditEntry) Digest(tenant uuid.UUID, payload []byte) AuditHash {
	var room [512]byte
	b := append(room[:0], auditFormat...)
	b = append(b, tenant[:]...)
	b = append(b, e.ID[:]...)
	at := int64(0) // as times are stored
	if !e.At.IsZero() {
		at = e.At.UnixMicro()
	}
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = appendText(b, string(e.Actor.Kind))
	b = append(b, e.Actor.ID[:]...)
	b = appendText(b, string(e.Door))
	b = appendText(b, string(e.Action))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Effects)))
	for _, effect := range e.Effects {
		b = appendText(b, string(effect))
	}
	b = append(b, e.Person[:]...)
	b = append(b, e.Group[:]...)
	b = appendText(b, e.RequestID)
	return sha256.Sum256(append(b, payload...))
}

// ChainHash is the hash of a line by the hash of the one before it (nil: it is the first one) and its own digest.
func ChainHash(before, digest []byte) AuditHash {
	var room [2 * sha256.Size]byte
	return sha256.Sum256(append(append(room[:0], before...), digest...))
}

// Scrubbed tells whether what the line said of people was removed.
func (e *AuditEntry) Scrubbed() bool { return len(e.Seal.Salt) == 0 && len(e.Seal.Payload) > 0 }

// appendText adds the length of a text and the text, so that nothing can be moved from one to the next.
func appendText(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
}
