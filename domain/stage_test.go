package domain_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// onBoth runs a test on a store of each kind.
func onBoth(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStage(t, open))
		})
	}
}

// stage is a store with two tenants that differ in nothing but their names, so that whatever is tried with people of
// one's own can be tried with those of the other.
type stage struct {
	*storetest.Fixture
	secrets    credential.Secrets
	ticks      atomic.Int64 // microseconds since noon
	engine     *domain.Engine
	acme, beta *company
}

// company is a tenant with SSO on, and who may call.
type company struct {
	id             uuid.UUID
	slug           string
	rest, scim     domain.Caller
	sso            domain.Caller
	keeper, hermit domain.Caller // connections that remove access on delete, and that adopt groups
	colleague      uuid.UUID     // an active user, in no group
	team           uuid.UUID     // an empty group of the connector's
	provider       uuid.UUID     // an enabled identity provider
}

// noon is when the tests begin. The clock moves by a microsecond with every look.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newStage(t *testing.T, open storetest.Open) *stage {
	t.Helper()
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	s := &stage{secrets: credential.NewSecrets(sealer)}
	s.Fixture = open(t, s.clock)
	s.engine = s.on(s.DB, nil)
	s.acme, s.beta = s.company(t, "acme"), s.company(t, "beta")
	return s
}

func (s *stage) clock() time.Time {
	return noon.Add(time.Duration(s.ticks.Add(1)) * time.Microsecond)
}

// pass lets time pass.
func (s *stage) pass(d time.Duration) { s.ticks.Add(d.Microseconds()) }

// on is the engine on another store: the same rows, seen through something that fails, say.
func (s *stage) on(store domain.Store, wake func()) *domain.Engine {
	passkeys, err := credential.NewPasskeys(passkeyOrigin)
	if err != nil {
		panic(err) // the address is right
	}
	return domain.New(domain.Config{Store: store, Registry: s.DB, Secrets: s.secrets, Passwords: credential.NewPasswords(domain.NewProcessors(1)), Authenticator: credential.Totp{},
		Passkeys: passkeys, Messages: plainMetadata{}, Clock: s.clock, Wake: wake})
}

func (s *stage) company(t *testing.T, slug string) *company {
	t.Helper()
	tenant, err := s.engine.Administration.CreateTenant(t.Context(), slug, slug, true, nil)
	require.NoError(t, err)
	c := &company{id: tenant.ID, slug: slug, provider: s.Provider(t, tenant.ID)}
	c.rest = domain.Caller{Tenant: tenant.ID, TenantSlug: slug, Sso: true, Door: domain.DoorRest, Mode: domain.ReadWrite,
		Permissions: domain.ApiPermissions(), Actor: domain.Actor{Kind: domain.ActorCredential, ID: uuid.New(), Name: "integrator"}}
	c.sso = domain.Caller{Tenant: tenant.ID, TenantSlug: slug, Sso: true, Door: domain.DoorSso}
	c.scim = s.connect(t, c, "okta", nil)
	c.keeper = s.connect(t, c, "keeper", map[string]string{"DeletePolicy": domain.RemoveAccess})
	c.hermit = s.connect(t, c, "hermit", map[string]string{"GroupMatch": domain.Adopt})
	c.colleague = s.linked(t, c, c.scim).ID
	team, err := s.engine.Groups.Create(t.Context(), c.scim, domain.NewGroup{Name: "Team"})
	require.NoError(t, err)
	c.team = team.ID
	return c
}

// connect makes a SCIM connection of the company, and who calls through it.
func (s *stage) connect(t *testing.T, c *company, name string, policies map[string]string) domain.Caller {
	t.Helper()
	connection, err := s.engine.Administration.CreateConnection(t.Context(), operator(t, s.engine, c.slug), name, policies)
	require.NoError(t, err)
	caller := c.rest
	caller.Connection, caller.Door, caller.Policies = connection.ID, domain.DoorScim, connection.Policies
	caller.Permissions = domain.ScimPermissions(domain.ReadWrite)
	caller.Actor = domain.Actor{Kind: domain.ActorCredential, ID: uuid.New(), Name: name}
	return caller
}

// operator is who stands at the machine, in the tenant.
func operator(t testing.TB, engine *domain.Engine, slug string) domain.Caller {
	t.Helper()
	caller, err := engine.Administration.Operator(context.Background(), slug)
	require.NoError(t, err)
	return caller
}

// goodPassword is one that people may choose.
const goodPassword = "violet-ketchup-94-orbit"

// unique makes a name that nobody has yet.
func unique(what string) string { return what + "-" + uuid.NewString() }

// profile describes somebody with everything that has a key of its own or a place in the identity account.
func profile(name string) domain.Profile {
	return domain.Profile{
		FirstName: "Ana", LastName: name,
		Emails:   []domain.EmailAddress{{Address: name + "@example.org", Type: "Work", IsPrimary: true}},
		Phones:   []domain.PhoneNumber{{Number: "+1 555 0100", Type: "Work", IsPrimary: true}},
		Employee: domain.Employee{Number: "N-" + name, Title: "Smith"},
	}
}

// plain makes a person without access.
func (s *stage) plain(t *testing.T, c *company) *domain.Person {
	t.Helper()
	p, err := s.engine.Provisioner.CreatePerson(t.Context(), c.rest, domain.NewPerson{Profile: profile(unique("plain"))})
	require.NoError(t, err)
	return p
}

// invited makes somebody who has an invitation and has not accepted it.
func (s *stage) invited(t *testing.T, c *company) *domain.Person {
	t.Helper()
	name := unique("invited")
	p, err := s.engine.Provisioner.CreatePerson(t.Context(), c.rest,
		domain.NewPerson{Profile: profile(name), Access: &domain.NewAccess{Username: name, IsActive: true}})
	require.NoError(t, err)
	require.Equal(t, domain.StateInvited, p.State())
	return p
}

// linked makes an active person through the connection, with a session, and with a reset link.
func (s *stage) linked(t *testing.T, c *company, caller domain.Caller) *domain.Person {
	t.Helper()
	name := unique("linked")
	p, err := s.engine.Provisioner.CreatePerson(t.Context(), caller, domain.NewPerson{
		Profile: profile(name), Access: &domain.NewAccess{Username: name, IsActive: true},
		Link: &domain.NewLink{ExternalKey: name, Echo: domain.Echo{FormattedName: "Ana the linked"}},
	})
	require.NoError(t, err)
	_, err = s.engine.Gatekeeper.SignInByName(t.Context(), c.sso, c.provider, name)
	require.NoError(t, err)
	p, err = s.engine.Provisioner.ResetPassword(t.Context(), c.rest, p.ID, false)
	require.NoError(t, err)
	require.Equal(t, domain.StateActive, p.State())
	return p
}

// group makes a group with a member; a caller without a connection makes one that nobody manages.
func (s *stage) group(t *testing.T, c *company, caller domain.Caller) (*domain.Group, *domain.Person) {
	t.Helper()
	member := s.linked(t, c, c.scim)
	g, err := s.engine.Groups.Create(t.Context(), caller, domain.NewGroup{Name: unique("group"), ExternalKey: externalKey(caller), Members: []uuid.UUID{member.ID}})
	require.NoError(t, err)
	return g, member
}

func externalKey(caller domain.Caller) string {
	if caller.Connection == uuid.Nil {
		return ""
	}
	return unique("key")
}
