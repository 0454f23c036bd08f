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

var groupPromises = []promise{
	{"a group comes back as it was stored", groupRoundTrip},
	{"a group that is not there is refused", groupUnknown},
	{"a group is found by its folded name", groupByName},
	{"a bump adds one to the stored version", groupBump},
	{"a deleted group takes members and links along", groupDeleted},
	{"members are added once", membersAdded},
	{"only people with access become members", membersNeedAccess},
	{"members are removed", membersRemoved},
	{"members are replaced", membersReplaced},
	{"members are listed in pages by id", membersListed},
	{"members are filtered", membersFiltered},
	{"a person leaves groups", groupsLeft},
	{"many members are changed at once", manyMembers},
	{"members show a group as it was last written", groupsRenamed},
}

func group(name string) *domain.Group {
	return &domain.Group{ID: newID(), Name: name, Version: 1, CreatedAt: noon, UpdatedAt: noon}
}

func (w *world) groups(t testing.TB, q domain.Query) domain.Page[*domain.Group] {
	t.Helper()
	var page domain.Page[*domain.Group]
	w.read(t, func(tx domain.Tx) (err error) {
		page, err = tx.ListGroups(q, false)
		return err
	})
	return page
}

func (w *world) group(t testing.TB, id uuid.UUID) *domain.Group {
	t.Helper()
	var found *domain.Group
	w.read(t, func(tx domain.Tx) (err error) {
		found, err = tx.FindGroup(id)
		return err
	})
	return found
}

func groupRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	g := &domain.Group{ID: newID(), Name: "Ä 'x'", Description: "d", Restricted: true, ManagedBy: w.Scope.Connection, Version: 3, CreatedAt: noon,
		UpdatedAt: noon.Add(time.Second)}
	w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(g) })
	assert.Empty(t, cmp.Diff(g, w.group(t, g.ID)))

	g.Name, g.Description, g.Restricted, g.ManagedBy, g.Version, g.UpdatedAt = "B", "", false, uuid.Nil, 4, noon.Add(time.Minute)
	g.Link = &domain.Link{Connection: w.Scope.Connection, ExternalKey: "k", HiddenAt: noon, ProjectedLogin: "p",
		Echo: domain.Echo{FormattedName: "f", Photos: []domain.EchoValue{{Value: "v"}}}}
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.UpdateGroup(g))
		return tx.SaveGroupLink(g)
	})
	assert.Empty(t, cmp.Diff(g, w.group(t, g.ID)))
	g.Link = &domain.Link{Connection: w.Scope.Connection}
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.SaveGroupLink(g))
		found, err := tx.FindGroup(g.ID)
		assert.Empty(t, cmp.Diff(g, found), "in a write")
		return err
	})
}

func groupUnknown(t *testing.T, open Open) {
	w := newWorld(t, open)
	g := group("g")
	for _, act := range []func(tx domain.Tx) error{
		func(tx domain.Tx) error { _, err := tx.FindGroup(g.ID); return err },
		func(tx domain.Tx) error { return tx.UpdateGroup(g) },
		func(tx domain.Tx) error { return tx.BumpGroup(g, noon) },
		func(tx domain.Tx) error { return tx.DeleteGroup(g.ID) },
	} {
		refused(t, w.Write(ctx(), w.Scope, act), domain.CodeGroupNotFound, "PermissionGroupId")
	}
}

func groupByName(t *testing.T, open Open) {
	w := newWorld(t, open)
	g := group("Straße")
	w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(g) })
	w.read(t, func(tx domain.Tx) error {
		found, err := tx.FindGroupByName("STRASSE")
		require.NoError(t, err)
		assert.Empty(t, cmp.Diff(g, found))
		for _, none := range []string{"Strasser", ""} {
			found, err = tx.FindGroupByName(none)
			require.NoError(t, err)
			assert.Nil(t, found)
		}
		return nil
	})
}

func groupBump(t *testing.T, open Open) {
	w := newWorld(t, open)
	g := group("g")
	later := noon.Add(time.Hour)
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertGroup(g))
		stale := &domain.Group{ID: g.ID, Version: 100}
		require.NoError(t, tx.BumpGroup(stale, later))
		assert.Equal(t, int64(2), stale.Version)
		assert.Equal(t, later, stale.UpdatedAt)
		return nil
	})
	assert.Equal(t, later, w.group(t, g.ID).UpdatedAt)
}

