package domain_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// useCase is one act in one of its forms, as the rollback walk and the tenant matrix try it. A new use case, or a new
// form of one that writes something else, gets its row in one of the tables below.
type useCase struct {
	name string
	// about makes what the act is about, in the company.
	about func(t *testing.T, s *stage, c *company) about
	// do is the act, by a caller of the company. It can be repeated.
	do func(e *domain.Engine, c *company, it about) error
	// missing is what the act answers when the company has nothing of that id or name; "": it asks for nothing.
	missing domain.Code
}

// about is what an act is about: by its id, or by a name, a token or a username.
type about struct {
	id      uuid.UUID
	name    string
	session uuid.UUID // where it is about one
	passkey uuid.UUID // this, too
	answer  []byte    // of its authenticator
}

func ofPerson(p *domain.Person) about {
	it := about{id: p.ID, name: p.LastName}
	return it
}

// someone is a new name and nothing else.
func someone(*testing.T, *stage, *company) about { return about{name: unique("new")} }

func aPlain(t *testing.T, s *stage, c *company) about    { return ofPerson(s.plain(t, c)) }
func anInvited(t *testing.T, s *stage, c *company) about { return ofPerson(s.invited(t, c)) }
func aLinked(t *testing.T, s *stage, c *company) about   { return ofPerson(s.linked(t, c, c.scim)) }

// aKept is somebody whose connection removes access on delete.
func aKept(t *testing.T, s *stage, c *company) about { return ofPerson(s.linked(t, c, c.keeper)) }

// anAhead is somebody whose access was created ahead, inactive and never used.
func anAhead(t *testing.T, s *stage, c *company) about {
	p := s.plain(t, c)
	_, err := s.engine.Provisioner.Invite(t.Context(), c.rest, p.ID, domain.NewAccess{}, nil)
	require.NoError(t, err)
	return ofPerson(p)
}

// aLeaver is somebody whom the native API deactivated after use.
func aLeaver(t *testing.T, s *stage, c *company) about {
	it := aLinked(t, s, c)
	_, err := s.engine.Provisioner.Deactivate(t.Context(), c.rest, it.id, "left")
	require.NoError(t, err)
	return it
}

// aReleased is somebody whom the connector deleted.
func aReleased(t *testing.T, s *stage, c *company) about {
	it := aLinked(t, s, c)
	require.NoError(t, s.engine.Provisioner.Release(t.Context(), c.scim, it.id))
	return it
}

// aLocked is somebody after too many wrong passwords.
func aLocked(t *testing.T, s *stage, c *company) about {
	it := aLinked(t, s, c)
	s.SQL(t, "UPDATE user_access SET failed_count = 10, locked_until = ? WHERE person_id = ?", s.clock().Add(time.Hour).UnixMicro(), it.id)
	return it
}

// anEnrolled is somebody with an authenticator.
func anEnrolled(t *testing.T, s *stage, c *company) about {
	it := aLinked(t, s, c)
	s.AddEnrolment(t, c.id, it.id)
	s.SQL(t, "UPDATE user_access SET mfa_enrolled_at = 1 WHERE person_id = ?", it.id)
	return it
}

// aWaiting is somebody whose invitation is old enough to be sent again.
func aWaiting(t *testing.T, s *stage, c *company) about {
	it := anInvited(t, s, c)
	s.pass(2 * time.Minute)
	return it
}

// aMember is a member of a group of the native API.
func aMember(t *testing.T, s *stage, c *company) about {
	_, member := s.group(t, c, c.rest)
	return ofPerson(member)
}

// aManaged is a group of the connector's, with a member; aFree is one that nobody manages.
func aManaged(t *testing.T, s *stage, c *company) about { return ofGroup(s.group(t, c, c.scim)) }
func aFree(t *testing.T, s *stage, c *company) about    { return ofGroup(s.group(t, c, c.rest)) }

func ofGroup(g *domain.Group, _ *domain.Person) about { return about{id: g.ID, name: g.Name} }

func anOrganization(t *testing.T, s *stage, c *company) about {
	it := about{id: uuid.New(), name: unique("organization")}
	s.AddOrganization(t, c.id, it.id, it.name)
	return it
}

func aProvider(t *testing.T, s *stage, c *company) about {
	it := about{id: uuid.New(), name: unique("provider")}
	s.AddProvider(t, c.id, it.id, true)
	return it
}

// anInvitation is the token in the mail to somebody who is invited.
func anInvitation(t *testing.T, s *stage, c *company) about {
	it := anInvited(t, s, c)
	return about{id: it.id, name: s.mailed(t, c, it.id)}
}

// mailed is the token in the one mail that waits for the person.
func (s *stage) mailed(t *testing.T, c *company, person uuid.UUID) string {
	t.Helper()
	messages, err := s.ClaimMessages(t.Context(), s.clock(), 0, 1000)
	require.NoError(t, err)
	for _, m := range messages {
		if m.Person == person {
			token, err := s.secrets.Open(m.Mail.SealedToken, domain.SealPurpose(c.id, m.ID))
			require.NoError(t, err)
			return token
		}
	}
	t.Fatal("no mail waits for the person")
	return ""
}

