package domain

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// InvitationBatch asks for access for several people at once.
type InvitationBatch struct {
	Invitees []Invitee
	// MatchExisting gives access to a person whom the tenant knows by username, employee number or primary e-mail, instead
	// of creating another one.
	MatchExisting bool
	AllOrNothing  bool // in one transaction, which leaves nothing when anybody fails
}

// Invitee is one of them: somebody whom the tenant knows, or somebody new.
type Invitee struct {
	Person uuid.UUID // who is known; uuid.Nil: In is created
	In     NewPerson // with Access; of a known person only Access and ExternalLogin count
	Wrong  error     // what the door found wrong already; such a person fails without being tried
}

// MaxInvitees is how many people one batch holds at most.
const MaxInvitees = 100

// Invited is what became of an invitee.
type Invited struct {
	Outcome InvitedOutcome
	Person  uuid.UUID // uuid.Nil for who failed
	State   State
	Err     error // why it failed
}

// InvitedOutcome names what became of an invitee.
type InvitedOutcome string

// What can become of an invitee.
const (
	InvitedCreated InvitedOutcome = "Created" // person and access are new
	InvitedLinked  InvitedOutcome = "Linked"  // somebody known has access now
	InvitedFailed  InvitedOutcome = "Failed"  // nothing of it is stored
)

// inviters is how many people of a batch are worked on at once, so that they share commits.
const inviters = 16

// InviteAll gives access to many people, each in a transaction of its own or all in one, and tells in their order what
// became of each. With an idempotency key each person's outcome is remembered as well, so that a batch that was cut off
// half-way goes on where it was when it is sent again.
//
// Errors: validation_failed for a batch of nobody or of too many; bulk_failed, with the outcomes of those who failed,
// where all or nothing was asked for. What concerns one person only is in that person's outcome.
func (pr *Provisioner) InviteAll(ctx context.Context, caller Caller, batch InvitationBatch) ([]Invited, error) {
	if err := caller.Require(batch.permissions()...); err != nil {
		return nil, err
	}
	if count := len(batch.Invitees); count == 0 || count > MaxInvitees {
		var found problems
		found.add("Users", "Between 1 and %d users are possible in one request; there are %d.", MaxInvitees, count)
		return nil, found.err()
	}
	if replayed, err := pr.answered(ctx, caller); replayed || err != nil {
		return nil, err
	}
	outcomes := batch.screen()
	if batch.AllOrNothing {
		return pr.inviteTogether(ctx, caller, &batch, outcomes)
	}
	pr.inviteEach(ctx, caller, &batch, outcomes)
	if caller.Once == nil {
		return outcomes, nil
	}
	return outcomes, pr.write(ctx, caller, func(a *act) error { a.result = outcomes; return nil })
}

func (b *InvitationBatch) permissions() []Permission {
	aspects := WhatNewAccess("")
	for _, i := range b.Invitees {
		if i.Person == uuid.Nil {
			aspects |= AspectProfile
		}
		aspects |= WhatNewAccess(i.In.ExternalLogin)
	}
	return append(aspects.ToGive(), UsersInvite)
}

// screen fails those who can't succeed whatever is stored: by their own fault, or because somebody before them in the
// batch is the same or wants the same.
func (b *InvitationBatch) screen() []Invited {
	outcomes := make([]Invited, len(b.Invitees))
	seen := map[claimedKey]int{}
	for i := range b.Invitees {
		invitee := &b.Invitees[i]
		err := invitee.validate()
		if err == nil {
			err = invitee.twice(seen, i)
		}
		if err != nil {
			outcomes[i] = failedInvitation(err)
		}
	}
	return outcomes
}

func (i *Invitee) validate() error {
	if i.Wrong != nil {
		return i.Wrong
	}
	return i.In.Validate()
}

// claimedKey is something that only one person of a batch can be or have.
type claimedKey struct {
	code      Code // of the refusal of the second one
	attribute string
	value     string // folded
}

