package storetest

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// sparse makes people that have some of everything, no two the same.
func sparse(m *maker, connection uuid.UUID, count int) (people []*domain.Person) {
	for range count {
		p := m.person(connection)
		for _, attribute := range domain.PersonAttributes() {
			if text := attribute.Ref(p); text != nil && attribute != domain.AttrUsername && m.flag() {
				*text = ""
			}
		}
		people = append(people, p)
	}
	return people
}

// rowsAlike writes people through two stores of the same database, whose memory of what was empty is each their own, in
// opposite orders: there are more than are remembered, so that each writes others in full.
func rowsAlike(t *testing.T, open Open) {
	w := newWorld(t, open)
	m := &maker{organizations: []uuid.UUID{newID(), newID()}, providers: []uuid.UUID{newID()}}
	w.AddProvider(t, w.Scope.Tenant, m.providers[0], true)
	people := rapid.Custom(func(r *rapid.T) []*domain.Person {
		m.T = r
		return sparse(m, w.Scope.Connection, 200)
	}).Example(1)
	write := func(db domain.Store, people []*domain.Person) (rows [2]map[string][]string) {
		for round := range rows {
			require.NoError(t, db.Write(ctx(), w.Scope, func(tx domain.Tx) error {
				for _, p := range people {
					if round == 0 {
						require.NoError(t, tx.InsertPerson(p))
						if p.Access != nil {
							require.NoError(t, tx.InsertAccess(p, &domain.IdentityAccount{UserUnique: p.ID}))
						}
					}
					if p.Link != nil {
						link := *p
						if round == 1 {
							link.Link = &domain.Link{Connection: p.Link.Connection, ExternalKey: p.Link.ExternalKey, HiddenAt: p.UpdatedAt}
						}
						require.NoError(t, tx.SaveLink(&link))
					}
				}
				return nil
			}))
			rows[round] = w.Snapshot(t)
			delete(rows[round], "ledger_head")
		}
		return rows
	}
	forward := write(w.DB, people)
	for _, table := range []string{"scim_link", "user_access", "email_key", "person"} {
		assert.NotEmpty(t, forward[0][table])
		w.SQL(t, "DELETE FROM "+table)
	}
	slices.Reverse(people)
	backward := write(w.Another(t), people)
	assert.Equal(t, forward[0], backward[0])
	assert.Equal(t, forward[1], backward[1])
	assert.NotEqual(t, forward[0]["scim_link"], forward[1]["scim_link"])
}
