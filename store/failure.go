package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// CountFailedSignIn implements [domain.FailureTx].
func (t *tx) CountFailedSignIn(f *domain.FailedSignIns) error {
	return t.run(`INSERT INTO sign_in_failure (tenant_id, bucket_id, person_id, ip, failures, since) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, bucket_id) DO UPDATE SET failures = sign_in_failure.failures + excluded.failures, ip = excluded.ip`,
		t.tenant, f.ID, f.Person, f.IP, int64(f.Count), f.Since)
}

// TakeFailedSignIns implements [domain.FailureTx].
func (t *tx) TakeFailedSignIns(bucket uuid.UUID) (*domain.FailedSignIns, error) {
	f := &domain.FailedSignIns{ID: bucket, Tenant: t.scope.Tenant}
	found, err := t.row([]any{(*idTarget)(&f.Person), (*textTarget)(&f.IP), (*countTarget)(&f.Count), (*instantTarget)(&f.Since)},
		"DELETE FROM sign_in_failure WHERE tenant_id = ? AND bucket_id = ? RETURNING person_id, ip, failures, since", t.tenant, bucket)
	if err != nil || !found {
		return nil, err
	}
	return f, nil
}

// ListFailedSignIns implements [domain.CredentialRegistry].
func (db *DB) ListFailedSignIns(ctx context.Context, before time.Time, count int) ([]*domain.FailedSignIns, error) {
	var list []*domain.FailedSignIns
	err := db.lookup(ctx, func(t *tx) error {
		list = nil
		return t.rows(ctx, `SELECT f.tenant_id, f.bucket_id, f.person_id, f.ip, f.failures, f.since FROM sign_in_failure f
			JOIN tenant t ON t.tenant_id = f.tenant_id WHERE f.since <= ? AND NOT t.disabled ORDER BY f.since LIMIT ?`, []any{before, int64(count)}, func(rows Rows) error {
			f := new(domain.FailedSignIns)
			list = append(list, f)
			return rows.Scan((*idTarget)(&f.Tenant), (*idTarget)(&f.ID), (*idTarget)(&f.Person), (*textTarget)(&f.IP), (*countTarget)(&f.Count),
				(*instantTarget)(&f.Since))
		})
	})
	return list, err
}
