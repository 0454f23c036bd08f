package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/receipt"
)

// receiptView is what an act ended that shut a person out.
type receiptView struct {
	ReceiptId   uuid.UUID       `json:"ReceiptId"`
	OccurredAt  instant         `json:"OccurredAt"`
	Cause       domain.EndCause `json:"Cause"`
	Door        domain.Door     `json:"Door"`
	Ended       endedCounts     `json:"Ended"`
	CompletedAt instant         `json:"CompletedAt"`
	Signature   text            `json:"Signature"`
}

type endedCounts struct {
	Sessions    int `json:"Sessions"`
	Invitations int `json:"Invitations"`
	ResetLinks  int `json:"ResetLinks"`
	Enrolments  int `json:"Enrolments"`
	ApiKeys     int `json:"ApiKeys"` // people have none of their own: credentials are the tenant's
}

// listReceipts is GET UserManagement/Persons/{PersonId}/Receipts.
func (c *call) listReceipts() (domain.Answer, error) {
	list, more, err := c.receipts.List(c.context(), c.caller, c.person, c.asked.offset, c.asked.count)
	if err != nil {
		return domain.Answer{}, err
	}
	page := pageView{Items: make([]any, len(list)), Offset: c.asked.offset, Count: c.asked.count, ListCompleted: !more}
	for i := range list {
		page.Items[i] = viewReceipt(list[i])
	}
	return answerOf(http.StatusOK, page)
}

func viewReceipt(r receipt.Signed) receiptView {
	ended := endedCounts{Sessions: r.Ended.Sessions, Invitations: r.Ended.Invitations, ResetLinks: r.Ended.ResetLinks, Enrolments: r.Ended.Enrolments}
	return receiptView{r.ID, instant(r.OccurredAt), r.Cause, r.Door, ended, instant(r.CompletedAt), text(r.Signature)}
}
