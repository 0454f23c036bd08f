package sqlite_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// subject is a store for benchmarks with a tenant, a connection and many people.
type subject struct {
	*storetest.Fixture
	scope  domain.Scope
	people []uuid.UUID
	serial atomic.Int64
}

func newSubject(b *testing.B, people int) *subject {
	b.Helper()
	s := &subject{Fixture: storetest.SQLite(b)}
	s.scope = s.NewTenant(b, "acme")
	for len(s.people) < people {
		require.NoError(b, s.Write(context.Background(), s.scope, func(tx domain.Tx) error {
			for range min(1000, people) {
				p := s.someone()
				if err := store(tx, p); err != nil {
					return err
				}
				s.people = append(s.people, p.ID)
			}
			return nil
		}))
	}
	b.ReportAllocs()
	b.ResetTimer()
	return s
}

// someone is a user as a connector makes them.
func (s *subject) someone() *domain.Person {
	n, now := s.serial.Add(1), time.Now()
	name := fmt.Sprintf("user%d@example.com", n)
	return &domain.Person{
		ID: uuid.Must(uuid.NewV7()), Version: 1, CreatedAt: now, UpdatedAt: now, Username: name,
		Profile: domain.Profile{FirstName: "Ann", LastName: fmt.Sprint("Example ", n), DisplayName: fmt.Sprint("Ann Example ", n), Locale: "en-US",
			Emails:   []domain.EmailAddress{{ID: uuid.New(), Address: name, Type: "Work", IsPrimary: true}},
			Phones:   []domain.PhoneNumber{{ID: uuid.New(), Number: "+1 555 0100", Type: "Work", IsPrimary: true}},
			Employee: domain.Employee{Number: fmt.Sprint(n), Title: "Engineer", Department: "R&D"}},
		Access: &domain.UserAccess{Username: name, IsActive: true, CreatedAt: now, InvitationWanted: true, InvitedAt: now, InvitationExpires: now.Add(time.Hour), InvitationCount: 1},
		Link:   &domain.Link{Connection: s.scope.Connection, ExternalKey: fmt.Sprint("00u", n)},
	}
}

// store writes what a create writes: the person, its access and link, and what is owed for them.
func store(tx domain.Tx, p *domain.Person) error {
	now := p.CreatedAt
	for _, act := range []func() error{
		func() error { return tx.InsertPerson(p) },
		func() error { return tx.InsertAccess(p, &domain.IdentityAccount{UserUnique: uuid.New()}) },
		func() error { return tx.SaveLink(p) },
		func() error {
			return tx.InsertInvitation(&domain.Invitation{ID: uuid.New(), Person: p.ID, TokenHash: p.ID[:], Status: domain.InvitationPending, SentAt: now})
		},
		func() error {
			return tx.Record(&domain.AuditEntry{ID: uuid.New(), At: now, Action: domain.EventPersonCreated, Person: p.ID})
		},
		func() error {
			return tx.Append([]domain.Event{{ID: uuid.New(), Type: domain.EventPersonCreated, Person: p.ID, At: now}, {ID: uuid.New(), Type: domain.EventAccessProvisioned, Person: p.ID, At: now}})
		},
		func() error {
			return tx.Enqueue(&domain.OutboxMessage{ID: uuid.New(), Person: p.ID, DedupKey: p.ID.String(), NextAt: now, Mail: domain.Mail{To: p.PrimaryEmail(), SealedToken: make([]byte, 60)}})
		},
	} {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}

// many runs fn from 32 goroutines or from one.
func many(b *testing.B, parallel bool, fn func(n int) error) {
	if !parallel {
		for n := range b.N {
			require.NoError(b, fn(n))
		}
		return
	}
	var serial atomic.Int64
	b.SetParallelism(16) // times the processors
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := fn(int(serial.Add(1))); err != nil {
				b.Error(err)
			}
		}
	})
}

func both(b *testing.B, run func(b *testing.B, parallel bool)) {
	b.Run("single", func(b *testing.B) { run(b, false) })
	b.Run("parallel", func(b *testing.B) { run(b, true) })
}

func BenchmarkCreate(b *testing.B) {
	both(b, func(b *testing.B, parallel bool) {
		s := newSubject(b, 1000)
		many(b, parallel, func(int) error {
			return s.Write(context.Background(), s.scope, func(tx domain.Tx) error { return store(tx, s.someone()) })
		})
	})
}

