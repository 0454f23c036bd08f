package main

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// mailCommands are scimbridge mail ….
type mailCommands struct {
	List   mailList   `cmd:"" help:"List the mails of a tenant that could not be delivered, newest first."`
	Resend mailResend `cmd:"" help:"Put a mail that could not be delivered back into the queue."`
}

// mailView is such a mail as the commands show it, without what it says.
type mailView struct {
	MailID        string `json:"MailId"`
	Kind          domain.MailKind
	PersonID      string `json:"PersonId"`
	SentTo        string
	Attempts      int
	LastError     string     `json:",omitempty"`
	LinkExpiresAt *time.Time `json:",omitempty"`
}

func viewMail(m *domain.DeadMail) mailView {
	return mailView{m.ID.String(), m.Mail.Kind, m.Person.String(), m.Mail.To, m.Attempts, m.Reason, stamp(m.Mail.ExpiresAt)}
}

type mailList struct {
	databaseFlags
	tenantFlag
	Offset int `help:"How many to pass over."`
	Count  int `default:"50" help:"How many to list."`
}

// Run lists mails that could not be delivered.
func (c *mailList) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		mails, more, err := a.DeadMails(p, operator, max(c.Offset, 0), max(c.Count, 1))
		if err != nil {
			return err
		}
		list := listOf(mails, viewMail)
		var lines []string
		for _, mail := range list.Items {
			lines = append(lines, fmt.Sprintf("%s  %s  to %s  of person %s: %s", mail.MailID, mail.Kind, mail.SentTo, mail.PersonID, mail.LastError))
		}
		switch {
		case len(lines) == 0:
			lines = []string{"No mail of the tenant was given up."}
		case more:
			lines = append(lines, fmt.Sprintf("There are more; go on with --offset %d.", c.Offset+len(lines)))
		}
		return p.show(list, lines...)
	})
}

type mailResend struct {
	databaseFlags
	tenantFlag
	MailID uuid.UUID `arg:"" help:"Id of the mail, as it is listed."`
}

// Run puts the mail back into the queue.
func (c *mailResend) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		mail, err := a.ResendMail(p, operator, c.MailID)
		if err != nil {
			return err
		}
		return p.show(viewMail(mail), "The mail waits in the queue again; a server sends it within seconds.")
	})
}