// create is CreatePerson without its answer.
func create(e *domain.Engine, caller domain.Caller, in domain.NewPerson) error {
	_, err := e.Provisioner.CreatePerson(context.Background(), caller, in)
	return err
}

// byConnector is what a connector creates: somebody who is looked for before.
func byConnector(name string) domain.NewPerson {
	mail := true
	return domain.NewPerson{
		Profile: profile(name), With: domain.WithManagerName, Ignored: []string{"roles"},
		Access: &domain.NewAccess{Username: name, IsActive: true, SendInvitation: &mail},
		Link:   &domain.NewLink{ExternalKey: name, Echo: domain.Echo{FormattedName: "Ana", Photos: []domain.EchoValue{{Value: "x"}}}},
	}
}

// inviteAll is InviteAll for one person.
func inviteAll(e *domain.Engine, caller domain.Caller, batch domain.InvitationBatch) error {
	outcomes, err := e.Provisioner.InviteAll(context.Background(), caller, batch)
	if len(outcomes) > 0 && outcomes[0].Err != nil {
		return outcomes[0].Err
	}
	return err
}

// creates are the forms of CreatePerson.
var creates = []useCase{
	{name: "create a person", about: someone, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.rest, domain.NewPerson{Profile: profile(it.name), Username: it.name, ExternalLogin: it.name})
	}},
	{name: "create a person with access", about: someone, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.rest, domain.NewPerson{Profile: profile(it.name), Access: &domain.NewAccess{IsActive: true, InvitationMessage: "Hello"}})
	}},
	{name: "create a person once", about: someone, do: func(e *domain.Engine, c *company, it about) error {
		caller := c.rest
		caller.Once = &domain.Once{Route: "POST Persons", Key: it.name, BodyHash: []byte("body"),
			Render: func(any) (domain.Answer, error) { return domain.Answer{Status: 201}, nil }}
		return create(e, caller, domain.NewPerson{Profile: profile(it.name), Access: &domain.NewAccess{IsActive: true}})
	}},
	{name: "invite somebody new in a batch", about: someone, do: func(e *domain.Engine, c *company, it about) error {
		return inviteAll(e, c.rest, domain.InvitationBatch{Invitees: []domain.Invitee{
			{In: domain.NewPerson{Profile: profile(it.name), Access: &domain.NewAccess{IsActive: true}}}}})
	}},
	{name: "invite a batch as a whole", about: aPlain, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return inviteAll(e, c.rest, domain.InvitationBatch{AllOrNothing: true, Invitees: []domain.Invitee{
			{Person: it.id, In: domain.NewPerson{Access: &domain.NewAccess{IsActive: true}}}}})
	}},
	{name: "invite in a batch whom the tenant knows", about: aPlain, do: func(e *domain.Engine, c *company, it about) error {
		return inviteAll(e, c.rest, domain.InvitationBatch{MatchExisting: true, Invitees: []domain.Invitee{
			{In: domain.NewPerson{Profile: profile(it.name), Access: &domain.NewAccess{IsActive: true}}}}})
	}},
	{name: "create by a connector", about: someone, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.scim, byConnector(it.name))
	}},
	{name: "create by a connector whom the tenant knows", about: aPlain, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.scim, byConnector(it.name))
	}},
	{name: "create by a connector whom it deleted", about: aReleased, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.scim, byConnector(it.name))
	}},
	{name: "create by a connector who is inactive", about: anAhead, do: func(e *domain.Engine, c *company, it about) error {
		in := byConnector(it.name)
		in.Access.Username = it.name + "@example.org"
		return create(e, c.scim, in)
	}},
	{name: "create in a group", about: aFree, missing: domain.CodeGroupNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.rest, domain.NewPerson{Profile: profile("of-" + it.name), Access: &domain.NewAccess{IsActive: true, GroupIDs: []uuid.UUID{it.id}}})
	}},
	{name: "create in an organization", about: anOrganization, missing: domain.CodeOrganizationNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.rest, domain.NewPerson{Profile: profile("of-" + it.name), Access: &domain.NewAccess{IsActive: true, OrganizationIDs: []uuid.UUID{it.id}}})
	}},
	{name: "create at a provider", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return create(e, c.rest, domain.NewPerson{Profile: profile("of-" + it.name), Access: &domain.NewAccess{IsActive: true, ProviderID: it.id}})
	}},
	{name: "create under a manager", about: aPlain, missing: domain.CodeValidation, do: func(e *domain.Engine, c *company, it about) error {
		in := domain.NewPerson{Profile: profile("under-" + it.name)}
		in.Employee.Manager = it.id.String()
		return create(e, c.rest, in)
	}},
}