func groupDeleted(t *testing.T, open Open) {
	w := newWorld(t, open)
	p, g, other := user("a"), group("g"), group("other")
	w.insert(t, p)
	w.write(t, func(tx domain.Tx) error {
		for _, g := range []*domain.Group{g, other} {
			require.NoError(t, tx.InsertGroup(g))
			g.Link = &domain.Link{Connection: w.Scope.Connection, ExternalKey: g.Name}
			require.NoError(t, tx.SaveGroupLink(g))
			_, err := tx.AddMembers(g.ID, []uuid.UUID{p.ID}, domain.MemberByRest, noon)
			require.NoError(t, err)
		}
		return tx.DeleteGroup(g.ID)
	})
	assert.Equal(t, []domain.Membership{{Group: other.ID, Name: "other"}}, w.find(t, p.ID).Groups)
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM group_link"))
	assert.Equal(t, 1, w.Number(t, "SELECT COUNT(*) FROM group_member"))
}

// crew makes a group and users, in the order of their ids.
func crew(t *testing.T, w *world, count int) (*domain.Group, []uuid.UUID) {
	t.Helper()
	g := group("crew")
	people := make([]*domain.Person, count)
	for i := range people {
		people[i] = user("crew" + newID().String())
	}
	w.insert(t, people...)
	w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(g) })
	return g, ids(people)
}

func (w *world) members(t testing.TB, group uuid.UUID) []uuid.UUID {
	t.Helper()
	var list []uuid.UUID
	w.read(t, func(tx domain.Tx) error {
		members, err := tx.ListMembers(group, uuid.Nil, 100000)
		for _, m := range members {
			list = append(list, m.Person)
		}
		return err
	})
	return list
}

func membersAdded(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 4)
	w.write(t, func(tx domain.Tx) error {
		added, err := tx.AddMembers(g.ID, people[:2], domain.MemberByScim, noon)
		require.NoError(t, err)
		assert.ElementsMatch(t, people[:2], added)
		added, err = tx.AddMembers(g.ID, []uuid.UUID{people[2], people[1], people[2], people[0]}, domain.MemberByScim, noon)
		require.NoError(t, err)
		assert.Equal(t, people[2:3], added)
		added, err = tx.AddMembers(g.ID, nil, domain.MemberByScim, noon)
		assert.Empty(t, added)
		return err
	})
	assert.Equal(t, people[:3], w.members(t, g.ID))
}

func membersNeedAccess(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 2)
	plain, unknown := person("plain"), newID()
	w.insert(t, plain)
	for _, somebody := range []uuid.UUID{plain.ID, unknown} {
		err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
			_, err := tx.AddMembers(g.ID, []uuid.UUID{people[0], somebody, people[1], newID()}, domain.MemberByRest, noon)
			return err
		})
		refused(t, err, domain.CodeUnknownMember, "Members")
		assert.ErrorContains(t, err, somebody.String(), "the first is named")
	}
	assert.Empty(t, w.members(t, g.ID), "nothing is left")
}

func membersRemoved(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 3)
	w.write(t, func(tx domain.Tx) error {
		_, err := tx.AddMembers(g.ID, people[:2], domain.MemberByScim, noon)
		require.NoError(t, err)
		removed, err := tx.RemoveMembers(g.ID, []uuid.UUID{people[0], people[2], newID()})
		assert.Equal(t, people[:1], removed)
		return err
	})
	assert.Equal(t, people[1:2], w.members(t, g.ID))
}

func membersReplaced(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 4)
	w.write(t, func(tx domain.Tx) error {
		_, err := tx.AddMembers(g.ID, people, domain.MemberByScim, noon)
		require.NoError(t, err)
		removed, err := tx.ClearMembers(g.ID, people[1:3])
		assert.Equal(t, 2, removed)
		return err
	})
	assert.Equal(t, people[1:3], w.members(t, g.ID))
	w.write(t, func(tx domain.Tx) error {
		removed, err := tx.ClearMembers(g.ID, nil)
		assert.Equal(t, 2, removed)
		return err
	})
	assert.Empty(t, w.members(t, g.ID))
}

