package report_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/report"
	"github.com/scimbridge/scimbridge/store/storetest"
)

func TestRange(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return parsed
	}
	for _, row := range []struct {
		start, end string
		code       domain.Code
	}{
		{"2026-06-01T00:00:00Z", "2026-06-08T23:59:59Z", ""}, // the days are compared, not the hours
		{"2024-06-01T01:54:45Z", "2024-06-08T02:54:45Z", ""},
		{"2026-06-01T23:59:59Z", "2026-06-09T00:00:00Z", domain.CodeReportRange},
		{"2026-06-01T00:30:00+01:00", "2026-06-08T00:00:00Z", domain.CodeReportRange}, // it begins on 31 May (UTC)
		{"2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z", ""},
		{"2026-06-01T00:00:01Z", "2026-06-01T00:00:00Z", domain.CodeReportRange},
		{"2026-06-08T00:00:00Z", "2026-06-09T12:00:00Z", ""}, // a day from now
		{"2026-06-08T00:00:00Z", "2026-06-09T12:00:01Z", domain.CodeReportRange},
	} {
		in := request(domain.ReportExport, domain.ReportCSV)
		in.Start, in.End = at(row.start), at(row.end)
		_, err := s.reports.Schedule(t.Context(), s.mine, in)
		assert.Equal(t, row.code, domain.CodeOf(err), "%s to %s: %v", row.start, row.end, err)
	}
}

func TestScheduleRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	for attribute, change := range map[string]func(in *report.Request){
		"Name":         func(in *report.Request) { in.Name = " " },
		"StartDate":    func(in *report.Request) { in.Start = time.Time{} },
		"EndDate":      func(in *report.Request) { in.End = time.Time{} },
		"ReportType":   func(in *report.Request) { in.Type = "everything" },
		"ReportFormat": func(in *report.Request) { in.Format = "xlsx" },
	} {
		in := request(domain.ReportExport, domain.ReportCSV)
		change(&in)
		_, err := s.reports.Schedule(t.Context(), s.mine, in)
		refused, _ := errors.AsType[*domain.Error](err)
		require.NotNil(t, refused, attribute)
		assert.Equal(t, domain.CodeValidation, refused.Code)
		assert.Equal(t, attribute, refused.Attribute)
	}
	in := request(domain.ReportExport, domain.ReportCSV)
	in.Name = strings.Repeat("ä", 101)
	_, err := s.reports.Schedule(t.Context(), s.mine, in)
	assert.Equal(t, domain.CodeValidation, domain.CodeOf(err))
	assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM report"))
}

