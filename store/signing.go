package store

import (
	"context"

	"github.com/scimbridge/scimbridge/domain"
)

// ListSigningKeys implements [domain.SigningKeys].
func (db *DB) ListSigningKeys(ctx context.Context) ([]*domain.SigningKey, error) {
	var list []*domain.SigningKey
	err := db.lookup(ctx, func(t *tx) error {
		return t.rows(ctx, `SELECT generation, key_id, public_key, sealed_key, created_at, signs_at, retires_at, ends_at, distrusted
			FROM signing_key ORDER BY generation DESC`, nil, func(rows Rows) error {
			k := new(domain.SigningKey)
			list = append(list, k)
			return rows.Scan((*countTarget)(&k.Generation), (*textTarget)(&k.ID), (*bytesTarget)(&k.Public), (*bytesTarget)(&k.Sealed),
				(*instantTarget)(&k.CreatedAt), (*instantTarget)(&k.SignsAt), (*instantTarget)(&k.RetiresAt), (*instantTarget)(&k.EndsAt),
				(*flagTarget)(&k.Distrusted))
		})
	})
	return list, err
}

// SaveSigningKeys implements [domain.SigningKeys].
func (db *DB) SaveSigningKeys(ctx context.Context, added *domain.SigningKey, changed ...*domain.SigningKey) (saved bool, err error) {
	err = db.change(ctx, domain.Scope{}, func(t *tx) error {
		if saved = true; added != nil {
			rows, err := t.exec(`INSERT INTO signing_key (generation, key_id, public_key, sealed_key, created_at, signs_at, retires_at, ends_at, distrusted)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (generation) DO NOTHING`, int64(added.Generation), added.ID, added.Public, added.Sealed,
				added.CreatedAt, added.SignsAt, added.RetiresAt, added.EndsAt, added.Distrusted)
			if saved = rows == 1; err != nil || !saved {
				return err
			}
		}
		for _, k := range changed {
			if err := t.run(`UPDATE signing_key SET sealed_key = ?, retires_at = ?, ends_at = ?, distrusted = ? WHERE generation = ?`,
				k.Sealed, k.RetiresAt, k.EndsAt, k.Distrusted, int64(k.Generation)); err != nil {
				return err
			}
		}
		return nil
	})
	return saved, err
}
