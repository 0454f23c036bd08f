package storetest

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

var positionPromises = []promise{
	{"pages behind one another make the whole list", pagesBehind},
	{"pages by offset make the whole list, in any sequence", pagesByOffset},
	{"a place outlives its record", placeOutlives},
	{"groups go on behind a place", groupsBehind},
}

// orders are the natural order and those by each attribute.
func orders() []*domain.Attribute {
	return append([]*domain.Attribute{nil}, domain.PersonAttributes()...)
}

func pagesBehind(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		m := &maker{T: r}
		all := crowd(t, w, m)
		for _, order := range orders() {
			q := domain.Query{Order: order, Down: m.flag(), Count: 100}
			want := ids(w.list(t, q).Items)
			q.Count, q.Total = rapid.IntRange(1, 3).Draw(r, "count"), true
			var got []uuid.UUID
			for range len(all) + 1 {
				page := w.list(t, q)
				if page.Total != len(all) {
					r.Fatalf("%v: %d in all, not %d", order, page.Total, len(all))
				}
				got, q.After = append(got, ids(page.Items)...), &page.End
				if !page.More {
					break
				}
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				r.Fatalf("%+v, down %t, by %d: %s", order, q.Down, q.Count, diff)
			}
		}
	})
}

// pagesByOffset asks for pages in any sequence, with changes in between: what a store remembers of a list must not show.
func pagesByOffset(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		m := &maker{T: r}
		all := ids(crowd(t, w, m))
		for range 12 {
			q := domain.Query{Offset: rapid.IntRange(0, len(all)+1).Draw(r, "offset"), Count: rapid.IntRange(1, 3).Draw(r, "count"), Total: true}
			page := w.list(t, q)
			from := min(q.Offset, len(all))
			if diff := gocmp.Diff(append([]uuid.UUID{}, all[from:min(from+q.Count, len(all))]...), ids(page.Items)); diff != "" {
				r.Fatalf("%#v: %s", q, diff)
			}
			if page.Total != len(all) || page.More != (q.Offset+q.Count < len(all)) {
				r.Fatalf("%#v: total %d of %d, more %t", q, page.Total, len(all), page.More)
			}
			if m.flag() { // a record behind all others moves nobody
				p := person("later")
				p.CreatedAt = noon.AddDate(1, 0, 0)
				w.insert(t, p)
				all = append(all, p.ID)
			}
		}
	})
}

func placeOutlives(t *testing.T, open Open) {
	w := newWorld(t, open)
	for _, order := range []*domain.Attribute{nil, domain.AttrFirstName, domain.AttrCreatedAt, domain.AttrID} {
		w.Scope = w.NewTenant(t, newID().String())
		people := []*domain.Person{person("a"), person("b"), person("c"), person("d")}
		w.insert(t, people...)
		end := w.list(t, domain.Query{Order: order, Count: 2}).End
		w.write(t, func(tx domain.Tx) error { return tx.DeletePerson(people[1].ID, noon) })
		assert.Equal(t, ids(people[2:]), ids(w.list(t, domain.Query{Order: order, Count: 9, After: &end}).Items))
	}
}

func groupsBehind(t *testing.T, open Open) {
	w := newWorld(t, open)
	groups := []*domain.Group{group("c"), group("a"), group("b")}
	w.write(t, func(tx domain.Tx) error {
		for _, g := range groups {
			if err := tx.InsertGroup(g); err != nil {
				return err
			}
		}
		return nil
	})
	first := w.groups(t, domain.Query{Count: 1, Order: domain.AttrGroupName})
	assert.Equal(t, []uuid.UUID{groups[1].ID}, groupIDs(first.Items))
	rest := w.groups(t, domain.Query{Count: 5, Order: domain.AttrGroupName, After: &first.End, Total: true})
	assert.Equal(t, []uuid.UUID{groups[2].ID, groups[0].ID}, groupIDs(rest.Items))
	assert.Equal(t, 3, rest.Total)
}
