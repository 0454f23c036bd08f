package client

import (
	"context"
	"errors"
	"io"
	"time"
)

// ReportRequest asks for a report. Start and End both belong to it, and lie at most 7 days of the calendar (UTC) apart.
type ReportRequest struct {
	Name               string // 1 to 100 characters
	StartDate, EndDate time.Time
	ReportType         string // sign-up-summary, data-export, account-activity-last-login or account-activity-last-modified
	ReportFormat       string // csv or json
}

// Report tells how far a report is.
type Report struct {
	JobId, Name              string
	ReportType, ReportFormat string
	StartDate, EndDate       time.Time
	Status                   string // Scheduled, Running, Completed, Failed or Expired
	RowCount                 int
	ProcessedCount           int // people looked at so far
	CreatedAt                *time.Time
	CompletedAt, ExpiresAt   *time.Time
}

// ScheduleReport asks for a report and gives the id of its job.
func (c *Client) ScheduleReport(ctx context.Context, in ReportRequest) (job string, err error) {
	answer, err := ask[struct{ JobId string }](ctx, c, "POST /UserManagement/Reports", call{body: in, keyed: true})
	return answer.JobId, err
}

// Reports lists the reports of the last months, the oldest first.
func (c *Client) Reports(ctx context.Context, window Window) (Page[Report], error) {
	return ask[Page[Report]](ctx, c, "GET /UserManagement/Reports", call{query: window.query(nil)})
}

// Report tells how far a report is.
func (c *Client) Report(ctx context.Context, job string) (*Report, error) {
	return find[Report](ctx, c, "GET /UserManagement/Reports/{JobId}", call{path: []any{job}})
}

// DownloadReport writes the file of a report as it comes. The code of the refusal is report_not_ready until the report is
// completed, and report_expired a week later. What has been written when it fails in the middle is not whole. The timeout of
// Config.HTTP bounds all of it.
func (c *Client) DownloadReport(ctx context.Context, job string, into io.Writer) error {
	file := &download{into: into}
	err := c.do(ctx, "GET /UserManagement/Reports/{JobId}/Download", call{path: []any{job}, answer: file})
	return errors.Join(err, file.failed)
}

// download is an answer that is passed on as it comes.
type download struct {
	into   io.Writer
	failed error // in the middle, so that it must not be tried again
}
