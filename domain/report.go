package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Report is a file about the accounts of a tenant that is made in the background; see package report.
type Report struct {
	ID          uuid.UUID
	Tenant      uuid.UUID // only of one that was claimed
	Name        string    // what whoever asked for it calls it; never more than data
	Type        ReportType
	Format      ReportFormat
	Start, End  time.Time // both belong to it
	Status      ReportStatus
	Rows        int   // in the file so far
	Seen        int   // people looked at so far
	Chunks      int   // of the file so far
	Size        int64 // of the file so far, in bytes
	Run         int   // tells one attempt from the next, also after the count of attempts began anew
	Attempts    int   // since it was scheduled
	Actor       Actor // who asked for it, by kind and id
	CreatedAt   time.Time
	StartedAt   time.Time // of the last run
	CompletedAt time.Time
	ExpiresAt   time.Time // when the file is gone; zero: there is none yet
}

// ReportType tells what is in a report.
type ReportType string

// The types of reports.
const (
	ReportSignUps      ReportType = "sign-up-summary"
	ReportExport       ReportType = "data-export"
	ReportLastLogin    ReportType = "account-activity-last-login"
	ReportLastModified ReportType = "account-activity-last-modified"
)

// ReportFormat tells how a report is written.
type ReportFormat string

// The formats of reports.
const (
	ReportCSV  ReportFormat = "csv"
	ReportJSON ReportFormat = "json"
)

// ReportFreeRuns is how many runs of a report let people of the tenant be anonymised meanwhile, which ends them. Those after
// them keep anonymising waiting, so that the report is made at last.
const ReportFreeRuns = 3

// ReportStatus tells how far a report is.
type ReportStatus string

// The states of a report. Expired is derived from ExpiresAt, the others are stored.
const (
	ReportScheduled ReportStatus = "Scheduled"
	ReportRunning   ReportStatus = "Running"
	ReportCompleted ReportStatus = "Completed"
	ReportFailed    ReportStatus = "Failed"
	ReportExpired   ReportStatus = "Expired"
)

// StatusAt is the status as it is to be shown at the time.
func (r *Report) StatusAt(now time.Time) ReportStatus {
	if r.Status == ReportCompleted && !r.ExpiresAt.After(now) {
		return ReportExpired
	}
	return r.Status
}

// ReportChunk is a part of a report's file, of whole rows.
type ReportChunk struct {
	Index       int       // place in the file, from 0
	First, Last uuid.UUID // the people of its first and its last row; all are in the order of their ids
	Content     string
}

// ReportTx keeps reports.
type ReportTx interface {
	InsertReport(r *Report) error
	// WaitingReports counts the reports that wait to be made or are being made.
	WaitingReports() (int, error)
	// FindReport loads a report; not_found when there is none.
	FindReport(id uuid.UUID) (*Report, error)
	// ListReports loads a page by Offset, Count and Total of the query, the oldest first.
	ListReports(q Query) (Page[*Report], error)
	// ScanAccounts gives up to count people behind one in the order of their ids (uuid.Nil: from the start), those who were
	// anonymised included, and of each no more than reports tell: the primary address is the only one, that of the access.
	ScanAccounts(after uuid.UUID, count int) ([]*Person, error)
	// AdvanceReport stores how far the run is and the chunk (nil: none), and holds the report until the lease ends, unless
	// the run is not the report's any more. What is read after it, in another transaction, shows everybody anonymised whom
	// an act anonymised that did not end the run.
	AdvanceReport(r *Report, chunk *ReportChunk, lease time.Time) (bool, error)
	// SettleReport ends the run with the status, unless it is not the report's any more.
	SettleReport(r *Report) (bool, error)
	// FindReportChunk gives a part of the file that the run made; not_found when it is gone.
	FindReportChunk(report uuid.UUID, run, index int) (string, error)
	// DropReportChunks removes up to count parts that runs before that one made, and returns how many.
	DropReportChunks(report uuid.UUID, before, count int) (int, error)
}

// Reports is the queue of reports that wait to be made, of all tenants.
type Reports interface {
	// ClaimReport begins a run of a report, and hides it from other claims until the lease ends; nil when none waits.
	// Tenants take turns: it is the report that waits longest in the tenant for which none was begun for the longest time.
	// Those of disabled tenants wait. A run that lost its lease begins anew.
	ClaimReport(ctx context.Context, now time.Time, lease time.Duration) (*Report, error)
}

// SsoOnly tells whether the tenant lets nobody in with a password.
func (t *Tenant) SsoOnly() bool { return ssoOnly(t.SsoEnabled, t.Policies) }
