package domain

import (
	"context"

	"github.com/google/uuid"
)

// nameLadder is the order in which an asserted name is compared (DOMAIN.md, section 3).
var nameLadder = []*Attribute{AttrExternalLogin, AttrEmailAddress, AttrUsername, AttrEmployeeNumber}

// SignInByName opens a session for the person whom the tenant's identity provider asserts by name. The first
// attribute with a match decides; an ambiguous or inactive match refuses, without a look at the next one.
//
// The caller is the assertion's receiver: Door Sso, and nothing but the tenant.
func (g *Gatekeeper) SignInByName(ctx context.Context, caller Caller, name string) (*Opened, error) {
	var signedIn *Opened
	err := g.write(ctx, caller, func(a *act) error {
		if !a.tenant.SsoEnabled {
			return Refuse(CodeSsoNotEnabled, "", "The tenant has not enabled SSO.")
		}
		person, by, err := a.matchName(nameLadder, name)
		if err != nil {
			return err
		}
		p, err := a.tx.FindPerson(person, 0)
		if Is(err, CodePersonNotFound) || err == nil && p.Access == nil {
			return noMatchingUser() // gone since the match
		}
		if err != nil {
			return err
		}
		e := a.edit(p)
		if !p.Access.IsActive {
			return Refuse(CodeAccountInactive, "", "The access is inactive.")
		}
		a.entry.Note = "matched by " + by.Name
		signedIn, err = e.signIn(opening{method: SignInSso})
		if err != nil {
			return err
		}
		signedIn.MatchedBy = by.Name
		return nil
	})
	return signedIn, err
}

// matchName climbs the ladder.
func (a *act) matchName(ladder []*Attribute, name string) (uuid.UUID, *Attribute, error) {
	if Fold(name) == "" {
		return uuid.Nil, nil, noMatchingUser()
	}
	for _, attribute := range ladder {
		found, err := a.tx.FindByLogin(attribute, name)
		if err != nil {
			return uuid.Nil, nil, err
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], attribute, nil
		default:
			return uuid.Nil, nil, Refuse(CodeAmbiguousNameID, attribute.Name, "Several people match the name.")
		}
	}
	return uuid.Nil, nil, noMatchingUser()
}

func noMatchingUser() error { return Refuse(CodeNoMatchingUser, "", "Nobody matches the name.") }
