package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/report"
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

// stage is a store with two tenants and reports on it.
type stage struct {
	*storetest.Fixture
	passed  atomic.Int64 // since noon
	reports *report.Reports
	engine  *domain.Engine
	mine    domain.Caller
	other   domain.Caller
}

var noon = time.Date(2026, 6, 8, 12, 0, 0, 0, time.UTC)

func newStage(t testing.TB, open storetest.Open) *stage {
	t.Helper()
	s := &stage{}
	s.Fixture = open(t, s.clock)
	s.engine, s.reports = s.on(s.DB)
	s.mine = domain.Caller{Tenant: s.NewTenant(t, "acme").Tenant, TenantSlug: "acme", Door: domain.DoorRest, Mode: domain.ReadWrite,
		Permissions: domain.AllPermissions(), Actor: domain.Actor{Kind: domain.ActorCredential, ID: uuid.New(), Name: "integrator"}}
	s.other = s.mine
	s.other.Tenant, s.other.TenantSlug = s.NewTenant(t, "beta").Tenant, "beta"
	return s
}

func (s *stage) clock() time.Time { return noon.Add(time.Duration(s.passed.Load())) }

func (s *stage) pass(d time.Duration) { s.passed.Add(int64(d)) }

// on is the use cases on another store.
func (s *stage) on(store domain.Store) (*domain.Engine, *report.Reports) {
	engine := domain.New(domain.Config{Store: store, Registry: s.DB, Clock: s.clock})
	return engine, report.New(engine.Base())
}

// person has access, and is like no other.
func person(name string) *domain.Person {
	return &domain.Person{ID: uuid.Must(uuid.NewV7()), Version: 1, CreatedAt: noon, UpdatedAt: noon, Username: name,
		Profile: domain.Profile{FirstName: "First of " + name, LastName: "Last of " + name,
			Emails: []domain.EmailAddress{{ID: uuid.New(), Address: name + "@example.org", Type: "Work", IsPrimary: true}}},
		Access: &domain.UserAccess{Username: name, IsActive: true, CreatedAt: noon, ActivatedAt: noon}}
}

// add stores people as they are.
func (s *stage) add(t testing.TB, caller domain.Caller, people ...*domain.Person) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), caller.Scope(), func(tx domain.Tx) error {
		for _, p := range people {
			if err := tx.InsertPerson(p); err != nil {
				return err
			}
			if p.Access == nil {
				continue
			}
			if err := tx.InsertAccess(p, &domain.IdentityAccount{UserUnique: uuid.New()}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// crowd adds so many people with long names, so that few make a part of a file.
func (s *stage) crowd(t testing.TB, caller domain.Caller, name string, count int) []*domain.Person {
	t.Helper()
	list := make([]*domain.Person, count)
	for i := range list {
		list[i] = person(fmt.Sprint(name, i))
		list[i].FirstName = strings.Repeat(name, 250/len(name))
		list[i].LastName = strings.Repeat(name, 250/len(name))
	}
	s.add(t, caller, list...)
	return list
}

func request(kind domain.ReportType, format domain.ReportFormat) report.Request {
	return report.Request{Name: "of the week", Start: noon.AddDate(0, 0, -7), End: noon, Type: kind, Format: format}
}

func (s *stage) schedule(t testing.TB, caller domain.Caller, in report.Request) uuid.UUID {
	t.Helper()
	r, err := s.reports.Schedule(t.Context(), caller, in)
	require.NoError(t, err)
	require.Equal(t, domain.ReportScheduled, r.Status)
	return r.ID
}

func (s *stage) find(t testing.TB, caller domain.Caller, job uuid.UUID) *domain.Report {
	t.Helper()
	r, err := s.reports.Find(t.Context(), caller, job)
	require.NoError(t, err)
	return r
}

func (s *stage) file(t testing.TB, caller domain.Caller, job uuid.UUID) string {
	t.Helper()
	file, err := s.reports.Download(t.Context(), caller, job)
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, file.WriteTo(t.Context(), &text))
	require.EqualValues(t, file.Report.Size, text.Len())
	return text.String()
}

// made schedules a report, has it made and reads it, whatever its format, as a list of the columns of each row.
func (s *stage) made(t testing.TB, caller domain.Caller, in report.Request) []map[string]any {
	t.Helper()
	job := s.schedule(t, caller, in)
	require.NoError(t, s.reports.Work(t.Context()))
	return read(t, in.Format, s.file(t, caller, job))
}

func read(t testing.TB, format domain.ReportFormat, text string) (rows []map[string]any) {
	t.Helper()
	if format == domain.ReportJSON {
		require.NoError(t, json.Unmarshal([]byte(text), &rows))
		return rows
	}
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	for _, line := range lines[1:] {
		row := map[string]any{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}
