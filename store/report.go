package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const reportColumns = `job_id, name, type, format, start_at, end_at, status, row_count, seen_count, chunk_count, size, run, attempts,
	actor_kind, actor_id, created_at, started_at, completed_at, expires_at`

func reportTargets(r *domain.Report) []any {
	return []any{(*idTarget)(&r.ID), (*textTarget)(&r.Name), (*textTarget)(&r.Type), (*textTarget)(&r.Format), (*instantTarget)(&r.Start),
		(*instantTarget)(&r.End), (*textTarget)(&r.Status), (*countTarget)(&r.Rows), (*countTarget)(&r.Seen), (*countTarget)(&r.Chunks),
		(*numberTarget)(&r.Size), (*countTarget)(&r.Run), (*countTarget)(&r.Attempts), (*textTarget)(&r.Actor.Kind), (*idTarget)(&r.Actor.ID),
		(*instantTarget)(&r.CreatedAt), (*instantTarget)(&r.StartedAt), (*instantTarget)(&r.CompletedAt), (*instantTarget)(&r.ExpiresAt)}
}

// InsertReport implements [domain.ReportTx].
func (t *tx) InsertReport(r *domain.Report) error {
	return t.run(`INSERT INTO report (tenant_id, job_id, name, type, format, start_at, end_at, status, actor_kind, actor_id, created_at, next_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, t.tenant, r.ID, r.Name, string(r.Type), string(r.Format), r.Start, r.End, string(r.Status),
		string(r.Actor.Kind), r.Actor.ID, r.CreatedAt, r.CreatedAt)
}

// FindReport implements [domain.ReportTx].
func (t *tx) FindReport(id uuid.UUID) (*domain.Report, error) {
	r := new(domain.Report)
	found, err := t.row(reportTargets(r), "SELECT "+reportColumns+" FROM report WHERE tenant_id = ? AND job_id = ?", t.tenant, id)
	if err == nil && !found {
		err = notFound("report")
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// WaitingReports implements [domain.ReportTx].
func (t *tx) WaitingReports() (waiting int, err error) {
	_, err = t.row([]any{(*countTarget)(&waiting)}, "SELECT COUNT(*) FROM report WHERE tenant_id = ? AND status IN ('Scheduled', 'Running')", t.tenant)
	return waiting, err
}

// ListReports implements [domain.ReportTx].
func (t *tx) ListReports(q domain.Query) (domain.Page[*domain.Report], error) {
	page := domain.Page[*domain.Report]{Total: -1}
	var list []*domain.Report
	err := t.rows(t.ctx, "SELECT "+reportColumns+" FROM report WHERE tenant_id = ? ORDER BY created_at, job_id LIMIT ? OFFSET ?",
		[]any{t.tenant, int64(q.Count + 1), int64(q.Offset)}, func(rows Rows) error {
			r := new(domain.Report)
			list = append(list, r)
			return rows.Scan(reportTargets(r)...)
		})
	if err != nil {
		return page, err
	}
	page.More, page.Items = len(list) > q.Count, list[:min(len(list), q.Count)]
	if q.Total {
		_, err = t.row([]any{(*countTarget)(&page.Total)}, "SELECT COUNT(*) FROM report WHERE tenant_id = ?", t.tenant)
	}
	return page, err
}

// ScanAccounts implements [domain.ReportTx]. It walks both tables by their keys, side by side.
func (t *tx) ScanAccounts(after uuid.UUID, count int) ([]*domain.Person, error) {
	text, args := `SELECT p.person_id, p.created_at, p.updated_at, p.anonymized_at, p.legacy_id, p.first_name, p.last_name, a.person_id, a.username,
		a.email_copy, a.is_active, a.activated_at, a.mfa_required, a.identity_provider_id, a.last_login_at
		FROM person p LEFT JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id WHERE p.tenant_id = ?`, []any{t.tenant}
	if after != uuid.Nil {
		text, args = text+" AND p.person_id > ?", append(args, after)
	}
	list := make([]*domain.Person, 0, count)
	var of uuid.UUID
	var email string
	err := t.rows(t.ctx, text+" AND p.deleted_at = 0 ORDER BY p.person_id LIMIT ?", append(args, int64(count)), func(rows Rows) error {
		p, a := new(domain.Person), new(domain.UserAccess)
		list = append(list, p)
		err := rows.Scan((*idTarget)(&p.ID), (*instantTarget)(&p.CreatedAt), (*instantTarget)(&p.UpdatedAt), (*instantTarget)(&p.AnonymizedAt),
			(*textTarget)(&p.LegacyID), (*textTarget)(&p.FirstName), (*textTarget)(&p.LastName), (*idTarget)(&of), (*textTarget)(&a.Username),
			(*textTarget)(&email), (*flagTarget)(&a.IsActive), (*instantTarget)(&a.ActivatedAt), (*flagTarget)(&a.MfaRequired),
			(*idTarget)(&a.IdentityProviderID), (*instantTarget)(&a.LastLoginAt))
		if of != uuid.Nil {
			p.Access = a
		}
		if email != "" {
			p.Emails = []domain.EmailAddress{{Address: email, IsPrimary: true}}
		}
		return err
	})
	return list, err
}

// current are the words that hold for a run as long as nothing has ended it.
const current = " WHERE tenant_id = ? AND job_id = ? AND run = ? AND status = 'Running'"

// AdvanceReport implements [domain.ReportTx]. It waits for who is about to anonymise somebody: see eraseReports.
func (t *tx) AdvanceReport(r *domain.Report, chunk *domain.ReportChunk, lease time.Time) (bool, error) {
	if err := t.alone(); err != nil {
		return false, err
	}
	held, err := t.exec("UPDATE report SET row_count = ?, seen_count = ?, chunk_count = ?, size = ?, next_at = ?"+current,
		int64(r.Rows), int64(r.Seen), int64(r.Chunks), r.Size, lease, t.tenant, r.ID, int64(r.Run))
	if err != nil || held == 0 || chunk == nil {
		return held > 0, err
	}
	return true, t.run(`INSERT INTO report_chunk (tenant_id, job_id, run, chunk_index, first_id, last_id, created_at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		t.tenant, r.ID, int64(r.Run), int64(chunk.Index), chunk.First, chunk.Last, present{}, chunk.Content)
}

// SettleReport implements [domain.ReportTx].
func (t *tx) SettleReport(r *domain.Report) (bool, error) {
	settled, err := t.exec("UPDATE report SET status = ?, row_count = ?, seen_count = ?, completed_at = ?, expires_at = ?"+current,
		string(r.Status), int64(r.Rows), int64(r.Seen), r.CompletedAt, r.ExpiresAt, t.tenant, r.ID, int64(r.Run))
	return settled > 0, err
}

// FindReportChunk implements [domain.ReportTx].
func (t *tx) FindReportChunk(report uuid.UUID, run, index int) (content string, err error) {
	found, err := t.row([]any{(*textTarget)(&content)}, "SELECT content FROM report_chunk WHERE tenant_id = ? AND job_id = ? AND run = ? AND chunk_index = ?",
		t.tenant, report, int64(run), int64(index))
	if err == nil && !found {
		err = notFound("part of the report")
	}
	return content, err
}

// DropReportChunks implements [domain.ReportTx].
func (t *tx) DropReportChunks(report uuid.UUID, before, count int) (int, error) {
	dropped, err := t.exec(`DELETE FROM report_chunk WHERE tenant_id = ? AND job_id = ? AND (run, chunk_index) IN (SELECT run, chunk_index FROM report_chunk
		WHERE tenant_id = ? AND job_id = ? AND run < ? ORDER BY run, chunk_index LIMIT ?)`, t.tenant, report, t.tenant, report, int64(before), int64(count))
	return int(dropped), err
}

// again puts a report back to where it was scheduled, so that whoever makes it finds that it is theirs no more.
const again = `UPDATE report SET attempts = CASE WHEN status = 'Completed' THEN 0 ELSE attempts END, status = 'Scheduled', run = run + 1, row_count = 0, seen_count = 0, chunk_count = 0, size = 0,
	next_at = 0, completed_at = 0, expires_at = 0 WHERE tenant_id = ? AND `

// eraseReports removes the parts of files that show the person, and has those reports made again. So are all that are
// being made: who makes one may have seen the person already. Their attempts
// still count: after some, who makes them holds the tenant and has nothing to begin anew for.
func (t *tx) eraseReports(person uuid.UUID) error {
	if err := t.alone(); err != nil {
		return err
	}
	type part struct {
		report     uuid.UUID
		run, index int
	}
	var parts []part
	err := t.rows(t.short, `SELECT job_id, run, chunk_index FROM report_chunk WHERE tenant_id = ? AND last_id >= ? AND first_id <= ? AND {instr}(content, ?) > 0`,
		[]any{t.tenant, person, person, person.String()}, func(rows Rows) error {
			var p part
			err := rows.Scan((*idTarget)(&p.report), (*countTarget)(&p.run), (*countTarget)(&p.index))
			parts = append(parts, p)
			return err
		})
	if err == nil {
		err = t.run(again+"status = 'Running' AND attempts <= ?", t.tenant, int64(domain.ReportFreeRuns))
	}
	for _, p := range parts {
		if err == nil {
			err = t.run(again+"job_id = ? AND run = ? AND status = 'Completed' AND expires_at > ?", t.tenant, p.report, int64(p.run), present{})
		}
		if err == nil {
			err = t.run("DELETE FROM report_chunk WHERE tenant_id = ? AND job_id = ? AND run = ? AND chunk_index = ?", t.tenant, p.report, int64(p.run), int64(p.index))
		}
	}
	return err
}

// ClaimReport implements [domain.Reports].
func (db *DB) ClaimReport(ctx context.Context, now time.Time, lease time.Duration) (*domain.Report, error) {
	var claimed *domain.Report
	err := db.change(ctx, domain.Scope{}, func(t *tx) error {
		claimed = nil
		return t.rows(t.short, `WITH due AS MATERIALIZED (
			SELECT r.tenant_id AS due_tenant, r.job_id AS due_job FROM report r
			WHERE r.status IN ('Scheduled', 'Running') AND r.next_at <= ? AND EXISTS (SELECT 1 FROM tenant t WHERE t.tenant_id = r.tenant_id AND NOT t.disabled)
			ORDER BY (SELECT MAX(o.started_at) FROM report o WHERE o.tenant_id = r.tenant_id), r.next_at LIMIT 1 {skip_locked})
			UPDATE report SET status = 'Running', run = run + 1, attempts = attempts + 1, row_count = 0, seen_count = 0, chunk_count = 0, size = 0,
			next_at = ?, started_at = ? FROM due WHERE tenant_id = due_tenant AND job_id = due_job RETURNING tenant_id, `+reportColumns,
			[]any{now, now.Add(lease), now}, func(rows Rows) error {
				claimed = new(domain.Report)
				return rows.Scan(append([]any{(*idTarget)(&claimed.Tenant)}, reportTargets(claimed)...)...)
			})
	})
	return claimed, err
}
