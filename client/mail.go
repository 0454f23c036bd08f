package client

import (
	"context"
	"time"
)

// Mail is one that could not be delivered, or waits to be tried again.
type Mail struct {
	MailId, Kind, PersonId string
	SentTo                 string // masked
	Status                 string // Dead or Waiting
	Attempts               int
	LastError              string
	LinkExpiresAt          *time.Time // nil: it has no link
}

// DeadMails lists the mails that could not be delivered, newest first.
func (c *Client) DeadMails(ctx context.Context, window Window) (Page[Mail], error) {
	return ask[Page[Mail]](ctx, c, "GET /Administration/Mails", call{query: window.query(nil)})
}

// ResendMail puts a mail that could not be delivered back into the queue; one whose link is void is refused.
func (c *Client) ResendMail(ctx context.Context, id string) (*Mail, error) {
	return find[Mail](ctx, c, "POST /Administration/Mails/{MailId}/Resend", call{path: []any{id}, keyed: true})
}
