package store

import (
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const enrolmentColumns = `enrollment_id, person_id, sealed_secret, recovery_hashes, last_step, confirmed_at, created_at,
	failed_count, failed_since, blocked_until, blocks`

// FindEnrolment implements [domain.EnrolmentTx].
func (t *tx) FindEnrolment(person uuid.UUID, confirmed bool) (*domain.Enrolment, error) {
	n := new(domain.Enrolment)
	var hashes []string
	state := "confirmed_at = 0"
	if confirmed {
		state = "confirmed_at <> 0"
	}
	found, err := t.row([]any{(*idTarget)(&n.ID), (*idTarget)(&n.Person), (*bytesTarget)(&n.SealedSecret), (*textsTarget)(&hashes),
		(*numberTarget)(&n.LastStep), (*instantTarget)(&n.ConfirmedAt), (*instantTarget)(&n.CreatedAt), (*countTarget)(&n.FailedCount),
		(*instantTarget)(&n.FailedSince), (*instantTarget)(&n.BlockedUntil), (*countTarget)(&n.Blocks)},
		t.locked("SELECT "+enrolmentColumns+" FROM mfa_enrollment WHERE tenant_id = ? AND person_id = ? AND "+state, "{lock}"), t.tenant, person)
	if err != nil || !found {
		return nil, err
	}
	for _, text := range hashes {
		hash, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		n.RecoveryHashes = append(n.RecoveryHashes, hash)
	}
	return n, nil
}

// SaveEnrolment implements [domain.EnrolmentTx].
func (t *tx) SaveEnrolment(n *domain.Enrolment) error {
	if n.ConfirmedAt.IsZero() {
		if err := t.run("DELETE FROM mfa_enrollment WHERE tenant_id = ? AND person_id = ? AND confirmed_at = 0 AND enrollment_id <> ?",
			t.tenant, n.Person, n.ID); err != nil {
			return err
		}
	}
	hashes := make([]string, len(n.RecoveryHashes))
	for i, hash := range n.RecoveryHashes {
		hashes[i] = base64.StdEncoding.EncodeToString(hash)
	}
	return t.run(`INSERT INTO mfa_enrollment (tenant_id, type, `+enrolmentColumns+`) VALUES (?, 'Totp', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, enrollment_id) DO UPDATE SET recovery_hashes = excluded.recovery_hashes, last_step = excluded.last_step,
		confirmed_at = excluded.confirmed_at, failed_count = excluded.failed_count, failed_since = excluded.failed_since,
		blocked_until = excluded.blocked_until, blocks = excluded.blocks`,
		t.tenant, n.ID, n.Person, n.SealedSecret, encode(hashes), n.LastStep, n.ConfirmedAt, n.CreatedAt,
		int64(n.FailedCount), n.FailedSince, n.BlockedUntil, int64(n.Blocks))
}

// DeleteEnrolments implements [domain.EnrolmentTx].
func (t *tx) DeleteEnrolments(person uuid.UUID) error {
	return t.run("DELETE FROM mfa_enrollment WHERE tenant_id = ? AND person_id = ?", t.tenant, person)
}

// RememberPassword implements [domain.EnrolmentTx].
func (t *tx) RememberPassword(person uuid.UUID, hash string, at time.Time, keep int) error {
	if hash == "" {
		return nil
	}
	err := t.run(`INSERT INTO old_password (tenant_id, person_id, replaced_at, password_hash) VALUES (?, ?, ?, ?)
		ON CONFLICT (tenant_id, person_id, replaced_at) DO UPDATE SET password_hash = excluded.password_hash`, t.tenant, person, at, hash)
	if err != nil {
		return err
	}
	return t.run(`DELETE FROM old_password WHERE tenant_id = ? AND person_id = ? AND replaced_at NOT IN (
		SELECT o.replaced_at FROM old_password o WHERE o.tenant_id = ? AND o.person_id = ? ORDER BY o.replaced_at DESC LIMIT ?)`,
		t.tenant, person, t.tenant, person, int64(keep))
}

// ListPasswords implements [domain.EnrolmentTx].
func (t *tx) ListPasswords(person uuid.UUID) ([]string, error) {
	var list []string
	err := t.rows(t.short, "SELECT password_hash FROM old_password WHERE tenant_id = ? AND person_id = ? ORDER BY replaced_at DESC", []any{t.tenant, person}, func(rows Rows) error {
		list = append(list, "")
		return rows.Scan((*textTarget)(&list[len(list)-1]))
	})
	return list, err
}
