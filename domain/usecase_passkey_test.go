package domain_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential/passkeytest"
	"github.com/scimbridge/scimbridge/domain"
)

// aMaking is somebody whose authenticator has made a passkey that has still to be stored; the name is the ticket.
func aMaking(t *testing.T, s *stage, c *company) about {
	made, _ := aMakingWith(t, s, c)
	return made
}

func aMakingWith(t *testing.T, s *stage, c *company) (about, *passkeytest.Device) {
	it, key := aPassword(t, s, c), passkeytest.New(t, passkeyOrigin)
	it.session = uuid.New()
	begun, err := s.engine.Account.BeginPasskey(t.Context(), s.signedIn(c, it.id, it.session))
	require.NoError(t, err)
	return about{id: it.id, name: begun.Ticket, session: it.session, answer: key.Creates(t, begun.Options)}, key
}

// aKeyed is somebody with a passkey, in a session that was opened by it.
func aKeyed(t *testing.T, s *stage, c *company) about {
	it, _ := aKeyedWith(t, s, c)
	return it
}

func aKeyedWith(t *testing.T, s *stage, c *company) (about, *passkeytest.Device) {
	it, key := aMakingWith(t, s, c)
	opened, err := s.engine.Account.AddPasskey(t.Context(), s.signedIn(c, it.id, it.session), it.name, "Laptop", it.answer, "")
	require.NoError(t, err)
	caller, err := s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
	require.NoError(t, err)
	list, err := s.engine.Account.Passkeys(t.Context(), caller)
	require.NoError(t, err)
	return about{id: it.id, session: caller.Session, passkey: list[0].ID}, key
}

// aShowing is somebody at the sign-in page whose authenticator has shown the passkey; the name is the ticket.
func aShowing(t *testing.T, s *stage, c *company) about {
	it, key := aKeyedWith(t, s, c)
	begun, err := s.engine.Account.AskForAnyPasskey(t.Context(), c.visitor())
	require.NoError(t, err)
	it.name, it.answer = begun.Ticket, key.Shows(t, begun.Options)
	return it
}

// aHalfShowing is somebody who has given the password, and whose authenticator has shown the passkey.
func aHalfShowing(t *testing.T, s *stage, c *company) about {
	it, key := aKeyedWith(t, s, c)
	p, err := s.engine.Directory.Access(t.Context(), c.rest, it.id, 0)
	require.NoError(t, err)
	opened, err := s.engine.Account.SignIn(t.Context(), c.visitor(), domain.SignIn{Name: p.Access.Username, Password: goodPassword, PasskeyLater: true})
	require.NoError(t, err)
	half, err := s.engine.Gatekeeper.Authenticate(t.Context(), opened.Token, netip.Addr{})
	require.NoError(t, err)
	begun, err := s.engine.Account.AskForPasskey(t.Context(), half)
	require.NoError(t, err)
	it.name, it.session, it.answer = begun.Ticket, half.Session, key.Shows(t, begun.Options)
	return it
}

// inSession is the person in a session that has just begun, by a second factor.
func inSession(e *domain.Engine, c *company, it about) domain.Caller {
	caller := c.visitor()
	caller.Actor, caller.Session, caller.SignedInAt, caller.Mfa = domain.Actor{Kind: domain.ActorPerson, ID: it.id}, it.session, e.Clock(), true
	return caller
}

// passkeyActs are what people do with passkeys.
var passkeyActs = []useCase{
	{name: "add a passkey", about: aMaking, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Account.AddPasskey(context.Background(), inSession(e, c, it), it.name, "Laptop", it.answer, "")
		return err
	}},
	{name: "rename a passkey", about: aKeyed, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Account.RenamePasskey(context.Background(), inSession(e, c, it), it.passkey, "Phone")
	}},
	{name: "remove a passkey", about: aKeyed, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Account.RemovePasskey(context.Background(), inSession(e, c, it), it.passkey)
	}},
	{name: "sign in by a passkey", about: aShowing, missing: domain.CodeInvalidCredentials, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Account.SignInByPasskey(context.Background(), c.visitor(), it.name, it.answer, "")
		return err
	}},
	{name: "show a passkey", about: aHalfShowing, missing: domain.CodeInvalidCredentials, do: func(e *domain.Engine, c *company, it about) error {
		caller := inSession(e, c, it)
		caller.Pending, caller.Mfa = true, false
		_, err := e.Account.ShowPasskey(context.Background(), caller, it.name, it.answer, "")
		return err
	}},
}
