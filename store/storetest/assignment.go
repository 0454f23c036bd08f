package storetest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var assignmentPromises = []promise{
	{"people are assigned to tenants of the business account", tenantsAssigned},
	{"credentials keep their tenants", credentialTenants},
	{"the last invitation is the newest", lastInvitations},
}

// joined makes a tenant of the account.
func (w *world) joined(t *testing.T, slug, account string) uuid.UUID {
	t.Helper()
	id := newID()
	require.NoError(t, w.InsertTenant(ctx(), &domain.Tenant{ID: id, Slug: slug, Name: "The " + slug, CreatedAt: noon, UpdatedAt: noon,
		Account: domain.BusinessAccount{ID: newID(), Name: account}}, entry(domain.EventTenantCreated)))
	return id
}

func tenantsAssigned(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.Scope = domain.Scope{Tenant: w.joined(t, "north", "Group")}
	south, east, foreign := w.joined(t, "south", "GROUP"), w.joined(t, "east", "Group"), w.joined(t, "foreign", "Others")
	all := []uuid.UUID{south, east, foreign, newID()}
	ann, bob := user("ann"), person("bob")
	w.insert(t, ann, bob)
	w.write(t, func(tx domain.Tx) error {
		siblings, err := tx.Siblings(all)
		require.NoError(t, err)
		assert.ElementsMatch(t, []uuid.UUID{south, east}, siblings, "one account, whatever the case of its name")
		added, err := tx.AssignTenants(ann.ID, all, noon)
		require.NoError(t, err)
		assert.ElementsMatch(t, []uuid.UUID{south, east, foreign}, added)
		added, err = tx.AssignTenants(ann.ID, []uuid.UUID{south}, noon)
		require.NoError(t, err)
		assert.Empty(t, added)
		added, err = tx.AssignTenants(bob.ID, all, noon)
		assert.Empty(t, added, "without access there is nothing to assign")
		return err
	})
	want := []domain.KnownTenant{{ID: east, Slug: "east", Name: "The east"}, {ID: south, Slug: "south", Name: "The south"}}
	acting := func() []domain.KnownTenant {
		list, err := w.ListAssigned(ctx(), w.Scope.Tenant, ann.ID)
		require.NoError(t, err)
		return list
	}
	assert.Equal(t, want, acting(), "never one of another account")
	w.read(t, func(tx domain.Tx) error {
		found, err := tx.AssignedTenants([]uuid.UUID{ann.ID, bob.ID})
		assert.Equal(t, map[uuid.UUID][]domain.KnownTenant{ann.ID: want}, found)
		return err
	})
	w.SQL(t, "UPDATE tenant SET disabled = ? WHERE tenant_id = ?", w.bool(true), south)
	assert.Equal(t, want[:1], acting(), "a disabled tenant is out of reach")
	w.SQL(t, "UPDATE tenant SET business_account_id = NULL WHERE tenant_id = ?", east)
	assert.Empty(t, acting(), "so is one that left the account")
	w.write(t, func(tx domain.Tx) error {
		removed, err := tx.UnassignTenants(ann.ID, all)
		assert.ElementsMatch(t, []uuid.UUID{south, east, foreign}, removed)
		return err
	})
	w.write(t, func(tx domain.Tx) error { _, err := tx.AssignTenants(ann.ID, all, noon); return err })
	w.write(t, func(tx domain.Tx) error { _, err := tx.DeleteAccess(ann.ID); return err })
	assert.Zero(t, w.Number(t, "SELECT COUNT(*) FROM tenant_assignment"), "they end with the access")
	list, err := w.ListTenants(ctx())
	require.NoError(t, err)
	accounts := map[string]string{}
	for _, tenant := range list {
		accounts[tenant.Slug] = tenant.Account.Name
	}
	assert.Equal(t, map[string]string{"acme": "", "east": "", "foreign": "Others", "north": "Group", "south": "Group"}, accounts)
}

// bool is true or false as the database wants it.
func (f *Fixture) bool(on bool) any {
	if f.numbered {
		return on
	}
	return map[bool]int{true: 1}[on]
}

func credentialTenants(t *testing.T, open Open) {
	w := newWorld(t, open)
	south, east := w.joined(t, "south", ""), w.joined(t, "east", "")
	c := &domain.Credential{ID: newID(), Tenant: w.Scope.Tenant, Name: "hr", Kind: domain.KindRest, CreatedAt: noon, SecretHash: []byte("x"),
		Others: []domain.KnownTenant{{ID: south, Slug: "south", Name: "The south"}, {ID: east, Slug: "east", Name: "The east"}}}
	require.NoError(t, w.SaveCredential(ctx(), c, entry(domain.EventCredentialCreated)))
	found, err := w.FindCredential(ctx(), c.ID)
	require.NoError(t, err)
	assert.Equal(t, c.Others, found.Others)
	require.NoError(t, w.SaveCredential(ctx(), found, entry(domain.EventCredentialRotated)))
	list, err := w.ListCredentials(ctx(), w.Scope.Tenant)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, c.Others, list[0].Others)
	w.SQL(t, "UPDATE tenant SET disabled = ? WHERE tenant_id = ?", w.bool(true), south)
	found, err = w.FindCredential(ctx(), c.ID)
	require.NoError(t, err)
	assert.Equal(t, c.Others[1:], found.Others)
}

func lastInvitations(t *testing.T, open Open) {
	w := newWorld(t, open)
	ann, bob := user("ann"), user("bob")
	w.insert(t, ann, bob)
	w.write(t, func(tx domain.Tx) error {
		old, late := invitation(ann.ID, "old"), invitation(ann.ID, "late")
		old.SentAt = noon
		late.SentAt = noon.AddDate(0, 0, 1)
		require.NoError(t, tx.InsertInvitation(late))
		require.NoError(t, tx.InsertInvitation(old))
		last, err := tx.LastInvitations([]uuid.UUID{ann.ID, bob.ID})
		require.Len(t, last, 1)
		assert.Equal(t, late.ID, last[ann.ID].ID)
		return err
	})
}
