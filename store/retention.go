package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// kept is where something is that is kept for a while: the rows of a table, how old they are by which column, and what
// tells one from another within its tenant. Each needs an index on (tenant_id, since).
type kept struct{ table, key, since, only string }

var keptRows = map[domain.Kept]kept{
	domain.KeptAnswers:     {"idempotency_record", "credential_id, route, key", "expires_at", "TRUE"},
	domain.KeptMails:       {"outbox", "person_id, dedup_key", "next_at", "status <> 'Waiting' AND status <> 'Dead'"},
	domain.KeptDeadMails:   {"outbox", "person_id, dedup_key", "next_at", "status <> 'Waiting' AND status = 'Dead'"},
	domain.KeptInvitations: {"invitation", "person_id, invitation_id", "expires_at", "TRUE"},
	domain.KeptResetLinks:  {"reset_token", "reset_token_id", "expires_at", "TRUE"},
	domain.KeptSessions:    {"session", "session_id", "expires_at", "TRUE"},
	domain.KeptMigrations:  {"import_job", "job_id", "completed_at", "TRUE"},
	domain.KeptReportFiles: {"report_chunk", "job_id, run, chunk_index", "created_at", "TRUE"},
	domain.KeptReports:     {"report", "job_id", "created_at", "TRUE"},
	domain.KeptAssertions:  {"used_assertion", "credential_id, assertion_hash", "expires_at", "TRUE"},
	domain.KeptPasskeyAsks: {"passkey_challenge", "ticket_hash", "expires_at", "TRUE"},
	domain.KeptSsoRequests: {"sso_request", "relay_hash", "expires_at", "TRUE"},
	domain.KeptSsoIDs:      {"sso_assertion", "assertion_hash", "expires_at", "TRUE"},
}

// deletion is the statement that removes the oldest rows; those on which another server works are left to it. They are
// looked for once: a plan may run a sub-select again and again, and would find others that are not locked yet.
func (k kept) deletion() string {
	return fmt.Sprintf(`WITH old AS MATERIALIZED (SELECT %[2]s FROM %[1]s
		WHERE tenant_id = ? AND %[3]s <> 0 AND %[3]s < ? AND %[4]s ORDER BY %[3]s LIMIT ? {skip_locked})
		DELETE FROM %[1]s WHERE tenant_id = ? AND (%[2]s) IN (SELECT %[2]s FROM old)`, k.table, k.key, k.since, k.only)
}

// DeleteOld implements [domain.Retainer].
func (db *DB) DeleteOld(ctx context.Context, tenant uuid.UUID, what domain.Kept, before time.Time, count int) (int, error) {
	rows, known := keptRows[what]
	if !known {
		return 0, fmt.Errorf("store: nobody knows where this is kept: %s", what)
	}
	var deleted int64
	err := db.change(ctx, domain.Scope{Tenant: tenant}, func(t *tx) (err error) {
		deleted, err = t.exec(rows.deletion(), tenant, before, int64(count), tenant)
		return err
	})
	return int(deleted), err
}
