package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

var (
	insertPerson = insertingColumns("person", personColumns, "")
	personBody   = except(personColumns, "anonymized_at", "employee_number", "employee_number_folded", "external_login", "external_login_folded")

	updatePerson     = changePerson(personColumns)
	updatePersonBody = changePerson(personBody)

	selectedAccess = "{json_id}(a.person_id), " + selected("a", accessColumns)
	selectedLink   = selected("l", linkColumns)
	fromPerson     = personTables("LEFT JOIN")
	fromUser       = personTables("JOIN")

	personSelections = eachWith(personSelection)
	findPerson       = eachWith(func(with domain.With) string {
		return "SELECT " + personSelection(with) + fromPerson + " AND p.person_id = ?"
	})
)

// bareGroups asks for the groups of a person without their names, instead of [domain.WithGroups]; see nameGroups. Its bit
// means something else to the domain, which never asks the store for what it looks up besides.
const bareGroups domain.With = 1 << 3

// asked are the extras that the store is asked for.
const asked = domain.WithGroups | domain.WithManagedBy | domain.WithManagerName

func changePerson(columns []column) string {
	return "UPDATE person SET " + assigned(columns) + " WHERE tenant_id = ? AND person_id = ? AND deleted_at = 0"
}

// personTables joins what a person is made of, with placeholders for the connection and the tenant.
func personTables(access string) string {
	return " FROM person p " + access + ` user_access a ON a.tenant_id = p.tenant_id AND a.person_id = p.person_id
		LEFT JOIN scim_link l ON l.tenant_id = p.tenant_id AND l.connection_id = ? AND l.person_id = p.person_id
		WHERE p.tenant_id = ? AND p.deleted_at = 0`
}

// extras are the columns that domain.With asks for, in the order of its bits, and their targets. Where columns are
// packed, they are never NULL.
var extras = []struct {
	with   domain.With
	column string
	target func(p *domain.Person) any
}{
	{domain.WithGroups, `COALESCE((SELECT string_agg({json_id}(g.group_id) || g.name, '` + membershipEnd + `')
		FROM group_member m JOIN permission_group g ON g.tenant_id = m.tenant_id AND g.group_id = m.group_id
		WHERE m.tenant_id = p.tenant_id AND m.person_id = p.person_id AND NOT g.restricted), '')`,
		func(p *domain.Person) any { return (*membershipsTarget)(&p.Groups) }},
	{domain.WithManagedBy, `(SELECT {array}(c.name ORDER BY c.name)
		FROM scim_link s JOIN connection c ON c.tenant_id = s.tenant_id AND c.connection_id = s.connection_id AND c.removed_at = 0
		WHERE s.tenant_id = p.tenant_id AND s.person_id = p.person_id AND s.hidden_at = 0)`,
		func(p *domain.Person) any { return (*textsTarget)(&p.ManagedBy) }},
	{domain.WithManagerName, `COALESCE((SELECT b.shown_name FROM person b
		WHERE b.tenant_id = p.tenant_id AND b.person_id = p.manager_id AND b.deleted_at = 0), '')`,
		func(p *domain.Person) any { return (*textTarget)(&p.ManagerName) }},
	{bareGroups, `(SELECT {json_id}(string_agg(m.group_id, '')) FROM group_member m WHERE m.tenant_id = p.tenant_id AND m.person_id = p.person_id)`,
		func(p *domain.Person) any { return (*groupIDsTarget)(&p.Groups) }},
}

// personSelection is what is selected of a person with the extras: one pack.
func personSelection(with domain.With) string {
	person := selected("p", personColumns)
	for _, extra := range extras {
		if with&extra.with != 0 {
			person += ", " + extra.column
		}
	}
	return packed(person, selectedAccess, selectedLink)
}

// eachWith makes a text for each set of extras.
func eachWith(text func(with domain.With) string) (texts []string) {
	for with := range domain.With(1 << len(extras)) {
		texts = append(texts, text(with))
	}
	return texts
}

func noPerson() error {
	return domain.Refuse(domain.CodePersonNotFound, "PersonId", "There is no such person.")
}

// InsertPerson implements [domain.PersonTx].
func (t *tx) InsertPerson(p *domain.Person) error {
	args := append(make([]any, 0, len(personColumns)+1), t.tenant)
	if err := t.insert(insertPerson, values(args, personColumns, p, true)); err != nil {
		return err
	}
	if p.AnonymizedAt.IsZero() {
		t.count(1, 0)
	}
	t.remember(p.ID, storedOf(p))
	return t.replaceMailKeys(p.ID, nil, mailKeys(p))
}

