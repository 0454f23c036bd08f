package storetest

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

var conditionPromises = []promise{
	{"conditions on people find whom they hold for", peopleConditions},
	{"conditions on groups find those they hold for", groupConditions},
	{"people are sorted by any attribute", peopleOrder},
	{"groups are found by members", groupsByMembers},
	{"an unknown attribute is refused", unknownAttribute},
}

// crowd fills a new tenant with generated people, some of them in groups, and gives them as they are stored.
func crowd(t *testing.T, w *world, m *maker) []*domain.Person {
	w.Scope = w.NewTenant(t, newID().String())
	m.organizations, m.providers = []uuid.UUID{newID(), newID()}, []uuid.UUID{newID()}
	for _, id := range m.organizations {
		w.AddOrganization(t, w.Scope.Tenant, id, "o")
	}
	w.AddProvider(t, w.Scope.Tenant, m.providers[0], true)
	groups := []*domain.Group{group("Gä"), group("b"), group("restricted")}
	roles := []*domain.Role{role("Clérk", 1), role("reader", 2)}
	groups[2].Restricted = true
	w.write(t, func(tx domain.Tx) error {
		for _, g := range groups {
			require.NoError(t, tx.InsertGroup(g))
		}
		for _, r := range roles {
			require.NoError(t, tx.InsertRole(r))
		}
		_, err := tx.GrantGroupRoles(groups[0].ID, []uuid.UUID{roles[1].ID})
		require.NoError(t, err)
		for range rapid.IntRange(1, 8).Draw(m.T, "people") {
			p := m.person(w.Scope.Connection)
			require.NoError(t, insert(tx, p))
			for _, r := range roles {
				if p.Access != nil && m.flag() {
					_, err := tx.GrantRoles(p.ID, []uuid.UUID{r.ID}, noon)
					require.NoError(t, err)
				}
			}
			for _, g := range groups {
				if p.Access != nil && m.flag() {
					_, err := tx.AddMembers(g.ID, []uuid.UUID{p.ID}, domain.MemberByRest, noon)
					require.NoError(t, err)
				}
			}
		}
		return nil
	})
	people := w.list(t, domain.Query{Count: 100, With: domain.WithGroups}).Items
	w.read(t, func(tx domain.Tx) error {
		rights, err := tx.Rights(ids(people))
		for _, p := range people {
			if held := rights[p.ID]; held != nil {
				p.Rights = *held
			}
		}
		return err
	})
	return people
}

// occurring collects the ids and texts of people.
func occurring(people []*domain.Person) vocabulary {
	v := vocabulary{attributes: domain.PersonAttributes(), collections: domain.PersonCollections(), texts: []string{""}}
	note := func(value domain.Value) {
		switch value.Kind {
		case domain.ID:
			v.ids = append(v.ids, value.ID)
		case domain.Text:
			v.texts = append(v.texts, value.Text)
		}
	}
	for _, p := range people {
		for _, attribute := range v.attributes {
			note(attribute.Get(p, noon))
		}
		for _, c := range v.collections {
			c.Each(p, func(element any) bool {
				for _, attribute := range c.Attributes {
					note(attribute.Get(element, noon))
				}
				return true
			})
		}
	}
	return v
}

func peopleConditions(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		m := &maker{T: r}
		people := crowd(t, w, m)
		v := occurring(people)
		for range 10 {
			condition := m.condition(v, 3)
			want := slices.DeleteFunc(slices.Clone(people), func(p *domain.Person) bool { return !condition.Holds(p, noon) })
			page := w.list(t, domain.Query{Where: condition, Count: 100, Total: true, Offset: 0, With: domain.WithGroups})
			if diff := gocmp.Diff(ids(want), ids(page.Items)); diff != "" || page.Total != len(want) {
				r.Fatalf("%#v finds %d, should find %d:\n%s", condition, page.Total, len(want), diff)
			}
			counted := w.list(t, domain.Query{Where: condition, Total: true})
			if counted.Total != len(want) {
				r.Fatalf("%#v counts %d, should count %d", condition, counted.Total, len(want))
			}
		}
	})
}

func groupConditions(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		m := &maker{T: r}
		w.Scope = w.NewTenant(t, newID().String())
		var groups []*domain.Group
		v := vocabulary{attributes: domain.GroupAttributes(), texts: []string{""}}
		w.write(t, func(tx domain.Tx) error {
			for range rapid.IntRange(1, 5).Draw(r, "groups") {
				g := group(m.unique() + "~")
				g.Description = m.word()
				m.count++
				g.Name += strings.Repeat("x", m.count)
				require.NoError(t, tx.InsertGroup(g))
				if m.flag() {
					g.Link = &domain.Link{Connection: w.Scope.Connection, ExternalKey: m.unique()}
					require.NoError(t, tx.SaveGroupLink(g))
				}
				groups, v.ids, v.texts = append(groups, g), append(v.ids, g.ID), append(v.texts, g.Name, g.Description)
			}
			return nil
		})
		for range 10 {
			condition := m.condition(v, 3)
			want := slices.DeleteFunc(slices.Clone(groups), func(g *domain.Group) bool { return !condition.Holds(g, noon) })
			if diff := gocmp.Diff(groupIDs(want), groupIDs(w.groups(t, domain.Query{Where: condition, Count: 100}).Items)); diff != "" {
				r.Fatalf("%#v: %s", condition, diff)
			}
		}
	})
}

