package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// ListServiceKeys implements [domain.ServiceKeyTx].
func (t *tx) ListServiceKeys(provider uuid.UUID) ([]*domain.ServiceKey, error) {
	var list []*domain.ServiceKey
	err := t.rows(t.short, `SELECT generation, certificate, sealed_key, created_at, signs_at, ends_at FROM service_key
		WHERE tenant_id = ? AND provider_id = ? ORDER BY generation DESC`, []any{t.tenant, provider}, func(rows Rows) error {
		k := &domain.ServiceKey{Provider: provider}
		list = append(list, k)
		return rows.Scan((*countTarget)(&k.Generation), (*bytesTarget)(&k.Certificate), (*bytesTarget)(&k.Sealed),
			(*instantTarget)(&k.CreatedAt), (*instantTarget)(&k.SignsAt), (*instantTarget)(&k.EndsAt))
	})
	return list, err
}

// InsertServiceKey implements [domain.ServiceKeyTx].
func (t *tx) InsertServiceKey(k *domain.ServiceKey) (bool, error) {
	inserted, err := t.exec(`INSERT INTO service_key (tenant_id, provider_id, generation, certificate, sealed_key, created_at, signs_at, ends_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant_id, provider_id, generation) DO NOTHING`,
		t.tenant, k.Provider, int64(k.Generation), k.Certificate, k.Sealed, k.CreatedAt, k.SignsAt, k.EndsAt)
	return inserted == 1, err
}

// EndServiceKeys implements [domain.ServiceKeyTx].
func (t *tx) EndServiceKeys(provider uuid.UUID, before int, at time.Time) error {
	return t.run(`UPDATE service_key SET ends_at = ? WHERE tenant_id = ? AND provider_id = ? AND generation < ? AND (ends_at = 0 OR ends_at > ?)`,
		at, t.tenant, provider, int64(before), at)
}
