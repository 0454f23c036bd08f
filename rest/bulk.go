package rest

import (
	"errors"
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// bulkView tells what became of everybody in a batch, in the order of the request.
type bulkView struct {
	Results        []bulkResultView `json:"Results"`
	SucceededCount int              `json:"SucceededCount"`
	FailedCount    int              `json:"FailedCount"`
}

type bulkResultView struct {
	Index    int                   `json:"Index"`
	Outcome  domain.InvitedOutcome `json:"Outcome"`
	PersonId identifier            `json:"PersonId,omitzero"`
	State    domain.State          `json:"State,omitzero"`
	Error    *partialProblem       `json:"Error,omitzero"`
}

// partialProblem is what a problem document says, about a part of a request that went on without it.
type partialProblem struct {
	Title  string              `json:"title"`
	Status int                 `json:"status"`
	Detail string              `json:"detail"`
	Code   domain.Code         `json:"code"`
	Errors map[string][]string `json:"errors,omitempty"`
}

// bulkInvite is POST UserManagement/Invitations/Bulk.
func (c *call) bulkInvite() (domain.Answer, error) {
	body, err := decode(c.body, bulkFields)
	if err != nil {
		return domain.Answer{}, err
	}
	batch := domain.InvitationBatch{MatchExisting: yes(body.matchExisting), AllOrNothing: yes(body.allOrNothing)}
	for i := range body.users {
		batch.Invitees = append(batch.Invitees, body.users[i].invitee(body.organizations))
	}
	return once(c,
		func(caller domain.Caller) ([]domain.Invited, error) {
			outcomes, err := c.engine.Provisioner.InviteAll(c.context(), caller, batch)
			if domain.Is(err, domain.CodeBulkFailed) {
				err = &batchRefused{err, c.viewBulk(outcomes, true).Results}
			}
			return outcomes, err
		},
		func(outcomes []domain.Invited) (domain.Answer, error) {
			view, status := c.viewBulk(outcomes, false), http.StatusOK
			if view.FailedCount > 0 {
				status = http.StatusMultiStatus
			}
			return answerOf(status, view)
		})
}

// batchRefused is the refusal of a batch as a whole, with the results of those who are to blame.
type batchRefused struct {
	error
	results []bulkResultView
}

// Unwrap implements the errors package's protocol.
func (b *batchRefused) Unwrap() error { return b.error }

// viewBulk shows the outcomes: all of them, or those of who failed.
func (c *call) viewBulk(outcomes []domain.Invited, onlyFailed bool) bulkView {
	view := bulkView{Results: []bulkResultView{}}
	for i, invited := range outcomes {
		result := bulkResultView{Index: i, Outcome: invited.Outcome, PersonId: identifier(invited.Person), State: invited.State}
		if invited.Err == nil {
			view.SucceededCount++
		} else {
			view.FailedCount++
			result.Error = c.partial(invited.Err)
		}
		if invited.Err != nil || !onlyFailed {
			view.Results = append(view.Results, result)
		}
	}
	return view
}

// partial shows the error of a part. What is no refusal of ours is logged and shown as a mute 500.
func (c *call) partial(err error) *partialProblem {
	own, ok := errors.AsType[*domain.Error](err)
	if !ok || own.Code == domain.CodeInternal {
		web.LogError(c.context(), err)
		own = unknownCause()
	}
	return problemOf(own)
}

func problemOf(own *domain.Error) *partialProblem {
	row := problems[own.Code]
	return &partialProblem{Title: row.title, Status: row.status, Detail: own.Message, Code: own.Code, Errors: errorsOf(own)}
}
