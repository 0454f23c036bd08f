package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/migration"
)

var migrationRoutes = []route{
	{method: "POST", pattern: "/UserManagement/Migrations", needs: needs(domain.UsersMigrate), body: jsonBody, bulk: true, hashes: true, serve: (*call).startMigration},
	{method: "GET", pattern: "/UserManagement/Migrations/{JobId}", needs: needs(domain.UsersMigrate), parameters: paging, page: pageSize{50, migration.MaxRecords}, serve: (*call).getMigration},
}

type jobView struct {
	JobId uuid.UUID `json:"JobId"`
}

// startMigration is POST UserManagement/Migrations.
func (c *call) startMigration() (domain.Answer, error) {
	body, err := decode(c.body, migrationFields)
	if err != nil {
		return domain.Answer{}, err
	}
	in, err := body.request()
	if err != nil {
		return domain.Answer{}, err
	}
	job, err := c.migrations.Start(c.context(), c.caller, in)
	if err != nil {
		return domain.Answer{}, err
	}
	answer, err := answerOf(http.StatusAccepted, jobView{job.ID})
	if err == nil {
		answer.Header["Location"] = c.location("UserManagement", "Migrations", job.ID.String())
	}
	return answer, err
}

// migrationView tells how far a migration is.
type migrationView struct {
	JobId         uuid.UUID           `json:"JobId"`
	Status        domain.ImportStatus `json:"Status"`
	CreatedAt     instant             `json:"CreatedAt"`
	CompletedAt   instant             `json:"CompletedAt"`
	Counts        migrationCounts     `json:"Counts"`
	Records       []importView        `json:"Records"`
	Offset        int                 `json:"Offset"`
	Count         int                 `json:"Count"`
	ListCompleted bool                `json:"ListCompleted"`
}

type migrationCounts struct {
	Total   int `json:"Total"`
	Waiting int `json:"Waiting"`
	Created int `json:"Created"`
	Skipped int `json:"Skipped"`
	Failed  int `json:"Failed"`
}

type importView struct {
	Index    int                  `json:"Index"`
	LegacyId string               `json:"LegacyId"`
	Outcome  domain.ImportOutcome `json:"Outcome"`
	PersonId identifier           `json:"PersonId,omitzero"`
	Error    *partialProblem      `json:"Error,omitzero"`
}

// getMigration is GET UserManagement/Migrations/{JobId}.
func (c *call) getMigration() (domain.Answer, error) {
	p, err := c.migrations.Find(c.context(), c.caller, c.id("JobId"), c.asked.offset, c.asked.count)
	if err != nil {
		return domain.Answer{}, err
	}
	view := migrationView{
		JobId: p.Job.ID, Status: p.Job.Status, CreatedAt: instant(p.Job.CreatedAt), CompletedAt: instant(p.Job.CompletedAt),
		Counts: migrationCounts{p.Job.Total, p.Counts[domain.ImportWaiting], p.Counts[domain.ImportCreated], p.Counts[domain.ImportSkipped], p.Counts[domain.ImportFailed]},
		Offset: c.asked.offset, Count: c.asked.count, ListCompleted: c.asked.offset+len(p.Records) >= p.Job.Total, Records: []importView{},
	}
	for _, r := range p.Records {
		record := importView{Index: r.Index, LegacyId: r.LegacyID, Outcome: r.Outcome, PersonId: identifier(r.Person)}
		if r.Outcome == domain.ImportWaiting {
			record.Outcome = "Waiting"
		}
		if r.Problem != nil {
			record.Error = problemOf(r.Problem)
		}
		view.Records = append(view.Records, record)
	}
	return answerOf(http.StatusOK, view)
}