// TestTypes: who is in which report, by which time, and with which values.
func TestTypes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		s.SQL(t, "UPDATE tenant SET sso_enabled = TRUE WHERE tenant_id = ?", s.mine.Tenant)
		early, late := noon.AddDate(0, 0, -8), noon.Add(time.Microsecond)
		provider := uuid.New()
		s.AddProvider(t, s.mine.Tenant, provider, true)
		first, last, bound, none, gone, before, after := person("first"), person("last"), person("bound"), person("none"), person("gone"), person("before"), person("after")
		first.CreatedAt, first.LegacyID, first.Access.MfaRequired, first.Access.LastLoginAt = noon.AddDate(0, 0, -7), "old-1", true, noon
		last.Access.ActivatedAt, last.UpdatedAt = time.Time{}, late
		bound.Access.IsActive, bound.Access.IdentityProviderID = false, provider
		none.Access, gone.Access = nil, nil
		gone.Profile, gone.Username, gone.AnonymizedAt = domain.Profile{}, "", noon
		before.CreatedAt, before.UpdatedAt, before.Access.LastLoginAt = early, early, early
		after.CreatedAt, after.UpdatedAt, after.Access.LastLoginAt = late, late, late
		s.add(t, s.mine, first, last, bound, none, gone, before, after)
		s.add(t, s.other, person("foreign"))
		of := func(kind domain.ReportType) (list []any) {
			for _, row := range s.made(t, s.mine, request(kind, domain.ReportCSV)) {
				list = append(list, row["CLIENT_ID"])
			}
			return list
		}
		assert.Equal(t, []any{first.ID.String(), last.ID.String(), bound.ID.String(), gone.ID.String()}, of(domain.ReportSignUps))
		assert.Equal(t, []any{first.ID.String()}, of(domain.ReportLastLogin))
		assert.Equal(t, []any{first.ID.String(), bound.ID.String(), gone.ID.String()}, of(domain.ReportLastModified))
		rows := s.made(t, s.mine, request(domain.ReportExport, domain.ReportJSON))
		require.Len(t, rows, 3)
		assert.Equal(t, map[string]any{"CLIENT_ID": first.ID.String(), "USERNAME": "first", "EMAIL": "first@example.org", "FIRST_NAME": "First of first",
			"LAST_NAME": "Last of first", "STATUS_ID": 2.0, "TYPE_ID": 3.0, "MFA_REQUIRED": true, "CREATED_ON": "2026-06-01T12:00:00Z",
			"MODIFIED_ON": "2026-06-08T12:00:00Z", "LAST_SUCCESS": "2026-06-08T12:00:00Z"}, rows[0])
		assert.Equal(t, []any{3.0, 2.0}, []any{rows[1]["STATUS_ID"], rows[1]["TYPE_ID"]}, "bound to a provider")
		assert.Equal(t, map[string]any{"CLIENT_ID": gone.ID.String(), "USERNAME": nil, "EMAIL": nil, "FIRST_NAME": nil, "LAST_NAME": nil, "STATUS_ID": 4.0,
			"TYPE_ID": nil, "MFA_REQUIRED": false, "CREATED_ON": "2026-06-08T12:00:00Z", "MODIFIED_ON": "2026-06-08T12:00:00Z", "LAST_SUCCESS": nil}, rows[2])
		signUps := s.made(t, s.mine, request(domain.ReportSignUps, domain.ReportJSON))
		assert.Equal(t, map[string]any{"CREATED_ON": "2026-06-01T12:00:00Z", "CLIENT_ID": first.ID.String(), "LEGACY_ID": "old-1",
			"LAST_SUCCESS": "2026-06-08T12:00:00Z", "MODIFIED_ON": "2026-06-08T12:00:00Z"}, signUps[0])
		s.SQL(t, "UPDATE tenant SET sso_enabled = FALSE WHERE tenant_id = ?", s.mine.Tenant)
		activity := s.made(t, s.mine, request(domain.ReportLastModified, domain.ReportCSV))
		assert.Equal(t, map[string]any{"CLIENT_ID": first.ID.String(), "CREATED_ON": "2026-06-01T12:00:00Z", "MODIFIED_ON": "2026-06-08T12:00:00Z",
			"EMAIL": "first@example.org", "STATUS_ID": "2", "LAST_SUCCESS": "2026-06-08T12:00:00Z", "TYPE_ID": "1"}, activity[0])
		assert.Equal(t, "", activity[1]["TYPE_ID"], "there is no way in")
	})
}

// TestColumnsStandInTheirOrder as integrators read them by position.
func TestColumnsStandInTheirOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	for kind, want := range map[domain.ReportType]string{
		domain.ReportSignUps:      "CREATED_ON,CLIENT_ID,LEGACY_ID,LAST_SUCCESS,MODIFIED_ON\n",
		domain.ReportLastLogin:    "CLIENT_ID,CREATED_ON,MODIFIED_ON,EMAIL,STATUS_ID,LAST_SUCCESS,TYPE_ID\n",
		domain.ReportLastModified: "CLIENT_ID,CREATED_ON,MODIFIED_ON,EMAIL,STATUS_ID,LAST_SUCCESS,TYPE_ID\n",
		domain.ReportExport:       "CLIENT_ID,USERNAME,EMAIL,FIRST_NAME,LAST_NAME,STATUS_ID,TYPE_ID,MFA_REQUIRED,CREATED_ON,MODIFIED_ON,LAST_SUCCESS\n",
	} {
		empty, none := s.schedule(t, s.mine, request(kind, domain.ReportCSV)), s.schedule(t, s.mine, request(kind, domain.ReportJSON))
		require.NoError(t, s.reports.Work(t.Context()))
		assert.Equal(t, want, s.file(t, s.mine, empty))
		assert.JSONEq(t, "[]", s.file(t, s.mine, none))
	}
}

