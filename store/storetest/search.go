package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/store"
)

var searchPromises = []promise{
	{"a search that no index answers is refused where there are too many to look through", costlySearch},
	{"a search that takes too long is refused, not cut short", slowSearch},
	{"ways through indexes find whom the condition holds for", soughtPeople},
	{"people are found by an address and its type, whatever their keys know of it", typedAddress},
}

func compared(a *domain.Attribute, operator domain.Operator, value string) domain.Condition {
	return domain.Compare{Attribute: a, Operator: operator, Value: domain.TextValue(value)}
}

func addressed(operator domain.Operator, value string) domain.Condition {
	return domain.Some{Collection: domain.Emails, Where: compared(domain.AttrEmailAddress, operator, value)}
}

// cheap are conditions that an index answers, whatever the number of people.
func cheap() []domain.Condition {
	keys := domain.Or{compared(domain.AttrUsername, domain.Equal, "ann"), compared(domain.AttrEmployeeNumber, domain.Equal, "1"),
		compared(domain.AttrExternalKey, domain.Equal, "key"), addressed(domain.Equal, "ann@example.com")}
	return []domain.Condition{
		keys, domain.And{compared(domain.AttrTitle, domain.Contains, "x"), keys}, compared(domain.AttrUsername, domain.Contains, "nn"),
		compared(domain.AttrUsername, domain.StartsWith, "an"), addressed(domain.Contains, "nn@"), compared(domain.AttrExternalKey, domain.EndsWith, "ey"),
		domain.And{compared(domain.AttrState, domain.Equal, "active"), addressed(domain.StartsWith, "ann")},
		domain.Or{compared(domain.AttrUsername, domain.Contains, "nn"), addressed(domain.Contains, "nn@")},
	}
}

// costly are conditions that take a walk through everybody, and what refusals name of them.
func costly() map[string]domain.Condition {
	return map[string]domain.Condition{
		"Title":          compared(domain.AttrTitle, domain.Contains, "x"),
		"PhoneNumbers":   domain.And{compared(domain.AttrTitle, domain.Contains, "x"), domain.Some{Collection: domain.Phones, Where: compared(domain.AttrPhoneNumber, domain.Contains, "1")}},
		"Photos":         domain.Or{compared(domain.AttrUsername, domain.Equal, "ann"), domain.Some{Collection: domain.Photos, Where: domain.And{}}},
		"Username":       domain.Not{Condition: compared(domain.AttrUsername, domain.Equal, "ann")},
		"LoginState":     compared(domain.AttrLoginState, domain.Equal, "x"),
		"EmailAddresses": domain.Some{Collection: domain.Emails, Where: compared(domain.AttrEmailType, domain.Equal, "work")},
	}
}

func costlySearch(t *testing.T, open Open) {
	w := newWorld(t, open)
	ann := linked(w, user("ann"), "key")
	ann.Employee.Number = "1"
	w.insert(t, ann, user("bob"))
	w.Bound(store.Bounds{Work: 2 * 10, Time: time.Minute}) // enough for a walk past two, and for nothing that is compared on the way
	list := func(q domain.Query) error {
		q.Count, q.Total = 10, true
		return w.Read(ctx(), w.Scope, func(tx domain.Tx) error { _, err := tx.ListPeople(q); return err })
	}
	for name, condition := range costly() {
		refused(t, list(domain.Query{Where: condition}), domain.CodeSearchTooCostly, name)
		assert.NoError(t, w.Write(ctx(), w.Scope, func(tx domain.Tx) error { // a rule has to know
			_, err := tx.ListPeople(domain.Query{Where: condition, Count: 1})
			return err
		}), name)
	}
	for i, condition := range cheap() {
		assert.NoError(t, list(domain.Query{Where: condition, Order: domain.AttrLastName}), i)
	}
	assert.NoError(t, list(domain.Query{}))
	assert.NoError(t, list(domain.Query{Order: domain.AttrLastName}))

	w.write(t, func(tx domain.Tx) error {
		for i := range 3 {
			require.NoError(t, tx.InsertGroup(group(fmt.Sprint("g", i))))
		}
		return nil
	})
	groups := func(q domain.Query) error {
		q.Count = 10
		return w.Look(ctx(), w.Scope, func(tx domain.Tx) error { _, err := tx.ListGroups(q, true); return err })
	}
	refused(t, groups(domain.Query{Where: compared(domain.AttrGroupName, domain.Contains, "g")}), domain.CodeSearchTooCostly, "Name")
	assert.NoError(t, groups(domain.Query{Where: compared(domain.AttrGroupName, domain.Equal, "g1")}))
	assert.NoError(t, groups(domain.Query{}))
}

