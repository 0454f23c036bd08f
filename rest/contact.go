package rest

import (
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// contact is one kind of contact data: the collection of a person, and the table of its elements' fields.
type contact[E any] struct {
	name    string // of the collection, in bodies and paths
	idName  string
	owned   []string // fields that only the server sets
	rules   []textRule
	key     *domain.Attribute // what an element without an id is recognised by; nil: by nothing
	list    func(p *domain.Person) *[]E
	id      func(e *E) *uuid.UUID
	primary func(e *E) *bool
	forget  func(e *E) // drops what another door computed from the texts
	view    func(e *E) any
}

var emails = contact[domain.EmailAddress]{
	name: domain.Emails.Name, idName: "EmailAddressId", owned: []string{"VerifiedAt"}, key: domain.AttrEmailAddress,
	rules: []textRule{
		{"Address", domain.AttrEmailAddress, true, mailAddress},
		{"Type", domain.AttrEmailType, false, oneOf("Work", "Home", "Other")},
	},
	list:    func(p *domain.Person) *[]domain.EmailAddress { return &p.Emails },
	id:      func(e *domain.EmailAddress) *uuid.UUID { return &e.ID },
	primary: func(e *domain.EmailAddress) *bool { return &e.IsPrimary },
	forget:  func(e *domain.EmailAddress) { e.Display = "" },
	view:    func(e *domain.EmailAddress) any { return viewEmail(e) },
}

var phones = contact[domain.PhoneNumber]{
	name: domain.Phones.Name, idName: "PhoneNumberId", key: domain.AttrPhoneNumber,
	rules: []textRule{
		{"Number", domain.AttrPhoneNumber, true, short},
		{"Type", domain.AttrPhoneType, false, oneOf("Work", "Mobile", "Home", "Fax", "Pager", "Other")},
	},
	list:    func(p *domain.Person) *[]domain.PhoneNumber { return &p.Phones },
	id:      func(e *domain.PhoneNumber) *uuid.UUID { return &e.ID },
	primary: func(e *domain.PhoneNumber) *bool { return &e.IsPrimary },
	forget:  func(e *domain.PhoneNumber) { e.Display = "" },
	view:    func(e *domain.PhoneNumber) any { return viewPhone(e) },
}

var addresses = contact[domain.StreetAddress]{
	name: domain.Addresses.Name, idName: "StreetAddressId",
	rules: []textRule{
		{"Type", domain.AttrStreetType, false, oneOf("Work", "Home", "Other")},
		{"Street", domain.AttrStreetStreet, false, ordinary},
		{"City", domain.AttrStreetCity, false, ordinary},
		{"Region", domain.AttrStreetRegion, false, ordinary},
		{"PostalCode", domain.AttrStreetPostalCode, false, ordinary},
		{"Country", domain.AttrStreetCountry, false, ordinary},
	},
	list:    func(p *domain.Person) *[]domain.StreetAddress { return &p.Addresses },
	id:      func(e *domain.StreetAddress) *uuid.UUID { return &e.ID },
	primary: func(e *domain.StreetAddress) *bool { return &e.IsPrimary },
	forget:  func(e *domain.StreetAddress) { e.Formatted = "" },
	view:    func(e *domain.StreetAddress) any { return viewAddress(e) },
}

// elementBody is an element of any of the collections as it is sent.
type elementBody struct {
	id      string
	texts   texts
	primary sent[*bool]
}

// fields is the table of an element's fields. The id is the server's: it only tells which element is meant.
func (c *contact[E]) fields() []field[elementBody] {
	fields := append(textFields(c.rules, func(b *elementBody) *texts { return &b.texts }),
		field[elementBody]{"IsPrimary", setFlag(func(b *elementBody) *sent[*bool] { return &b.primary })},
		field[elementBody]{c.idName, func(r *reader, into *elementBody) { into.id = r.text() }})
	for _, name := range c.owned {
		fields = append(fields, field[elementBody]{name, ignored[elementBody]})
	}
	return fields
}

// setElements makes the read half of a collection.
func setElements(fields func() []field[elementBody], at func(*personBody) *sent[[]elementBody]) func(*reader, *personBody) {
	table := fields()
	return func(r *reader, into *personBody) {
		*at(into) = sent[[]elementBody]{true, readList(r, func(r *reader) (element elementBody) {
			readFields(r, table, &element)
			return element
		})}
	}
}

// put writes what was sent into an element.
func (c *contact[E]) put(body elementBody, element *E, path string, found *findings) {
	if body.texts.apply(c.rules, element, replace, path, found) {
		c.forget(element)
	}
	if body.primary.value != nil {
		*c.primary(element) = *body.primary.value
	}
}

// replaceAll makes the collection what was sent. An element that was there before, recognised by its id or by its
// key, keeps what only we know about it.
func (c *contact[E]) replaceAll(body []elementBody, p *domain.Person, found *findings) {
	old := slices.Clone(*c.list(p))
	fresh := make([]E, len(body))
	primaries := 0
	for i, sent := range body {
		if at := c.recognise(sent, old); at >= 0 {
			fresh[i] = old[at]
			old = slices.Delete(old, at, at+1)
			*c.primary(&fresh[i]) = false
		}
		path := c.name + "[" + strconv.Itoa(i) + "]"
		c.put(sent, &fresh[i], path, found)
		if *c.primary(&fresh[i]) {
			primaries++
		}
	}
	if primaries > 1 {
		found.add(c.name, "Only one entry can be the primary one.")
	}
	*c.list(p) = fresh
}

// recognise finds the old element that a sent one means: -1 for none.
func (c *contact[E]) recognise(body elementBody, old []E) int {
	if body.id != "" {
		return slices.IndexFunc(old, func(e E) bool { return c.id(&e).String() == body.id })
	}
	if c.key == nil {
		return -1
	}
	wanted := domain.Fold(body.texts[c.key])
	return slices.IndexFunc(old, func(e E) bool { return domain.Fold(*c.key.Ref(&e)) == wanted })
}

// only makes the element at a place the only primary one, if it is one.
func (c *contact[E]) only(list []E, at int) {
	if !*c.primary(&list[at]) {
		return
	}
	for i := range list {
		*c.primary(&list[i]) = i == at
	}
}

// at is the place of the element with the id: -1 for none.
func (c *contact[E]) at(list []E, id uuid.UUID) int {
	return slices.IndexFunc(list, func(e E) bool { return *c.id(&e) == id && id != uuid.Nil })
}