// TestTwoTenantsNeverMix (E6) makes reports of two tenants at once on two servers.
func TestTwoTenantsNeverMix(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		s.crowd(t, s.mine, "mine", 600)
		s.crowd(t, s.other, "other", 600)
		in := request(domain.ReportExport, domain.ReportCSV)
		mine, other := s.schedule(t, s.mine, in), s.schedule(t, s.other, in)
		second := s.Another(t)
		_, beside := s.on(second)
		var servers sync.WaitGroup
		for _, r := range []*report.Reports{s.reports, beside} {
			servers.Go(func() { assert.NoError(t, r.Work(t.Context())) })
		}
		servers.Wait()
		file, theirs := s.file(t, s.mine, mine), s.file(t, s.other, other)
		assert.Len(t, read(t, in.Format, file), 600)
		assert.NotContains(t, file, "other")
		assert.NotContains(t, theirs, "mine")
		_, err := s.reports.Find(t.Context(), s.other, mine)
		assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
		_, err = s.reports.Download(t.Context(), s.other, mine)
		assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
		page, err := s.reports.List(t.Context(), s.other, domain.Query{Count: 10, Total: true})
		require.NoError(t, err)
		assert.Equal(t, 1, page.Total)
		assert.Equal(t, 2, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'REPORT_COMPLETED'"))
		assert.Equal(t, 2, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'REPORT_DOWNLOADED' AND actor_name = 'integrator'"))
	})
}

// TestAReportGoesOnAfterACrash fails at every write in turn, as if the server had stopped there. When the lease is over it
// is made anew, and in the end there is one whole file.
func TestAReportGoesOnAfterACrash(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		s.crowd(t, s.mine, "mine", 1100)
		in := request(domain.ReportExport, domain.ReportJSON)
		job := s.schedule(t, s.mine, in)
		for n := 1; n <= 6; n++ {
			_, broken := s.on(storetest.Failing(s.DB, n))
			require.Error(t, broken.Work(t.Context()), n)
			require.Equal(t, domain.ReportRunning, s.find(t, s.mine, job).Status, n)
			_, err := s.reports.Download(t.Context(), s.mine, job)
			refused, _ := errors.AsType[*domain.Error](err)
			require.NotNil(t, refused)
			assert.Equal(t, domain.CodeReportNotReady, refused.Code)
			assert.Equal(t, 5*time.Second, refused.RetryAfter)
			require.NoError(t, s.reports.Work(t.Context()), "nobody else takes it before the lease is over")
			require.Equal(t, domain.ReportRunning, s.find(t, s.mine, job).Status, n)
			s.SQL(t, "UPDATE report SET attempts = 1") // or it would be given up one day
			s.pass(2*time.Minute + time.Second)
		}
		require.NoError(t, s.reports.Work(t.Context()))
		done := s.find(t, s.mine, job)
		assert.Equal(t, []any{domain.ReportCompleted, 1100, 1100}, []any{done.Status, done.Rows, done.Seen})
		assert.Greater(t, done.Chunks, 2)
		assert.Len(t, read(t, in.Format, s.file(t, s.mine, job)), 1100)
		assert.Equal(t, done.Chunks, s.Number(t, "SELECT COUNT(*) FROM report_chunk"), "nothing is left of what was begun")
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'REPORT_COMPLETED'"))
	})
}

// slow is a store that does something between two writes of whoever makes a report.
type slow struct {
	domain.Store
	writes int
	at     int
	do     func()
}

func (s *slow) Write(ctx context.Context, scope domain.Scope, fn func(tx domain.Tx) error) error {
	if s.writes++; s.writes == s.at {
		s.do()
	}
	return s.Store.Write(ctx, scope, fn)
}

// TestWhoLostTheLeaseWritesNothing lets a server sleep in the middle, past its lease, and wake after another has made the
// report.
func TestWhoLostTheLeaseWritesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		s.crowd(t, s.mine, "mine", 600)
		in := request(domain.ReportExport, domain.ReportCSV)
		job := s.schedule(t, s.mine, in)
		var file string
		_, sleeper := s.on(&slow{Store: s.DB, at: 2, do: func() {
			s.pass(3 * time.Minute)
			require.NoError(t, s.reports.Work(t.Context()))
			file = s.file(t, s.mine, job)
		}})
		require.NoError(t, sleeper.Work(t.Context()))
		require.NotEmpty(t, file)
		assert.Equal(t, file, s.file(t, s.mine, job))
		assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'REPORT_COMPLETED'"))
		assert.Equal(t, s.find(t, s.mine, job).Chunks, s.Number(t, "SELECT COUNT(*) FROM report_chunk"))
	})
}

func TestAReportThatFailsAgainAndAgainIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	s.crowd(t, s.mine, "mine", 600)
	job := s.schedule(t, s.mine, request(domain.ReportExport, domain.ReportCSV))
	for range 5 {
		_, broken := s.on(storetest.Failing(s.DB, 4))
		require.Error(t, broken.Work(t.Context()))
		s.pass(3 * time.Minute)
	}
	require.NoError(t, s.reports.Work(t.Context()))
	assert.Equal(t, domain.ReportFailed, s.find(t, s.mine, job).Status)
	_, err := s.reports.Download(t.Context(), s.mine, job)
	refused, _ := errors.AsType[*domain.Error](err)
	require.NotNil(t, refused)
	assert.Equal(t, domain.CodeReportNotReady, refused.Code)
	assert.Zero(t, refused.RetryAfter, "waiting is no use")
	assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM report_chunk"))
	assert.Equal(t, 1, s.Number(t, "SELECT COUNT(*) FROM audit_event WHERE action = 'REPORT_FAILED'"))
}

// TestSnapshot: who comes or leaves while a report is made changes nothing in it.
func TestSnapshot(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		crowd := s.crowd(t, s.mine, "mine", 600)
		job := s.schedule(t, s.mine, request(domain.ReportExport, domain.ReportCSV))
		_, busy := s.on(&slow{Store: s.DB, at: 2, do: func() {
			s.add(t, s.mine, person("newcomer"))
			s.SQL(t, "UPDATE person SET deleted_at = 1 WHERE person_id = ?", crowd[599].ID)
		}})
		require.NoError(t, busy.Work(t.Context()))
		file := s.file(t, s.mine, job)
		assert.NotContains(t, file, "newcomer")
		assert.Contains(t, file, crowd[599].ID.String())
	})
}

// TestAnonymisedPeopleLeaveReports (H8): what was made is made again without the person, what is being made begins anew.
func TestAnonymisedPeopleLeaveReports(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		crowd := s.crowd(t, s.mine, "mine", 600)
		victim, other := person("victim"), person("leaver")
		s.add(t, s.mine, victim, other)
		in := request(domain.ReportExport, domain.ReportCSV)
		without := request(domain.ReportLastLogin, domain.ReportCSV)
		job, untouched := s.schedule(t, s.mine, in), s.schedule(t, s.mine, without)
		require.NoError(t, s.reports.Work(t.Context()))
		require.Contains(t, s.file(t, s.mine, job), "victim")
		file, err := s.reports.Download(t.Context(), s.mine, job)
		require.NoError(t, err)
		anonymise := func(p *domain.Person) {
			_, err := s.engine.Provisioner.Anonymize(t.Context(), s.mine, domain.WhomToAnonymize{Person: p.ID})
			require.NoError(t, err)
		}
		anonymise(victim)
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM report_chunk WHERE content LIKE '%victim%'"), "at once")
		assert.Equal(t, domain.ReportScheduled, s.find(t, s.mine, job).Status)
		assert.Equal(t, domain.ReportCompleted, s.find(t, s.mine, untouched).Status, "nothing of the person is in it")
		assert.Error(t, file.WriteTo(t.Context(), new(bytes.Buffer)), "who is fetching it does not get the rest")

		_, busy := s.on(&slow{Store: s.DB, at: 3, do: func() { anonymise(other) }})
		require.NoError(t, busy.Work(t.Context()))
		again := s.file(t, s.mine, job)
		assert.NotContains(t, again, "victim")
		assert.NotContains(t, again, "leaver")
		assert.Len(t, read(t, in.Format, again), len(crowd)+2, "who was anonymised is counted")
		for _, text := range []string{"victim", "leaver"} {
			assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM report_chunk WHERE content LIKE '%"+text+"%'"), text)
		}
	})
}

// restless is a store in which somebody is anonymised in front of every write of whoever makes a report.
type restless struct {
	domain.Store
	anonymise func()
}

func (r restless) Write(ctx context.Context, scope domain.Scope, fn func(tx domain.Tx) error) error {
	r.anonymise()
	return r.Store.Write(ctx, scope, fn)
}

// TestAnonymisingWithoutEnd: a report is made at last, whoever is anonymised meanwhile, and shows nothing of them.
func TestAnonymisingWithoutEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		crowd := s.crowd(t, s.mine, "mine", 600)
		job := s.schedule(t, s.mine, request(domain.ReportExport, domain.ReportCSV))
		gone := 0
		_, busy := s.on(restless{s.DB, func() {
			_, err := s.engine.Provisioner.Anonymize(t.Context(), s.mine, domain.WhomToAnonymize{Person: crowd[gone].ID})
			require.NoError(t, err)
			gone++
		}})
		require.NoError(t, busy.Work(t.Context()))
		done := s.find(t, s.mine, job)
		assert.Equal(t, []any{domain.ReportCompleted, domain.ReportFreeRuns + 1}, []any{done.Status, done.Attempts})
		rows := read(t, domain.ReportCSV, s.file(t, s.mine, job))
		require.Len(t, rows, 600)
		shown := map[any]any{}
		for _, row := range rows {
			shown[row["CLIENT_ID"]] = row["USERNAME"]
		}
		for i, p := range crowd {
			assert.Equal(t, i < gone, shown[p.ID.String()] == "", i)
		}
	})
}

