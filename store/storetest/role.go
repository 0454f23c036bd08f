package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

var rolePromises = []promise{
	{"a role comes back as it was stored", roleRoundTrip},
	{"a role that is not there is refused", roleUnknown},
	{"roles are listed by weight and name", rolesListed},
	{"roles are granted and revoked once", rolesGranted},
	{"rights are the union of roles and groups", rightsUnited},
	{"a deleted role is lost by everybody", roleDeleted},
	{"protection follows restricted grants", protectionFollows},
	{"the number of members is kept", membersNumbered},
	{"organizations are a tree", organizationTree},
	{"a session comes with the rights of its person", sessionRights},
}

func role(name string, weight int, permissions ...domain.Permission) *domain.Role {
	return &domain.Role{ID: newID(), Name: name, Weight: weight, Permissions: domain.NewPermissions(permissions...), Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

func roleRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	r := role("Ä", 7, domain.UsersRead, domain.TenantAdmin)
	r.Description, r.IsSystem, r.CreatedBy = "d", true, "operator"
	w.write(t, func(tx domain.Tx) error { return tx.InsertRole(r) })
	find := func(tx domain.Tx) error {
		found, err := tx.FindRoles([]uuid.UUID{r.ID, newID()})
		assert.Empty(t, cmp.Diff([]*domain.Role{r}, found))
		return err
	}
	w.read(t, find)
	w.write(t, find)
	w.read(t, func(tx domain.Tx) error {
		found, err := tx.FindRoleByName("ä")
		assert.Empty(t, cmp.Diff(r, found))
		require.NoError(t, err)
		found, err = tx.FindRoleByName("")
		assert.Nil(t, found)
		return err
	})
	r.Name, r.Description, r.Weight, r.Permissions, r.Version, r.UpdatedAt = "B", "", 0, nil, 2, noon.Add(time.Hour)
	w.write(t, func(tx domain.Tx) error { return tx.UpdateRole(r) })
	w.read(t, find)
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error { return tx.InsertRole(role("b", 0)) })
	refused(t, err, domain.CodeRoleNameTaken, "Name")
}

func roleUnknown(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, act := range []func(tx domain.Tx) error{
		func(tx domain.Tx) error { return tx.UpdateRole(role("r", 0)) },
		func(tx domain.Tx) error { return tx.DeleteRole(newID()) },
	} {
		refused(t, w.Write(ctx(), w.Scope, act), domain.CodeRoleNotFound, "RoleId")
	}
}

func rolesListed(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.write(t, func(tx domain.Tx) error {
		for _, r := range []*domain.Role{role("b", 1), role("a", 1), role("z", 9), role("m", 0)} {
			require.NoError(t, tx.InsertRole(r))
		}
		return nil
	})
	w.read(t, func(tx domain.Tx) error {
		page, err := tx.ListRoles(domain.Query{Count: 3, Total: true})
		require.NoError(t, err)
		assert.Equal(t, []string{"z", "a", "b"}, []string{page.Items[0].Name, page.Items[1].Name, page.Items[2].Name})
		assert.True(t, page.More)
		assert.Equal(t, 4, page.Total)
		page, err = tx.ListRoles(domain.Query{Offset: 3, Count: 3})
		require.Len(t, page.Items, 1)
		assert.False(t, page.More)
		return err
	})
}

func rolesGranted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, r, other := user("ann"), role("r", 1), role("other", 1)
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertRole(r))
		require.NoError(t, tx.InsertRole(other))
		given, err := tx.GrantRoles(p.ID, []uuid.UUID{r.ID, newID()}, noon)
		require.NoError(t, err)
		assert.Equal(t, []uuid.UUID{r.ID}, given)
		given, err = tx.GrantRoles(p.ID, []uuid.UUID{r.ID, other.ID}, noon)
		require.NoError(t, err)
		assert.Equal(t, []uuid.UUID{other.ID}, given)
		taken, err := tx.RevokeRoles(p.ID, []uuid.UUID{r.ID, newID()})
		require.NoError(t, err)
		assert.Equal(t, []uuid.UUID{r.ID}, taken)
		people, groups, err := tx.RoleHolders(other.ID)
		assert.Equal(t, 1, people)
		assert.Empty(t, groups)
		return err
	})
}

