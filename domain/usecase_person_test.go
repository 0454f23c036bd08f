package domain_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// change is ChangePerson as a function of the edit.
func change(caller func(c *company) domain.Caller, touches domain.Aspect, apply func(p *domain.Person)) func(*domain.Engine, *company, about) error {
	return func(e *domain.Engine, c *company, it about) error {
		_, err := e.Provisioner.ChangePerson(context.Background(), caller(c), domain.PersonChange{
			Person: it.id, Touches: touches, Apply: func(p *domain.Person) error { apply(p); return nil },
		})
		return err
	}
}

// command is a use case about one person.
func command(do func(pr *domain.Provisioner, ctx context.Context, caller domain.Caller, id uuid.UUID) (*domain.Person, error)) func(*domain.Engine, *company, about) error {
	return func(e *domain.Engine, c *company, it about) error {
		_, err := do(e.Provisioner, context.Background(), c.rest, it.id)
		return err
	}
}

func byRest(c *company) domain.Caller { return c.rest }
func byScim(c *company) domain.Caller { return c.scim }

// personChanges are the forms of ChangePerson.
var personChanges = []useCase{
	{name: "change a profile", about: aPlain, missing: domain.CodePersonNotFound,
		do: change(byRest, domain.AspectProfile, func(p *domain.Person) { p.FirstName, p.Employee.Title = "Anna", "Boss" })},
	{name: "change the name and address of a user", about: aLinked, missing: domain.CodePersonNotFound,
		do: change(byRest, domain.AspectProfile, func(p *domain.Person) {
			p.FirstName, p.Emails[0].Address, p.Phones[0].Number = "Anna", "new-"+p.Emails[0].Address, "+1 555 0199"
		})},
	{name: "change the address of somebody invited", about: anInvited, missing: domain.CodePersonNotFound,
		do: change(byRest, domain.AspectProfile, func(p *domain.Person) { p.Emails[0].Address = "new-" + p.Emails[0].Address })},
	{name: "change a username", about: aLinked, missing: domain.CodePersonNotFound,
		do: change(byScim, domain.AspectUsername, func(p *domain.Person) { p.Access.Username += "-new" })},
	{name: "change an external login", about: aLinked, missing: domain.CodePersonNotFound,
		do: change(byRest, domain.AspectExternalLogin, func(p *domain.Person) { p.ExternalLogin += "-new" })},
	{name: "change an external key", about: aLinked, missing: domain.CodePersonNotFound,
		do: change(byScim, domain.AspectLink, func(p *domain.Person) { p.Link.ExternalKey += "-new" })},
	{name: "claim by a change", about: anInvited, missing: domain.CodePersonNotFound,
		do: change(byScim, domain.AspectProfile, func(p *domain.Person) { p.Employee.Title = "Boss" })},
	{name: "require MFA", about: aLinked, missing: domain.CodePersonNotFound,
		do: change(byRest, domain.AspectMfa, func(p *domain.Person) { p.Access.MfaRequired = true })},
	{name: "deactivate by a connector", about: aLinked, missing: domain.CodePersonNotFound,
		do: change(byScim, domain.AspectActive, func(p *domain.Person) { p.Access.IsActive = false })},
	{name: "deactivate somebody invited", about: anInvited, missing: domain.CodePersonNotFound,
		do: change(byRest, domain.AspectActive, func(p *domain.Person) { p.Access.IsActive = false })},
	{name: "join an organization", about: anOrganization, missing: domain.CodeOrganizationNotFound, do: join(func(p *domain.Person, id uuid.UUID) {
		p.Access.OrganizationIDs = []uuid.UUID{id}
	})},
	{name: "move to a provider", about: aProvider, missing: domain.CodeIdentityProviderNotFound, do: join(func(p *domain.Person, id uuid.UUID) {
		p.Access.IdentityProviderID = id
	})},
	{name: "report to a manager", about: aPlain, missing: domain.CodeValidation, do: join(func(p *domain.Person, id uuid.UUID) {
		p.Employee.Manager = id.String()
	})},
}

// join changes the colleague, who is a person of the company, into somebody with something of that id.
func join(apply func(p *domain.Person, id uuid.UUID)) func(*domain.Engine, *company, about) error {
	return func(e *domain.Engine, c *company, it about) error {
		return change(byRest, domain.AspectProfile|domain.AspectProvider|domain.AspectOrganizations,
			func(p *domain.Person) { apply(p, it.id) })(e, c, about{id: c.colleague})
	}
}

