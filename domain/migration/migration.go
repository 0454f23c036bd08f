package migration

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// Request is a migration as it is asked for.
type Request struct {
	Scheme         domain.LegacyScheme
	FailExisting   bool // records of people whom the tenant knows fail; else they are skipped
	SendInvitation bool
	Records        []Record
}

// Record is one person as the other system knew it.
type Record struct {
	LegacyID      string // by which the person is recognised when the record comes again
	Username      string // "": the primary e-mail
	PasswordHash  string // "": none
	Salt          string
	Profile       domain.Profile
	EmailVerified bool
	IsActive      bool
	CreatedAt     time.Time // zero: unknown
}

// MaxRecords is how many people one request holds at most.
const MaxRecords = 1000

// Migrations is the set of use cases.
type Migrations struct{ domain.Base }

// New makes the use cases.
func New(base domain.Base) *Migrations { return &Migrations{base} }

// Start stores a job with its records, for the servers to work on.
//
// Errors: migration_closed unless the tenant's window is open; validation_failed with every problem of every record.
func (m *Migrations) Start(ctx context.Context, caller domain.Caller, in Request) (*domain.ImportJob, error) {
	if err := caller.Require(domain.UsersMigrate); err != nil {
		return nil, err
	}
	if err := m.open(ctx, caller); err != nil {
		return nil, err
	}
	if err := m.validate(&in); err != nil {
		return nil, err
	}
	job := &domain.ImportJob{ID: m.NewID(), Status: domain.ImportRunning, Total: len(in.Records), Actor: caller.Actor, CreatedAt: m.Now()}
	records, err := m.seal(caller.Tenant, job, &in)
	if err != nil {
		return nil, err
	}
	err = m.Write(ctx, caller, func(w *domain.Work) error {
		if err := window(w.Tenant(), w.Now()); err != nil {
			return err
		}
		w.Happened(domain.EventMigrationStarted, domain.Fact{Name: "JobId", Value: job.ID.String()})
		return w.Tx().InsertImport(job, records)
	})
	return job, err
}

// open refuses what is asked for outside of the window before all of it is checked.
func (m *Migrations) open(ctx context.Context, caller domain.Caller) error {
	return m.Read(ctx, caller, func(tx domain.Tx) error {
		tenant, err := tx.Tenant()
		if err != nil {
			return err
		}
		return window(tenant, m.Now())
	})
}

func window(tenant *domain.Tenant, now time.Time) error {
	if tenant.MigrationUntil.After(now) {
		return nil
	}
	return domain.Refuse(domain.CodeMigrationClosed, "", "The tenant is not open for migrations; an operator opens it for a while (scimbridge tenant update --migration-window 24h).")
}

// maxProblems is how many problems of records one answer lists.
const maxProblems = 100

// validate reports the problems of all records at once.
func (m *Migrations) validate(in *Request) error {
	var found []domain.FieldError
	add := func(attribute, message string) {
		found = append(found, domain.FieldError{Attribute: attribute, Message: message})
	}
	if count := len(in.Records); count == 0 || count > MaxRecords {
		add("Records", fmt.Sprintf("Between 1 and %d records are possible in one request; there are %d.", MaxRecords, count))
	}
	seen := map[string]int{}
	for i := range in.Records {
		r := &in.Records[i]
		at := fmt.Sprintf("Records[%d].", i)
		if first, twice := seen[r.LegacyID]; twice {
			add(at+"LegacyId", fmt.Sprintf("The record with index %d has the same LegacyId.", first))
		}
		seen[r.LegacyID] = i
		if strings.TrimSpace(r.LegacyID) == "" {
			add(at+"LegacyId", "A LegacyId is needed, by which the person is recognised when the record comes again.")
		}
		if r.CreatedAt.After(m.Now()) {
			add(at+"CreatedAt", "The time lies in the future.")
		}
		person := r.person(false)
		fields := fieldsOf(person.Validate())
		if r.PasswordHash != "" {
			fields = append(fields, fieldsOf(m.Passwords().CheckLegacy(r.hash(in.Scheme)))...)
		}
		for _, field := range fields {
			add(at+placeOf(field.Attribute), field.Message)
		}
		if len(found) > maxProblems {
			break
		}
	}
	if len(found) == 0 {
		return nil
	}
	found = found[:min(len(found), maxProblems)]
	return &domain.Error{Code: domain.CodeValidation, Attribute: found[0].Attribute, Message: found[0].Message, Fields: found}
}

func fieldsOf(err error) []domain.FieldError {
	if err == nil {
		return nil
	}
	own, ok := err.(*domain.Error)
	if !ok {
		return []domain.FieldError{{Message: "The record can't be read."}}
	}
	return own.Fields
}

// placeOf is where a record has an attribute.
func placeOf(attribute string) string {
	if slices.Contains([]string{"Username", "PasswordHash", "Salt"}, attribute) {
		return "Identity." + attribute
	}
	return "Profile." + attribute
}

func (r *Record) hash(scheme domain.LegacyScheme) domain.LegacyHash {
	return domain.LegacyHash{Text: r.PasswordHash, Salt: r.Salt, LegacyScheme: scheme}
}

// person is whom the record makes.
func (r *Record) person(invite bool) domain.NewPerson {
	return domain.NewPerson{Profile: r.Profile, Access: &domain.NewAccess{Username: r.Username, IsActive: r.IsActive, SendInvitation: &invite}}
}

// parcel is what is kept of a record until its outcome is known.
type parcel struct {
	Record
	Scheme       domain.LegacyScheme
	FailExisting bool
	Invite       bool
}

// seal encrypts the records: a fast digest must not lie about until somebody comes to wrap it.
func (m *Migrations) seal(tenant uuid.UUID, job *domain.ImportJob, in *Request) ([]*domain.ImportRecord, error) {
	list := make([]*domain.ImportRecord, len(in.Records))
	for i, r := range in.Records {
		text, err := json.Marshal(parcel{r, in.Scheme, in.FailExisting, in.SendInvitation})
		if err != nil {
			return nil, err
		}
		list[i] = &domain.ImportRecord{Tenant: tenant, Job: job.ID, Index: i, LegacyID: r.LegacyID, Address: r.address()}
		if list[i].Sealed, err = m.Secrets().Seal(string(text), purpose(list[i])); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// address is the e-mail address that tells whom the record is about; "" where there is none.
func (r *Record) address() string {
	person := domain.Person{Profile: r.Profile}
	if address := person.PrimaryEmail(); address != "" || !strings.Contains(r.Username, "@") {
		return address
	}
	return r.Username
}

func purpose(r *domain.ImportRecord) string {
	return fmt.Sprintf("import:%s:%s:%d", r.Tenant, r.Job, r.Index)
}

// Progress is a job with its counts and some of its records.
type Progress struct {
	Job     *domain.ImportJob
	Counts  map[domain.ImportOutcome]int
	Records []*domain.ImportRecord
}

// Find tells how far a job is, with up to count records from that index on.
//
// Errors: not_found.
func (m *Migrations) Find(ctx context.Context, caller domain.Caller, job uuid.UUID, from, count int) (*Progress, error) {
	if err := caller.Require(domain.UsersMigrate); err != nil {
		return nil, err
	}
	p := new(Progress)
	err := m.Read(ctx, caller, func(tx domain.Tx) (err error) {
		if p.Job, err = tx.FindImport(job); err != nil {
			return err
		}
		if p.Counts, err = tx.CountImportRecords(job); err == nil {
			p.Records, err = tx.ListImportRecords(job, from, count)
		}
		return err
	})
	return p, err
}