func membersListed(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 5)
	w.write(t, func(tx domain.Tx) error { _, err := tx.AddMembers(g.ID, people, domain.MemberByScim, noon); return err })
	w.read(t, func(tx domain.Tx) error {
		page, err := tx.ListMembers(g.ID, uuid.Nil, 2)
		require.NoError(t, err)
		assert.Equal(t, people[:2], []uuid.UUID{page[0].Person, page[1].Person})
		page, err = tx.ListMembers(g.ID, people[1], 10)
		require.Len(t, page, 3)
		assert.Equal(t, people[2], page[0].Person)
		assert.Equal(t, w.find(t, people[2]).ShownName(), page[0].Name)
		return err
	})
}

func membersFiltered(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 3)
	w.write(t, func(tx domain.Tx) error {
		_, err := tx.AddMembers(g.ID, people[:2], domain.MemberByScim, noon)
		return err
	})
	w.read(t, func(tx domain.Tx) error {
		found, err := tx.FilterMembers(g.ID, []uuid.UUID{people[2], people[1], newID()})
		assert.Equal(t, people[1:2], found)
		return err
	})
}

func groupsLeft(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 2)
	other := group("other")
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertGroup(other))
		_, err := tx.AddMembers(g.ID, people, domain.MemberByScim, noon)
		require.NoError(t, err)
		_, err = tx.AddMembers(other.ID, people, domain.MemberByRest, noon)
		require.NoError(t, err)
		left, err := tx.LeaveGroups(people[0], domain.MemberByScim)
		assert.Equal(t, []uuid.UUID{g.ID}, left)
		return err
	})
	assert.Equal(t, people[1:], w.members(t, g.ID))
	assert.Equal(t, people, w.members(t, other.ID))
	w.write(t, func(tx domain.Tx) error {
		left, err := tx.LeaveGroups(people[1], "")
		assert.ElementsMatch(t, []uuid.UUID{g.ID, other.ID}, left)
		return err
	})
}

func manyMembers(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 2500)
	w.write(t, func(tx domain.Tx) error {
		added, err := tx.AddMembers(g.ID, people, domain.MemberByScim, noon)
		assert.Len(t, added, len(people))
		require.NoError(t, err)
		removed, err := tx.ClearMembers(g.ID, people[:2000])
		assert.Equal(t, 500, removed)
		return err
	})
	assert.Len(t, w.members(t, g.ID), 2000)
}

// What is remembered of a group's name ends with the write that changes it, and with no other.
func groupsRenamed(t *testing.T, open Open) {
	w := newWorld(t, open)
	g, people := crew(t, w, 2)
	w.write(t, func(tx domain.Tx) error {
		_, err := tx.AddMembers(g.ID, people, domain.MemberByScim, noon)
		return err
	})
	shown := func() (names []string) {
		t.Helper()
		for _, membership := range w.find(t, people[0]).Groups {
			names = append(names, membership.Name)
		}
		for _, p := range w.list(t, domain.Query{Count: 10, With: domain.WithGroups}).Items {
			assert.Equal(t, w.find(t, people[0]).Groups, p.Groups)
		}
		return names
	}
	change := func(name string, restricted bool) func(tx domain.Tx) error {
		return func(tx domain.Tx) error {
			changed := *g
			changed.Name, changed.Restricted = name, restricted
			return tx.UpdateGroup(&changed)
		}
	}
	assert.Equal(t, []string{g.Name}, shown())
	require.Error(t, w.Write(ctx(), w.Scope, undone(change("never", false))))
	assert.Equal(t, []string{g.Name}, shown())
	for _, name := range []string{"renamed", "renamed again"} {
		w.write(t, change(name, false))
		assert.Equal(t, []string{name}, shown())
	}
	w.write(t, change("secret", true))
	assert.Empty(t, shown())
	w.write(t, change("known", false))
	assert.Equal(t, []string{"known"}, shown())
	w.write(t, func(tx domain.Tx) error { return tx.DeleteGroup(g.ID) })
	assert.Empty(t, shown())
}
