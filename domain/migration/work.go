package migration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	// batch is how many records a server claims at once. They have to be done within the lease, after which others may
	// take them: a hash takes about 50 ms.
	batch = 16
	lease = 2 * time.Minute
	// maxAttempts is how often a record is tried that fails by our own fault.
	maxAttempts = 5
	// pause is how long to wait for a turn among those who sign in.
	pause = 100 * time.Millisecond
	// maxFinished is how many jobs are ended in one go.
	maxFinished = 100
)

// Work does what waits, one record after the other, and ends the jobs of which nothing is left. Every server does it
// whenever it likes: a record's person and its outcome are stored in one transaction, by whoever claimed it last.
func (m *Migrations) Work(ctx context.Context) error {
	var failures []error
	actors := map[uuid.UUID]domain.Actor{}
	for ctx.Err() == nil {
		records, err := m.Registry().ClaimImportRecords(ctx, m.Now(), lease, batch)
		if err != nil {
			return err
		}
		for _, r := range records {
			if ctx.Err() != nil {
				return ctx.Err() // what is claimed is somebody's when the lease is over
			}
			if err := m.do(ctx, r, actors); err != nil {
				failures = append(failures, fmt.Errorf("record %d of migration %s: %w", r.Index, r.Job, err))
			}
		}
		if len(records) < batch {
			break
		}
	}
	return errors.Join(append(failures, m.finish(ctx))...)
}

// do gives a record its outcome. An error leaves it to the next claim.
func (m *Migrations) do(ctx context.Context, r *domain.ImportRecord, actors map[uuid.UUID]domain.Actor) error {
	caller, err := m.callerOf(ctx, r, actors)
	if err != nil {
		return err
	}
	p, err := m.unseal(r)
	stored := ""
	if err == nil && p.PasswordHash != "" {
		stored, err = m.adopt(ctx, p.hash(p.Scheme))
	}
	if err == nil {
		err = m.create(ctx, caller, r, p, stored)
	}
	switch {
	case err == nil || errors.Is(err, errTaken):
		return nil
	case !concernsRecord(err) && r.Attempts < maxAttempts:
		return err
	case !concernsRecord(err):
		r.Problem = domain.Refuse(domain.CodeInternal, "", "Something went wrong on our side, again and again; send the record in another migration.")
	default:
		r.Problem, _ = errors.AsType[*domain.Error](err)
	}
	r.Person, r.Outcome = uuid.Nil, domain.ImportFailed
	if existing(err) && !p.FailExisting {
		r.Outcome = domain.ImportSkipped
	}
	return m.Write(ctx, caller, func(w *domain.Work) error {
		_, err := w.Tx().SettleImportRecord(r)
		return err
	})
}

// callerOf is who started the job.
func (m *Migrations) callerOf(ctx context.Context, r *domain.ImportRecord, known map[uuid.UUID]domain.Actor) (domain.Caller, error) {
	caller := domain.Caller{Tenant: r.Tenant, Door: domain.DoorRest, Mode: domain.ReadWrite, Actor: known[r.Job]}
	if caller.Actor.Kind != "" {
		return caller, nil
	}
	err := m.Read(ctx, caller, func(tx domain.Tx) error {
		job, err := tx.FindImport(r.Job)
		if err == nil {
			known[r.Job], caller.Actor = job.Actor, job.Actor
		}
		return err
	})
	return caller, err
}

func (m *Migrations) unseal(r *domain.ImportRecord) (*parcel, error) {
	p := new(parcel)
	text, err := m.Secrets().Open(r.Sealed, purpose(r))
	if err == nil {
		err = json.Unmarshal([]byte(text), p)
	}
	return p, err
}

// adopt waits for its turn: those who sign in go first.
func (m *Migrations) adopt(ctx context.Context, hash domain.LegacyHash) (string, error) {
	for {
		stored, err := m.Passwords().Adopt(ctx, hash)
		if !domain.Is(err, domain.CodeOverloaded) {
			return stored, err
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(pause):
		}
	}
}

// errTaken tells that the record has its outcome, or another claim, already.
var errTaken = errors.New("the record is somebody else's")

// create makes the person and settles the record, unless the person has come before.
func (m *Migrations) create(ctx context.Context, caller domain.Caller, r *domain.ImportRecord, p *parcel, stored string) error {
	return m.Write(ctx, caller, func(w *domain.Work) error {
		known, err := w.Tx().FindByLegacyID(r.LegacyID)
		if err != nil {
			return err
		}
		r.Outcome, r.Person = domain.ImportSkipped, known
		if known == uuid.Nil {
			person, err := w.Import(p.person(p.Invite), domain.Imported{LegacyID: r.LegacyID, CreatedAt: p.CreatedAt,
				EmailVerified: p.EmailVerified, PasswordHash: stored})
			if err != nil {
				return err
			}
			r.Outcome, r.Person = domain.ImportCreated, person.ID
		}
		settled, err := w.Tx().SettleImportRecord(r)
		if err == nil && !settled {
			err = errTaken
		}
		return err
	})
}

// existing tells whether a record was refused because the tenant knows the person.
func existing(err error) bool {
	switch domain.CodeOf(err) {
	case domain.CodeUsernameTaken, domain.CodeEmailInUse, domain.CodeEmployeeNumberInUse, domain.CodeUserAccessExists:
		return true
	default:
		return false
	}
}

// concernsRecord tells whether a refusal is about the record, rather than about the server.
func concernsRecord(err error) bool {
	switch domain.CodeOf(err) {
	case domain.CodeInternal, domain.CodeOverloaded, domain.CodeUnavailable, domain.CodeStorageFull, domain.CodeIdempotencyInProgress, domain.CodeTenantNotFound:
		return false
	default:
		return true
	}
}

// finish ends the jobs of which no record waits.
func (m *Migrations) finish(ctx context.Context) error {
	jobs, err := m.Registry().FinishedImports(ctx, maxFinished)
	if err != nil {
		return err
	}
	var failures []error
	for _, job := range jobs {
		caller := domain.Caller{Tenant: job.Tenant, Door: domain.DoorSystem, Actor: domain.Actor{Kind: domain.ActorSystem, Name: "migration"}}
		failures = append(failures, m.Write(ctx, caller, func(w *domain.Work) error {
			ended, err := w.Tx().CompleteImport(job.Job, w.Now())
			if err != nil || !ended {
				return err
			}
			counts, err := w.Tx().CountImportRecords(job.Job)
			facts := []domain.Fact{{Name: "JobId", Value: job.Job.String()}}
			for _, outcome := range []domain.ImportOutcome{domain.ImportCreated, domain.ImportSkipped, domain.ImportFailed} {
				facts = append(facts, domain.Fact{Name: string(outcome), Value: strconv.Itoa(counts[outcome])})
			}
			w.Happened(domain.EventMigrationCompleted, facts...)
			return err
		}))
	}
	return errors.Join(failures...)
}
