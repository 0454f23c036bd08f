package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

var pagingPromises = []promise{
	{"pages that follow one another make the list, by any order", pagesFollow},
	{"pages make the list in whatever order they are asked for", pagesInAnyOrder},
	{"who walks through a list meets everybody who stays, and nobody twice", pagesOfMovingList},
	{"an offset is counted afresh after a while", marksFade},
	{"a count holds for a while, or until the front is asked for after a change", countsFade},
	{"what is remembered of one tenant's list means nothing for another's", marksOfTenants},
	{"groups are walked through by places", groupPagesFollow},
}

// all reads the whole list from inside a write, where nothing is remembered.
func (w *world) all(t testing.TB, q domain.Query) []uuid.UUID {
	t.Helper()
	var list []uuid.UUID
	q.Offset, q.Count, q.After = 0, 10_000, nil
	w.write(t, func(tx domain.Tx) error {
		page, err := tx.ListPeople(q)
		list = ids(page.Items)
		return err
	})
	return list
}

func pagesFollow(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		m := &maker{T: r}
		crowd(t, w, m)
		for _, attribute := range append(domain.PersonAttributes(), nil) {
			q := domain.Query{Order: attribute, Down: m.flag(), Count: rapid.IntRange(1, 4).Draw(r, "count")}
			if m.flag() {
				q.Where = domain.Present{Attribute: domain.AttrFirstName}
			}
			want, seen := w.all(t, q), []uuid.UUID{}
			for more := true; more && len(seen) <= len(want); {
				page := w.list(t, q)
				seen = append(seen, ids(page.Items)...)
				q.After, more = &page.End, page.More
			}
			if diff := gocmp.Diff(want, seen); diff != "" {
				r.Fatalf("by %v, down %t: %s", attribute, q.Down, diff)
			}
		}
	})
}

func pagesInAnyOrder(t *testing.T, open Open) {
	w := newWorld(t, open)
	orders := []*domain.Attribute{nil, nil, domain.AttrFirstName, domain.AttrIsActive, domain.AttrUpdatedAt}
	rapid.Check(t, func(r *rapid.T) {
		w.Scope = w.NewTenant(t, newID().String())
		m := &maker{T: r}
		q := domain.Query{Order: rapid.SampledFrom(orders).Draw(r, "order"), Down: m.flag(), Total: true}
		if m.flag() {
			q.Where = domain.Not{Condition: domain.Compare{Attribute: domain.AttrFirstName, Value: domain.TextValue("3")}}
		}
		for range rapid.IntRange(1, 3).Draw(r, "rounds") {
			for range rapid.IntRange(0, 12).Draw(r, "new") {
				w.insert(t, user(newID().String()))
			}
			if people := w.all(t, q); len(people) > 0 {
				gone := rapid.SampledFrom(people).Draw(r, "gone")
				w.write(t, func(tx domain.Tx) error { return tx.DeletePerson(gone, noon) })
			}
			want := w.all(t, q)
			offsets := append([]int{0}, rapid.SliceOfN(rapid.IntRange(0, 30), 1, 12).Draw(r, "offsets")...)
			for _, q.Offset = range offsets {
				q.Count = rapid.IntRange(1, 5).Draw(r, "count")
				page := w.list(t, q)
				from := min(q.Offset, len(want))
				to := min(from+q.Count, len(want))
				if diff := gocmp.Diff(want[from:to], ids(page.Items)); diff != "" {
					r.Fatalf("%d from %d: %s", q.Count, q.Offset, diff)
				}
				if page.Total != len(want) || page.More != (to < len(want)) {
					r.Fatalf("total %d of %d, more %t", page.Total, len(want), page.More)
				}
			}
		}
	})
}

func pagesOfMovingList(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		w.Scope = w.NewTenant(t, newID().String())
		for i := range 20 {
			w.insert(t, user(fmt.Sprint("u", i)))
		}
		q := domain.Query{Count: 3, Who: domain.Linked}
		staying := w.all(t, q)
		var seen []uuid.UUID
		for more := true; more; q.Offset = len(seen) {
			page := w.list(t, q)
			seen, more = append(seen, ids(page.Items)...), page.More
			if rapid.Bool().Draw(r, "leave") && len(staying) > 1 {
				gone := rapid.IntRange(0, len(staying)-1).Draw(r, "gone")
				w.write(t, func(tx domain.Tx) error { return tx.DeletePerson(staying[gone], noon) })
				staying = slices.Delete(staying, gone, gone+1)
			}
			if rapid.Bool().Draw(r, "join") {
				late := user(newID().String())
				late.CreatedAt = noon.Add(time.Second)
				w.insert(t, late)
			}
		}
		times := map[uuid.UUID]int{}
		for _, id := range seen {
			if times[id]++; times[id] > 1 {
				r.Fatalf("%s is shown twice", id)
			}
		}
		for _, id := range staying {
			if times[id] == 0 {
				r.Fatalf("%s is missed", id)
			}
		}
	})
}

// clocked is a world whose time the test moves.
func clocked(t *testing.T, open Open, people int) (w *world, now *time.Time, all []uuid.UUID) {
	now = new(time.Time)
	*now = noon
	f := open(t, func() time.Time { return *now })
	w = &world{f, f.NewTenant(t, "acme")}
	for i := range people {
		w.insert(t, user(fmt.Sprint("u", i)))
	}
	return w, now, w.all(t, domain.Query{})
}

