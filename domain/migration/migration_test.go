package migration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/credential"
	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/migration"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// stage is a store with a tenant that is open for migrations, and a caller who may do everything in it.
type stage struct {
	*storetest.Fixture
	engine     *domain.Engine
	migrations *migration.Migrations
	caller     domain.Caller
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newStage(t testing.TB, fixture *storetest.Fixture) *stage {
	t.Helper()
	sealer, err := credential.NewSealer(credential.NewKey())
	require.NoError(t, err)
	s := &stage{Fixture: fixture}
	s.engine = domain.New(domain.Config{Store: s.DB, Registry: s.DB, Secrets: credential.NewSecrets(sealer), Passwords: credential.NewPasswords(domain.NewProcessors(1)),
		Clock: func() time.Time { return noon }})
	s.migrations = migration.New(s.engine.Base())
	s.caller = domain.Caller{Tenant: s.NewTenant(t, "acme").Tenant, TenantSlug: "acme", Door: domain.DoorRest, Mode: domain.ReadWrite,
		Permissions: domain.AllPermissions(), Actor: domain.Actor{Kind: domain.ActorCredential, ID: uuid.New(), Name: "integrator"}}
	s.opened(t, noon.Add(time.Hour))
	return s
}

func (s *stage) opened(t testing.TB, until time.Time) {
	t.Helper()
	operator, err := s.engine.Administration.Operator(t.Context(), "acme")
	require.NoError(t, err)
	_, err = s.engine.Administration.UpdateTenant(t.Context(), operator, domain.TenantChange{MigrationUntil: &until})
	require.NoError(t, err)
}

func onBoth(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStage(t, open(t)))
		})
	}
}

func record(n int) migration.Record {
	return migration.Record{LegacyID: fmt.Sprint("old-", n), Username: fmt.Sprint("user", n), IsActive: true, EmailVerified: true,
		Profile: domain.Profile{FirstName: "Ana", LastName: "Silva", Emails: []domain.EmailAddress{{Address: fmt.Sprintf("user%d@example.org", n), IsPrimary: true}}}}
}

func records(count int) []migration.Record {
	list := make([]migration.Record, count)
	for i := range list {
		list[i] = record(i)
	}
	return list
}

// done starts a migration, works on it and gives what became of it.
func (s *stage) done(t testing.TB, in migration.Request) *migration.Progress {
	t.Helper()
	job, err := s.migrations.Start(t.Context(), s.caller, in)
	require.NoError(t, err)
	require.NoError(t, s.migrations.Work(t.Context()))
	progress, err := s.migrations.Find(t.Context(), s.caller, job.ID, 0, 100)
	require.NoError(t, err)
	require.Equal(t, domain.ImportCompleted, progress.Job.Status)
	return progress
}

// TestRecordsHaveOneOutcome: who is new is created, who came before is skipped, and who is known otherwise is skipped or
// fails, as the request says. What came with a record is forgotten with its outcome.
func TestRecordsHaveOneOutcome(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		first := s.done(t, migration.Request{Records: records(3)})
		assert.Equal(t, 3, first.Counts[domain.ImportCreated])
		assert.Equal(t, 3, s.done(t, migration.Request{Records: records(3)}).Counts[domain.ImportSkipped], "the same request again")
		known := record(1)
		known.LegacyID = "another"
		assert.Equal(t, 1, s.done(t, migration.Request{Records: []migration.Record{known}}).Counts[domain.ImportSkipped])
		failed := s.done(t, migration.Request{FailExisting: true, Records: []migration.Record{known, record(7)}})
		assert.Equal(t, map[domain.ImportOutcome]int{domain.ImportFailed: 1, domain.ImportCreated: 1}, failed.Counts)
		assert.Contains(t, []domain.Code{domain.CodeUsernameTaken, domain.CodeEmailInUse}, failed.Records[0].Problem.Code)
		assert.Equal(t, 4, s.Number(t, "SELECT COUNT(*) FROM person"))
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM import_record WHERE sealed IS NOT NULL"))
	})
}

// TestNothingOfABadRequestIsStored: outside of the window, without the permission, and with any bad record.
func TestNothingOfABadRequestIsStored(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		bad := func(spoil func(r *migration.Record)) migration.Request {
			in := migration.Request{Records: records(2)}
			spoil(&in.Records[1])
			return in
		}
		for name, in := range map[string]migration.Request{
			"none":        {},
			"too many":    {Records: records(migration.MaxRecords + 1)},
			"twice":       bad(func(r *migration.Record) { r.LegacyID = "old-0" }),
			"without key": bad(func(r *migration.Record) { r.LegacyID = " " }),
			"future":      bad(func(r *migration.Record) { r.CreatedAt = noon.Add(time.Hour) }),
			"bad hash":    bad(func(r *migration.Record) { r.PasswordHash = "what is this?" }),
		} {
			_, err := s.migrations.Start(t.Context(), s.caller, in)
			assert.Equal(t, domain.CodeValidation, domain.CodeOf(err), name)
		}
		lacking := s.caller
		lacking.Permissions = domain.NewPermissions(domain.PersonsWrite)
		_, err := s.migrations.Start(t.Context(), lacking, migration.Request{Records: records(1)})
		assert.Equal(t, domain.CodePermissionDenied, domain.CodeOf(err))
		s.opened(t, noon)
		_, err = s.migrations.Start(t.Context(), s.caller, migration.Request{Records: records(1)})
		assert.Equal(t, domain.CodeMigrationClosed, domain.CodeOf(err))
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM import_job"))
	})
}

// BenchmarkMigration brings a thousand people without hashes, which take their time on purpose.
func BenchmarkMigration(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := newStage(b, storetest.SQLite(b))
		b.StartTimer()
		if counts := s.done(b, migration.Request{Records: records(migration.MaxRecords)}).Counts; counts[domain.ImportCreated] != migration.MaxRecords {
			b.Fatal(counts)
		}
	}
}
