package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// refusalBody asks why people could not sign in. It comes in a body: a name in an address would stay in logs.
type refusalBody struct {
	person            sent[uuid.UUID]
	nameID, requestID sent[string]
	after, count      sent[int64]
}

var refusalFields = []field[refusalBody]{
	{"PersonId", setID(func(b *refusalBody) *sent[uuid.UUID] { return &b.person })},
	{"NameId", setText(func(b *refusalBody) *sent[string] { return &b.nameID })},
	{"RequestId", setText(func(b *refusalBody) *sent[string] { return &b.requestID })},
	{"After", setNumber(func(b *refusalBody) *sent[int64] { return &b.after })},
	{"Count", setNumber(func(b *refusalBody) *sent[int64] { return &b.count })},
}

// refusalPage is a page of refusals, newest first. Next is where the next page begins (After), with older ones.
type refusalPage struct {
	Items         []signInRefusalView `json:"Items"`
	ListCompleted bool                `json:"ListCompleted"`
	Next          *int64              `json:"Next"`
}

type signInRefusalView struct {
	Index      int64      `json:"Index"`
	OccurredAt instant    `json:"OccurredAt"`
	Gate       *int       `json:"Gate"`
	GateName   text       `json:"GateName"`
	Reason     string     `json:"Reason"`
	NameId     text       `json:"NameId"`
	MatchedBy  text       `json:"MatchedBy"`
	PersonId   identifier `json:"PersonId"`
	RequestId  text       `json:"RequestId"`
	Ip         text       `json:"Ip"`
}

// listRefusals is POST UserManagement/IdentityProviders/{IdentityProviderId}/Refusals. It changes nothing.
func (c *call) listRefusals() (domain.Answer, error) {
	body, err := decode(c.body, refusalFields)
	if err != nil {
		return domain.Answer{}, err
	}
	query := domain.RefusalQuery{Person: body.person.value, Name: body.nameID.value, RequestID: body.requestID.value, Before: max(body.after.value, 0), Count: 50}
	if body.count.value > 0 {
		query.Count = int(min(body.count.value, 200))
	}
	page, err := c.engine.Providers.Refusals(c.context(), c.caller, c.id("IdentityProviderId"), query)
	if err != nil {
		return domain.Answer{}, err
	}
	view := refusalPage{Items: each(page.Items, viewRefusal), ListCompleted: page.Next == 0}
	if page.Next > 0 {
		view.Next = &page.Next
	}
	return answerOf(http.StatusOK, view)
}

func viewRefusal(r *domain.Refusal) signInRefusalView {
	view := signInRefusalView{Index: r.Index, OccurredAt: instant(r.At), GateName: text(r.GateName), Reason: r.Reason, NameId: text(r.Name), MatchedBy: text(r.Rung),
		PersonId: identifier(r.Person), RequestId: text(r.RequestID), Ip: text(r.IP)}
	if r.Gate > 0 {
		view.Gate = &r.Gate
	}
	return view
}
