package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

var insertImportRecord = inserting("INSERT INTO import_record (tenant_id, job_id, record_index, legacy_id, sealed, address_key, next_at)",
	always, always, always, always, always, always, always)

// InsertImport implements [domain.ImportTx].
func (t *tx) InsertImport(job *domain.ImportJob, records []*domain.ImportRecord) error {
	err := t.run(`INSERT INTO import_job (tenant_id, job_id, status, total, actor_kind, actor_id, actor_name, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, t.tenant, job.ID, string(job.Status), int64(job.Total), string(job.Actor.Kind), job.Actor.ID, job.Actor.Name, job.CreatedAt)
	if err != nil || len(records) == 0 {
		return err
	}
	args := make([]any, 0, len(insertImportRecord.empties)*len(records))
	for _, r := range records {
		var address []byte
		if r.Address != "" {
			address = t.addressKey(r.Address)
		}
		args = append(args, t.tenant, job.ID, int64(r.Index), r.LegacyID, r.Sealed, address, job.CreatedAt)
	}
	return t.insert(insertImportRecord, args)
}

// FindImport implements [domain.ImportTx].
func (t *tx) FindImport(job uuid.UUID) (*domain.ImportJob, error) {
	j := &domain.ImportJob{ID: job}
	found, err := t.row([]any{(*textTarget)(&j.Status), (*countTarget)(&j.Total), (*textTarget)(&j.Actor.Kind), (*idTarget)(&j.Actor.ID),
		(*textTarget)(&j.Actor.Name), (*instantTarget)(&j.CreatedAt), (*instantTarget)(&j.CompletedAt)},
		"SELECT status, total, actor_kind, actor_id, actor_name, created_at, completed_at FROM import_job WHERE tenant_id = ? AND job_id = ?", t.tenant, job)
	if err == nil && !found {
		err = notFound("migration")
	}
	return j, err
}

// ListImportRecords implements [domain.ImportTx].
func (t *tx) ListImportRecords(job uuid.UUID, from, count int) ([]*domain.ImportRecord, error) {
	var list []*domain.ImportRecord
	err := t.rows(t.ctx, `SELECT record_index, legacy_id, outcome, person_id, code, attribute, message FROM import_record
		WHERE tenant_id = ? AND job_id = ? AND record_index >= ? ORDER BY record_index LIMIT ?`, []any{t.tenant, job, int64(from), int64(count)}, func(rows Rows) error {
		r, why := &domain.ImportRecord{Job: job}, new(domain.Error)
		list = append(list, r)
		err := rows.Scan((*countTarget)(&r.Index), (*textTarget)(&r.LegacyID), (*textTarget)(&r.Outcome), (*idTarget)(&r.Person),
			(*textTarget)(&why.Code), (*textTarget)(&why.Attribute), (*textTarget)(&why.Message))
		if why.Code != "" {
			r.Problem = why
		}
		return err
	})
	return list, err
}

// CountImportRecords implements [domain.ImportTx].
func (t *tx) CountImportRecords(job uuid.UUID) (map[domain.ImportOutcome]int, error) {
	counts := map[domain.ImportOutcome]int{}
	err := t.rows(t.ctx, "SELECT outcome, COUNT(*) FROM import_record WHERE tenant_id = ? AND job_id = ? GROUP BY outcome", []any{t.tenant, job}, func(rows Rows) error {
		var outcome domain.ImportOutcome
		var count int
		err := rows.Scan((*textTarget)(&outcome), (*countTarget)(&count))
		counts[outcome] = count
		return err
	})
	return counts, err
}

// SettleImportRecord implements [domain.ImportTx]. What is settled keeps nothing of what came.
func (t *tx) SettleImportRecord(r *domain.ImportRecord) (bool, error) {
	why := r.Problem
	if why == nil {
		why = new(domain.Error)
	}
	settled, err := t.exec(`UPDATE import_record SET outcome = ?, person_id = ?, code = ?, attribute = ?, message = ?, sealed = NULL
		WHERE tenant_id = ? AND job_id = ? AND record_index = ? AND outcome = '' AND attempts = ?`,
		string(r.Outcome), r.Person, string(why.Code), why.Attribute, why.Message, t.tenant, r.Job, int64(r.Index), int64(r.Attempts))
	return settled > 0, err
}

// CompleteImport implements [domain.ImportTx].
func (t *tx) CompleteImport(job uuid.UUID, at time.Time) (bool, error) {
	ended, err := t.exec(`UPDATE import_job SET status = 'Completed', completed_at = ? WHERE tenant_id = ? AND job_id = ? AND status = 'Running'
		AND NOT EXISTS (SELECT 1 FROM import_record r WHERE r.tenant_id = ? AND r.job_id = ? AND r.outcome = '')`, at, t.tenant, job, t.tenant, job)
	return ended > 0, err
}

// FindByLegacyID implements [domain.ImportTx].
func (t *tx) FindByLegacyID(legacyID string) (id uuid.UUID, err error) {
	_, err = t.row([]any{(*idTarget)(&id)}, "SELECT person_id FROM person WHERE tenant_id = ? AND legacy_id = ? AND legacy_id <> '' AND deleted_at = 0", t.tenant, legacyID)
	return id, err
}

// ClaimImportRecords implements [domain.Imports].
func (db *DB) ClaimImportRecords(ctx context.Context, now time.Time, lease time.Duration, count int) ([]*domain.ImportRecord, error) {
	var list []*domain.ImportRecord
	err := db.change(ctx, domain.Scope{}, func(t *tx) error {
		list = nil
		return t.rows(t.short, `WITH due AS MATERIALIZED (
			SELECT r.tenant_id AS due_tenant, r.job_id AS due_job, r.record_index AS due_index FROM import_record r
			WHERE r.outcome = '' AND r.next_at <= ? ORDER BY r.next_at LIMIT ? {skip_locked})
			UPDATE import_record SET attempts = attempts + 1, next_at = ? FROM due
			WHERE tenant_id = due_tenant AND job_id = due_job AND record_index = due_index
			RETURNING tenant_id, job_id, record_index, legacy_id, sealed, attempts`,
			[]any{now, int64(count), now.Add(lease)}, func(rows Rows) error {
				r := new(domain.ImportRecord)
				list = append(list, r)
				return rows.Scan((*idTarget)(&r.Tenant), (*idTarget)(&r.Job), (*countTarget)(&r.Index), (*textTarget)(&r.LegacyID), (*bytesTarget)(&r.Sealed),
					(*countTarget)(&r.Attempts))
			})
	})
	return list, err
}

// FinishedImports implements [domain.Imports].
func (db *DB) FinishedImports(ctx context.Context, count int) ([]*domain.ImportRecord, error) {
	var list []*domain.ImportRecord
	err := db.lookup(ctx, func(t *tx) error {
		list = nil
		return t.rows(ctx, `SELECT j.tenant_id, j.job_id FROM import_job j WHERE j.status = 'Running' AND NOT EXISTS (SELECT 1 FROM import_record r
			WHERE r.tenant_id = j.tenant_id AND r.job_id = j.job_id AND r.outcome = '') ORDER BY j.created_at LIMIT ?`, []any{int64(count)}, func(rows Rows) error {
			r := new(domain.ImportRecord)
			list = append(list, r)
			return rows.Scan((*idTarget)(&r.Tenant), (*idTarget)(&r.Job))
		})
	})
	return list, err
}
