package store

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// membershipsTarget takes the groups of a person, joined in one text: pages of people have hundreds of them, and JSON
// would cost more than finding them.
type membershipsTarget []domain.Membership

// membershipEnd stands between the memberships of a person, each an id and a name. No name holds it: the domain refuses
// control characters.
const membershipEnd = "\x1f"

// Scan implements [sql.Scanner].
func (t *membershipsTarget) Scan(source any) error {
	var text textTarget
	if err := text.Scan(source); err != nil {
		return err
	}
	return t.scanText(string(text))
}

// scanText implements textual. Groups are sorted here, which is cheaper than in the aggregate.
func (t *membershipsTarget) scanText(text string) error {
	*t = nil
	if text == "" {
		return nil
	}
	list := make([]domain.Membership, 0, strings.Count(text, membershipEnd)+1)
	for one := range strings.SplitSeq(text, membershipEnd) {
		end := len(uuid.UUID{}) * 2 // hexadecimal digits, with hyphens or without
		if len(one) > 8 && one[8] == '-' {
			end += 4
		}
		if len(one) < end {
			return badSource("membership", text)
		}
		id, err := uuid.Parse(one[:end])
		if err != nil {
			return badSource("membership", text)
		}
		list = append(list, domain.Membership{Group: id, Name: one[end:]})
	}
	slices.SortFunc(list, func(a, b domain.Membership) int {
		return cmp.Or(strings.Compare(domain.Fold(a.Name), domain.Fold(b.Name)), bytes.Compare(a.Group[:], b.Group[:]))
	})
	*t = list
	return nil
}