// BenchmarkChange is what switching somebody off writes.
func BenchmarkChange(b *testing.B) {
	both(b, func(b *testing.B, parallel bool) {
		s := newSubject(b, 1000)
		many(b, parallel, func(n int) error {
			return s.Write(context.Background(), s.scope, func(tx domain.Tx) error {
				p, err := tx.FindPerson(s.people[n%len(s.people)], 0)
				if err != nil {
					return err
				}
				p.Access.IsActive = !p.Access.IsActive
				p.Version++
				if err := tx.UpdateAccess(p); err != nil {
					return err
				}
				if err := tx.TouchPerson(p); err != nil {
					return err
				}
				if err := tx.Record(&domain.AuditEntry{ID: uuid.New(), At: p.UpdatedAt, Action: domain.EventUserDeactivated, Person: p.ID}); err != nil {
					return err
				}
				return tx.Append([]domain.Event{{ID: uuid.New(), Type: domain.EventUserDeactivated, Person: p.ID, At: p.UpdatedAt}})
			})
		})
	})
}

func BenchmarkFind(b *testing.B) {
	both(b, func(b *testing.B, parallel bool) {
		s := newSubject(b, 20000)
		many(b, parallel, func(n int) error {
			return s.Read(context.Background(), s.scope, func(tx domain.Tx) error {
				_, err := tx.FindPerson(s.people[n%len(s.people)], domain.WithGroups)
				return err
			})
		})
	})
}

func BenchmarkFindByUsername(b *testing.B) {
	s := newSubject(b, 20000)
	many(b, false, func(n int) error {
		return s.Read(context.Background(), s.scope, func(tx domain.Tx) error {
			page, err := tx.ListPeople(domain.Query{Who: domain.Linked, Count: 100, Total: true, With: domain.WithGroups, Where: domain.Compare{
				Attribute: domain.AttrUsername, Value: domain.TextValue(fmt.Sprintf("USER%d@example.com", 1+n%len(s.people)))}})
			if err == nil && len(page.Items) != 1 {
				return fmt.Errorf("%d people found", len(page.Items))
			}
			return err
		})
	})
}

func BenchmarkPage(b *testing.B) {
	s := newSubject(b, 20000)
	for _, offset := range []int{0, 18000} {
		b.Run(fmt.Sprint(offset), func(b *testing.B) {
			many(b, false, func(int) error {
				return s.Read(context.Background(), s.scope, func(tx domain.Tx) error {
					_, err := tx.ListPeople(domain.Query{Who: domain.Linked, Count: 100, Offset: offset, With: domain.WithGroups})
					return err
				})
			})
		})
	}
}

func BenchmarkCount(b *testing.B) {
	s := newSubject(b, 20000)
	many(b, false, func(int) error {
		return s.Read(context.Background(), s.scope, func(tx domain.Tx) error {
			_, err := tx.ListPeople(domain.Query{Who: domain.Linked, Total: true})
			return err
		})
	})
}

func BenchmarkAddMember(b *testing.B) {
	both(b, func(b *testing.B, parallel bool) {
		s := newSubject(b, 5000)
		g := &domain.Group{ID: uuid.New(), Name: "g"}
		require.NoError(b, s.Write(context.Background(), s.scope, func(tx domain.Tx) error { return tx.InsertGroup(g) }))
		many(b, parallel, func(n int) error {
			return s.Write(context.Background(), s.scope, func(tx domain.Tx) error {
				if err := tx.BumpGroup(&domain.Group{ID: g.ID}, time.Now()); err != nil {
					return err
				}
				person := s.people[n%len(s.people):][:1]
				if n/len(s.people)%2 == 1 {
					_, err := tx.RemoveMembers(g.ID, person)
					return err
				}
				_, err := tx.AddMembers(g.ID, person, domain.MemberByScim, time.Now())
				return err
			})
		})
	})
}

// BenchmarkForecast asks for parts of a forecast about 100,000 people before anybody has an external login, which is when
// it is asked.
func BenchmarkForecast(b *testing.B) {
	s := newSubject(b, 100_000)
	for name, p := range map[string]*domain.IdentityProvider{"whole ladder": {ID: uuid.New()}, "one rung": {ID: uuid.New(), MatchOrder: domain.Rungs()[2:3]}} {
		b.Run(name, func(b *testing.B) {
			var after uuid.UUID
			for b.Loop() {
				require.NoError(b, s.Read(context.Background(), s.scope, func(tx domain.Tx) error {
					part, err := tx.Forecast(p, domain.ForecastQuery{After: after, Count: 50})
					after = part.Next
					return err
				}))
			}
		})
	}
}
