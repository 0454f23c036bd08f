package storetest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

var listPromises = []promise{
	{"people come in the order of creation and id", listOrder},
	{"people who share a key come in the same order, in pages too", listSharers},
	{"pages tell whether there is more and how many in all", listPages},
	{"a query can ask for the total alone", listTotal},
	{"each choice of people is its own", listWho},
	{"groups come in pages too", listGroups},
}

func listOrder(t *testing.T, open Open) {
	w := newWorld(t, open)
	a, b, c := person("a"), person("b"), person("c")
	a.CreatedAt = noon.Add(time.Microsecond)
	b.ID, c.ID = c.ID, b.ID
	w.insert(t, a, b, c)
	assert.Equal(t, []uuid.UUID{c.ID, b.ID, a.ID}, ids(w.list(t, domain.Query{Count: 5}).Items))
	assert.Equal(t, []uuid.UUID{a.ID, b.ID, c.ID}, ids(w.list(t, domain.Query{Count: 5, Down: true}).Items))
}

func listSharers(t *testing.T, open Open) {
	w := newWorld(t, open)
	var all []*domain.Person
	for i := range 7 {
		p := person(fmt.Sprint("p", i))
		p.CreatedAt = noon.Add(time.Duration(i/3) * time.Microsecond)
		p.Emails = []domain.EmailAddress{{ID: uuid.New(), Address: "post@example.com", Type: "work"}}
		all = append(all, p)
	}
	w.insert(t, all[4], all[0], all[6], all[2], all[1], all[5], all[3])
	slices.SortFunc(all, func(a, b *domain.Person) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	q := domain.Query{Where: domain.Some{Collection: domain.Emails, Where: domain.Compare{
		Attribute: domain.AttrEmailAddress, Operator: domain.Equal, Value: domain.TextValue("post@example.com")}}}
	for count := 1; count <= 8; count++ {
		q.Count, q.Offset, q.Down = count, 0, false
		assert.Equal(t, ids(all)[:min(count, 7)], ids(w.list(t, q).Items))
		q.Down = true
		assert.Equal(t, reversed(ids(all))[:min(count, 7)], ids(w.list(t, q).Items))
		q.Offset = 2
		assert.Equal(t, reversed(ids(all))[2:min(2+count, 7)], ids(w.list(t, q).Items))
	}
}

func reversed(list []uuid.UUID) []uuid.UUID {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func listPages(t *testing.T, open Open) {
	w := newWorld(t, open)
	var all []*domain.Person
	for i := range 7 {
		all = append(all, user(fmt.Sprint("u", i)))
	}
	w.insert(t, all...)
	for _, order := range []*domain.Attribute{nil, domain.AttrUsername} {
		var seen []uuid.UUID
		for offset := 0; ; offset += 3 {
			page := w.list(t, domain.Query{Who: domain.WithAccess, Order: order, Offset: offset, Count: 3, Total: true})
			seen = append(seen, ids(page.Items)...)
			assert.Equal(t, 7, page.Total)
			if !page.More {
				break
			}
			assert.Len(t, page.Items, 3)
		}
		assert.Equal(t, ids(all), seen)
		assert.Equal(t, 7, w.list(t, domain.Query{Order: order, Offset: 50, Count: 3, Total: true}).Total, "behind the end")
		assert.Equal(t, -1, w.list(t, domain.Query{Order: order, Count: 3}).Total)
	}
}

func listTotal(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.insert(t, user("a"), user("b"), person("c"))
	page := w.list(t, domain.Query{Who: domain.WithAccess, Total: true})
	assert.Equal(t, 2, page.Total)
	assert.Empty(t, page.Items)
}

func listWho(t *testing.T, open Open) {
	w := newWorld(t, open)
	plain, withAccess, hidden, forgotten, deleted := person("p"), user("a"), linked(w, user("h"), "k"), person("f"), person("d")
	hidden.Link.HiddenAt = noon
	forgotten.AnonymizedAt = noon
	w.insert(t, plain, withAccess, hidden, forgotten, deleted)
	w.write(t, func(tx domain.Tx) error { return tx.DeletePerson(deleted.ID, noon) })
	for who, want := range map[domain.Who][]*domain.Person{
		domain.Everybody:      {plain, withAccess, hidden},
		domain.WithAccess:     {withAccess, hidden},
		domain.Linked:         {withAccess},
		domain.WithoutAccess:  {plain},
		domain.AnonymizedOnly: {forgotten},
	} {
		assert.Equal(t, ids(want), ids(w.list(t, domain.Query{Who: who, Count: 10}).Items), "%d", who)
		assert.Equal(t, len(want), w.list(t, domain.Query{Who: who, Total: true}).Total, "%d", who)
	}
}

func listGroups(t *testing.T, open Open) {
	w := newWorld(t, open)
	b, a, secret := group("b"), group("A"), group("secret")
	secret.Restricted = true
	w.write(t, func(tx domain.Tx) error {
		for _, g := range []*domain.Group{b, a, secret} {
			if err := tx.InsertGroup(g); err != nil {
				return err
			}
		}
		return nil
	})
	page := w.groups(t, domain.Query{Count: 1, Total: true})
	assert.Equal(t, []uuid.UUID{b.ID}, groupIDs(page.Items))
	assert.True(t, page.More)
	assert.Equal(t, 2, page.Total)
	assert.Equal(t, []uuid.UUID{a.ID, b.ID}, groupIDs(w.groups(t, domain.Query{Count: 5, Order: domain.AttrGroupName}).Items))
	w.read(t, func(tx domain.Tx) error {
		page, err := tx.ListGroups(domain.Query{Count: 5, Total: true}, true)
		assert.Equal(t, []uuid.UUID{b.ID, a.ID, secret.ID}, groupIDs(page.Items))
		assert.Equal(t, 3, page.Total)
		return err
	})
}
