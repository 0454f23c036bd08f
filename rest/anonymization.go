package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

var anonymizationRoutes = []route{
	{method: "POST", pattern: "/UserManagement/Anonymizations", needs: needs(domain.UsersAnonymize), body: jsonBody, serve: (*call).anonymize},
	{method: "GET", pattern: "/UserManagement/Anonymizations/{AnonymizationJobId}", needs: needs(domain.UsersAnonymize), serve: (*call).getAnonymization},
}

// anonymizeBody names one person. The address is in a body and never in a path, which logs keep.
type anonymizeBody struct {
	person sent[uuid.UUID]
	email  sent[string]
}

var anonymizeFields = []field[anonymizeBody]{
	{"PersonId", setID(func(b *anonymizeBody) *sent[uuid.UUID] { return &b.person })},
	{"EmailAddress", setText(func(b *anonymizeBody) *sent[string] { return &b.email })},
}

// anonymizationView is a job that is done: it is done at once, or not at all.
type anonymizationView struct {
	JobId       uuid.UUID `json:"JobId"`
	PersonId    uuid.UUID `json:"PersonId"`
	Status      string    `json:"Status"`
	CompletedAt instant   `json:"CompletedAt"`
}

type blockerView struct {
	Code    string `json:"Code"`
	Message string `json:"Message"`
}

func viewBlocker(b *domain.Blocker) blockerView { return blockerView(*b) }

// anonymize is POST UserManagement/Anonymizations.
func (c *call) anonymize() (domain.Answer, error) {
	body, err := decode(c.body, anonymizeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	job, err := c.engine.Provisioner.Anonymize(c.context(), c.caller, domain.WhomToAnonymize{Person: body.person.value, EmailAddress: body.email.value})
	return showAnonymization(job, err)
}

// getAnonymization is GET UserManagement/Anonymizations/{AnonymizationJobId}.
func (c *call) getAnonymization() (domain.Answer, error) {
	job, err := c.engine.Provisioner.Anonymization(c.context(), c.caller, c.id("AnonymizationJobId"))
	return showAnonymization(job, err)
}

func showAnonymization(job *domain.Anonymization, err error) (domain.Answer, error) {
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, anonymizationView{job.ID, job.Person, "Completed", instant(job.CompletedAt)})
}
