package store

import (
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

const selectDomain = `SELECT name, provider_id, token, verified_at, checked_at, misses, created_at FROM sso_domain WHERE tenant_id = ?`

func noDomain() error {
	return domain.Refuse(domain.CodeNotFound, "Domain", "The tenant has no such domain.")
}

func (t *tx) domains(text string, args ...any) (list []*domain.SsoDomain, err error) {
	err = t.rows(t.short, text, append([]any{t.tenant}, args...), func(rows Rows) error {
		d := new(domain.SsoDomain)
		list = append(list, d)
		return rows.Scan((*textTarget)(&d.Name), (*idTarget)(&d.Provider), (*textTarget)(&d.Token), (*instantTarget)(&d.VerifiedAt),
			(*instantTarget)(&d.CheckedAt), (*countTarget)(&d.Misses), (*instantTarget)(&d.CreatedAt))
	})
	return list, err
}

// ListDomains implements [domain.DomainTx].
func (t *tx) ListDomains() ([]*domain.SsoDomain, error) {
	return t.domains(selectDomain + " ORDER BY name")
}

// FindDomain implements [domain.DomainTx].
func (t *tx) FindDomain(name string) (*domain.SsoDomain, error) {
	list, err := t.domains(selectDomain+" AND name = ?", name)
	if err == nil && len(list) == 0 {
		err = noDomain()
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// InsertDomain implements [domain.DomainTx].
func (t *tx) InsertDomain(d *domain.SsoDomain) error {
	inserted, err := t.exec(`INSERT INTO sso_domain (tenant_id, name, provider_id, token, verified_at, checked_at, misses, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant_id, name) DO NOTHING`,
		t.tenant, d.Name, d.Provider, d.Token, d.VerifiedAt, d.CheckedAt, int64(d.Misses), d.CreatedAt)
	if err == nil && inserted == 0 {
		err = domain.Refuse(domain.CodeDomainTaken, "Domain", "The tenant has this domain already.")
	}
	return err
}

// UpdateDomain implements [domain.DomainTx].
func (t *tx) UpdateDomain(d *domain.SsoDomain, checked time.Time) error {
	touched, err := t.exec(`UPDATE sso_domain SET verified_at = ?, checked_at = ?, misses = ? WHERE tenant_id = ? AND name = ? AND token = ? AND checked_at = ?`,
		d.VerifiedAt, d.CheckedAt, int64(d.Misses), t.tenant, d.Name, d.Token, checked)
	if err != nil || touched > 0 {
		return err
	}
	if _, err := t.FindDomain(d.Name); err != nil {
		return err
	}
	return domain.Refuse(domain.CodeVersionConflict, "Domain", "The domain was checked at the same time; read it again.")
}

// DeleteDomain implements [domain.DomainTx].
func (t *tx) DeleteDomain(name string) error {
	return t.must(noDomain(), "DELETE FROM sso_domain WHERE tenant_id = ? AND name = ?", t.tenant, name)
}
