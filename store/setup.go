package store

import (
	"context"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// OfferSetup implements [domain.TenantRegistry].
func (db *DB) OfferSetup(ctx context.Context, hash []byte, expires time.Time) (offered bool, err error) {
	err = db.change(ctx, domain.Scope{}, func(t *tx) error {
		rows, err := t.exec(`INSERT INTO setup_token (place, token_hash, expires_at) SELECT 1, ?, ?
			WHERE NOT EXISTS (SELECT 1 FROM tenant)
			ON CONFLICT (place) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at`, hash, expires)
		offered = rows == 1
		return err
	})
	return offered, err
}

// SetUp implements [domain.AdministrationTx]. Of requests with one token the first deletes it, and the others wait for what
// becomes of that.
func (t *tx) SetUp(hash []byte, now time.Time, tenant *domain.Tenant) error {
	rows, err := t.exec(`DELETE FROM setup_token WHERE token_hash = ? AND expires_at > ?
		AND NOT EXISTS (SELECT 1 FROM tenant WHERE tenant_id <> ?)`, hash, now, t.tenant)
	if err != nil {
		return err
	}
	if rows != 1 {
		return domain.Refuse(domain.CodeTokenInvalid, "", "This setup token is not valid any more. Without a tenant, the server prints a new one when it starts.")
	}
	return t.insertTenant(tenant)
}