func slowSearch(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.insert(t, user("ann"))
	w.Bound(store.Bounds{Work: 1 << 40})
	for _, condition := range costly() {
		err := w.Look(ctx(), w.Scope, func(tx domain.Tx) error {
			_, err := tx.ListPeople(domain.Query{Where: condition, Count: 10, Total: true})
			return err
		})
		refused(t, err, domain.CodeSearchTooCostly, "")
	}
	w.list(t, domain.Query{Where: compared(domain.AttrUsername, domain.Equal, "ann"), Count: 10, Total: true})
	w.list(t, domain.Query{Count: 10, Total: true})
}

func soughtPeople(t *testing.T, open Open) {
	w := newWorld(t, open)
	ann, bob := linked(w, user("ann"), "key"), user("bob")
	ann.Employee.Number, ann.Employee.Title = "1", "xyz"
	w.insert(t, ann, bob)
	for i, condition := range cheap() {
		page := w.list(t, domain.Query{Where: condition, Count: 10, Total: true, Who: domain.WithAccess})
		assert.Equal(t, ids([]*domain.Person{ann}), ids(page.Items), i)
		assert.Equal(t, 1, page.Total, i)
		assert.Equal(t, ids([]*domain.Person{bob}), ids(w.list(t, domain.Query{Where: domain.Not{Condition: condition}, Count: 10}).Items), i)
	}
}

func typedAddress(t *testing.T, open Open) {
	for _, old := range []bool{false, true} {
		w := newWorld(t, open)
		p, other := person("a"), person("b")
		other.Emails = []domain.EmailAddress{{ID: newID(), Address: "shared@x", Type: "Home"}}
		w.insert(t, p, other)
		for _, emails := range [][]domain.EmailAddress{
			{{ID: newID(), Address: "Shared@x", Type: "Work"}},
			{{ID: newID(), Address: "shared@x", Type: "home"}},
			{{ID: newID(), Address: "shared@x", Type: "home"}, {ID: newID(), Address: "SHARED@x", Type: "work"}},
			{{ID: newID(), Address: "shared@x"}, {ID: newID(), Address: "else@x", Type: "work"}},
			{{ID: newID(), Address: "else@x", Type: "work"}},
			nil,
		} {
			p.Emails = emails
			w.write(t, func(tx domain.Tx) error { return tx.UpdatePerson(p) })
			if old { // the keys were written before they knew types
				w.SQL(t, "UPDATE email_key SET type_folded = NULL")
			}
			for _, kind := range []string{"WORK", "home", "", "none"} {
				typed := domain.Some{Collection: domain.Emails, Where: domain.And{
					compared(domain.AttrEmailAddress, domain.Equal, "shared@x"), compared(domain.AttrEmailType, domain.Equal, kind)}}
				w.holdsForThoseFound(t, typed, p, other)
				w.holdsForThoseFound(t, domain.And{addressed(domain.Equal, "shared@x"), domain.Not{Condition: typed}}, p, other)
			}
		}
	}
}

// holdsForThoseFound checks that a search finds those of the people for whom the condition holds.
func (w *world) holdsForThoseFound(t *testing.T, where domain.Condition, people ...*domain.Person) {
	t.Helper()
	var want []uuid.UUID
	for _, p := range people {
		if where.Holds(p, noon) {
			want = append(want, p.ID)
		}
	}
	assert.ElementsMatch(t, want, ids(w.list(t, domain.Query{Where: where, Count: 9}).Items), "%+v", where)
}