func groupIDs(groups []*domain.Group) []uuid.UUID {
	list := make([]uuid.UUID, len(groups))
	for i, g := range groups {
		list[i] = g.ID
	}
	return list
}

// before compares people by an attribute as listings do: without a value they come last, and first when descending.
func before(attribute *domain.Attribute, down bool) func(a, b *domain.Person) int {
	return func(a, b *domain.Person) int {
		sign := compareValues(attribute, attribute.Get(a, noon), attribute.Get(b, noon))
		if down {
			sign = -sign
		}
		return cmp.Or(sign, a.CreatedAt.Compare(b.CreatedAt), slices.Compare(a.ID[:], b.ID[:]))
	}
}

func compareValues(attribute *domain.Attribute, a, b domain.Value) int {
	switch {
	case a.IsZero() || b.IsZero():
		return cmp.Compare(number(a.IsZero()), number(b.IsZero()))
	case attribute.Kind == domain.Bool:
		return cmp.Compare(number(a.Bool), number(b.Bool))
	case attribute.Kind == domain.Time:
		return a.Time.Compare(b.Time)
	case attribute.Kind == domain.ID, attribute.Exact:
		return strings.Compare(a.String(), b.String())
	default:
		return strings.Compare(domain.Fold(a.Text), domain.Fold(b.Text))
	}
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func peopleOrder(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		m := &maker{T: r}
		people := crowd(t, w, m)
		for _, attribute := range domain.PersonAttributes() {
			q := domain.Query{Order: attribute, Down: m.flag(), Count: 3, Total: true, Offset: rapid.IntRange(0, 2).Draw(r, "offset")}
			slices.SortFunc(people, before(attribute, q.Down))
			page := w.list(t, q)
			from := min(q.Offset, len(people))
			want := people[from:min(from+q.Count, len(people))]
			if diff := gocmp.Diff(ids(want), ids(page.Items)); diff != "" {
				r.Fatalf("by %s, down %t: %s", attribute.Name, q.Down, diff)
			}
			if page.Total != len(people) || page.More != (from+q.Count < len(people)) {
				r.Fatalf("by %s: total %d of %d, more %t", attribute.Name, page.Total, len(people), page.More)
			}
		}
	})
}

func groupsByMembers(t *testing.T, open Open) {
	w := newWorld(t, open)
	a, b, c := user("a"), user("b"), user("c")
	w.insert(t, a, b, c)
	one, two := group("one"), group("two")
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, tx.InsertGroup(one))
		require.NoError(t, tx.InsertGroup(two))
		_, err := tx.AddMembers(one.ID, []uuid.UUID{a.ID, b.ID}, domain.MemberByScim, noon)
		require.NoError(t, err)
		_, err = tx.AddMembers(two.ID, []uuid.UUID{b.ID}, domain.MemberByScim, noon)
		return err
	})
	has := func(p *domain.Person) domain.Condition {
		return domain.Some{Collection: domain.Members, Where: domain.Compare{Attribute: domain.AttrMemberPerson, Value: domain.IDValue(p.ID)}}
	}
	search := func(condition domain.Condition) []uuid.UUID {
		return groupIDs(w.groups(t, domain.Query{Where: condition, Count: 10}).Items)
	}
	assert.Equal(t, []uuid.UUID{one.ID}, search(has(a)))
	assert.Equal(t, []uuid.UUID{one.ID, two.ID}, search(has(b)))
	assert.Empty(t, search(has(c)))
	assert.Equal(t, []uuid.UUID{two.ID}, search(domain.Not{Condition: has(a)}))
	assert.Equal(t, []uuid.UUID{two.ID}, search(domain.And{has(b), domain.Not{Condition: has(a)}}))
	anybody := domain.Some{Collection: domain.Members, Where: domain.Present{Attribute: domain.AttrMemberPerson}}
	assert.Equal(t, []uuid.UUID{one.ID, two.ID}, search(anybody))
}

func unknownAttribute(t *testing.T, open Open) {
	w := newWorld(t, open)
	err := w.Read(ctx(), w.Scope, func(tx domain.Tx) error {
		_, err := tx.ListPeople(domain.Query{Where: domain.Present{Attribute: domain.AttrGroupName}, Count: 1})
		return err
	})
	refused(t, err, domain.CodeInvalidParameter, domain.AttrGroupName.Name)
}
