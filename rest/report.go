package rest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/report"
	"github.com/scimbridge/scimbridge/web"
)

const oneReport = "/UserManagement/Reports/{JobId}"

var reportRoutes = []route{
	{method: "GET", pattern: "/UserManagement/Reports", needs: needs(domain.ReportsRead), parameters: append(paging, extending...), page: fullPage, serve: (*call).listReports},
	{method: "POST", pattern: "/UserManagement/Reports", needs: needs(domain.ReportsSchedule), body: jsonBody, keyed: true, serve: (*call).scheduleReport},
	{method: "GET", pattern: oneReport, needs: needs(domain.ReportsRead), serve: (*call).getReport},
	{method: "GET", pattern: oneReport + "/Download", needs: needs(domain.ReportsRead), serve: (*call).downloadReport},
}

// reportView tells how far a report is.
type reportView struct {
	JobId          uuid.UUID           `json:"JobId"`
	Name           string              `json:"Name"`
	ReportType     domain.ReportType   `json:"ReportType"`
	ReportFormat   domain.ReportFormat `json:"ReportFormat"`
	StartDate      instant             `json:"StartDate"`
	EndDate        instant             `json:"EndDate"`
	Status         domain.ReportStatus `json:"Status"`
	RowCount       int                 `json:"RowCount"`
	ProcessedCount int                 `json:"ProcessedCount"`
	CreatedAt      instant             `json:"CreatedAt"`
	CompletedAt    instant             `json:"CompletedAt"`
	ExpiresAt      instant             `json:"ExpiresAt"`
}

func (c *call) viewReport(r *domain.Report) any {
	return reportView{r.ID, r.Name, r.Type, r.Format, instant(r.Start), instant(r.End), r.StatusAt(c.engine.Clock()), r.Rows, r.Seen,
		instant(r.CreatedAt), instant(r.CompletedAt), instant(r.ExpiresAt)}
}

type scheduledView struct {
	JobId  uuid.UUID           `json:"JobId"`
	Status domain.ReportStatus `json:"Status"`
}

type reportBody struct{ name, start, end, kind, format sent[string] }

var reportFields = []field[reportBody]{
	{"Name", setText(func(b *reportBody) *sent[string] { return &b.name })},
	{"StartDate", setText(func(b *reportBody) *sent[string] { return &b.start })},
	{"EndDate", setText(func(b *reportBody) *sent[string] { return &b.end })},
	{"ReportType", setText(func(b *reportBody) *sent[string] { return &b.kind })},
	{"ReportFormat", setText(func(b *reportBody) *sent[string] { return &b.format })},
}

var (
	reportTypes   = oneOf(string(domain.ReportSignUps), string(domain.ReportExport), string(domain.ReportLastLogin), string(domain.ReportLastModified))
	reportFormats = oneOf(string(domain.ReportCSV), string(domain.ReportJSON))
)

// request is the report as the engine is asked for it. What is missing is the engine's to refuse.
func (b *reportBody) request() (report.Request, error) {
	var found findings
	in := report.Request{Name: b.name.value}
	choice := func(name string, rule check, sent sent[string]) (value string) {
		if sent.value != "" {
			applyText(name, rule, sent.value, &value, &found)
		}
		return value
	}
	in.Type = domain.ReportType(choice("ReportType", reportTypes, b.kind))
	in.Format = domain.ReportFormat(choice("ReportFormat", reportFormats, b.format))
	for _, at := range []struct {
		name string
		sent sent[string]
		into *time.Time
	}{{"StartDate", b.start, &in.Start}, {"EndDate", b.end, &in.End}} {
		if at.sent.value == "" {
			continue
		}
		var err error
		if *at.into, err = time.Parse(time.RFC3339, at.sent.value); err != nil {
			found.add(at.name, "The value must be a time (RFC 3339), like 2026-03-31T08:30:00Z.")
		}
	}
	return in, found.err()
}

// scheduleReport is POST UserManagement/Reports.
func (c *call) scheduleReport() (domain.Answer, error) {
	body, err := decode(c.body, reportFields)
	if err != nil {
		return domain.Answer{}, err
	}
	in, err := body.request()
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.Report, error) { return c.reports.Schedule(c.context(), caller, in) },
		func(r *domain.Report) (domain.Answer, error) {
			answer, err := answerOf(http.StatusAccepted, scheduledView{r.ID, r.Status})
			if err == nil {
				answer.Header["Location"] = c.location("UserManagement", "Reports", r.ID.String())
			}
			return answer, err
		})
}

// listReports is GET UserManagement/Reports.
func (c *call) listReports() (domain.Answer, error) {
	return listOf(c, c.reports.List, 0, c.viewReport)
}

// getReport is GET UserManagement/Reports/{JobId}.
func (c *call) getReport() (domain.Answer, error) {
	r, err := c.reports.Find(c.context(), c.caller, c.id("JobId"))
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, c.viewReport(r))
}

var reportMedia = map[domain.ReportFormat]string{domain.ReportCSV: "text/csv; charset=utf-8", domain.ReportJSON: "application/json"}

// downloadReport is GET UserManagement/Reports/{JobId}/Download. The file is called by what it is: the report's name is
// somebody's text and no part of it.
func (c *call) downloadReport() (domain.Answer, error) {
	fetch := c.reports.Download
	if c.request.Method == http.MethodHead {
		fetch = c.reports.Describe // nobody gets the file by it, so the audit has nothing to tell
	}
	file, err := fetch(c.context(), c.caller, c.id("JobId"))
	if err != nil {
		return domain.Answer{}, err
	}
	c.file = file
	r := file.Report
	return domain.Answer{Status: http.StatusOK, Header: map[string]string{
		"Content-Type": reportMedia[r.Format], "Content-Length": strconv.FormatInt(r.Size, 10), "Cache-Control": "no-store",
		"Content-Disposition": `attachment; filename="` + string(r.Type) + "-" + r.ID.String() + "." + string(r.Format) + `"`,
	}}, nil
}

// sendFile writes the file behind the header. Where that fails nothing can be told any more but by cutting the
// connection, so that nobody takes a part for the whole.
func (c *call) sendFile(w http.ResponseWriter) {
	if c.request.Method == http.MethodHead {
		return
	}
	if err := c.file.WriteTo(c.context(), web.Chunked{ResponseWriter: w}); err != nil {
		if c.context().Err() == nil {
			web.LogError(c.context(), err)
		}
		panic(http.ErrAbortHandler)
	}
}
