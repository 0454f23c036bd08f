package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// ResetRequest is somebody's wish for a reset link, as it came in: nobody has looked yet whether there is such a
// person, so that the answer and its timing are the same either way.
type ResetRequest struct {
	ID        uuid.UUID
	Tenant    uuid.UUID
	Name      string // username or e-mail
	RequestID string
	IP        string
	At        time.Time
}

// How many reset mails a person gets at most on their own request; more of them would only flood the mailbox.
const (
	resetPause = time.Minute
	resetDaily = 10
)

// RequestReset asks for a reset link to be mailed to whoever has that username or primary e-mail. It always succeeds,
// and does the same little work for everybody; MailResets does the rest.
//
// Errors: validation_failed for a name that nobody can have.
func (o *Account) RequestReset(ctx context.Context, visitor Caller, name string) error {
	var found problems
	if Fold(name) == "" {
		found.add("UsernameOrEmail", "A username or an e-mail address is needed.")
	}
	checkSize(&found, "UsernameOrEmail", name, MaxKey)
	if err := found.err(); err != nil {
		return err
	}
	return o.write(ctx, visitor, func(a *act) error {
		return a.tx.InsertResetRequest(&ResetRequest{ID: a.newID(), Name: name, RequestID: a.caller.RequestID, IP: a.caller.IP, At: a.now})
	})
}

// MailResets answers the wishes for reset links that have come in. Several servers may do so at once: each wish is
// taken by one of them, in the transaction of its mail. It ends when there are none left.
func (o *Account) MailResets(ctx context.Context) error {
	for {
		waiting, err := o.registry.ListResetRequests(ctx, 100)
		if err != nil || len(waiting) == 0 {
			return err
		}
		for _, request := range waiting {
			if err := o.mailReset(ctx, request); err != nil {
				return err
			}
		}
	}
}

func (o *Account) mailReset(ctx context.Context, request *ResetRequest) error {
	caller := Caller{Tenant: request.Tenant, Door: DoorSelf, Mode: ReadWrite, Actor: Actor{Kind: ActorVisitor}, RequestID: request.RequestID, IP: request.IP}
	return o.write(ctx, caller, func(a *act) error {
		taken, err := a.tx.TakeResetRequest(request.ID)
		if err != nil || !taken {
			return err
		}
		person, err := a.whoForgot(request.Name)
		if err != nil || person == uuid.Nil {
			return err
		}
		p, err := a.tx.FindPerson(person, 0)
		if err != nil {
			return ignoring(err, CodePersonNotFound)
		}
		e := a.edit(p)
		if p.State() != StateActive || !mailable(p.PrimaryEmail()) || e.tenant.letsUsePassword(p) != nil {
			return nil
		}
		last, today, err := a.tx.CountResetTokens(p.ID, a.now.Add(-24*time.Hour))
		if err != nil || a.now.Sub(last) < resetPause || today >= resetDaily {
			return err
		}
		return e.mailOwnReset()
	})
}

// mailOwnReset mails a link that the person asked for. What admins see of the person does not change: a stranger could
// have asked.
func (e *edit) mailOwnReset() error {
	if e.p.Access.ResetExpires.After(e.now) {
		return nil // an administrator's link is on its way; a newer one would void it
	}
	if _, err := e.tx.VoidResetTokens(e.p.ID, e.now); err != nil {
		return err
	}
	e.happened(EventPasswordResetRequested)
	token, hash := e.secrets.NewToken(TokenReset)
	reset := &ResetToken{ID: e.newID(), Person: e.p.ID, TokenHash: hash, Origin: ResetBySelf,
		CreatedAt: e.now, ExpiresAt: e.now.Add(e.tenant.Policies.Duration(PolicyResetTTL))}
	if err := e.tx.InsertResetToken(reset); err != nil {
		return err
	}
	return e.mailToken(reset.ID, token, Mail{Kind: MailReset, To: e.p.PrimaryEmail(), ExpiresAt: reset.ExpiresAt})
}

// whoForgot finds who the name belongs to; uuid.Nil for nobody, and for more than one.
func (a *act) whoForgot(name string) (uuid.UUID, error) {
	for _, attribute := range []*Attribute{AttrUsername, AttrEmailAddress} {
		found, err := a.tx.FindByLogin(attribute, name)
		if err != nil || len(found) == 1 {
			return append(found, uuid.Nil)[0], err
		}
	}
	return uuid.Nil, nil
}

func ignoring(err error, code Code) error {
	if Is(err, code) {
		return nil
	}
	return err
}