// commands are the acts on one person.
var commands = []useCase{
	{name: "invite", about: aPlain, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Provisioner.Invite(context.Background(), c.rest, it.id, domain.NewAccess{IsActive: true}, &it.name)
		return err
	}},
	{name: "activate somebody created ahead", about: anAhead, missing: domain.CodePersonNotFound,
		do: command(func(pr *domain.Provisioner, ctx context.Context, caller domain.Caller, id uuid.UUID) (*domain.Person, error) {
			return pr.Activate(ctx, caller, id, nil)
		})},
	{name: "activate a leaver", about: aLeaver, missing: domain.CodePersonNotFound,
		do: command(func(pr *domain.Provisioner, ctx context.Context, caller domain.Caller, id uuid.UUID) (*domain.Person, error) {
			return pr.Activate(ctx, caller, id, nil)
		})},
	{name: "deactivate", about: aLinked, missing: domain.CodePersonNotFound,
		do: command(func(pr *domain.Provisioner, ctx context.Context, caller domain.Caller, id uuid.UUID) (*domain.Person, error) {
			return pr.Deactivate(ctx, caller, id, "left")
		})},
	{name: "resend an invitation", about: aWaiting, missing: domain.CodePersonNotFound,
		do: command(func(pr *domain.Provisioner, ctx context.Context, caller domain.Caller, id uuid.UUID) (*domain.Person, error) {
			return pr.ResendInvitation(ctx, caller, id, "Again")
		})},
	{name: "revoke an invitation", about: anInvited, missing: domain.CodePersonNotFound, do: command((*domain.Provisioner).RevokeInvitation)},
	{name: "reset a password", about: aLinked, missing: domain.CodePersonNotFound,
		do: command(func(pr *domain.Provisioner, ctx context.Context, caller domain.Caller, id uuid.UUID) (*domain.Person, error) {
			return pr.ResetPassword(ctx, caller, id, true)
		})},
	{name: "unlock", about: aLocked, missing: domain.CodePersonNotFound, do: command((*domain.Provisioner).Unlock)},
	{name: "reset MFA", about: anEnrolled, missing: domain.CodePersonNotFound, do: command((*domain.Provisioner).ResetMfa)},
	{name: "end sessions", about: aLinked, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Provisioner.InvalidateSessions(context.Background(), c.rest, it.id, false)
		return err
	}},
	{name: "end sessions and the password", about: aLinked, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Provisioner.InvalidateSessions(context.Background(), c.rest, it.id, true)
		return err
	}},
	{name: "anonymise", about: aFormerMember, missing: domain.CodePersonNotFound, do: anonymize(func(it about) domain.WhomToAnonymize { return domain.WhomToAnonymize{Person: it.id} })},
	{name: "anonymise by address", about: aFormerMember, missing: domain.CodePersonNotFound,
		do: anonymize(func(it about) domain.WhomToAnonymize {
			return domain.WhomToAnonymize{EmailAddress: it.name + "@example.org"}
		})},
	{name: "remove access", about: aMember, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Provisioner.RemoveAccess(context.Background(), c.rest, it.id)
		return err
	}},
	{name: "delete a person", about: aPlain, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Provisioner.DeletePerson(context.Background(), c.rest, it.id)
	}},
	{name: "delete a person with inactive access", about: aLeaver, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Provisioner.DeletePerson(context.Background(), c.rest, it.id)
	}},
	{name: "release by hiding", about: aMember, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Provisioner.Release(context.Background(), c.scim, it.id)
	}},
	{name: "release by removing", about: aKept, missing: domain.CodePersonNotFound, do: func(e *domain.Engine, c *company, it about) error {
		return e.Provisioner.Release(context.Background(), c.keeper, it.id)
	}},
	{name: "sign in by name", about: aLinked, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Gatekeeper.SignInByName(context.Background(), c.sso, c.provider, it.name)
		return err
	}},
	{name: "sign in for the first time", about: anInvited, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Gatekeeper.SignInByName(context.Background(), c.sso, c.provider, it.name)
		return err
	}},
	{name: "accept an invitation", about: anInvitation, missing: domain.CodeTokenInvalid, do: func(e *domain.Engine, c *company, it about) error {
		_, err := e.Account.AcceptInvitation(context.Background(), c.sso, it.name, goodPassword)
		return err
	}},
}

// aFormerMember is a member of a group whose employment has ended.
func aFormerMember(t *testing.T, s *stage, c *company) about {
	it := aMember(t, s, c)
	s.SQL(t, "UPDATE person SET termination_date = '2000-01-01' WHERE person_id = ?", it.id)
	return it
}

func anonymize(whom func(it about) domain.WhomToAnonymize) func(*domain.Engine, *company, about) error {
	return func(e *domain.Engine, c *company, it about) error {
		_, err := e.Provisioner.Anonymize(context.Background(), c.rest, whom(it))
		return err
	}
}

// TestEmployed: an employment ends with the day of its termination, by UTC.
func TestEmployed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 23, 59, 0, 0, time.FixedZone("west", -3600)) // the third in UTC
	for date, employed := range map[string]bool{"": true, "2026-03-02": false, "2026-03-03": true, "2026-03-04": true} {
		p := &domain.Person{Profile: domain.Profile{Employee: domain.Employee{Title: "Smith", TerminationDate: date}}}
		assert.Equal(t, employed, len(domain.Employed(p, at)) > 0, date)
	}
	assert.Empty(t, domain.Employed(&domain.Person{}, at))
}

// TestObstaclesAddUp: whoever builds the engine adds what else can stand in the way.
func TestObstaclesAddUp(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		it := aFormerMember(t, s, s.acme)
		engine := domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: s.secrets, Clock: s.clock, Obstacles: []domain.Obstacle{
			func(*domain.Person, time.Time) []domain.Blocker {
				return []domain.Blocker{{Code: "lease", Message: "A car is leased."}}
			},
		}})
		before := s.Snapshot(t)
		_, err := engine.Provisioner.Anonymize(t.Context(), s.acme.rest, domain.WhomToAnonymize{Person: it.id})
		own, is := errors.AsType[*domain.Error](err)
		require.True(t, is)
		assert.Equal(t, domain.CodeAnonymizationBlocked, own.Code)
		assert.Equal(t, []domain.Blocker{{Code: "lease", Message: "A car is leased."}}, own.Blockers)
		assert.Equal(t, before, s.Snapshot(t))
	})
}
