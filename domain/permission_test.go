package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

// TestPermissionCatalogue: the rows are told apart, and what an API may grant has no overlap with what is restricted.
func TestPermissionCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[domain.Permission]bool{}
	for _, row := range domain.PermissionCatalogue() {
		assert.False(t, seen[row.Name], row.Name)
		seen[row.Name] = true
		assert.NotEmpty(t, row.Group+row.Description, row.Name)
		assert.True(t, domain.ApiPermissions().Has(row.Name), row.Name)
		assert.False(t, domain.NewPermissions(row.Name).Restricted(), row.Name)
	}
	for _, p := range []domain.Permission{domain.SystemAdmin, domain.TenantAdmin, domain.CredentialsManage, domain.PoliciesManage} {
		assert.False(t, seen[p], p)
		assert.True(t, p.Writes(), p)
		assert.True(t, domain.NewPermissions(domain.UsersRead, p).Restricted(), p)
		assert.True(t, domain.AllPermissions().Has(p), p)
	}
	assert.False(t, domain.AllPermissions().Has(domain.ScimWrite), "comes with a connector's credential only")
	assert.Equal(t, domain.NewPermissions(domain.RolesAdd), domain.NewPermissions(domain.UsersRead).Lacking(domain.NewPermissions(domain.UsersRead, domain.RolesAdd)))
}
