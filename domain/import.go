package domain

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// ImportJob is a migration of people from another system; see package migration.
type ImportJob struct {
	ID          uuid.UUID
	Status      ImportStatus
	Total       int   // records
	Actor       Actor // who started it, and on whose behalf the people are created
	CreatedAt   time.Time
	CompletedAt time.Time
}

// ImportStatus tells how far a job is.
type ImportStatus string

// A job is running until every record has its outcome.
const (
	ImportRunning   ImportStatus = "Running"
	ImportCompleted ImportStatus = "Completed"
)

// ImportRecord is one person of a job.
type ImportRecord struct {
	Tenant   uuid.UUID
	Job      uuid.UUID
	Index    int // place in the request, from 0
	LegacyID string
	Address  string // e-mail; only a digest of it is kept, by which the record is found when somebody has to be forgotten
	Sealed   []byte // what came, until the outcome is known: it has a hash in it that must not lie about
	Outcome  ImportOutcome
	Person   uuid.UUID
	Problem  *Error // why nobody was created
	Attempts int    // claims so far; tells one claim from the next
}

// ImportOutcome is what became of a record. It is final once it is one of these.
type ImportOutcome string

// The outcomes.
const (
	ImportWaiting ImportOutcome = ""
	ImportCreated ImportOutcome = "Created"
	ImportSkipped ImportOutcome = "Skipped"
	ImportFailed  ImportOutcome = "Failed"
)

// ImportTx keeps migrations.
type ImportTx interface {
	// InsertImport stores a job with all its records.
	InsertImport(job *ImportJob, records []*ImportRecord) error
	// FindImport loads a job; not_found when there is none.
	FindImport(job uuid.UUID) (*ImportJob, error)
	// ListImportRecords gives up to count records from that index on.
	ListImportRecords(job uuid.UUID, from, count int) ([]*ImportRecord, error)
	// CountImportRecords tells how many records have which outcome.
	CountImportRecords(job uuid.UUID) (map[ImportOutcome]int, error)
	// SettleImportRecord stores the outcome of a record, unless it has one or somebody else has claimed it since.
	SettleImportRecord(r *ImportRecord) (bool, error)
	// CompleteImport ends a running job of which no record waits.
	CompleteImport(job uuid.UUID, at time.Time) (bool, error)
	// FindByLegacyID finds who came from another system under that id; uuid.Nil when nobody has.
	FindByLegacyID(legacyID string) (uuid.UUID, error)
}

// Imports is the queue of records that wait to be worked on, of all tenants.
type Imports interface {
	// ClaimImportRecords hands out up to count waiting records and hides them from other claims until the lease ends.
	ClaimImportRecords(ctx context.Context, now time.Time, lease time.Duration, count int) ([]*ImportRecord, error)
	// FinishedImports names up to count running jobs of which no record waits, by tenant and job.
	FinishedImports(ctx context.Context, count int) ([]*ImportRecord, error)
}

// Imported is what somebody brings along who comes from another system.
type Imported struct {
	LegacyID      string
	CreatedAt     time.Time // zero: now
	EmailVerified bool
	PasswordHash  string // stored form; "": none
}

// Import creates a person with access who comes from another system. With a password and a verified address the access
// is usable at once.
func (w *Work) Import(in NewPerson, from Imported) (*Person, error) {
	a := w.act
	access := *in.Access
	access.passwordHash = from.PasswordHash
	e := &edit{act: a, before: &Person{}, imported: true, p: &Person{ID: a.newID(), Profile: in.Profile, LegacyID: from.LegacyID, CreatedAt: a.now}}
	if !from.CreatedAt.IsZero() {
		e.p.CreatedAt = from.CreatedAt
	}
	a.entry.Person, a.entry.Note = e.p.ID, "migrated from another system"
	e.happened(EventPersonCreated)
	e.tidyContacts()
	if from.EmailVerified {
		e.verified(e.p.PrimaryEmail())
	}
	if err := e.provision(&access); err != nil {
		return nil, err
	}
	e.p.Access.CreatedAt = e.p.CreatedAt
	if from.EmailVerified && from.PasswordHash != "" && e.p.Access.ActivatedAt.IsZero() {
		e.p.Access.ActivatedAt = a.now
	}
	return e.p, e.settle(everyAspect)
}
