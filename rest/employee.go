package rest

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// getEmployee is GET Common/Persons/{PersonId}/Employee. A person without a record has one of nulls.
func (c *call) getEmployee() (domain.Answer, error) {
	p, err := c.engine.Directory.Person(c.context(), c.caller, c.person, 0)
	if err != nil {
		return domain.Answer{}, err
	}
	return showEmployee(p)
}

func showEmployee(p *domain.Person) (domain.Answer, error) {
	answer, err := answerOf(http.StatusOK, viewEmployee(p.Employee))
	return tagged(answer, err, p)
}

// putEmployee is PUT Common/Persons/{PersonId}/Employee.
func (c *call) putEmployee() (domain.Answer, error) { return c.changeEmployee(replace) }

// patchEmployee is PATCH Common/Persons/{PersonId}/Employee.
func (c *call) patchEmployee() (domain.Answer, error) { return c.changeEmployee(merge) }

func (c *call) changeEmployee(how mode) (domain.Answer, error) {
	body, err := decode(c.body, employeeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	p, err := c.change(domain.AspectProfile, func(p *domain.Person) error {
		var found findings
		body.texts.apply(employeeTexts, p, how, "", &found)
		return found.err()
	})
	if err != nil {
		return domain.Answer{}, err
	}
	return showEmployee(p)
}
