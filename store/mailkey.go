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
}

// mailKeys are the rows that a person's addresses need: one an address, primary if any of its entries is.
func mailKeys(p *domain.Person) []mailKey {
	keys := make([]mailKey, 0, len(p.Emails))
	for i := range p.Emails {
		key := mailKey{domain.Fold(p.Emails[i].Address), p.Emails[i].IsPrimary}
		if key.folded == "" {
			continue
		}
		if same := slices.IndexFunc(keys, func(k mailKey) bool { return k.folded == key.folded }); same >= 0 {
			keys[same].primary = keys[same].primary || key.primary
			continue
		}
		keys = append(keys, key)
	}
	return keys
}

// remember keeps what email_key holds of a person, so that an update need not ask.
func (t *tx) remember(person uuid.UUID, keys []mailKey) {
	if t.mailKeys == nil {
		t.mailKeys = map[uuid.UUID][]mailKey{}
	}
	t.mailKeys[person] = keys
}

// storedMailKeys tells what email_key holds of a person, from the person's row: the index of email_key begins with
// the address, since nobody else ever asks by the person.
func (t *tx) storedMailKeys(person uuid.UUID) ([]mailKey, error) {
	if keys, known := t.mailKeys[person]; known {
		return keys, nil
	}
	var p domain.Person
	_, err := t.row([]any{(*emailsTarget)(&p.Emails)},
		"SELECT emails FROM person WHERE tenant_id = ? AND person_id = ? AND deleted_at = 0", t.scope.Tenant, person)
	return mailKeys(&p), err
}

func (t *tx) addMailKeys(person uuid.UUID, keys []mailKey) error {
	if len(keys) == 0 {
		return nil
	}
	args := make([]any, 0, 4*len(keys))
	for _, key := range keys {
		args = append(args, t.scope.Tenant, key.folded, person, key.primary)
	}
	return t.insertRows("INSERT INTO email_key (tenant_id, address_folded, person_id, is_primary) VALUES ", 4, args)
}

// replaceMailKeys writes the rows that differ.
func (t *tx) replaceMailKeys(person uuid.UUID, stored, keys []mailKey) error {
	for _, key := range stored {
		if slices.Contains(keys, key) {
			continue
		}
		err := t.run("DELETE FROM email_key WHERE tenant_id = ? AND address_folded = ? AND person_id = ?", t.scope.Tenant, key.folded, person)
		if err != nil {
			return err
		}
	}
	added := slices.DeleteFunc(slices.Clone(keys), func(key mailKey) bool { return slices.Contains(stored, key) })
	t.remember(person, keys)
	return t.addMailKeys(person, added)
}
