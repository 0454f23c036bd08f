package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// InsertResetRequest implements [domain.ForgottenTx].
func (t *tx) InsertResetRequest(r *domain.ResetRequest) error {
	return t.run("INSERT INTO reset_request (tenant_id, request_id, name, asked_by, ip, asked_at) VALUES (?, ?, ?, ?, ?, ?)",
		t.tenant, r.ID, r.Name, r.RequestID, r.IP, r.At)
}

// TakeResetRequest implements [domain.ForgottenTx].
func (t *tx) TakeResetRequest(id uuid.UUID) (bool, error) {
	taken, err := t.exec("DELETE FROM reset_request WHERE tenant_id = ? AND request_id = ?", t.tenant, id)
	return taken > 0, err
}

// CountResetTokens implements [domain.ForgottenTx].
func (t *tx) CountResetTokens(person uuid.UUID, since time.Time) (last time.Time, count int, err error) {
	_, err = t.row([]any{(*instantTarget)(&last), (*countTarget)(&count)}, `SELECT COALESCE(MAX(created_at), 0), COUNT(*) FROM reset_token
		WHERE tenant_id = ? AND person_id = ? AND origin = ? AND created_at > ?`, t.tenant, person, string(domain.ResetBySelf), since)
	return last, count, err
}

// ListResetRequests implements [domain.CredentialRegistry].
func (db *DB) ListResetRequests(ctx context.Context, count int) ([]*domain.ResetRequest, error) {
	var list []*domain.ResetRequest
	err := db.lookup(ctx, func(t *tx) error {
		list = nil
		return t.rows(ctx, `SELECT r.tenant_id, r.request_id, r.name, r.asked_by, r.ip, r.asked_at FROM reset_request r
			JOIN tenant t ON t.tenant_id = r.tenant_id WHERE NOT t.disabled ORDER BY r.asked_at LIMIT ?`, []any{int64(count)}, func(rows Rows) error {
			r := new(domain.ResetRequest)
			list = append(list, r)
			return rows.Scan((*idTarget)(&r.Tenant), (*idTarget)(&r.ID), (*textTarget)(&r.Name), (*textTarget)(&r.RequestID), (*textTarget)(&r.IP),
				(*instantTarget)(&r.At))
		})
	})
	return list, err
}

// tokenTables are where mailed tokens are kept, by their purpose.
var tokenTables = map[domain.TokenPurpose]string{
	domain.TokenInvitation: "invitation", domain.TokenVerify: "invitation", domain.TokenReset: "reset_token",
}

// FindTokenOwner implements [domain.CredentialRegistry].
func (db *DB) FindTokenOwner(ctx context.Context, purpose domain.TokenPurpose, hash []byte) (*domain.TokenOwner, error) {
	owner := new(domain.TokenOwner)
	err := db.lookup(ctx, func(t *tx) error {
		found, err := t.row([]any{(*idTarget)(&owner.Tenant), (*textTarget)(&owner.TenantSlug), (*flagTarget)(&owner.TenantSso)},
			"SELECT t.tenant_id, t.slug, t.sso_enabled FROM "+tokenTables[purpose]+` k JOIN tenant t ON t.tenant_id = k.tenant_id
			WHERE k.token_hash = ? AND NOT t.disabled`, hash)
		if err == nil && !found {
			return notFound("token")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return owner, nil
}
