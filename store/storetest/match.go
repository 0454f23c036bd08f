package storetest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

func (w *world) match(t testing.TB, keys domain.MatchKeys) []domain.Match {
	t.Helper()
	var matches []domain.Match
	w.read(t, func(tx domain.Tx) (err error) {
		matches, err = tx.MatchPeople(keys)
		return err
	})
	return matches
}

func matchOrder(t *testing.T, open Open) {
	w := newWorld(t, open)
	byKey, byName, byNumber, byMail := linked(w, person("a"), "Key"), user("Name"), person("c"), user("mail")
	byNumber.Employee.Number = "N1"
	w.insert(t, byMail, byNumber, byName, byKey)
	assert.Equal(t, []domain.Match{
		{Person: byKey.ID, By: domain.MatchedByExternalKey}, {Person: byName.ID, By: domain.MatchedByUsername},
		{Person: byNumber.ID, By: domain.MatchedByEmployeeNumber}, {Person: byMail.ID, By: domain.MatchedByEmail},
	}, w.match(t, domain.MatchKeys{ExternalKey: "Key", Username: "nAME", EmployeeNumber: "n1", Email: "MAIL@example.COM"}))
	assert.Empty(t, w.match(t, domain.MatchKeys{ExternalKey: "KEY"}), "an external key is compared exactly")
}

func matchNothing(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.insert(t, linked(w, person("a"), ""), person("b"))
	assert.Empty(t, w.match(t, domain.MatchKeys{}))
}

func matchHidden(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := linked(w, user("a"), "Key")
	p.Link.HiddenAt = noon
	w.insert(t, p)
	assert.Equal(t, []domain.Match{{Person: p.ID, By: domain.MatchedByExternalKey}}, w.match(t, domain.MatchKeys{ExternalKey: "Key"}))
}

func matchPrimary(t *testing.T, open Open) {
	w := newWorld(t, open)
	p := person("a")
	p.Emails = []domain.EmailAddress{{ID: newID(), Address: "one@x"}, {ID: newID(), Address: "two@x", IsPrimary: true}}
	w.insert(t, p)
	assert.Empty(t, w.match(t, domain.MatchKeys{Email: "one@x"}))
	assert.Len(t, w.match(t, domain.MatchKeys{Email: "two@x"}), 1)
}

// matchMany has as many people of one address, and links of one key, as are told, and more.
func matchMany(t *testing.T, open Open) {
	w := newWorld(t, open)
	var byMail, byKey []uuid.UUID
	for i := range 23 {
		p := user("same")
		p.Access = nil
		w.insert(t, p)
		byMail = append(byMail, p.ID)
		p = linked(w, user(fmt.Sprint("u", i)), "Key")
		if i < 3 {
			if i > 0 {
				p.Link.HiddenAt = noon
			}
			w.insert(t, p)
			byKey = append(byKey, p.ID)
		}
	}
	named := user("same name")
	w.insert(t, named)
	order := func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
	slices.SortFunc(byMail, order)
	slices.SortFunc(byKey, order)
	for _, test := range []struct {
		keys domain.MatchKeys
		want []uuid.UUID
	}{
		{domain.MatchKeys{ExternalKey: "Key"}, byKey},
		{domain.MatchKeys{ExternalKey: "Key", Username: "same name"}, append(slices.Clone(byKey), named.ID)},
		{domain.MatchKeys{Email: "same@example.com"}, byMail[:20]},
		{domain.MatchKeys{ExternalKey: "Key", Username: "same name", Email: "same@example.com"}, slices.Concat(byKey, []uuid.UUID{named.ID}, byMail[:16])},
	} {
		var found []uuid.UUID
		for _, match := range w.match(t, test.keys) {
			found = append(found, match.Person)
		}
		assert.Equal(t, test.want, found, "%+v", test.keys)
	}
}

func crossingFound(t *testing.T, open Open) {
	w := newWorld(t, open)
	other := w.NewTenant(t, "other")
	logged, mailed, named, numbered, without := user("logged"), user("mailed"), user("named"), user("numbered"), person("without")
	logged.ExternalLogin, mailed.Emails[0].Address, named.Access.Username, numbered.Employee.Number = "Login", "Mail", "Name", "Number"
	without.ExternalLogin, without.Employee.Number = "Nobody", "None"
	w.insert(t, logged, mailed, named, numbered, without)
	of := func(p *domain.Person, rung *domain.Attribute, key string) domain.LoginMatch {
		return domain.LoginMatch{Person: p.ID, Rung: rung, Key: key}
	}
	login, mail := of(logged, domain.AttrExternalLogin, "login"), of(mailed, domain.AttrEmailAddress, "mail")
	name, number := of(named, domain.AttrUsername, "name"), of(numbered, domain.AttrEmployeeNumber, "number")
	for _, test := range []struct {
		of     *domain.Person
		values []string
		want   []domain.LoginMatch
	}{
		{without, nil, nil},
		{without, []string{""}, nil},
		{without, []string{"login"}, []domain.LoginMatch{login}},
		{without, []string{"mail", "Name"}, []domain.LoginMatch{mail}}, // values are folded
		{without, []string{"mail", "name", "x"}, []domain.LoginMatch{mail, name}},
		{without, []string{"mail", "name", "number", "login"}, []domain.LoginMatch{mail, name, number, login}},
		{mailed, []string{"mail", "name", "number", "login"}, []domain.LoginMatch{name, number, login}},
		{mailed, []string{"nobody", "none", "x"}, nil}, // who has no access can't sign in
	} {
		w.read(t, func(tx domain.Tx) error {
			found, err := tx.FindCrossing(test.of.ID, test.values)
			assert.ElementsMatch(t, test.want, found, test.values)
			return err
		})
		assert.NoError(t, w.Read(ctx(), other, func(tx domain.Tx) error {
			found, err := tx.FindCrossing(test.of.ID, test.values)
			assert.Empty(t, found, "another tenant's")
			return err
		}))
	}
}
