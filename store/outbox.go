package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The states of a message. Only waiting ones are in the indexes.
const (
	statusWaiting   = "Waiting"
	statusDelivered = "Delivered"
	statusDead      = "Dead"
	statusWithheld  = "Withheld" // of a sandbox
)

// sandboxed tells whether what the tenant owes is withheld.
func (t *tx) sandboxed() (bool, error) {
	tenant, err := t.Tenant()
	if domain.Is(err, domain.CodeTenantNotFound) {
		return false, nil
	}
	return err == nil && tenant.Sandbox, err
}

// withhold keeps what waits to leave, as that of a sandbox.
func (t *tx) withhold() error {
	if err := t.run("UPDATE outbox SET status = ?, sealed_token = NULL WHERE tenant_id = ? AND status = ?", statusWithheld, t.tenant, statusWaiting); err != nil {
		return err
	}
	return t.run("UPDATE subscription_delivery SET status = ?, settled_at = ? WHERE tenant_id = ? AND status IN (?, ?) AND NOT fetched",
		string(domain.ParcelWithheld), t.now(), t.tenant, string(domain.ParcelWaiting), string(domain.ParcelPaused))
}

// ClaimMessages implements [domain.Outbox]. The count of attempts tells one claim from the next, so that a dispatcher
// that slept through its lease can't settle what another one works on.
func (db *DB) ClaimMessages(ctx context.Context, now time.Time, lease time.Duration, count int) ([]*domain.OutboxMessage, error) {
	var list []*domain.OutboxMessage
	err := db.later(ctx, domain.Scope{}, func(t *tx) error {
		list = nil
		return t.rows(t.short, `WITH due AS MATERIALIZED (
			SELECT tenant_id AS due_tenant, person_id AS due_person, dedup_key AS due_key FROM outbox
			WHERE status = 'Waiting' AND next_at <= ? ORDER BY next_at LIMIT ? {skip_locked})
			UPDATE outbox SET attempts = attempts + 1, next_at = ? FROM due
			WHERE tenant_id = due_tenant AND person_id = due_person AND dedup_key = due_key
			RETURNING message_id, tenant_id, person_id, dedup_key, token_id, kind, recipient, person_name, tenant_name, language, message,
			sealed_token, expires_at, attempts, next_at`, []any{now, int64(count), now.Add(lease)}, func(rows Rows) error {
			m := new(domain.OutboxMessage)
			list = append(list, m)
			return rows.Scan((*idTarget)(&m.ID), (*idTarget)(&m.Tenant), (*idTarget)(&m.Person), (*textTarget)(&m.DedupKey), (*idTarget)(&m.Token),
				(*textTarget)(&m.Mail.Kind), (*textTarget)(&m.Mail.To), (*textTarget)(&m.Mail.PersonName), (*textTarget)(&m.Mail.TenantName), (*textTarget)(&m.Mail.Language),
				(*textTarget)(&m.Mail.Message), (*bytesTarget)(&m.Mail.SealedToken), (*instantTarget)(&m.Mail.ExpiresAt),
				(*countTarget)(&m.Attempts), (*instantTarget)(&m.NextAt))
		})
	})
	return list, err
}

// SettleMessage implements [domain.Outbox]. What is delivered keeps no token and none of the inviter's words. What is given
// up keeps both, the token sealed, for somebody may send it again; a link that becomes void takes its token along.
func (db *DB) SettleMessage(ctx context.Context, m *domain.OutboxMessage, dead bool, reason string) error {
	return db.later(ctx, domain.Scope{Tenant: m.Tenant}, func(t *tx) error {
		if dead {
			return t.run(`UPDATE outbox SET status = ?, reason = ? WHERE tenant_id = ? AND person_id = ? AND dedup_key = ?
				AND status = 'Waiting' AND attempts = ?`, statusDead, reason, m.Tenant, m.Person, m.DedupKey, int64(m.Attempts))
		}
		return t.run(`UPDATE outbox SET status = ?, reason = ?, sealed_token = NULL, message = ''
			WHERE tenant_id = ? AND person_id = ? AND dedup_key = ? AND status = 'Waiting' AND attempts = ?`,
			statusDelivered, reason, m.Tenant, m.Person, m.DedupKey, int64(m.Attempts))
	})
}