// TestTooManyWaiting: a tenant that schedules without end is told to wait, and keeps no other from it.
func TestTooManyWaiting(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		in := request(domain.ReportExport, domain.ReportCSV)
		for range report.MaxWaiting {
			s.schedule(t, s.mine, in)
		}
		_, err := s.reports.Schedule(t.Context(), s.mine, in)
		refused, _ := errors.AsType[*domain.Error](err)
		require.NotNil(t, refused)
		assert.Equal(t, []any{domain.CodeRateLimited, 5 * time.Second}, []any{refused.Code, refused.RetryAfter})
		assert.Equal(t, report.MaxWaiting, s.Number(t, "SELECT COUNT(*) FROM report"))
		s.schedule(t, s.other, in)
		require.NoError(t, s.reports.Work(t.Context()))
		s.schedule(t, s.mine, in)
	})
}

// TestTenantsTakeTurns: who scheduled many reports does not keep others waiting for all of them, and who is disabled waits.
func TestTenantsTakeTurns(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		in := request(domain.ReportExport, domain.ReportCSV)
		for range 3 {
			s.schedule(t, s.mine, in)
		}
		s.pass(time.Second)
		s.schedule(t, s.other, in)
		s.schedule(t, s.other, in)
		turns := func() (list []string) {
			names := map[uuid.UUID]string{s.mine.Tenant: "mine", s.other.Tenant: "other"}
			for {
				s.pass(time.Second)
				claimed, err := s.DB.ClaimReport(t.Context(), s.clock(), time.Hour)
				require.NoError(t, err)
				if claimed == nil {
					return list
				}
				list = append(list, names[claimed.Tenant])
			}
		}
		assert.Equal(t, []string{"mine", "other", "mine", "other", "mine"}, turns())
		s.pass(2 * time.Hour) // all of them were left behind
		s.SQL(t, "UPDATE tenant SET disabled = TRUE WHERE tenant_id = ?", s.mine.Tenant)
		assert.Equal(t, []string{"other", "other"}, turns())
	})
}

func TestReportsExpire(t *testing.T) {
	onBoth(t, func(t *testing.T, s *stage) {
		s.crowd(t, s.mine, "mine", 600)
		job := s.schedule(t, s.mine, request(domain.ReportExport, domain.ReportCSV))
		require.NoError(t, s.reports.Work(t.Context()))
		purge := func() {
			t.Helper()
			_, err := s.engine.Housekeeping.Purge(t.Context())
			require.NoError(t, err)
		}
		s.pass(7*24*time.Hour - time.Second)
		purge()
		assert.NotEmpty(t, s.file(t, s.mine, job))
		s.pass(time.Second)
		_, err := s.reports.Download(t.Context(), s.mine, job)
		assert.Equal(t, domain.CodeReportExpired, domain.CodeOf(err))
		s.pass(time.Second)
		purge()
		assert.Zero(t, s.Number(t, "SELECT COUNT(*) FROM report_chunk"))
		assert.Equal(t, domain.ReportExpired, s.find(t, s.mine, job).StatusAt(s.clock()))
		s.pass(83 * 24 * time.Hour)
		purge()
		_, err = s.reports.Find(t.Context(), s.mine, job)
		assert.Equal(t, domain.CodeNotFound, domain.CodeOf(err))
	})
}

// TestWorkStops: a server that is told to stop leaves the report to others.
func TestWorkStops(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite)
	s.crowd(t, s.mine, "mine", 600)
	job := s.schedule(t, s.mine, request(domain.ReportExport, domain.ReportCSV))
	ctx, stop := context.WithCancel(t.Context())
	_, stopping := s.on(&slow{Store: s.DB, at: 2, do: stop})
	require.Error(t, stopping.Work(ctx))
	assert.Equal(t, domain.ReportRunning, s.find(t, s.mine, job).Status)
	s.pass(3 * time.Minute)
	require.NoError(t, s.reports.Work(t.Context()))
	assert.Len(t, read(t, domain.ReportCSV, s.file(t, s.mine, job)), 600)
}
