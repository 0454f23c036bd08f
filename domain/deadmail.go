package domain

import (
	"context"

	"github.com/google/uuid"
)

// DeadMail is a mail that was given up. Its token stays sealed, and is gone when its link is void.
type DeadMail struct {
	OutboxMessage
	Reason string // why the last attempt failed
	// LinkOpens tells whether the link of the mail, if it has one, can still be followed.
	LinkOpens bool
}

// DeadMails is a page of the mails that were given up, newest first, and whether there are more.
func (o *Administration) DeadMails(ctx context.Context, caller Caller, offset, count int) (list []*DeadMail, more bool, err error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, false, err
	}
	err = o.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		list, err = tx.ListDeadMails(offset, count+1)
		return err
	})
	if more = len(list) > count; more {
		list = list[:count]
	}
	return list, more, err
}

// ResendMail puts a mail that was given up back into the queue, as if it had never been tried.
//
// Errors: not_found, also about a mail that waits or was delivered; mail_not_resendable.
func (o *Administration) ResendMail(ctx context.Context, caller Caller, id uuid.UUID) (mail *DeadMail, err error) {
	if err := caller.Require(TenantAdmin); err != nil {
		return nil, err
	}
	err = o.write(ctx, caller, func(a *act) error {
		if mail, err = a.tx.FindDeadMail(id); err != nil {
			return err
		}
		if err := a.mayLeave(mail); err != nil {
			return err
		}
		mail.Attempts, mail.NextAt, mail.Reason = 0, a.now, ""
		a.entry.Person = mail.Person
		a.entry.Changes = []Change{{"MailId", id.String(), id.String()}, {"Kind", string(mail.Mail.Kind), string(mail.Mail.Kind)}}
		a.happened(EventMailResent)
		a.owesMessage, a.result = true, mail
		return a.tx.RequeueMail(mail)
	})
	return mail, err
}

// mayLeave refuses a mail that would do no good.
func (a *act) mayLeave(mail *DeadMail) error {
	switch {
	case a.tenant.Sandbox:
		return Refuse(CodeMailNotResendable, "", "The tenant is a sandbox: its mails never leave.")
	case !mailable(mail.Mail.To):
		return Refuse(CodeMailNotResendable, "", "There is no address that this mail could go to.")
	case mail.Token != uuid.Nil && (!mail.LinkOpens || mail.Mail.SealedToken == nil || !mail.Mail.ExpiresAt.After(a.now)):
		return Refuse(CodeMailNotResendable, "", "The link of this mail is void: it expired, was used or was replaced by a newer one. "+
			"Send the person a new one with ResendInvitation or ResetPassword.")
	}
	return nil
}