func (w *world) rights(t testing.TB, people ...uuid.UUID) map[uuid.UUID]*domain.Rights {
	t.Helper()
	var rights map[uuid.UUID]*domain.Rights
	w.read(t, func(tx domain.Tx) (err error) {
		rights, err = tx.Rights(people)
		return err
	})
	return rights
}

func rightsUnited(t *testing.T, open Open) {
	w := newWorld(t, open)
	ann, ben, none := user("ann"), user("ben"), user("none")
	direct, shared, heavy := role("direct", 1, domain.UsersRead), role("shared", 5, domain.UsersList), role("heavy", 9, domain.RolesRead)
	crew, staff := group("crew"), group("staff")
	crew.Permissions = domain.NewPermissions(domain.GroupsRead)
	w.insert(t, ann, ben, none)
	w.write(t, func(tx domain.Tx) error {
		for _, r := range []*domain.Role{direct, shared, heavy} {
			require.NoError(t, tx.InsertRole(r))
		}
		for _, g := range []*domain.Group{crew, staff} {
			require.NoError(t, tx.InsertGroup(g))
			given, err := tx.GrantGroupRoles(g.ID, []uuid.UUID{shared.ID, newID()})
			require.NoError(t, err)
			assert.Equal(t, []uuid.UUID{shared.ID}, given)
			_, err = tx.AddMembers(g.ID, []uuid.UUID{ann.ID}, domain.MemberByScim, noon)
			require.NoError(t, err)
		}
		_, err := tx.GrantRoles(ann.ID, []uuid.UUID{direct.ID, shared.ID}, noon)
		require.NoError(t, err)
		_, err = tx.GrantRoles(ben.ID, []uuid.UUID{heavy.ID}, noon)
		return err
	})
	rights := w.rights(t, ann.ID, ben.ID, none.ID)
	assert.Len(t, rights, 2)
	assert.Empty(t, cmp.Diff(&domain.Rights{Permissions: domain.NewPermissions(domain.UsersRead, domain.UsersList, domain.GroupsRead), Roles: []domain.HeldRole{
		{Role: shared.ID, Name: "shared", Weight: 5, Source: domain.GrantedDirectly}, {Role: shared.ID, Name: "shared", Weight: 5, Source: domain.GrantedByGroup},
		{Role: direct.ID, Name: "direct", Weight: 1, Source: domain.GrantedDirectly}}}, rights[ann.ID]))
	assert.Equal(t, 9, rights[ben.ID].Weight())
	w.read(t, func(tx domain.Tx) error {
		roles, err := tx.GroupRoles(crew.ID)
		require.NoError(t, err)
		assert.Empty(t, cmp.Diff([]*domain.Role{shared}, roles))
		by, err := tx.GroupRoleIDs([]uuid.UUID{crew.ID, staff.ID, newID()})
		assert.Equal(t, map[uuid.UUID][]uuid.UUID{crew.ID: {shared.ID}, staff.ID: {shared.ID}}, by)
		return err
	})
	w.write(t, func(tx domain.Tx) error {
		gone, err := tx.RevokeGroupRoles(crew.ID, []uuid.UUID{shared.ID, newID()})
		assert.Equal(t, []uuid.UUID{shared.ID}, gone)
		return err
	})
	assert.Empty(t, cmp.Diff(crew.Permissions, w.group(t, crew.ID).Permissions))
}

