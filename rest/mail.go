package rest

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const allMails = "/Administration/Mails"

var mailRoutes = []route{
	{method: "GET", pattern: allMails, needs: needs(domain.TenantAdmin), parameters: paging, page: fullPage, serve: (*call).listMails},
	{method: "POST", pattern: allMails + "/{MailId}/Resend", needs: needs(domain.TenantAdmin), body: optionalBody, keyed: true, serve: (*call).resendMail},
}

// mailView is a mail that could not be delivered, or waits to be tried again: whom it was for and why it failed, never
// what it says.
type mailView struct {
	MailId        uuid.UUID       `json:"MailId"`
	Kind          domain.MailKind `json:"Kind"`
	PersonId      identifier      `json:"PersonId"`
	SentTo        text            `json:"SentTo"`
	Status        string          `json:"Status"`
	Attempts      int             `json:"Attempts"`
	LastError     text            `json:"LastError"`
	LinkExpiresAt instant         `json:"LinkExpiresAt"`
}

func viewMail(status string) func(m *domain.DeadMail) mailView {
	return func(m *domain.DeadMail) mailView {
		reason := m.Reason
		if m.Mail.To != "" { // servers like to repeat it
			reason = strings.ReplaceAll(reason, m.Mail.To, masked(m.Mail.To))
		}
		view := mailView{m.ID, m.Mail.Kind, identifier(m.Person), text(masked(m.Mail.To)), status, m.Attempts, text(reason), instant{}}
		if m.Token != uuid.Nil {
			view.LinkExpiresAt = instant(m.Mail.ExpiresAt)
		}
		return view
	}
}

// listMails is GET Administration/Mails.
func (c *call) listMails() (domain.Answer, error) {
	list, more, err := c.engine.Administration.DeadMails(c.context(), c.caller, c.asked.offset, c.asked.count)
	if err != nil {
		return domain.Answer{}, err
	}
	page := pageView{Items: make([]any, len(list)), Offset: c.asked.offset, Count: c.asked.count, ListCompleted: !more}
	for i, mail := range list {
		page.Items[i] = viewMail("Dead")(mail)
	}
	return answerOf(http.StatusOK, page)
}

// resendMail is POST Administration/Mails/{MailId}/Resend.
func (c *call) resendMail() (domain.Answer, error) {
	if _, err := decode(c.body, bareFields); err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.DeadMail, error) {
			return c.engine.Administration.ResendMail(c.context(), caller, c.id("MailId"))
		},
		func(mail *domain.DeadMail) (domain.Answer, error) {
			return answerOf(http.StatusAccepted, viewMail("Waiting")(mail))
		})
}
