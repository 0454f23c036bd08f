package scim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// seedBatch is how many people go into one transaction: few commits, and a queue that others still get through.
const seedBatch = 2000

// seed puts people with access into acme past the use cases, for tests and benchmarks that need many. Their names
// are seed0, seed1 and so on.
func seed(t testing.TB, b *bridge, count int) []uuid.UUID {
	t.Helper()
	scope := domain.Scope{Tenant: b.acme.credential.Tenant, Connection: b.acme.credential.Connection}
	ids := make([]uuid.UUID, 0, count)
	for len(ids) < count {
		start := len(ids)
		err := b.DB.Write(t.Context(), scope, func(tx domain.Tx) error {
			ids = ids[:start]
			for i := start; i < min(count, start+seedBatch); i++ {
				p := seeded(i, scope.Connection)
				identity := &domain.IdentityAccount{UserUnique: uuid.New(), EmailCopy: p.PrimaryEmail()}
				for _, store := range []func() error{
					func() error { return tx.InsertPerson(p) },
					func() error { return tx.InsertAccess(p, identity) },
					func() error { return tx.SaveLink(p) },
				} {
					if err := store(); err != nil {
						return err
					}
				}
				ids = append(ids, p.ID)
			}
			return nil
		})
		require.NoError(t, err)
	}
	return ids
}

func seeded(i int, connection uuid.UUID) *domain.Person {
	name := fmt.Sprintf("seed%d", i)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Millisecond)
	return &domain.Person{
		ID: uuid.Must(uuid.NewV7()), Version: 1, CreatedAt: at, UpdatedAt: at,
		Profile: domain.Profile{FirstName: "Seed", LastName: name, DisplayName: "Seed " + name,
			Emails:   []domain.EmailAddress{{ID: uuid.New(), Address: name + "@example.org", Type: "work", IsPrimary: true}},
			Employee: domain.Employee{Number: name, Department: "Sales"}},
		Access: &domain.UserAccess{Username: name + "@example.org", IsActive: true, ActivatedAt: at, CreatedAt: at},
		Link:   &domain.Link{Connection: connection, ExternalKey: "key-" + name},
	}
}

// seedGroup makes a group of the people, in batches.
func seedGroup(t testing.TB, b *bridge, name string, people []uuid.UUID) uuid.UUID {
	t.Helper()
	scope := domain.Scope{Tenant: b.acme.credential.Tenant, Connection: b.acme.credential.Connection}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	group := &domain.Group{ID: uuid.Must(uuid.NewV7()), Name: name, ManagedBy: scope.Connection, Version: 1, CreatedAt: at, UpdatedAt: at}
	require.NoError(t, b.DB.Write(t.Context(), scope, func(tx domain.Tx) error { return tx.InsertGroup(group) }))
	for batch := range slices.Chunk(people, seedBatch) {
		require.NoError(t, b.DB.Write(t.Context(), scope, func(tx domain.Tx) error {
			_, err := tx.AddMembers(group.ID, batch, domain.MemberByScim, at)
			return err
		}))
	}
	return group.ID
}