func roleDeleted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, r, g := user("ann"), role("r", 1, domain.UsersRead), group("g")
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertRole(r))
		require.NoError(t, tx.InsertGroup(g))
		_, err := tx.GrantRoles(p.ID, []uuid.UUID{r.ID}, noon)
		require.NoError(t, err)
		_, err = tx.GrantGroupRoles(g.ID, []uuid.UUID{r.ID})
		require.NoError(t, err)
		_, groups, err := tx.RoleHolders(r.ID)
		assert.Equal(t, []uuid.UUID{g.ID}, groups)
		require.NoError(t, err)
		return tx.DeleteRole(r.ID)
	})
	assert.Empty(t, w.rights(t, p.ID))
}

func protectionFollows(t *testing.T, open Open) {
	w := newWorld(t, open)
	ann, ben, glass := user("ann"), user("ben"), user("glass")
	glass.Access.BreakGlass = true
	admin, system := role("admin", 9, domain.TenantAdmin), role("system", 9, domain.SystemAdmin)
	g := group("admins")
	w.insert(t, ann, ben, glass)
	refresh := func(change func(tx domain.Tx) error, lost, left bool, protected, administering int) {
		t.Helper()
		w.write(t, func(tx domain.Tx) error {
			require.NoError(t, change(tx))
			gone, err := tx.RefreshProtection()
			require.NoError(t, err)
			assert.Equal(t, lost, gone)
			has, err := tx.HasAdministrator()
			assert.Equal(t, left, has)
			return err
		})
		assert.Equal(t, protected, w.Number(t, "SELECT COUNT(*) FROM user_access WHERE is_protected"))
		assert.Equal(t, administering, w.Number(t, "SELECT COUNT(*) FROM user_access WHERE administers"))
	}
	refresh(func(tx domain.Tx) error {
		require.NoError(t, tx.InsertRole(admin))
		require.NoError(t, tx.InsertRole(system))
		g.Restricted, g.Administers = true, true
		require.NoError(t, tx.InsertGroup(g))
		_, err := tx.GrantGroupRoles(g.ID, []uuid.UUID{admin.ID})
		return err
	}, false, false, 1, 0)
	refresh(func(tx domain.Tx) error {
		_, err := tx.AddMembers(g.ID, []uuid.UUID{ann.ID}, domain.MemberByRest, noon)
		require.NoError(t, err)
		_, err = tx.GrantRoles(ann.ID, []uuid.UUID{admin.ID}, noon)
		require.NoError(t, err)
		_, err = tx.GrantRoles(ben.ID, []uuid.UUID{system.ID}, noon)
		return err
	}, false, true, 3, 1)
	refresh(func(tx domain.Tx) error { _, err := tx.RevokeRoles(ann.ID, []uuid.UUID{admin.ID}); return err }, false, true, 3, 1)
	w.write(t, func(tx domain.Tx) error {
		ann.Access.Protected, ann.Access.Administers = false, false // what a writer that loaded it earlier believes
		require.NoError(t, tx.UpdateAccess(ann))
		assert.True(t, ann.Access.Protected && ann.Access.Administers, "brought up to date")
		return nil
	})
	refresh(func(tx domain.Tx) error { _, err := tx.RemoveMembers(g.ID, []uuid.UUID{ann.ID}); return err }, true, false, 2, 0)
	w.write(t, func(tx domain.Tx) error {
		_, err := tx.GrantRoles(ann.ID, []uuid.UUID{admin.ID}, noon)
		require.NoError(t, err)
		_, err = tx.RefreshProtection()
		require.NoError(t, err)
		administrator, err := tx.DeleteAccess(ann.ID)
		assert.True(t, administrator)
		return err
	})
}

