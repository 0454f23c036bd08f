package store

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const organizationColumns = "o.organization_id, o.name, o.parent_id, o.created_at"

func noOrganization() error {
	return domain.Refuse(domain.CodeOrganizationNotFound, "OrganizationId", "There is no such organization.")
}

func (t *tx) organizations(text string, args ...any) (list []*domain.Organization, err error) {
	err = t.rows(t.short, "SELECT "+organizationColumns+" FROM organization o WHERE o.tenant_id = ?"+text, append([]any{t.scope.Tenant}, args...),
		func(rows Rows) error {
			o := new(domain.Organization)
			list = append(list, o)
			return rows.Scan((*idTarget)(&o.ID), (*textTarget)(&o.Name), (*idTarget)(&o.Parent), (*instantTarget)(&o.CreatedAt))
		})
	return list, err
}

// InsertOrganization implements [domain.OrganizationTx].
func (t *tx) InsertOrganization(o *domain.Organization) error {
	return t.run("INSERT INTO organization (tenant_id, organization_id, name, parent_id, created_at) VALUES (?, ?, ?, ?, ?)",
		t.scope.Tenant, o.ID, o.Name, o.Parent, o.CreatedAt)
}

// FindOrganization implements [domain.OrganizationTx].
func (t *tx) FindOrganization(id uuid.UUID) (*domain.Organization, error) {
	list, err := t.organizations(" AND o.organization_id = ?", id)
	if err == nil && len(list) == 0 {
		err = noOrganization()
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ListOrganizations implements [domain.OrganizationTx].
func (t *tx) ListOrganizations(q domain.Query) (domain.Page[*domain.Organization], error) {
	page := domain.Page[*domain.Organization]{Total: -1}
	list, err := t.organizations(" ORDER BY o.created_at, o.organization_id LIMIT ? OFFSET ?", int64(q.Count+1), int64(q.Offset))
	if err != nil {
		return page, err
	}
	page.More, page.Items = len(list) > q.Count, list[:min(len(list), q.Count)]
	if q.Total {
		_, err = t.row([]any{(*countTarget)(&page.Total)}, "SELECT COUNT(*) FROM organization WHERE tenant_id = ?", t.scope.Tenant)
	}
	return page, err
}

// UpdateOrganization implements [domain.OrganizationTx].
func (t *tx) UpdateOrganization(o *domain.Organization) error {
	return t.must(noOrganization(), "UPDATE organization SET name = ?, parent_id = ? WHERE tenant_id = ? AND organization_id = ?",
		o.Name, o.Parent, t.scope.Tenant, o.ID)
}

// DeleteOrganization implements [domain.OrganizationTx].
func (t *tx) DeleteOrganization(id uuid.UUID) error {
	return t.must(noOrganization(), "DELETE FROM organization WHERE tenant_id = ? AND organization_id = ?", t.scope.Tenant, id)
}

// HasOrganizations implements [domain.OrganizationTx].
func (t *tx) HasOrganizations(id uuid.UUID) (bool, error) {
	return t.row(nil, "SELECT 1 FROM organization WHERE tenant_id = ? AND parent_id = ? LIMIT 1", t.scope.Tenant, id)
}

// OrganizationUnder implements [domain.OrganizationTx]. The union drops rows that it has seen.
func (t *tx) OrganizationUnder(id, above uuid.UUID) (bool, error) {
	if err := t.alone(); err != nil {
		return false, err
	}
	if _, err := t.FindOrganization(id); err != nil {
		return false, err
	}
	return t.row(nil, `WITH RECURSIVE upwards (organization_id) AS (
		SELECT o.organization_id FROM organization o WHERE o.tenant_id = ? AND o.organization_id = ?
		UNION SELECT o.parent_id FROM upwards JOIN organization o ON o.tenant_id = ? AND o.organization_id = upwards.organization_id
		) SELECT 1 FROM upwards WHERE organization_id = ?`, t.scope.Tenant, id, t.scope.Tenant, above)
}
