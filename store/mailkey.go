package store

import (
	"slices"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// mailKey is a row of email_key, by which people are found by any of their addresses.
type mailKey struct {
	folded  string
	primary bool
	// kind is the type of the entries, folded. They are mixed when not all have the same.
	kind  string
	mixed bool
}

// mailKeys are the rows that a person's addresses need: one an address, primary if any of its entries is.
func mailKeys(p *domain.Person) []mailKey {
	keys := make([]mailKey, 0, len(p.Emails))
	for i := range p.Emails {
		key := mailKey{folded: domain.Fold(p.Emails[i].Address), primary: p.Emails[i].IsPrimary, kind: domain.Fold(p.Emails[i].Type)}
		if key.folded == "" {
			continue
		}
		if same := slices.IndexFunc(keys, func(k mailKey) bool { return k.folded == key.folded }); same >= 0 {
			keys[same].primary = keys[same].primary || key.primary
			keys[same].mixed = keys[same].mixed || keys[same].kind != key.kind
			continue
		}
		keys = append(keys, key)
	}
	return keys
}

// stored is what the rows beside that of a person were made from, and what its indexes hold.
type stored struct {
	mailKeys []mailKey
	keys     personKeys
	access   accessKeys
}

// personKeys are what an update leaves alone where nothing of it has changed: SQLite writes every index anew of which a
// column is assigned, whatever the value.
type personKeys struct {
	anonymized                    int64
	employeeNumber, externalLogin string
}

// accessKeys are the same of access. Their zero value is like that of nobody.
type accessKeys struct {
	known           bool
	username, email string
}

func storedOf(p *domain.Person) stored {
	return stored{mailKeys: mailKeys(p), keys: personKeys{micros(p.AnonymizedAt), p.Employee.Number, p.ExternalLogin}}
}

func accessKeysOf(p *domain.Person) accessKeys {
	return accessKeys{true, p.Access.Username, p.PrimaryEmail()}
}

// rememberAccess keeps what is stored of the access of a person of whom something is known.
func (t *tx) rememberAccess(p *domain.Person) {
	if as, known := t.known[p.ID]; known && p.Access != nil {
		as.access = accessKeysOf(p)
		t.known[p.ID] = as
	}
}

// remember keeps what is stored of a person, so that an update need not ask.
func (t *tx) remember(person uuid.UUID, as stored) {
	if t.known == nil {
		t.known = map[uuid.UUID]stored{}
	}
	t.known[person] = as
}

// stored tells what is stored of a person, from the person's row: the index of email_key begins with the address, since
// nobody else ever asks by the person.
func (t *tx) stored(person uuid.UUID) (stored, error) {
	if as, known := t.known[person]; known {
		return as, nil
	}
	var p domain.Person
	_, err := t.row([]any{(*emailsTarget)(&p.Emails), (*instantTarget)(&p.AnonymizedAt), (*textTarget)(&p.Employee.Number), (*textTarget)(&p.ExternalLogin)},
		"SELECT emails, anonymized_at, employee_number, external_login FROM person WHERE tenant_id = ? AND person_id = ? AND deleted_at = 0", t.tenant, person)
	return storedOf(&p), err
}

var insertMailKey = inserting("INSERT INTO email_key (tenant_id, address_folded, person_id, is_primary, type_folded)", always, always, always, always, always)

func (t *tx) addMailKeys(person uuid.UUID, keys []mailKey) error {
	if len(keys) == 0 {
		return nil
	}
	args := make([]any, 0, 5*len(keys))
	for _, key := range keys {
		var kind any
		if !key.mixed {
			kind = key.kind
		}
		args = append(args, t.tenant, key.folded, t.bindID(person), key.primary, kind)
	}
	return t.insert(insertMailKey, args)
}

// replaceMailKeys writes the rows that differ.
func (t *tx) replaceMailKeys(person uuid.UUID, stored, keys []mailKey) error {
	for _, key := range stored {
		if slices.Contains(keys, key) {
			continue
		}
		err := t.run("DELETE FROM email_key WHERE tenant_id = ? AND address_folded = ? AND person_id = ?", t.tenant, key.folded, person)
		if err != nil {
			return err
		}
	}
	if slices.Equal(stored, keys) {
		return nil
	}
	added := slices.DeleteFunc(slices.Clone(keys), func(key mailKey) bool { return slices.Contains(stored, key) })
	return t.addMailKeys(person, added)
}