func membersNumbered(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 5)
	is := func(want int, change func(tx domain.Tx) error) {
		t.Helper()
		w.write(t, change)
		assert.Equal(t, want, w.group(t, g.ID).MemberCount)
	}
	add := func(some ...uuid.UUID) func(tx domain.Tx) error {
		return func(tx domain.Tx) error { _, err := tx.AddMembers(g.ID, some, domain.MemberByRest, noon); return err }
	}
	is(3, add(people[:3]...))
	is(4, func(tx domain.Tx) error {
		require.NoError(t, add(people[1:4]...)(tx))
		require.NoError(t, tx.BumpGroup(g, noon))
		assert.Equal(t, 4, g.MemberCount)
		return nil
	})
	is(3, func(tx domain.Tx) error { _, err := tx.RemoveMembers(g.ID, people[3:]); return err })
	is(2, func(tx domain.Tx) error { _, err := tx.LeaveGroups(people[0], ""); return err })
	is(1, func(tx domain.Tx) error { _, err := tx.ClearMembers(g.ID, people[:2]); return err })
	w.read(t, func(tx domain.Tx) error {
		list, err := tx.PageMembers(g.ID, 0, 10)
		require.Len(t, list, 1)
		assert.Equal(t, domain.MemberByRest, list[0].Source)
		require.NoError(t, err)
		list, err = tx.PageMembers(g.ID, 1, 10)
		assert.Empty(t, list)
		require.NoError(t, tx.RequireAccess(people))
		refused(t, tx.RequireAccess([]uuid.UUID{people[0], newID()}), domain.CodeUnknownMember, "Members")
		return err
	})
}

func sessionRights(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, r := user("ann"), role("r", 3, domain.UsersRead)
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertRole(r))
		_, err := tx.GrantRoles(p.ID, []uuid.UUID{r.ID}, noon)
		require.NoError(t, err)
		return tx.InsertSession(session(p.ID, "hash"))
	})
	in, err := w.FindSession(ctx(), []byte("hash"))
	require.NoError(t, err)
	assert.True(t, in.Rights.Permissions.Has(domain.UsersRead))
	assert.Equal(t, 3, in.Rights.Weight())
}

func organizationTree(t *testing.T, open Open) {
	w := newWorld(t, open)
	top := &domain.Organization{ID: newID(), Name: "top", CreatedAt: noon}
	mid := &domain.Organization{ID: newID(), Name: "mid", Parent: top.ID, CreatedAt: noon.Add(time.Second)}
	low := &domain.Organization{ID: newID(), Name: "low", Parent: mid.ID, CreatedAt: noon.Add(time.Minute)}
	w.write(t, func(tx domain.Tx) error {
		for _, o := range []*domain.Organization{top, mid, low} {
			require.NoError(t, tx.InsertOrganization(o))
		}
		for _, test := range []struct {
			id, above uuid.UUID
			under     bool
		}{{low.ID, top.ID, true}, {top.ID, top.ID, true}, {top.ID, low.ID, false}, {mid.ID, low.ID, false}} {
			under, err := tx.OrganizationUnder(test.id, test.above)
			require.NoError(t, err)
			assert.Equal(t, test.under, under)
		}
		_, err := tx.OrganizationUnder(newID(), top.ID)
		refused(t, err, domain.CodeOrganizationNotFound, "OrganizationId")
		return nil
	})
	w.read(t, func(tx domain.Tx) error {
		page, err := tx.ListOrganizations(domain.Query{Count: 2, Total: true})
		require.NoError(t, err)
		assert.Empty(t, cmp.Diff([]*domain.Organization{top, mid}, page.Items))
		assert.True(t, page.More)
		assert.Equal(t, 3, page.Total)
		has, err := tx.HasOrganizations(mid.ID)
		assert.True(t, has)
		return err
	})
	low.Name, low.Parent = "x", uuid.Nil
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.UpdateOrganization(low))
		return tx.DeleteOrganization(mid.ID)
	})
	w.read(t, func(tx domain.Tx) error {
		found, err := tx.FindOrganization(low.ID)
		assert.Empty(t, cmp.Diff(low, found))
		_, missing := tx.FindOrganization(mid.ID)
		refused(t, missing, domain.CodeOrganizationNotFound, "OrganizationId")
		return err
	})
}