// cancelMails takes mails of a person with a token out of the queue, and the token out of those that were given up.
const cancelMails = `UPDATE outbox SET status = CASE status WHEN 'Waiting' THEN 'Cancelled' ELSE status END, sealed_token = NULL
	WHERE tenant_id = ? AND person_id = ? AND status IN ('Waiting', 'Dead') AND `

// deadMails are the mails that were given up, with whether their links still open.
const deadMails = `SELECT message_id, person_id, dedup_key, token_id, kind, recipient, person_name, tenant_name, language, message, sealed_token,
	expires_at, attempts, next_at, reason, (EXISTS (SELECT 1 FROM invitation i WHERE i.tenant_id = o.tenant_id AND i.person_id = o.person_id
	AND i.invitation_id = o.token_id AND i.status = 'Pending') OR EXISTS (SELECT 1 FROM reset_token r WHERE r.tenant_id = o.tenant_id
	AND r.person_id = o.person_id AND r.reset_token_id = o.token_id AND r.revoked_at = 0 AND r.consumed_at = 0))
	FROM outbox o WHERE o.tenant_id = ? AND o.status = 'Dead'`

func (t *tx) deadMails(rest string, args ...any) ([]*domain.DeadMail, error) {
	var list []*domain.DeadMail
	err := t.rows(t.short, deadMails+rest, append([]any{t.tenant}, args...), func(rows Rows) error {
		m := &domain.DeadMail{OutboxMessage: domain.OutboxMessage{Tenant: t.scope.Tenant}}
		list = append(list, m)
		return rows.Scan((*idTarget)(&m.ID), (*idTarget)(&m.Person), (*textTarget)(&m.DedupKey), (*idTarget)(&m.Token), (*textTarget)(&m.Mail.Kind),
			(*textTarget)(&m.Mail.To), (*textTarget)(&m.Mail.PersonName), (*textTarget)(&m.Mail.TenantName), (*textTarget)(&m.Mail.Language), (*textTarget)(&m.Mail.Message),
			(*bytesTarget)(&m.Mail.SealedToken), (*instantTarget)(&m.Mail.ExpiresAt), (*countTarget)(&m.Attempts), (*instantTarget)(&m.NextAt),
			(*textTarget)(&m.Reason), (*flagTarget)(&m.LinkOpens))
	})
	return list, err
}

// ListDeadMails implements [domain.AdministrationTx]. Ids of messages grow with time.
func (t *tx) ListDeadMails(offset, count int) ([]*domain.DeadMail, error) {
	return t.deadMails(" ORDER BY o.message_id DESC LIMIT ? OFFSET ?", int64(count), int64(offset))
}

// FindDeadMail implements [domain.AdministrationTx].
func (t *tx) FindDeadMail(id uuid.UUID) (*domain.DeadMail, error) {
	list, err := t.deadMails(t.locked(" AND o.message_id = ?", "{lock}"), id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("mail that was given up")
	}
	return list[0], nil
}

// RequeueMail implements [domain.AdministrationTx].
func (t *tx) RequeueMail(m *domain.DeadMail) error {
	return t.must(notFound("mail that was given up"), `UPDATE outbox SET status = 'Waiting', attempts = 0, next_at = ?, reason = ''
		WHERE tenant_id = ? AND person_id = ? AND dedup_key = ? AND status = 'Dead'`, m.NextAt, t.tenant, m.Person, m.DedupKey)
}

// RetryMessage implements [domain.Outbox].
func (db *DB) RetryMessage(ctx context.Context, m *domain.OutboxMessage, at time.Time, reason string) error {
	return db.later(ctx, domain.Scope{Tenant: m.Tenant}, func(t *tx) error {
		return t.run(`UPDATE outbox SET next_at = ?, reason = ? WHERE tenant_id = ? AND person_id = ? AND dedup_key = ?
			AND status = 'Waiting' AND attempts = ?`, at, reason, m.Tenant, m.Person, m.DedupKey, int64(m.Attempts))
	})
}
