package domain

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Anonymization is what is remembered of a person who was anonymised: that it was done, and when.
type Anonymization struct {
	ID          uuid.UUID // of the job
	Person      uuid.UUID
	By          Actor // by kind and id; its name is in the audit
	CompletedAt time.Time
}

// AnonymizationTx takes people out of all that is kept about them.
type AnonymizationTx interface {
	// EraseTraces removes what tells who the person was from everything that is kept beside the person's own row, access
	// and links and the logs: mails, stored answers, invitations to others, wishes for reset links. The names are all that
	// the person was called, for what was kept by a name. Ids, times and counts stay.
	EraseTraces(person uuid.UUID, names []string) error
	InsertAnonymization(job *Anonymization) error
	// FindAnonymization finds a job by its id; not_found when there is none.
	FindAnonymization(job uuid.UUID) (*Anonymization, error)
	// FindAnonymizationOf finds the job of a person; not_found when there is none.
	FindAnonymizationOf(person uuid.UUID) (*Anonymization, error)
}

// Blocker is a reason why somebody can't be anonymised yet.
type Blocker struct {
	Code    string // for programs
	Message string // what it is and what to do
}

// Obstacle tells what stands in the way of anonymising a person; nil when nothing does. It must be pure: what it needs of
// other systems has to be with the person already.
type Obstacle func(p *Person, now time.Time) []Blocker

// Employed blocks people with a live employment: an employee record without a termination date in the past.
func Employed(p *Person, now time.Time) []Blocker {
	if !p.Employee.Exists() || p.Employee.TerminationDate != "" && p.Employee.TerminationDate < now.UTC().Format(time.DateOnly) {
		return nil
	}
	return []Blocker{{"live_employment", "The person is employed: set a TerminationDate in the past, or clear the Employee record."}}
}

// WhomToAnonymize names one person, by exactly one of its fields.
type WhomToAnonymize struct {
	Person       uuid.UUID
	EmailAddress string
}

// Anonymize removes for good all that tells who the person was; ids, times and counts stay. A person who was anonymised
// before is found by id, and nothing happens again; by an e-mail address nobody finds that person any more.
//
// Errors: person_not_found; ambiguous_email; anonymization_blocked with the blockers; last_administrator.
func (pr *Provisioner) Anonymize(ctx context.Context, caller Caller, whom WhomToAnonymize) (*Anonymization, error) {
	if err := caller.Require(UsersAnonymize); err != nil {
		return nil, err
	}
	if (whom.Person == uuid.Nil) == (whom.EmailAddress == "") {
		return nil, Refuse(CodeValidation, "PersonId", "Name the person by exactly one of PersonId and EmailAddress.")
	}
	var done *Anonymization
	err := pr.write(ctx, caller, func(a *act) error {
		person, err := a.whom(whom)
		if err != nil {
			return err
		}
		done, err = a.anonymize(person)
		return err
	})
	return done, err
}

// Anonymization is a job of the past.
//
// Errors: not_found.
func (pr *Provisioner) Anonymization(ctx context.Context, caller Caller, job uuid.UUID) (found *Anonymization, err error) {
	if err := caller.Require(UsersAnonymize); err != nil {
		return nil, err
	}
	err = pr.store.Look(ctx, caller.Scope(), func(tx Tx) error {
		found, err = tx.FindAnonymization(job)
		return err
	})
	return found, err
}

// whom finds out who is meant.
func (a *act) whom(whom WhomToAnonymize) (uuid.UUID, error) {
	if whom.Person != uuid.Nil {
		return whom.Person, nil
	}
	page, err := a.tx.ListPeople(Query{Count: 2, Where: Some{Emails, Compare{AttrEmailAddress, Equal, TextValue(whom.EmailAddress)}}})
	switch {
	case err != nil:
		return uuid.Nil, err
	case len(page.Items) == 0:
		return uuid.Nil, Refuse(CodePersonNotFound, "", "There is no such person.")
	case len(page.Items) > 1:
		return uuid.Nil, Refuse(CodeAmbiguousEmail, "EmailAddress", "Several people have this address; name one by PersonId.")
	default:
		return page.Items[0].ID, nil
	}
}

func (a *act) anonymize(person uuid.UUID) (*Anonymization, error) {
	p, err := a.tx.FindPerson(person, 0)
	if err != nil {
		return nil, err
	}
	if !p.AnonymizedAt.IsZero() {
		return a.tx.FindAnonymizationOf(person)
	}
	if err := a.unblocked(p); err != nil {
		return nil, err
	}
	if a.caller.IsPerson(person) {
		a.caller.Actor.Name = "" // nor does the audit of this act say it
	}
	e := a.edit(p)
	names := e.names()
	e.happened(EventDeletionRequested)
	if err := e.forget(names); err != nil {
		return nil, err
	}
	job := &Anonymization{ID: a.newID(), Person: person, By: a.caller.Actor, CompletedAt: a.now}
	e.happened(EventDeletionCompleted)
	return job, a.tx.InsertAnonymization(job)
}

// unblocked refuses when anything stands in the way.
func (a *act) unblocked(p *Person) error {
	var blockers []Blocker
	for _, obstacle := range a.obstacles {
		blockers = append(blockers, obstacle(p, a.now)...)
	}
	if len(blockers) == 0 {
		return nil
	}
	refused := Refuse(CodeAnonymizationBlocked, "", "The person can't be anonymised yet: %s", blockers[0].Message)
	refused.Blockers = blockers
	return refused
}

// names are all that the person is called by somebody else's data.
func (e *edit) names() []string {
	names := []string{e.p.Username, e.p.ExternalLogin, e.hiddenLogin, e.p.Employee.Number, e.p.ExternalReference, e.p.ShownName()}
	if e.p.Access != nil {
		names = append(names, e.p.Access.Username)
	}
	for i := range e.p.Emails {
		names = append(names, e.p.Emails[i].Address)
	}
	return names
}

// forget leaves the bare person behind.
func (e *edit) forget(names []string) error {
	if e.p.Access != nil {
		if err := e.removeAccess(EndAnonymized); err != nil {
			return err
		}
	}
	if err := e.tx.DeleteLinks(e.p.ID); err != nil {
		return err
	}
	bare := &Person{ID: e.p.ID, Version: e.p.Version + 1, CreatedAt: e.p.CreatedAt, UpdatedAt: e.now, AnonymizedAt: e.now}
	if err := e.tx.UpdatePerson(bare); err != nil {
		return err
	}
	if err := e.tx.EraseTraces(e.p.ID, names); err != nil {
		return err
	}
	// Of the names only addresses are looked for in what the audit says of others: no other text has the same letters.
	addresses := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.Contains(name, "@") })
	if _, err := e.tx.ScrubAudit(e.p.ID, addresses); err != nil {
		return err
	}
	return e.tx.ScrubProvisioning(e.p.ID)
}
