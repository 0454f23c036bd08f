package report

import (
	"context"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// Request is a report as it is asked for.
type Request struct {
	Name       string // for people, 1 to 100 characters
	Start, End time.Time
	Type       domain.ReportType
	Format     domain.ReportFormat
}

// Reports is the set of use cases.
type Reports struct{ domain.Base }

// New makes the use cases.
func New(base domain.Base) *Reports { return &Reports{base} }

const (
	maxName = 100
	// maxDays is how many days of the calendar (UTC) lie between the first and the last day at most.
	maxDays = 7
	// MaxWaiting is how many reports of a tenant can wait or be made at once.
	MaxWaiting = 20
	day        = 24 * time.Hour
)

// Schedule stores a report, for the servers to make.
//
// Errors: validation_failed; report_range when the times are in the wrong order, more than 7 days of the calendar apart
// or in the future; rate_limited while too many of the tenant's reports wait.
func (s *Reports) Schedule(ctx context.Context, caller domain.Caller, in Request) (*domain.Report, error) {
	if err := caller.Require(domain.ReportsSchedule); err != nil {
		return nil, err
	}
	if err := in.validate(s.Now()); err != nil {
		return nil, err
	}
	r := &domain.Report{ID: s.NewID(), Name: in.Name, Type: in.Type, Format: in.Format, Start: in.Start.UTC(), End: in.End.UTC(),
		Status: domain.ReportScheduled, Actor: domain.Actor{Kind: caller.Actor.Kind, ID: caller.Actor.ID}, CreatedAt: s.Now()}
	err := s.Write(ctx, caller, func(w *domain.Work) error {
		if err := room(w.Tx()); err != nil {
			return err
		}
		w.Happened(domain.EventReportScheduled, facts(r)...)
		w.Result(r)
		return w.Tx().InsertReport(r)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// room refuses another report where too many wait. One is asked for at a time, so that two can't share the last place.
func room(tx domain.Tx) error {
	if _, err := tx.LockTenant(); err != nil {
		return err
	}
	waiting, err := tx.WaitingReports()
	if err != nil || waiting < MaxWaiting {
		return err
	}
	refused := domain.Refuse(domain.CodeRateLimited, "", "%d reports wait to be made, which is the most there can be; schedule more when some are done.", waiting)
	refused.RetryAfter = retryAfter
	return refused
}

func facts(r *domain.Report, more ...domain.Fact) []domain.Fact {
	return append([]domain.Fact{{Name: "JobId", Value: r.ID.String()}, {Name: "ReportType", Value: string(r.Type)}}, more...)
}

func (in *Request) validate(now time.Time) error {
	var fields []domain.FieldError
	add := func(attribute, message string) {
		fields = append(fields, domain.FieldError{Attribute: attribute, Message: message})
	}
	if strings.TrimSpace(in.Name) == "" || utf8.RuneCountInString(in.Name) > maxName {
		add("Name", "A name of 1 to 100 characters is needed.")
	}
	if columnsOf[in.Type] == nil {
		add("ReportType", "There is no such type of report.")
	}
	if in.Format != domain.ReportCSV && in.Format != domain.ReportJSON {
		add("ReportFormat", "The format must be csv or json.")
	}
	if in.Start.IsZero() {
		add("StartDate", "A time is needed.")
	}
	if in.End.IsZero() {
		add("EndDate", "A time is needed.")
	}
	if len(fields) > 0 {
		return &domain.Error{Code: domain.CodeValidation, Attribute: fields[0].Attribute, Message: fields[0].Message, Fields: fields}
	}
	return checkRange(in.Start, in.End, now)
}

// checkRange compares days of the calendar, so that a week may end at a later time of the day than it began.
func checkRange(start, end, now time.Time) error {
	switch days := end.UTC().Truncate(day).Sub(start.UTC().Truncate(day)); {
	case end.Before(start):
		return domain.Refuse(domain.CodeReportRange, "EndDate", "The end lies before the start.")
	case days > maxDays*day:
		return domain.Refuse(domain.CodeReportRange, "EndDate", "The end lies %d days after the start; %d are possible. Ask for several reports.", days/day, maxDays)
	case end.After(now.Add(day)):
		return domain.Refuse(domain.CodeReportRange, "EndDate", "The end lies in the future; it may be a day from now at the latest.")
	default:
		return nil
	}
}

// List gives a page of the reports, the oldest first.
func (s *Reports) List(ctx context.Context, caller domain.Caller, q domain.Query) (page domain.Page[*domain.Report], err error) {
	if err := caller.Require(domain.ReportsRead); err != nil {
		return page, err
	}
	err = s.Read(ctx, caller, func(tx domain.Tx) error {
		page, err = tx.ListReports(q)
		return err
	})
	return page, err
}

// Find tells how far a report is.
//
// Errors: not_found.
func (s *Reports) Find(ctx context.Context, caller domain.Caller, job uuid.UUID) (r *domain.Report, err error) {
	if err := caller.Require(domain.ReportsRead); err != nil {
		return nil, err
	}
	err = s.Read(ctx, caller, func(tx domain.Tx) error {
		r, err = tx.FindReport(job)
		return err
	})
	return r, err
}

// File is a report that can be fetched.
type File struct {
	Report *domain.Report
	base   domain.Base
	caller domain.Caller
}

// retryAfter is how soon to ask again for a report that is not ready.
const retryAfter = 5 * time.Second

// Download gives the file of a report, and notes in the audit who fetched it.
//
// Errors: not_found; report_not_ready until it is made, and when it never will be; report_expired.
func (s *Reports) Download(ctx context.Context, caller domain.Caller, job uuid.UUID) (*File, error) {
	if err := caller.Require(domain.ReportsRead); err != nil {
		return nil, err
	}
	file := &File{base: s.Base, caller: caller}
	err := s.Write(ctx, caller, func(w *domain.Work) (err error) {
		if file.Report, err = s.downloadable(w.Tx(), job); err != nil {
			return err
		}
		w.Happened(domain.EventReportDownloaded, facts(file.Report)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Describe tells of the file of a report what Download would, and gives nothing of it.
//
// Errors: those of Download.
func (s *Reports) Describe(ctx context.Context, caller domain.Caller, job uuid.UUID) (file *File, err error) {
	if err := caller.Require(domain.ReportsRead); err != nil {
		return nil, err
	}
	file = &File{base: s.Base, caller: caller}
	err = s.Look(ctx, caller, func(tx domain.Tx) error {
		file.Report, err = s.downloadable(tx, job)
		return err
	})
	return file, err
}

func (s *Reports) downloadable(tx domain.Tx, job uuid.UUID) (*domain.Report, error) {
	r, err := tx.FindReport(job)
	if err != nil {
		return nil, err
	}
	return r, ready(r.StatusAt(s.Now()))
}

func ready(status domain.ReportStatus) error {
	switch status {
	case domain.ReportCompleted:
		return nil
	case domain.ReportExpired:
		return domain.Refuse(domain.CodeReportExpired, "", "The file is gone, it was kept for 7 days; schedule the report again.")
	case domain.ReportFailed:
		return domain.Refuse(domain.CodeReportNotReady, "", "The report could not be made; schedule it again.")
	default:
		refused := domain.Refuse(domain.CodeReportNotReady, "", "The report is still being made; ask again in a moment.")
		refused.RetryAfter = retryAfter
		return refused
	}
}

// WriteTo writes the file part by part. It fails in the middle when the file goes away, because it expires or somebody in
// it is anonymised: what has been written by then is not whole.
func (f *File) WriteTo(ctx context.Context, w io.Writer) error {
	for index := range f.Report.Chunks {
		var content string
		err := f.base.Look(ctx, f.caller, func(tx domain.Tx) (err error) {
			content, err = tx.FindReportChunk(f.Report.ID, f.Report.Run, index)
			return err
		})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, content); err != nil {
			return err
		}
	}
	return nil
}