func marksFade(t *testing.T, open Open) {
	w, now, all := clocked(t, open, 8)
	require.Equal(t, all[:2], ids(w.list(t, domain.Query{Count: 2}).Items))
	w.write(t, func(tx domain.Tx) error { return tx.DeletePerson(all[0], noon) })
	next := domain.Query{Offset: 2, Count: 2}
	assert.Equal(t, all[2:4], ids(w.list(t, next).Items), "goes on where the first page ended")
	*now = noon.Add(time.Minute)
	assert.Equal(t, all[2:4], ids(w.list(t, next).Items))
	*now = noon.Add(3 * time.Minute)
	assert.Equal(t, all[3:5], ids(w.list(t, next).Items), "one is gone")
}

func countsFade(t *testing.T, open Open) {
	w, now, all := clocked(t, open, 8)
	total := func(offset int) int {
		return w.list(t, domain.Query{Where: domain.Present{Attribute: domain.AttrUsername}, Offset: offset, Count: 2, Total: true}).Total
	}
	unnoticed := func(id uuid.UUID) { // as the change of another server is
		w.SQL(t, "UPDATE person SET deleted_at = 1 WHERE tenant_id = ? AND person_id = ?", w.Scope.Tenant, id)
	}
	require.Equal(t, 8, total(0))
	unnoticed(all[7])
	assert.Equal(t, 8, total(2), "one count for the pages of a walk")
	assert.Equal(t, 8, total(0))
	assert.Equal(t, 7, total(6), "the last page knows")
	*now = now.Add(11 * time.Second)
	unnoticed(all[6])
	assert.Equal(t, 6, total(0), "a count is soon forgotten")
	w.write(t, func(tx domain.Tx) error { return tx.DeletePerson(all[5], noon) })
	assert.Equal(t, 6, total(2))
	assert.Equal(t, 5, total(0), "the front is always up to date with what this server wrote")
}

func marksOfTenants(t *testing.T, open Open) {
	w := newWorld(t, open)
	other := &world{w.Fixture, w.NewTenant(t, "other")}
	second := &world{w.Fixture, domain.Scope{Tenant: w.Scope.Tenant, Connection: newID()}}
	require.NoError(t, w.SaveConnection(ctx(), w.Scope.Tenant, &domain.Connection{ID: second.Scope.Connection, Name: "Entra", CreatedAt: noon}, entry(domain.EventConnectionCreated)))
	for i := range 6 {
		w.insert(t, linked(w, user(fmt.Sprint("u", i)), fmt.Sprint("k", i)))
		other.insert(t, user(fmt.Sprint("u", i)))
	}
	w.insert(t, user("u6"))
	hidden := linked(second, user("hidden"), "k")
	hidden.CreatedAt, hidden.Link.HiddenAt = noon.Add(-time.Hour), noon
	w.insert(t, hidden)
	where := domain.Present{Attribute: domain.AttrUsername}
	for _, q := range []domain.Query{{Count: 2, Total: true, Who: domain.Linked}, {Count: 2, Total: true, Who: domain.Linked, Where: where}} {
		for q.Offset = range 5 {
			for _, at := range []*world{w, other, second} {
				want := at.all(t, q)
				page := at.list(t, q)
				assert.Equal(t, want[q.Offset:q.Offset+2], ids(page.Items))
				assert.Equal(t, len(want), page.Total)
			}
		}
	}
}

func groupPagesFollow(t *testing.T, open Open) {
	w := newWorld(t, open)
	var want []uuid.UUID
	for i := range 7 {
		g := group(fmt.Sprint("g", i))
		g.Restricted = i == 3
		w.write(t, func(tx domain.Tx) error { return tx.InsertGroup(g) })
		if !g.Restricted {
			want = append(want, g.ID)
		}
	}
	for _, order := range []*domain.Attribute{nil, domain.AttrGroupName} {
		byPlace, byOffset := domain.Query{Count: 2, Order: order}, domain.Query{Count: 2, Order: order, Total: true}
		for byOffset.Offset = 0; byOffset.Offset < 6; byOffset.Offset += 2 {
			for _, q := range []domain.Query{byPlace, byOffset} {
				page := w.groups(t, q)
				assert.Equal(t, want[byOffset.Offset:byOffset.Offset+2], groupIDs(page.Items))
				assert.Equal(t, byOffset.Offset < 4, page.More)
				byPlace.After = &page.End
				if q.Total {
					assert.Equal(t, 6, page.Total)
				}
			}
		}
		secret, err := w.secretGroups(domain.Query{Count: 3, Offset: 2, Order: order})
		require.NoError(t, err)
		assert.Len(t, secret.Items, 3)
		assert.True(t, secret.Items[1].Restricted, "lists with restricted groups are others")
	}
}

func (w *world) secretGroups(q domain.Query) (page domain.Page[*domain.Group], err error) {
	err = w.Read(ctx(), w.Scope, func(tx domain.Tx) error {
		page, err = tx.ListGroups(q, true)
		return err
	})
	return page, err
}
