package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Openings tells who has something in hand that opens a door.
type Openings interface {
	// ListOpen gives up to count people behind one (uuid.Nil: from the start), in the order of their ids, who have a
	// session, an invitation or a reset link that could be used at that time; of a tenant that is disabled, too.
	ListOpen(ctx context.Context, tenant, after uuid.UUID, now time.Time, count int) ([]uuid.UUID, error)
}

// Recalled counts what was recalled.
type Recalled struct {
	Credentials int
	People      int // whose sessions, invitations and reset links were ended
}

// recallReason is what the audit says.
const recallReason = "All that was given out and opens a door was recalled."

// Recall ends all that was given out in the tenant and opens a door: credentials, sessions, invitations and reset links.
// It is for a database that was restored from a backup, in which lives again what was ended since that was taken, and for
// one that was stolen. Access, passwords and second factors stay. Each act has a transaction of its own; to repeat it does
// the rest. Tell hears for how many people it was done.
func (o *Administration) Recall(ctx context.Context, caller Caller, tell func(people int)) (done Recalled, err error) {
	if err := caller.Require(CredentialsManage, UsersSessions, UsersInvite); err != nil {
		return done, err
	}
	credentials, err := o.Credentials(ctx, caller)
	if err != nil {
		return done, err
	}
	for _, credential := range credentials {
		if !credential.Live(o.now()) {
			continue
		}
		if _, err := o.RevokeCredential(ctx, caller, credential.ID); err != nil {
			return done, err
		}
		done.Credentials++
	}
	for after := uuid.Nil; ; {
		people, err := o.registry.ListOpen(ctx, caller.Tenant, after, o.now(), Batch)
		if err != nil || len(people) == 0 {
			return done, err
		}
		for _, after = range people {
			if err := o.recall(ctx, caller, after); err != nil {
				return done, err
			}
			done.People++
			tell(done.People)
		}
	}
}

// recall ends what one person has in hand.
func (o *Administration) recall(ctx context.Context, caller Caller, person uuid.UUID) error {
	return o.write(ctx, caller, func(a *act) error {
		e, err := a.open(person, 0)
		if err != nil {
			return err
		}
		open, err := e.endEverything("recalled")
		if err != nil {
			return err
		}
		if open.Invitations > 0 {
			e.happened(EventInvitationRevoked)
		}
		if len(e.entry.Effects) == 0 { // reset links alone, which have no event of their own
			e.happened(EventSessionsRevoked)
		}
		e.remark(recallReason)
		return e.settle(everyAspect)
	})
}
