package store

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// erasures take a person out of what is kept beside the person's own row, access and links. In each the last placeholder
// is the person, those before it are the tenant. Whoever adds a table that says something about people adds its row here,
// to which a test leads that searches every table for somebody who was anonymised.
var erasures = []string{
	// Mails, whatever became of them; those that wait don't leave.
	`UPDATE outbox SET recipient = '', person_name = '', language = '', message = '', sealed_token = NULL, reason = '',
		status = CASE WHEN status = 'Waiting' THEN 'Cancelled' ELSE status END WHERE tenant_id = ? AND person_id = ?`,
	`DELETE FROM idempotency_record WHERE tenant_id = ? AND person_id = ?`,
	// Invitations name who invited.
	`UPDATE invitation SET invited_by = '' WHERE tenant_id = ? AND person_id IN (SELECT person_id FROM audit_event
		WHERE tenant_id = ? AND actor_id = ? AND {instr}(CAST(effects AS TEXT), 'INVITATION_SENT') > 0)`,
	// Migrations: what another system called the person, why the person did not come, and who brought people.
	"UPDATE import_record SET legacy_id = '', message = '', address_key = NULL WHERE tenant_id = ? AND person_id = ?",
	"UPDATE import_job SET actor_name = '' WHERE tenant_id = ? AND actor_id = ?",
	"DELETE FROM sign_in_failure WHERE tenant_id = ? AND bucket_id = ?",
	// Security event tokens name what a connector calls the person. Its copy of the deletion follows.
	`DELETE FROM subscription_delivery WHERE tenant_id = ?
		AND subscription_id IN (SELECT subscription_id FROM subscription WHERE tenant_id = ? AND connection_id IS NOT NULL)
		AND event_index IN (SELECT event_index FROM domain_event WHERE tenant_id = ? AND person_id = ?)`,
}

// EraseTraces implements [domain.AnonymizationTx].
func (t *tx) EraseTraces(person uuid.UUID, names []string) error {
	for _, text := range erasures {
		args := slices.Repeat([]any{t.tenant}, strings.Count(text, "?"))
		args[len(args)-1] = person
		if err := t.run(text, args...); err != nil {
			return err
		}
	}
	if err := t.eraseReports(person); err != nil {
		return err
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if err := t.eraseManager(name); err != nil {
			return err
		}
		if err := t.eraseImports(name); err != nil {
			return err
		}
	}
	return t.eraseWishes(names)
}

// eraseManager takes the name out of the people whom a connector gave a manager of that name, which is no id.
func (t *tx) eraseManager(name string) error {
	err := t.run(scrub+`{instr}(CAST(changes AS TEXT), ?) > 0
		AND person_id IN (SELECT person_id FROM person WHERE tenant_id = ? AND manager = ? AND manager <> '' AND manager_id IS NULL)`,
		t.tenant, inJSON(name), t.tenant, name)
	if err != nil {
		return err
	}
	return t.run(`UPDATE person SET manager = '', version = version + 1
		WHERE tenant_id = ? AND manager = ? AND manager <> '' AND manager_id IS NULL`, t.tenant, name)
}

// eraseImports forgets the records of migrations with that address of which no person came. One that still waits brings
// nobody any more.
func (t *tx) eraseImports(address string) error {
	return t.run(`UPDATE import_record SET legacy_id = '', message = '', sealed = NULL, address_key = NULL,
		code = CASE WHEN outcome = '' THEN ? ELSE code END, outcome = CASE WHEN outcome = '' THEN ? ELSE outcome END
		WHERE tenant_id = ? AND address_key = ? AND address_key IS NOT NULL AND person_id IS NULL`,
		string(domain.CodeAnonymized), string(domain.ImportFailed), t.tenant, t.addressKey(address))
}

// eraseWishes forgets the wishes for reset links under the names. Those that nobody has looked at yet are few.
func (t *tx) eraseWishes(names []string) error {
	folded := make([]string, len(names))
	for i, name := range names {
		folded[i] = domain.Fold(name)
	}
	var mine []uuid.UUID
	err := t.rows(t.short, "SELECT request_id, name FROM reset_request WHERE tenant_id = ?", []any{t.tenant}, func(rows Rows) error {
		var id uuid.UUID
		var name string
		err := rows.Scan((*idTarget)(&id), (*textTarget)(&name))
		if slices.Contains(folded, domain.Fold(name)) {
			mine = append(mine, id)
		}
		return err
	})
	for _, id := range mine {
		if err == nil {
			_, err = t.TakeResetRequest(id)
		}
	}
	return err
}

// InsertAnonymization implements [domain.AnonymizationTx].
func (t *tx) InsertAnonymization(job *domain.Anonymization) error {
	return t.run("INSERT INTO anonymization (tenant_id, job_id, person_id, actor_kind, actor_id, completed_at) VALUES (?, ?, ?, ?, ?, ?)",
		t.tenant, job.ID, job.Person, string(job.By.Kind), job.By.ID, job.CompletedAt)
}

// FindAnonymization implements [domain.AnonymizationTx].
func (t *tx) FindAnonymization(job uuid.UUID) (*domain.Anonymization, error) {
	return t.anonymization("job_id = ?", job)
}

// FindAnonymizationOf implements [domain.AnonymizationTx].
func (t *tx) FindAnonymizationOf(person uuid.UUID) (*domain.Anonymization, error) {
	return t.anonymization("person_id = ?", person)
}

func (t *tx) anonymization(where string, id uuid.UUID) (*domain.Anonymization, error) {
	job := new(domain.Anonymization)
	found, err := t.row([]any{(*idTarget)(&job.ID), (*idTarget)(&job.Person), (*textTarget)(&job.By.Kind), (*idTarget)(&job.By.ID), (*instantTarget)(&job.CompletedAt)},
		"SELECT job_id, person_id, actor_kind, actor_id, completed_at FROM anonymization WHERE tenant_id = ? AND "+where, t.tenant, id)
	if err == nil && !found {
		err = domain.Refuse(domain.CodeNotFound, "", "There is no such job.")
	}
	if err != nil {
		return nil, err
	}
	return job, nil
}