// FindPerson implements [domain.PersonTx].
func (t *tx) FindPerson(id uuid.UUID, with domain.With) (*domain.Person, error) {
	if t.locks() {
		if err := t.hold("person p WHERE p.tenant_id = ? AND p.person_id = ?", t.tenant, id); err != nil {
			return nil, err
		}
	}
	with = t.bare(with)
	reader := t.personReader(with)
	defer reader.giveBack(t, with)
	var p *domain.Person
	err := t.rows(t.short, findPerson[with], []any{t.connection, t.tenant, t.bindID(id)}, func(rows Rows) (err error) {
		p, err = reader.read(rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, noPerson()
	}
	if with&bareGroups != 0 {
		err = t.nameGroups(p)
	}
	if t.writing {
		t.remember(p.ID, storedOf(p))
		t.rememberAccess(p)
	}
	return p, err
}

// ListPeople implements [domain.PersonTx].
func (t *tx) ListPeople(q domain.Query) (domain.Page[*domain.Person], error) {
	q.With = t.bare(q.With)
	reader := t.personReader(q.With)
	defer reader.giveBack(t, q.With)
	l := &listing[*domain.Person]{
		tx: t, all: t.compilePerson(), columns: personSelections[q.With],
		tables: func(few bool) string { return fromPeople(q.Who, few) },
		record: "p.person_id", created: "p.created_at",
		read:  reader.read,
		place: func(p *domain.Person) domain.Position { return domain.Position{Created: p.CreatedAt, ID: p.ID} },
		known: func() (int, bool, error) { return t.population(q.Who) },
		among: func() (int, error) {
			people, _, err := t.population(domain.Everybody)
			return people, err
		},
	}
	page, err := l.page(q)
	if err == nil && q.With&bareGroups != 0 {
		err = t.nameGroups(page.Items...)
	}
	return page, err
}

// fromPeople is where a listing looks. When an index of a key finds the few records, the sign before anonymized_at keeps
// the planner from the index of listings, which is made for that condition.
func fromPeople(who domain.Who, sharp bool) string {
	there := " AND p.anonymized_at = 0"
	if sharp {
		there = " AND +p.anonymized_at = 0"
	}
	switch who {
	case domain.WithAccess:
		return fromUser + there
	case domain.Linked:
		return fromUser + there + " AND (l.hidden_at IS NULL OR l.hidden_at = 0)"
	case domain.WithoutAccess:
		return fromPerson + there + " AND a.person_id IS NULL"
	case domain.AnonymizedOnly:
		return fromPerson + " AND p.anonymized_at <> 0"
	default:
		return fromPerson + there
	}
}

// UpdatePerson implements [domain.PersonTx].
func (t *tx) UpdatePerson(p *domain.Person) error {
	was, err := t.stored(p.ID)
	if err != nil {
		return err
	}
	is := storedOf(p)
	is.access = was.access
	text, columns := updatePerson, personColumns
	if was.keys == is.keys {
		text, columns = updatePersonBody, personBody
	}
	update := func() error {
		args := values(make([]any, 0, len(columns)+2), columns, p, false)
		return t.must(noPerson(), text, append(args, t.tenant, p.ID)...)
	}
	if (was.keys.anonymized == 0) == (is.keys.anonymized == 0) {
		err = update()
	} else {
		err = t.recount(p.ID, update)
	}
	if err != nil {
		return err
	}
	t.remember(p.ID, is)
	return t.replaceMailKeys(p.ID, was.mailKeys, is.mailKeys)
}

// TouchPerson implements [domain.PersonTx].
func (t *tx) TouchPerson(p *domain.Person) error {
	return t.must(noPerson(), "UPDATE person SET version = ?, updated_at = ? WHERE tenant_id = ? AND person_id = ? AND deleted_at = 0",
		p.Version, p.UpdatedAt, t.tenant, p.ID)
}

// DeletePerson implements [domain.PersonTx].
func (t *tx) DeletePerson(id uuid.UUID, at time.Time) error {
	was, err := t.stored(id)
	if err != nil {
		return err
	}
	err = t.recount(id, func() error {
		return t.must(noPerson(), `UPDATE person SET deleted_at = ?, employee_number_folded = '', external_login_folded = ''
			WHERE tenant_id = ? AND person_id = ? AND deleted_at = 0`, at, t.tenant, id)
	})
	if err != nil {
		return err
	}
	delete(t.known, id)
	return t.replaceMailKeys(id, was.mailKeys, nil)
}

// ReportsTo implements [domain.PersonTx]. The union drops rows that it has seen, so that a circle that is already
// there ends.
func (t *tx) ReportsTo(manager, person uuid.UUID) (bool, error) {
	return t.row(nil, `WITH RECURSIVE above (person_id) AS (
		SELECT p.person_id FROM person p WHERE p.tenant_id = ? AND p.person_id = ?
		UNION SELECT p.manager_id FROM above JOIN person p ON p.tenant_id = ? AND p.person_id = above.person_id AND p.deleted_at = 0
		) SELECT 1 FROM above WHERE person_id = ?`, t.tenant, manager, t.tenant, person)
}
