package domain

import (
	"slices"

	"github.com/google/uuid"
)

// LoginKeys are what a person can be asserted by, folded, in the order of [Rungs]; "": nothing.
type LoginKeys [4]string

// loginKeys are those of somebody with access.
func (p *Person) loginKeys() (keys LoginKeys) {
	if p.Access != nil {
		keys = LoginKeys{Fold(p.ExternalLogin), Fold(p.PrimaryEmail()), Fold(p.Access.Username), Fold(p.Employee.Number)}
	}
	return keys
}

// LoginMatch is somebody who is asserted by a key, on a rung.
type LoginMatch struct {
	Person uuid.UUID
	Rung   *Attribute
	Key    string // folded
}

// crossingCodes are what a name is refused as that is another person's on another rung.
var crossingCodes = map[*Attribute]Code{
	AttrExternalLogin: CodeExternalLoginInUse, AttrEmailAddress: CodeEmailInUse, AttrUsername: CodeUsernameTaken, AttrEmployeeNumber: CodeEmployeeNumberInUse,
}

// crossingOrder is the order in which crossing keys are told of: what is chosen for somebody before what follows from it.
var crossingOrder = []int{2, 1, 3, 0}

// keysStandAlone looks, while SSO is on, for others who are asserted on another rung by a key that the person is given:
// one of the two would be taken for the other. A connector and a stranger are refused; what an administrator does is
// noted in the audit.
func (e *edit) keysStandAlone() error {
	if e.p.Access == nil || !e.tenant.SsoEnabled {
		return nil
	}
	was, is := e.before.loginKeys(), e.p.loginKeys()
	var fresh []string
	for i := range is {
		if is[i] != "" && is[i] != was[i] && !slices.Contains(fresh, is[i]) {
			fresh = append(fresh, is[i])
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	matches, err := e.tx.FindCrossing(e.p.ID, fresh)
	if err != nil {
		return err
	}
	for _, i := range crossingOrder {
		rung := nameLadder[i]
		for _, match := range matches {
			if is[i] == was[i] || match.Key != is[i] || match.Rung == rung {
				continue // what is the same on the same rung is refused by the store
			}
			if e.caller.Door == DoorScim || e.caller.Door == DoorSelf {
				return Refuse(crossingCodes[rung], RungName(rung), "Another person has this value as %s, so that a sign-in could mean either; choose another one.", RungName(match.Rung))
			}
			e.remark(RungName(rung) + " is the " + RungName(match.Rung) + " of " + match.Person.String() + ", so that an identity provider could mean either.")
		}
	}
	return nil
}

// remark adds a sentence to the note of the audit.
func (a *act) remark(text string) {
	if a.entry.Note != "" {
		a.entry.Note += " "
	}
	a.entry.Note += text
}
