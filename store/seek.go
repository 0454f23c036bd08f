package store

import (
	"slices"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// seek is a select of ids that finds every record for which a condition can hold, by walking through an index and not
// through the records.
type seek struct {
	text string
	args []any
	// sure tells that it finds few in any case: it looks keys up. Another one has to be counted first.
	sure bool
	// inline tells that the condition itself holds the select.
	inline bool
}

// seek finds the way to the records of a condition; nil when there is none but through all records.
func (c *compiler) seek(condition domain.Condition) *seek {
	switch it := condition.(type) {
	case domain.And:
		return c.seekAnyOf(it)
	case domain.Or:
		return c.seekAllOf(it)
	case domain.Compare:
		return c.seekKey(it)
	case domain.Some:
		return c.seekElements(it)
	default:
		return nil
	}
}

// seekAnyOf takes the best way of a part: all parts have to hold.
func (c *compiler) seekAnyOf(parts []domain.Condition) (best *seek) {
	for _, part := range parts {
		if found := c.seek(part); found != nil && (best == nil || found.sure && !best.sure) {
			best = found
		}
	}
	return best
}

// seekAllOf goes the ways of all parts: any of them may hold.
func (c *compiler) seekAllOf(parts []domain.Condition) *seek {
	all := &seek{sure: true}
	var texts []string
	for _, part := range parts {
		found := c.seek(part)
		if found == nil {
			return nil
		}
		texts, all.args, all.sure = append(texts, found.text), append(all.args, found.args...), all.sure && found.sure
	}
	if len(texts) == 0 {
		return nil
	}
	all.text = strings.Join(texts, " UNION ALL ")
	return all
}

// seekKey goes by an index that holds the attribute.
func (c *compiler) seekKey(it domain.Compare) *seek {
	f, equal := c.fields[it.Attribute], it.Operator == domain.Equal
	value := comparable(it.Attribute, domain.TextValue(it.Value.Text))
	if it.Operator == domain.Unequal || it.Attribute.Kind == domain.Text && value == "" {
		return nil
	}
	w := c.again(nil)
	switch {
	case f.key != nil:
		w.keyRows(f.key)
		w.compareText(field{expr: "k." + f.key.column, sparse: true}, it.Operator, value)
		w.add(" AND k." + f.key.column + " <> ''") // the condition of the index
	case equal && f.sparse:
		w.recordRows()
		w.equalText(field{expr: "k" + strings.TrimLeft(f.expr, "pg"), sparse: true}, value)
	case equal && (it.Attribute == domain.AttrID || it.Attribute == domain.AttrGroupID):
		w.recordRows()
		w.compareID(field{id: "k" + strings.TrimLeft(f.id, "pg")}, it.Operator, it.Value.String())
	default:
		return nil
	}
	return &seek{text: w.text.String(), args: w.args, sure: equal}
}

// seekElements goes by the rows of another table, those of addresses for e-mail addresses.
func (c *compiler) seekElements(it domain.Some) *seek {
	w := c.again(nil)
	if s := c.sources[it.Collection]; s.rows != "" {
		if w.rows(s, it.Where) != nil {
			return nil
		}
		return &seek{text: w.text.String(), args: w.args, inline: true}
	}
	address, sought := soughtAddress(it)
	if !sought {
		return nil
	}
	w.keyRows(&addressKey)
	w.compareText(field{expr: "k." + addressKey.column}, address.Operator, domain.Fold(address.Value.Text))
	return &seek{text: w.text.String(), args: w.args, sure: address.Operator == domain.Equal}
}

// addressKey finds people by any of their e-mail addresses.
var addressKey = keyColumn{table: "email_key", column: "address_folded", record: "person_id"}

// soughtAddress is the comparison of an e-mail address that the condition can't hold without: the way to an index. One
// for equality is the best.
func soughtAddress(it domain.Some) (best domain.Compare, sought bool) {
	if it.Collection != domain.Emails {
		return best, false
	}
	parts, all := it.Where.(domain.And)
	if !all {
		parts = domain.And{it.Where}
	}
	for _, part := range parts {
		c, ok := part.(domain.Compare)
		if !ok || c.Attribute != domain.AttrEmailAddress || c.Operator == domain.Unequal || c.Value.Text == "" {
			continue
		}
		if !sought || c.Operator == domain.Equal {
			best, sought = c, true
		}
	}
	return best, sought
}

// typeBeside is the type, folded, that the condition asks for beside an address, if it asks for nothing else.
func typeBeside(it domain.Some) (kind string, alone bool) {
	parts, all := it.Where.(domain.And)
	if !all || len(parts) != 2 {
		return "", false
	}
	for _, part := range parts {
		if c, ok := part.(domain.Compare); ok && c.Attribute == domain.AttrEmailType && c.Operator == domain.Equal {
			kind = comparable(c.Attribute, domain.TextValue(c.Value.Text))
		}
	}
	return kind, kind != ""
}

// keyRows begins to select records from the table of a key.
func (c *compiler) keyRows(k *keyColumn) {
	c.add("SELECT k." + k.record + " FROM " + k.table + " k WHERE ")
	c.ownKeys(k)
}

// ownKeys are the keys of the tenant, and of the connection where each has its own.
func (c *compiler) ownKeys(k *keyColumn) {
	c.add("k.tenant_id = ? AND ", c.tx.tenant)
	if k.linked {
		c.add("k.connection_id = ? AND ", c.tx.connection)
	}
}

// recordRows begins to select records from their own table.
func (c *compiler) recordRows() {
	if c.fields[domain.AttrID].id != "" {
		c.add("SELECT k.person_id FROM person k WHERE k.tenant_id = ? AND ", c.tx.tenant)
	} else {
		c.add("SELECT k.group_id FROM permission_group k WHERE k.tenant_id = ? AND ", c.tx.tenant)
	}
}

// pin is a key that the records of a listing must have: a statement begins with the few rows of the key's table.
type pin struct {
	*keyColumn
	value string
}

// pinOf finds the key that each record of the condition has; nil when there is none.
func (c *compiler) pinOf(condition domain.Condition) *pin {
	switch it := condition.(type) {
	case domain.And:
		for _, part := range it {
			if found := c.pinOf(part); found != nil {
				return found
			}
		}
	case domain.Compare:
		value := comparable(it.Attribute, domain.TextValue(it.Value.Text))
		if f := c.fields[it.Attribute]; f.key != nil && it.Operator == domain.Equal && value != "" {
			return &pin{f.key, value}
		}
	case domain.Some:
		if address, sought := soughtAddress(it); sought && address.Operator == domain.Equal {
			return &pin{&addressKey, domain.Fold(address.Value.Text)}
		}
	}
	return nil
}

// pinned tells that all records have the key, so that nobody has to look.
func (c *compiler) pinned(k *keyColumn, value string) bool {
	return c.pin != nil && *c.pin == pin{k, value}
}

// before joins the records to the rows of their key, in an order that the planner keeps.
func (p *pin) before(from string) string {
	if p == nil {
		return from
	}
	return strings.Replace(from, " FROM ", " FROM "+p.table+" k CROSS JOIN ", 1)
}

// keyed finds records through the index of another table, so that the planner has no choice but a few look-ups.
func (c *compiler) keyed(k *keyColumn, value string) {
	if c.pinned(k, value) {
		c.add("TRUE")
		return
	}
	c.add(c.record() + " IN (")
	c.keyRows(k)
	c.add("k."+k.column+" = ? AND k."+k.column+" <> '')", value)
}

// record is the column of the id.
func (c *compiler) record() string {
	if c.fields[domain.AttrID].id != "" {
		return "p.person_id"
	}
	return "g.group_id"
}

// sharp tells that an index finds the records of the condition, and that they are few.
func (c *compiler) sharp(condition domain.Condition) bool {
	if c.lead != nil {
		return true
	}
	switch it := condition.(type) {
	case domain.And:
		return slices.ContainsFunc(it, c.sharp)
	case domain.Compare:
		f := c.fields[it.Attribute]
		return it.Operator == domain.Equal && (f.key != nil || f.sparse || it.Attribute == domain.AttrID || it.Attribute == domain.AttrGroupID)
	case domain.Some:
		address, sought := soughtAddress(it)
		return sought && address.Operator == domain.Equal
	default:
		return false
	}
}
