package scim

import "github.com/scimbridge/scimbridge/domain"

// personChange is the change as the engine takes it. A change that names nothing still asks for the right to write.
func (c *change) personChange() domain.PersonChange {
	touches := c.touches
	if touches == 0 {
		touches = domain.AspectLink
	}
	return domain.PersonChange{
		Touches: touches, Apply: c.apply, SendInvitation: c.sendInvitation, Ignored: c.ignored, Roles: c.roles,
	}
}

// apply edits a person that was there before. A name that was computed, and that the client sent as it would be
// computed now, stays computed: clients send back what they were shown. In a PUT, so does one that the client sent as
// it was shown before: some read a user, change a part of the name, and put the whole of it back.
func (c *change) apply(p *domain.Person) error {
	type name struct {
		row   *binding
		shown string
	}
	var computed []name
	for _, row := range computedRows {
		if row.attribute.Get(p, c.v.now).IsZero() {
			computed = append(computed, name{row, row.computed(p)})
		}
	}
	if err := c.take(p); err != nil {
		return err
	}
	for _, n := range computed {
		if place := n.row.attribute.Ref(p); c.whole && place != nil && *place == n.shown {
			*place = ""
		}
		n.row.recompute(p)
	}
	return nil
}

// take edits the person in the order of the request.
func (c *change) take(p *domain.Person) error {
	unseen := c.unseen(p)
	for _, s := range c.blanks {
		c.blank(p, s, unseen)
	}
	for i := range c.steps {
		if err := c.steps[i].take(p, c.v, unseen); err != nil {
			return err
		}
	}
	if c.named.has(emailsRow) || c.whole {
		emailsRow.choosePrimary(p, unseen)
	}
	return nil
}

// blank clears what a PUT may clear in a schema. A list that the body names is left for the steps, which know the
// elements that stay.
func (c *change) blank(p *domain.Person, s *schemaTable, unseen unseen) {
	for _, row := range s.rows {
		switch {
		case !c.clearable(row) || row.list != nil && c.named.has(row):
		case row.absent != nil:
			row.absent(p)
		case row.list != nil:
			clearing := step{do: removeWhere, row: row, where: domain.And{}}
			clearing.removeWhere(p, c.v, unseen)
		case len(row.subs) > 0:
			for _, sub := range row.subs {
				if sub.writable() {
					sub.store(p, domain.Value{})
				}
			}
		default:
			row.store(p, domain.Value{})
		}
	}
}

// clearable tells whether a PUT that leaves the attribute out clears it.
func (c *change) clearable(row *binding) bool {
	return row.writable() && !row.kept && !row.required && !c.v.missing(row)
}

// willBlank notes that a PUT clears the schema.
func (c *change) willBlank(s *schemaTable) {
	c.blanks = append(c.blanks, s)
	for _, row := range s.rows {
		if !c.clearable(row) {
			continue
		}
		c.touches |= row.aspect()
		for _, sub := range row.subs {
			c.touches |= sub.aspect()
		}
	}
}

// choosePrimary makes an element the primary one when none is: the first of type work, else the first, and one that
// the connector did not see only if there is no other.
func (b *binding) choosePrimary(p *domain.Person, unseen unseen) {
	chosen, rank := -1, -1
	for i := range b.list.len(p) {
		element, worth := b.list.at(p, i), 0
		if *b.primarySub.flag(element) {
			return
		}
		if !unseen.hides(b, p, i) {
			worth += 2
		}
		if sameFolded(*b.typeSub.attribute.Ref(element), "work") {
			worth++
		}
		if worth > rank {
			chosen, rank = i, worth
		}
	}
	if chosen >= 0 {
		*b.primarySub.flag(b.list.at(p, chosen)) = true
	}
}
