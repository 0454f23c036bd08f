package domain

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// maxFaults is how many people whom the database refuses are looked for in a batch that fails as a whole: each costs
// the batch another try.
const maxFaults = 10

// inviteTogether is a batch in one transaction. When it fails, it goes on without whoever failed to find out who else
// would, and leaves nothing.
func (pr *Provisioner) inviteTogether(ctx context.Context, caller Caller, batch *InvitationBatch, screened []Invited) ([]Invited, error) {
	for range maxFaults {
		outcomes, culprit, err := pr.tryTogether(ctx, caller, batch, screened)
		if err == nil || culprit < 0 && !Is(err, CodeBulkFailed) {
			return outcomes, err
		}
		if culprit < 0 {
			break
		}
		screened[culprit] = failedInvitation(err)
	}
	return screened, bulkFailed()
}

func bulkFailed() error {
	return Refuse(CodeBulkFailed, "", "Not everybody can be invited, so nobody was; see Results for who can't and why.")
}

// tryTogether does the whole batch, or nothing. The culprit is the person by whom it failed; -1: nobody.
func (pr *Provisioner) tryTogether(ctx context.Context, caller Caller, batch *InvitationBatch, screened []Invited) (outcomes []Invited, culprit int, err error) {
	err = pr.write(ctx, caller, func(a *act) error {
		outcomes, culprit = slices.Clone(screened), -1
		doomed := false
		for i := range batch.Invitees {
			if outcomes[i].Err != nil {
				doomed = true
				continue
			}
			part := a.part()
			invited, err := part.inviteOne(&batch.Invitees[i], batch.MatchExisting)
			if err == nil {
				err = part.finish()
			}
			if err != nil {
				if concernsOne(err) {
					culprit = i
				}
				return err
			}
			outcomes[i], a.owesMessage = invited, a.owesMessage || part.owesMessage
		}
		a.result = outcomes
		if doomed {
			return bulkFailed()
		}
		return nil
	})
	return outcomes, culprit, err
}

// concernsOne tells whether an error is about the person who was tried, rather than about the server.
func concernsOne(err error) bool {
	switch CodeOf(err) {
	case CodeInternal, CodeOverloaded, CodeUnavailable, CodeStorageFull, CodeIdempotencyInProgress:
		return false
	default:
		return true
	}
}

// part is an act within the transaction of another, with its own line in the audit and its own events.
func (a *act) part() *act {
	caller := a.caller
	caller.Once = nil
	return &act{engine: a.engine, tx: a.tx, caller: caller, now: a.now, tenant: a.tenant}
}

// inviteOne gives access to one person of a batch.
func (a *act) inviteOne(invitee *Invitee, match bool) (Invited, error) {
	in := invitee.In
	known, err := invitee.Person, error(nil)
	if known == uuid.Nil && match {
		if known, err = a.matching(&in); err != nil {
			return Invited{}, err
		}
	}
	if known == uuid.Nil {
		p, err := a.createPerson(in)
		if err != nil {
			return Invited{}, err
		}
		return Invited{Outcome: InvitedCreated, Person: p.ID, State: p.State()}, nil
	}
	e, err := a.open(known, 0)
	if err != nil {
		return Invited{}, err
	}
	if invitee.Person != uuid.Nil {
		err = e.invite(in.Access, in.ExternalLogin)
	} else {
		_, err = e.linkTo(&in)
	}
	if err == nil && invitee.Person != uuid.Nil {
		err = e.settle(everyAspect)
	}
	return Invited{Outcome: InvitedLinked, Person: e.p.ID, State: e.p.State()}, err
}

// matching finds the one person without access whom the keys of a new one point at; uuid.Nil: nobody.
func (a *act) matching(in *NewPerson) (uuid.UUID, error) {
	matches, err := a.tx.MatchPeople(MatchKeys{Username: in.username(), EmployeeNumber: in.Employee.Number, Email: in.PrimaryEmail()})
	if err != nil || len(matches) == 0 {
		return uuid.Nil, err
	}
	for _, other := range matches[1:] {
		if other.Person != matches[0].Person {
			return uuid.Nil, ambiguous(matches)
		}
	}
	p, err := a.tx.FindPerson(matches[0].Person, 0)
	if Is(err, CodePersonNotFound) {
		return uuid.Nil, nil // gone since the match
	}
	if err == nil && p.Access != nil {
		err = taken(matches[0].By)
	}
	if err != nil {
		return uuid.Nil, err
	}
	return p.ID, nil
}

// username is the one that the person's access is going to have.
func (n *NewPerson) username() string {
	for _, name := range []string{n.Access.Username, n.Username, n.PrimaryEmail()} {
		if name != "" {
			return name
		}
	}
	return ""
}