func (i *Invitee) keys() []claimedKey {
	if i.Person != uuid.Nil {
		return []claimedKey{{CodeAlreadyProvisioned, "PersonId", i.Person.String()}, {CodeUsernameTaken, AttrUsername.Name, Fold(i.In.Access.Username)},
			{CodeExternalLoginInUse, AttrExternalLogin.Name, Fold(i.In.ExternalLogin)}}
	}
	return []claimedKey{{CodeUsernameTaken, AttrUsername.Name, Fold(i.In.username())}, {CodeEmailInUse, Emails.Name, Fold(i.In.PrimaryEmail())},
		{CodeEmployeeNumberInUse, AttrEmployeeNumber.Name, Fold(i.In.Employee.Number)}, {CodeExternalLoginInUse, AttrExternalLogin.Name, Fold(i.In.ExternalLogin)}}
}

// twice refuses who repeats what somebody earlier in the batch is or has.
func (i *Invitee) twice(seen map[claimedKey]int, index int) error {
	keys := slices.DeleteFunc(i.keys(), func(k claimedKey) bool { return k.value == "" })
	for _, key := range keys {
		if first, taken := seen[key]; taken {
			return Refuse(key.code, key.attribute, "The user with index %d of the same request has the same %s.", first, key.attribute)
		}
	}
	for _, key := range keys {
		seen[key] = index
	}
	return nil
}

// inviteEach tries everybody who has not failed yet, in a transaction each. No two of them want the same, so that their
// order makes no difference.
func (pr *Provisioner) inviteEach(ctx context.Context, caller Caller, batch *InvitationBatch, outcomes []Invited) {
	places := make(chan struct{}, inviters)
	var flights sync.WaitGroup
	for i := range batch.Invitees {
		if outcomes[i].Err != nil {
			continue
		}
		places <- struct{}{}
		flights.Go(func() {
			defer func() { <-places }()
			outcomes[i] = pr.inviteAlone(ctx, caller, batch, i)
		})
	}
	flights.Wait()
}

// inviteAlone is one person of a batch. A panic is that person's misfortune, as it would be that of a request.
func (pr *Provisioner) inviteAlone(ctx context.Context, caller Caller, batch *InvitationBatch, index int) (outcome Invited) {
	defer func() {
		if cause := recover(); cause != nil {
			outcome = failedInvitation(fmt.Errorf("panic in an invitation of a batch: %v\n%s", cause, debug.Stack()))
		}
	}()
	caller.Once = caller.Once.ofInvitee(index)
	err := pr.write(ctx, caller, func(a *act) (err error) {
		outcome, err = a.inviteOne(&batch.Invitees[index], batch.MatchExisting)
		a.result = outcome
		return err
	})
	if err == nil && caller.Once != nil {
		outcome, err = inviteeOf(caller.Once.Answer)
	}
	if err != nil {
		return failedInvitation(err)
	}
	return outcome
}

func failedInvitation(err error) Invited { return Invited{Outcome: InvitedFailed, Err: err} }

// ofInvitee is the key of one person of a batch: the batch's own, at a route of the person's own.
func (o *Once) ofInvitee(index int) *Once {
	if o == nil {
		return nil
	}
	return &Once{Route: fmt.Sprintf("%s#%d", o.Route, index), Key: o.Key, BodyHash: o.BodyHash, Render: func(result any) (Answer, error) {
		invited := result.(Invited)
		return Answer{Header: map[string]string{"Outcome": string(invited.Outcome), "PersonId": invited.Person.String(), "State": string(invited.State)}}, nil
	}}
}

// inviteeOf reads what ofInvitee remembered.
func inviteeOf(answer Answer) (Invited, error) {
	person, err := uuid.Parse(answer.Header["PersonId"])
	return Invited{Outcome: InvitedOutcome(answer.Header["Outcome"]), Person: person, State: State(answer.Header["State"])}, err
}
