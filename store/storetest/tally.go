package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

var tallyPromises = []promise{
	{"totals are what there is, whatever happened", totalsHold},
	{"a total counts what its own transaction did", totalsInside},
	{"a failed use case counts nothing", totalsRollBack},
}

// happen are things that change how many people there are.
var happen = []func(tx domain.Tx, p *domain.Person) error{
	func(tx domain.Tx, p *domain.Person) error {
		if p.Access != nil {
			return nil
		}
		p.Access = &domain.UserAccess{Username: p.ID.String()}
		return tx.InsertAccess(p, &domain.IdentityAccount{UserUnique: newID()})
	},
	func(tx domain.Tx, p *domain.Person) error {
		if p.Access == nil {
			return nil
		}
		p.Access = nil
		_, err := tx.DeleteAccess(p.ID)
		return err
	},
	func(tx domain.Tx, p *domain.Person) error { p.AnonymizedAt = noon; return tx.UpdatePerson(p) },
	func(tx domain.Tx, p *domain.Person) error { p.AnonymizedAt = time.Time{}; return tx.UpdatePerson(p) },
	func(tx domain.Tx, p *domain.Person) error { return tx.DeletePerson(p.ID, noon) },
	func(tx domain.Tx, p *domain.Person) error {
		p.Link.HiddenAt = noon
		return tx.SaveLink(p)
	},
	func(tx domain.Tx, p *domain.Person) error { p.Link.HiddenAt = time.Time{}; return tx.SaveLink(p) },
}

func totalsHold(t *testing.T, open Open) {
	w := newWorld(t, open)
	rapid.Check(t, func(r *rapid.T) {
		w.Scope = w.NewTenant(t, newID().String())
		people := make([]*domain.Person, rapid.IntRange(1, 4).Draw(r, "people"))
		for i := range people {
			people[i] = linked(w, person("p"), fmt.Sprint(i))
			w.insert(t, people[i])
		}
		for range rapid.IntRange(1, 6).Draw(r, "transactions") {
			p := rapid.SampledFrom(people).Draw(r, "person")
			acts := rapid.SliceOfN(rapid.SampledFrom(happen), 1, 3).Draw(r, "acts")
			err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
				found, err := tx.FindPerson(p.ID, 0)
				if err != nil {
					return err
				}
				for _, act := range acts {
					err = errors.Join(err, act(tx, found))
				}
				return err
			})
			if err != nil && !domain.Is(err, domain.CodePersonNotFound) {
				r.Fatal(err)
			}
		}
		everything := domain.Not{Condition: domain.Or{}} // a condition makes it count
		for _, who := range []domain.Who{domain.Everybody, domain.WithAccess, domain.Linked, domain.WithoutAccess, domain.AnonymizedOnly} {
			known, counted := w.list(t, domain.Query{Who: who, Total: true}).Total, w.list(t, domain.Query{Who: who, Total: true, Where: everything}).Total
			if known != counted {
				r.Fatalf("%d: %d are known, there are %d", who, known, counted)
			}
		}
	})
}

func totalsInside(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.insert(t, user("a"))
	w.write(t, func(tx domain.Tx) error {
		require.NoError(t, insert(tx, user("b"), person("c")))
		for who, want := range map[domain.Who]int{domain.Everybody: 3, domain.Linked: 2, domain.WithoutAccess: 1} {
			page, err := tx.ListPeople(domain.Query{Who: who, Total: true})
			require.NoError(t, err)
			assert.Equal(t, want, page.Total)
		}
		return nil
	})
}

func totalsRollBack(t *testing.T, open Open) {
	w := newWorld(t, open)
	err := w.Write(ctx(), w.Scope, func(tx domain.Tx) error {
		require.NoError(t, insert(tx, user("a")))
		return ErrInjected
	})
	require.ErrorIs(t, err, ErrInjected)
	assert.Zero(t, w.list(t, domain.Query{Total: true}).Total)
}
