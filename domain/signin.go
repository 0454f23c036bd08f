package domain

import (
	"context"

	"github.com/google/uuid"
)

// nameLadder is the order in which an asserted name is compared (DOMAIN.md, section 3).
var nameLadder = []*Attribute{AttrExternalLogin, AttrEmailAddress, AttrUsername, AttrEmployeeNumber}

// SignInByName opens a session for the person whom the tenant's identity provider asserts by name. The first
// attribute with a match decides; an ambiguous or inactive match refuses, without a look at the next one. A refusal is in
// the audit like a sign-in.
//
// The caller is the assertion's receiver: Door Sso, and nothing but the tenant.
//
// Errors: sso_not_enabled, identity_provider_not_found; no_matching_user, ambiguous_name_id, account_inactive.
func (g *Gatekeeper) SignInByName(ctx context.Context, caller Caller, provider uuid.UUID, name string) (*Opened, error) {
	var opened *Opened
	var refusal error
	err := g.write(ctx, caller, func(a *act) error {
		opened, refusal = nil, nil
		by, err := a.openProvider(provider)
		if err != nil {
			return err
		}
		e, rung, err := a.asserts(by, name)
		if refused(err) {
			refusal = err
			return a.ssoRefused(by, SsoRefusal{provider, reasonOf(err), name})
		}
		if err != nil {
			return err
		}
		a.matchedBy(by, rung)
		if opened, err = e.signIn(opening{method: SignInSso}); err != nil {
			return err
		}
		opened.MatchedBy = RungName(rung)
		return nil
	})
	if err == nil {
		err = refusal
	}
	return opened, err
}

// openProvider is a provider by which people may sign in now.
func (a *act) openProvider(id uuid.UUID) (*IdentityProvider, error) {
	if !a.tenant.SsoEnabled {
		return nil, Refuse(CodeSsoNotEnabled, "", "The tenant has not enabled SSO.")
	}
	provider, err := a.tx.FindProvider(id)
	if err == nil && !provider.asserts() {
		err = noProvider()
	}
	return provider, err
}

// asserts tells whether the provider may say now who somebody is.
func (p *IdentityProvider) asserts() bool { return p.Enabled && p.Type != ProviderPassword }

// asserts finds who may sign in as the name that the provider asserts, and by which rung. Of a refusal, whom it is about
// is in the audit.
func (a *act) asserts(provider *IdentityProvider, name string) (*edit, *Attribute, error) {
	climbed, err := climb(a.tx, provider, name)
	if err != nil {
		return nil, nil, err
	}
	if climbed.person != nil {
		a.entry.Person = climbed.person.ID
	}
	if err := climbed.verdict(provider); err != nil {
		return nil, climbed.rung, err
	}
	return a.edit(climbed.person), climbed.rung, nil
}

// matchedBy has the audit tell by which provider and rung somebody came in.
func (a *act) matchedBy(provider *IdentityProvider, rung *Attribute) {
	a.entry.Note = "matched by " + RungName(rung) + " through " + provider.Name + " (" + provider.ID.String() + ")"
}

// climbing is how a name climbed the ladder of a provider.
type climbing struct {
	rung   *Attribute  // the one that decided; nil: none
	found  []uuid.UUID // whom it matched
	person *Person     // the one whom it matched; nil: nobody, or several
}

// climb looks for the name on the rungs of the provider, one after the other. The first one with a match decides.
func climb(tx Tx, provider *IdentityProvider, name string) (climbing, error) {
	var c climbing
	if Fold(name) == "" {
		return c, nil
	}
	for _, rung := range provider.Ladder() {
		found, err := tx.FindByLogin(rung, name)
		if err != nil {
			return c, err
		}
		if len(found) == 0 {
			continue
		}
		c.rung, c.found = rung, found
		if len(found) == 1 {
			c.person, err = tx.FindPerson(found[0], 0)
		}
		if Is(err, CodePersonNotFound) || err == nil && c.person != nil && c.person.Access == nil {
			return climbing{}, nil // gone since the match
		}
		return c, err
	}
	return c, nil
}

// verdict is why nobody is let in; nil: the person is.
func (c *climbing) verdict(provider *IdentityProvider) error {
	switch {
	case len(c.found) > 1:
		return Refuse(CodeAmbiguousNameID, RungName(c.rung), "Several people match the name.")
	case c.person == nil:
		return noMatchingUser()
	case !c.person.Access.IsActive:
		return Refuse(CodeAccountInactive, "", "The access is inactive.")
	case c.person.Access.IdentityProviderID != uuid.Nil && c.person.Access.IdentityProviderID != provider.ID:
		return Refuse(CodeNoMatchingUser, "IdentityProviderId", "The person signs in through another identity provider.")
	default:
		return nil
	}
}

func noMatchingUser() error { return Refuse(CodeNoMatchingUser, "", "Nobody matches the name.") }
