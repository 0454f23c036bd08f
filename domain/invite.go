package domain

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// resendPause is how long after an invitation mail the next one can be asked for.
const resendPause = time.Minute

// ResendInvitation voids the old invitation and mails a new one.
//
// Errors: already_active, account_inactive, primary_email_required; resend_too_soon within a minute of the last.
func (pr *Provisioner) ResendInvitation(ctx context.Context, caller Caller, person uuid.UUID, message string) (*Person, error) {
	if err := caller.Require(UsersInvite); err != nil {
		return nil, err
	}
	return pr.command(ctx, caller, person, func(e *edit) error {
		if err := e.situation().mayResendInvitation(); err != nil {
			return err
		}
		e.p.Access.InvitationWanted = true
		return e.sendInvitationMail(message)
	})
}

// RevokeInvitation voids the live invitation; the access stays. Without a live one it does nothing.
func (pr *Provisioner) RevokeInvitation(ctx context.Context, caller Caller, person uuid.UUID) (*Person, error) {
	if err := caller.Require(UsersInvite); err != nil {
		return nil, err
	}
	return pr.command(ctx, caller, person, func(e *edit) error {
		if err := e.situation().mayRevokeInvitation(); err != nil {
			return err
		}
		if e.p.Access.InvitationExpires.IsZero() {
			return nil
		}
		e.happened(EventInvitationRevoked)
		return e.voidInvitations()
	})
}

// sendInvitationMail voids the pending invitation and issues a new one to the primary e-mail.
func (e *edit) sendInvitationMail(message string) error {
	if !mailable(e.p.PrimaryEmail()) {
		return e.voidInvitations()
	}
	if _, err := e.tx.VoidInvitations(e.p.ID, InvitationRevoked); err != nil {
		return err
	}
	invitation, token := e.newInvitation()
	return e.storeInvitation(invitation, token, message)
}

// newInvitation makes an invitation and notes it in the access; both are still to be stored.
func (e *edit) newInvitation() (*Invitation, string) {
	access, kind, purpose := e.p.Access, InviteByMail, TokenInvitation
	if e.grant != nil && e.grant.SelfSignedUp {
		kind, purpose = InviteBySignUp, TokenVerify
	}
	token, hash := e.secrets.NewToken(purpose)
	invitation := &Invitation{
		ID: e.newID(), Person: e.p.ID, Kind: kind, TokenHash: hash, SentTo: e.p.PrimaryEmail(), Status: InvitationPending,
		SentAt: e.now, ExpiresAt: e.now.Add(e.tenant.Policies.Duration(PolicyInvitationTTL)),
		ResendCount: access.InvitationCount, InvitedBy: e.caller.Actor.Name,
	}
	access.InvitedAt, access.InvitationExpires = e.now, invitation.ExpiresAt
	access.InvitationCount++
	return invitation, token
}

func (e *edit) storeInvitation(invitation *Invitation, token, message string) error {
	if err := e.tx.InsertInvitation(invitation); err != nil {
		return err
	}
	e.happened(EventInvitationSent)
	e.issued = token
	mail := MailInvitation
	if invitation.Kind == InviteBySignUp {
		mail = MailVerifyEmail
	}
	return e.mailToken(invitation.ID, token, Mail{Kind: mail, To: invitation.SentTo, Message: message, ExpiresAt: invitation.ExpiresAt})
}

// mailToken owes the person a mail with a token; the message is named after the token's row.
func (e *edit) mailToken(row uuid.UUID, token string, mail Mail) error {
	message := &OutboxMessage{ID: e.newID(), Token: row, DedupKey: string(mail.Kind) + ":" + row.String(), Mail: mail}
	sealed, err := e.secrets.Seal(token, SealPurpose(e.tenant.ID, message.ID))
	if err != nil {
		return err
	}
	message.Mail.SealedToken = sealed
	return e.mail(message)
}

// SealPurpose is what the token in an outbox message is sealed for.
func SealPurpose(tenant, message uuid.UUID) string {
	return "outbox:" + tenant.String() + ":" + message.String()
}

// dedupKey names a message that this version of the person owes at most once.
func (e *edit) dedupKey(kind string) string {
	return kind + ":" + e.p.ID.String() + ":" + strconv.FormatInt(e.before.Version+1, 10)
}

// mailName is what the tenant is called in mails.
func (t *Tenant) mailName() string {
	if name := t.Policies.Get(PolicyMailName); name != "" {
		return name
	}
	return t.Name
}

// mailLanguage is in which languages mails to the person may be written, the best first.
func (e *edit) mailLanguage() string {
	own, usual := e.p.PreferredLanguage, e.tenant.Policies.Get(PolicyMailLanguage)
	if own == "" {
		return usual
	}
	return own + ", " + usual
}

// mail owes the person a message; one that can't be delivered to anybody is not owed.
func (e *edit) mail(message *OutboxMessage) error {
	if !mailable(message.Mail.To) {
		return nil
	}
	if message.ID == uuid.Nil {
		message.ID = e.newID()
	}
	message.Tenant, message.Person, message.NextAt = e.tenant.ID, e.p.ID, e.now
	message.Mail.PersonName, message.Mail.TenantName, message.Mail.Language = e.p.ShownName(), e.tenant.mailName(), e.mailLanguage()
	e.owesMessage = true
	return e.tx.Enqueue(message)
}
