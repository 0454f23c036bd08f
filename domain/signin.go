package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// SignedInByName is what a sign-in with an asserted name gave.
type SignedInByName struct {
	Token     string // of the session; shown once
	Person    uuid.UUID
	MatchedBy string // the attribute that matched
	ExpiresAt time.Time
}

// nameLadder is the order in which an asserted name is compared (DOMAIN.md, section 3).
var nameLadder = []*Attribute{AttrExternalLogin, AttrEmailAddress, AttrUsername, AttrEmployeeNumber}

// SignInByName opens a session for the person whom the tenant's identity provider asserts by name. The first
// attribute with a match decides; an ambiguous or inactive match refuses, without a look at the next one.
//
// The caller is the assertion's receiver: Door Sso, and nothing but the tenant.
func (g *Gatekeeper) SignInByName(ctx context.Context, caller Caller, name string) (*SignedInByName, error) {
	var signedIn *SignedInByName
	err := g.write(ctx, caller, func(a *act) error {
		if !a.tenant.SsoEnabled {
			return Refuse(CodeSsoNotEnabled, "", "The tenant has not enabled SSO.")
		}
		person, by, err := a.matchName(name)
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
		signedIn, err = e.signIn(SignInSso)
		if err != nil {
			return err
		}
		signedIn.MatchedBy, a.entry.Note = by.Name, "matched by "+by.Name
		return nil
	})
	return signedIn, err
}

// matchName climbs the ladder.
func (a *act) matchName(name string) (uuid.UUID, *Attribute, error) {
	if Fold(name) == "" {
		return uuid.Nil, nil, noMatchingUser()
	}
	for _, attribute := range nameLadder {
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

// signIn opens a session; the first one of an invited person accepts the invitation.
func (e *edit) signIn(method SignInMethod) (*SignedInByName, error) {
	access := e.p.Access
	if access.ActivatedAt.IsZero() {
		if err := e.accept(); err != nil {
			return nil, err
		}
	}
	access.LastLoginAt = e.now
	token, hash := e.secrets.NewToken(TokenSession)
	session := &Session{ID: e.newID(), Person: e.p.ID, TokenHash: hash, Method: method, CreatedAt: e.now, LastSeenAt: e.now,
		ExpiresAt: e.now.Add(e.tenant.Policies.Duration(PolicySessionTTL))}
	e.happened(EventUserSignedIn)
	if err := e.tx.InsertSession(session); err != nil {
		return nil, err
	}
	return &SignedInByName{Token: token, Person: e.p.ID, ExpiresAt: session.ExpiresAt}, e.settle(everyAspect)
}

// accept turns Invited into Active.
func (e *edit) accept() error {
	e.p.Access.ActivatedAt, e.p.Access.InvitationExpires = e.now, zeroTime
	e.happened(EventInvitationAccepted)
	_, err := e.tx.VoidInvitations(e.p.ID, InvitationAccepted)
	return err
}

// AcceptInvitation makes the access of an invited person usable with the password whose hash is given. A token
// that is unknown, used, void or expired is token_invalid, all alike.
func (g *Gatekeeper) AcceptInvitation(ctx context.Context, caller Caller, token, passwordHash string) (*Person, error) {
	hash, err := g.secrets.HashToken(TokenInvitation, token)
	if err != nil {
		return nil, tokenInvalid()
	}
	var accepted *Person
	err = g.write(ctx, caller, func(a *act) error {
		invitation, err := a.tx.FindInvitation(hash)
		if Is(err, CodeTokenInvalid) {
			return tokenInvalid() // in the same words, whatever is wrong with it
		}
		if err != nil {
			return err
		}
		e, err := a.open(invitation.Person, 0)
		if err != nil {
			return err
		}
		if invitation.StatusAt(a.now) != InvitationPending || e.p.State() != StateInvited {
			return tokenInvalid()
		}
		identity, err := a.tx.FindIdentity(e.p.ID)
		if err != nil {
			return err
		}
		identity.PasswordHash = passwordHash
		if err := a.tx.UpdateIdentity(e.p.ID, identity); err != nil {
			return err
		}
		accepted = e.p
		if err := e.accept(); err != nil {
			return err
		}
		return e.settle(everyAspect)
	})
	return accepted, err
}

func tokenInvalid() error {
	return Refuse(CodeTokenInvalid, "", "The link is not valid (any more); ask for a new one.")
}
