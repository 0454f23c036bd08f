package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// Open makes the store that a test is about: [SQLite] or [Postgres].
type Open func(t testing.TB, clock ...Clock) *Fixture

// promise is one test of a suite.
type promise struct {
	name string
	test func(t *testing.T, open Open)
}

func run(t *testing.T, open Open, promises []promise) {
	t.Helper()
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.test(t, open)
		})
	}
}

func ctx() context.Context { return context.Background() }

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

// noon is the time of the suites. It has microseconds, the finest that stores keep.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 123456000, time.UTC)

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func entry(action domain.EventType) *domain.AuditEntry {
	return &domain.AuditEntry{ID: newID(), At: noon, Actor: domain.Actor{Kind: domain.ActorOperator, Name: "operator"}, Door: domain.DoorSystem, Action: action}
}

// world is a store with a tenant and a connection.
type world struct {
	*Fixture
	Scope domain.Scope
}

// NewTenant makes a tenant with a connection and gives the scope of the two.
func (f *Fixture) NewTenant(t testing.TB, slug string) domain.Scope {
	t.Helper()
	scope := domain.Scope{Tenant: newID(), Connection: newID()}
	require.NoError(t, f.InsertTenant(ctx(), &domain.Tenant{ID: scope.Tenant, Slug: slug, Name: slug, CreatedAt: noon, UpdatedAt: noon}, entry(domain.EventTenantCreated)))
	require.NoError(t, f.SaveConnection(ctx(), scope.Tenant, &domain.Connection{ID: scope.Connection, Name: "Okta", CreatedAt: noon}, entry(domain.EventConnectionCreated)))
	return scope
}

func newWorld(t testing.TB, open Open) *world {
	t.Helper()
	f := open(t, func() time.Time { return noon })
	return &world{f, f.NewTenant(t, "acme")}
}

// write runs fn and demands that it succeeds.
func (w *world) write(t testing.TB, fn func(tx domain.Tx) error) {
	t.Helper()
	require.NoError(t, w.Write(ctx(), w.Scope, fn))
}

// read runs fn and demands that it succeeds.
func (w *world) read(t testing.TB, fn func(tx domain.Tx) error) {
	t.Helper()
	require.NoError(t, w.Read(ctx(), w.Scope, fn))
}

// person makes somebody without access.
func person(name string) *domain.Person {
	return &domain.Person{ID: newID(), Version: 1, CreatedAt: noon, UpdatedAt: noon, Profile: domain.Profile{FirstName: name}}
}

// user makes somebody with active access, named and addressed after the username.
func user(username string) *domain.Person {
	p := person(username)
	p.Username = username
	p.Emails = []domain.EmailAddress{{ID: newID(), Address: username + "@example.com", Type: "Work", IsPrimary: true}}
	p.Access = &domain.UserAccess{Username: username, IsActive: true, ActivatedAt: noon, CreatedAt: noon}
	return p
}

// insert stores people with what they carry of Access and Link.
func insert(tx domain.Tx, people ...*domain.Person) error {
	for _, p := range people {
		if err := tx.InsertPerson(p); err != nil {
			return err
		}
		if p.Access != nil {
			if err := tx.InsertAccess(p, &domain.IdentityAccount{UserUnique: newID()}); err != nil {
				return err
			}
		}
		if p.Link != nil {
			if err := tx.SaveLink(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) insert(t testing.TB, people ...*domain.Person) {
	t.Helper()
	w.write(t, func(tx domain.Tx) error { return insert(tx, people...) })
}

// find loads a person with every extra.
func (w *world) find(t testing.TB, id uuid.UUID) *domain.Person {
	t.Helper()
	var found *domain.Person
	w.read(t, func(tx domain.Tx) (err error) {
		found, err = tx.FindPerson(id, domain.WithGroups|domain.WithManagedBy|domain.WithManagerName)
		return err
	})
	return found
}

// list gives the people of a query.
func (w *world) list(t testing.TB, q domain.Query) domain.Page[*domain.Person] {
	t.Helper()
	var page domain.Page[*domain.Person]
	w.read(t, func(tx domain.Tx) (err error) {
		page, err = tx.ListPeople(q)
		return err
	})
	return page
}

func ids(people []*domain.Person) []uuid.UUID {
	list := make([]uuid.UUID, len(people))
	for i, p := range people {
		list[i] = p.ID
	}
	return list
}

// refused demands an error of the code about the attribute.
func refused(t testing.TB, err error, code domain.Code, attribute string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, domain.CodeOf(err), "%v", err)
	own := new(domain.Error)
	require.ErrorAs(t, err, &own)
	require.Equal(t, attribute, own.Attribute)
}

// RunTests holds a store to the ports of domain, method by method.
func RunTests(t *testing.T, open Open) {
	run(t, open, slices.Concat(personPromises, accessPromises, tokenPromises, accountPromises, listPromises, pagingPromises, tallyPromises, groupPromises, rolePromises, providerPromises, ssoPromises, assignmentPromises, ledgerPromises, provisioningPromises, headPromises, auditPromises,
		registryPromises, retentionPromises, uniquePromises, conditionPromises, searchPromises, signingPromises))
}
