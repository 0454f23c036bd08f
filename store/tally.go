package store

import (
	"errors"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// tally is by how much a transaction changes how many people its tenant has: those that are neither deleted nor anonymised,
// and those of them with access. The numbers are kept in the head of the ledger, so that no page has to count.
type tally struct{ people, users int64 }

// count notes a change of the numbers. They are written once, when the use case has succeeded, see enter.
func (t *tx) count(people, users int64) {
	t.tally.people += people
	t.tally.users += users
}

// counted tells whether the person is in the numbers, and whether as one with access.
func (t *tx) counted(person uuid.UUID) (people, users int64, err error) {
	var access uuid.UUID
	found, err := t.row([]any{(*idTarget)(&access)}, `SELECT a.person_id FROM person p
		LEFT JOIN user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
		WHERE p.tenant_id = ? AND p.person_id = ? AND p.deleted_at = 0 AND p.anonymized_at = 0`, t.tenant, person)
	if found {
		people = 1
	}
	if access != uuid.Nil {
		users = 1
	}
	return people, users, err
}

// recount runs a change of who is in the numbers, and counts its outcome.
func (t *tx) recount(person uuid.UUID, change func() error) error {
	people, users, err := t.counted(person)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	peopleNow, usersNow, err := t.counted(person)
	t.count(peopleNow-people, usersNow-users)
	return err
}

// addUser counts the person whose access add inserts, without a look at what this transaction knows already.
func (t *tx) addUser(person uuid.UUID, add func() error) error {
	if as, known := t.known[person]; !known || as.keys.anonymized != 0 {
		return t.recount(person, add)
	}
	t.count(0, 1)
	return add()
}

// population is how many people a listing without a condition has; known is false for those that nobody keeps count of.
func (t *tx) population(who domain.Who) (total int, known bool, err error) {
	if who == domain.AnonymizedOnly {
		return 0, false, nil
	}
	var sum tally
	_, err = t.row([]any{(*numberTarget)(&sum.people), (*numberTarget)(&sum.users)},
		"SELECT people, users FROM ledger_head WHERE tenant_id = ?", t.tenant)
	people, users := sum.people+t.tally.people, sum.users+t.tally.users
	switch who {
	case domain.WithAccess:
		return int(users), true, err
	case domain.WithoutAccess:
		return int(people - users), true, err
	case domain.Linked:
		hidden, failure := t.hiddenUsers()
		return int(users) - hidden, true, errors.Join(err, failure)
	default:
		return int(people), true, err
	}
}

// hiddenUsers counts those that the connection of the scope deleted from its view. They are few: the sign keeps the
// planner from the index of listings, in which it would walk past everybody.
func (t *tx) hiddenUsers() (count int, err error) {
	_, err = t.row([]any{(*countTarget)(&count)}, `SELECT COUNT(*) FROM scim_link l
		JOIN user_access a ON a.tenant_id = l.tenant_id AND a.person_id = l.person_id
		JOIN person p ON p.tenant_id = l.tenant_id AND p.person_id = l.person_id
		WHERE l.tenant_id = ? AND l.connection_id = ? AND l.hidden_at <> 0 AND p.deleted_at = 0 AND +p.anonymized_at = 0`,
		t.tenant, t.connection)
	return count, err
}
