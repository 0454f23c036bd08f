package domain_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// anotherPassword is one that people may choose as well.
const anotherPassword = "lantern-92-cobalt-river"

// visitor is somebody who has not proved yet who they are.
func (c *company) visitor() domain.Caller {
	return domain.Caller{Tenant: c.id, TenantSlug: c.slug, Sso: true, Door: domain.DoorSelf, Mode: domain.ReadWrite,
		Actor: domain.Actor{Kind: domain.ActorVisitor}}
}

// signedIn is the person with a session that has just begun.
func (s *stage) signedIn(c *company, person, session uuid.UUID) domain.Caller {
	caller := c.visitor()
	caller.Actor = domain.Actor{Kind: domain.ActorPerson, ID: person}
	caller.Session, caller.SignedInAt = session, s.clock()
	return caller
}

// aPassword is somebody active who has chosen goodPassword; the name is the username.
func aPassword(t *testing.T, s *stage, c *company) about {
	it := anInvitation(t, s, c)
	p, err := s.engine.Account.AcceptInvitation(t.Context(), c.visitor(), it.name, goodPassword)
	require.NoError(t, err)
	return about{id: p.ID, name: p.Access.Username}
}

// aSignUp is a new name in a tenant where strangers may sign up.
func aSignUp(t *testing.T, s *stage, c *company) about {
	_, err := s.engine.Administration.UpdateTenant(t.Context(), operator(t, s.engine, c.slug), domain.TenantChange{Policies: map[string]string{"SelfSignUp": "On"}})
	require.NoError(t, err)
	return about{name: unique("stranger")}
}

// aVerification is the token in the mail to somebody who signed up.
func aVerification(t *testing.T, s *stage, c *company) about {
	it := aSignUp(t, s, c)
	p, err := s.engine.Account.SignUp(t.Context(), c.visitor(), domain.SignUp{Profile: profile(it.name), Username: it.name, Password: goodPassword})
	require.NoError(t, err)
	return about{id: p.ID, name: s.mailed(t, c, p.ID)}
}

// aResetLink is the token in a mail with a reset link.
func aResetLink(t *testing.T, s *stage, c *company) about {
	it := aLinked(t, s, c)
	return about{id: it.id, name: s.mailed(t, c, it.id)}
}

// aForgetful is somebody who has asked for a reset link.
func aForgetful(t *testing.T, s *stage, c *company) about {
	it := aPassword(t, s, c)
	require.NoError(t, s.engine.Account.RequestReset(t.Context(), c.visitor(), it.name))
	return it
}

// anEnrolling is somebody with an authenticator that has still to be confirmed; the name is its secret.
func anEnrolling(t *testing.T, s *stage, c *company) about {
	it := aPassword(t, s, c)
	enrolling, err := s.engine.Account.EnrolMfa(t.Context(), s.signedIn(c, it.id, uuid.New()), "")
	require.NoError(t, err)
	return about{id: it.id, name: enrolling.Secret}
}

// aHalf is somebody who has given the password and not the code; the name is a recovery code.
func aHalf(t *testing.T, s *stage, c *company) about {
	it := anEnrolling(t, s, c)
	caller := s.signedIn(c, it.id, uuid.New())
	confirmed, err := s.engine.Account.ConfirmMfa(t.Context(), caller, codeAt(it.name, s.clock()), "")
	require.NoError(t, err)
	p, err := s.engine.Directory.Access(t.Context(), c.rest, it.id, 0)
	require.NoError(t, err)
	opened, err := s.engine.Account.SignIn(t.Context(), c.visitor(), domain.SignIn{Name: p.Access.Username, Password: goodPassword, CodeLater: true})
	require.NoError(t, err)
	half, err := s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
	require.NoError(t, err)
	return about{id: it.id, name: confirmed.RecoveryCodes[0], session: half.Session}
}

// codeAt is what an authenticator app with that secret shows (RFC 6238).
func codeAt(secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return ""
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:offset+4])&0x7fffffff%1_000_000)
}

// accountActs are people's own acts.
var accountActs = []useCase{
	{name: "sign up", about: aSignUp, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Account.SignUp(context.Background(), c.visitor(), domain.SignUp{Profile: profile(it.name), Username: it.name, Password: goodPassword})
		return err
	}},
	{name: "verify an address", about: aVerification, missing: domain.CodeTokenInvalid, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Account.VerifyEmail(context.Background(), c.visitor(), it.name)
		return err
	}},
	{name: "sign in with a password", about: aPassword, missing: domain.CodeInvalidCredentials, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Account.SignIn(context.Background(), c.visitor(), domain.SignIn{Name: it.name, Password: goodPassword})
		return err
	}},
	{name: "complete a reset", about: aResetLink, missing: domain.CodeTokenInvalid, do: func(e *domain.Engine, c *company, it about) error {
		return e.Account.CompleteReset(context.Background(), c.visitor(), it.name, anotherPassword)
	}},
	{name: "mail a reset link", about: aForgetful, do: func(e *domain.Engine, _ *company, _ about) error {
		return e.Account.MailResets(context.Background())
	}},
	{name: "change a password", about: aPassword, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		caller := c.visitor()
		caller.Actor = domain.Actor{Kind: domain.ActorPerson, ID: it.id}
		return e.Account.ChangePassword(context.Background(), caller, it.id, goodPassword, anotherPassword)
	}},
	{name: "confirm an authenticator", about: anEnrolling, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		caller := c.visitor()
		caller.Actor, caller.Session = domain.Actor{Kind: domain.ActorPerson, ID: it.id}, uuid.New()
		_, err := e.Account.ConfirmMfa(context.Background(), caller, codeAt(it.name, e.Clock()), "")
		return err
	}},
	{name: "end a session", about: aLinked, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		list, err := e.Account.Sessions(context.Background(), c.rest, it.id)
		if err != nil {
			return err
		}
		return e.Account.EndSession(context.Background(), c.rest, it.id, list[0].ID)
	}},
	{name: "enter a code", about: aHalf, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		caller := c.visitor()
		caller.Actor, caller.Session, caller.Pending = domain.Actor{Kind: domain.ActorPerson, ID: it.id}, it.session, true
		_, err := e.Account.EnterCode(context.Background(), caller, it.name, "")
		return err
	}},
	{name: "end the other sessions", about: aLinked, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		caller := c.visitor()
		caller.Actor, caller.Session = domain.Actor{Kind: domain.ActorPerson, ID: it.id}, uuid.New()
		_, err := e.Account.EndOtherSessions(context.Background(), caller)
		return err
	}},
}
