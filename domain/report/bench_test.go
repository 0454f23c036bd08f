package report_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store/storetest"
)

// populate makes people by one statement a table, which no port does.
func (s *stage) populate(b *testing.B, count int) {
	b.Helper()
	const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
	s.SQL(b, numbers+`INSERT INTO person (tenant_id, person_id, version, created_at, updated_at, first_name, last_name, username, emails, emails_folded,
		phones, phones_folded, addresses, addresses_folded) SELECT ?, unhex(printf('0198c5f0%024x', i)), 1, ?, ?, 'Ann', 'Example ' || i, 'user' || i,
		'[]', '[]', '[]', '[]', '[]', '[]' FROM n`, count, s.mine.Tenant, noon.UnixMicro(), noon.UnixMicro())
	s.SQL(b, numbers+`INSERT INTO user_access (tenant_id, person_id, username, username_folded, is_active, activated_at, created_at, last_login_at,
		organizations, email_copy, identity_user_unique) SELECT ?, unhex(printf('0198c5f0%024x', i)), 'user' || i, 'user' || i, 1, ?, ?, ?, '[]', 'user' || i || '@example.org',
		unhex(printf('0298c5f0%024x', i)) FROM n`, count, s.mine.Tenant, noon.UnixMicro(), noon.UnixMicro(), noon.UnixMicro())
}

// BenchmarkReport makes a report of everybody; SCIMBRIDGE_PEOPLE says how many there are (500000 for the figures of the
// guide). The heap is looked at every few milliseconds.
func BenchmarkReport(b *testing.B) {
	people := 20000
	if wanted, err := strconv.Atoi(os.Getenv("SCIMBRIDGE_PEOPLE")); err == nil {
		people = wanted
	}
	for _, format := range []domain.ReportFormat{domain.ReportCSV, domain.ReportJSON} {
		b.Run(fmt.Sprint(format, "/", people), func(b *testing.B) {
			s := newStage(b, storetest.SQLite)
			s.populate(b, people)
			runtime.GC()
			for b.Loop() {
				job := s.schedule(b, s.mine, request(domain.ReportExport, format))
				peak, stop := watchHeap()
				require.NoError(b, s.reports.Work(b.Context()))
				file, err := s.reports.Download(b.Context(), s.mine, job)
				require.NoError(b, err)
				require.NoError(b, file.WriteTo(b.Context(), io.Discard))
				stop()
				require.Equal(b, people, file.Report.Rows)
				b.ReportMetric(float64(peak.Load())/(1<<20), "MB-heap")
				b.ReportMetric(float64(file.Report.Size)/(1<<20), "MB-file")
			}
		})
	}
}

func watchHeap() (peak *atomic.Uint64, stop func()) {
	peak = new(atomic.Uint64)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}
