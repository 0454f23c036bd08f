package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// listOpen asks each table for no more than is wanted, along its index of people.
const listOpen = `SELECT DISTINCT person_id FROM (
	SELECT * FROM (SELECT DISTINCT person_id FROM session WHERE tenant_id = ? AND person_id > ? AND ended_at = 0 AND expires_at > ? ORDER BY person_id LIMIT ?) s
	UNION ALL
	SELECT * FROM (SELECT DISTINCT person_id FROM invitation WHERE tenant_id = ? AND person_id > ? AND status = ? AND expires_at > ? ORDER BY person_id LIMIT ?) i
	UNION ALL
	SELECT * FROM (SELECT DISTINCT person_id FROM reset_token WHERE tenant_id = ? AND person_id > ? AND revoked_at = 0 AND consumed_at = 0 AND expires_at > ?
		ORDER BY person_id LIMIT ?) r) o ORDER BY person_id LIMIT ?`

// ListOpen implements [domain.Openings].
func (db *DB) ListOpen(ctx context.Context, tenant, after uuid.UUID, now time.Time, count int) ([]uuid.UUID, error) {
	var list []uuid.UUID
	begin, most := uuid.UUID{15: 1}, int64(count) // nobody has the lowest ids
	if after != uuid.Nil {
		begin = after
	}
	err := db.lookup(ctx, func(t *tx) error {
		list = nil
		args := []any{tenant, begin, now, most, tenant, begin, string(domain.InvitationPending), now, most, tenant, begin, now, most, most}
		return t.rows(ctx, listOpen, args, func(rows Rows) error {
			var id uuid.UUID
			err := rows.Scan((*idTarget)(&id))
			list = append(list, id)
			return err
		})
	})
	return list, err
}

// sealedSecrets are what is sealed in the database with the key of the server, of all tenants.
const sealedSecrets = `SELECT sealed_key FROM signing_key UNION ALL SELECT sealed_key FROM service_key
	UNION ALL SELECT sealed_secret FROM mfa_enrollment UNION ALL SELECT sealed_secret FROM subscription UNION ALL SELECT sealed_old_secret FROM subscription
	UNION ALL SELECT sealed_token FROM outbox UNION ALL SELECT sealed FROM import_record`

// SealedSecrets hands out what is sealed with the key of the server, of all tenants, for a look at whether a key is the
// right one. Of identity providers it leaves out the client secrets.
func (db *DB) SealedSecrets(ctx context.Context, see func(sealed []byte) error) error {
	return db.lookup(ctx, func(t *tx) error {
		return t.rows(ctx, sealedSecrets, nil, func(rows Rows) error {
			var sealed []byte
			if err := rows.Scan((*bytesTarget)(&sealed)); err != nil || len(sealed) == 0 {
				return err
			}
			return see(sealed)
		})
	})
}
