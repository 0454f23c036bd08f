package receipt

import (
	"context"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// Type is the type of the statement of a receipt (RFC 8725, section 3.11).
const Type = "scimbridge-receipt+jwt"

// Signed is a receipt with its statement under the server's keys.
type Signed struct {
	*domain.Receipt
	Signature string // a JSON Web Token of the type [Type]; its claims are the statement, byte for byte
}

// Receipts is the set of use cases.
type Receipts struct {
	base   domain.Base
	signer domain.Signer
}

// New makes the use cases.
func New(base domain.Base, signer domain.Signer) *Receipts { return &Receipts{base, signer} }

// List gives up to count receipts of a person behind the first offset ones, newest first, and tells whether there are
// more. People who were deleted keep theirs. They are signed as they are read: keys come and go, receipts stay, and
// what was signed when it was written could not be checked any more when somebody asks.
//
// Errors: person_not_found when there neither is nor was such a person.
func (s *Receipts) List(ctx context.Context, caller domain.Caller, person uuid.UUID, offset, count int) (list []Signed, more bool, err error) {
	if err := caller.Require(domain.UsersRead); err != nil {
		return nil, false, err
	}
	var stored []*domain.Receipt
	err = s.base.Read(ctx, caller, func(tx domain.Tx) error {
		if stored, err = tx.ListReceipts(person, offset, count+1); err != nil || len(stored) > 0 {
			return err
		}
		_, err := tx.FindPerson(person, 0)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if more = len(stored) > count; more {
		stored = stored[:count]
	}
	for _, r := range stored {
		signature, err := s.signer.Sign(ctx, Type, r.Statement(caller.Tenant))
		if err != nil {
			return nil, false, err
		}
		list = append(list, Signed{r, signature})
	}
	return list, more, nil
}
