package store

import (
	"github.com/scimbridge/scimbridge/domain"
)

// fewRows is up to how many records finding them one by one is cheaper than walking through all records until a page is
// full.
const fewRows = 10_000

// narrow looks for a way to the few records that meet the condition. Where an index leads to the records, such as that of
// the holders of a role or of parts of user names, it asks how many there are: few are found by their ids, whatever the
// number of all records, and those that are many fill a page soon. A key that all of them have is where a statement begins.
func (l *listing[R]) narrow(q domain.Query) (err error) {
	if q.Where != nil && !l.all.sharp(q.Where) {
		l.lead, err = l.all.leadToFew(q.Where)
	}
	l.pin = l.all.pinOf(q.Where)
	l.from = l.tables(l.compile().sharp(q.Where))
	return err
}

// compile makes a compiler for a statement of the listing.
func (l *listing[R]) compile() *compiler { return l.all.again(l.lead) }

// matching begins a statement on the records that meet the condition.
func (l *listing[R]) matching(columns string, condition domain.Condition) (*compiler, error) {
	c := l.compile()
	c.pin = l.pin
	c.text.Grow(len(columns) + 1<<10) // what follows is hardly ever longer
	c.add("SELECT ")
	c.add(columns)
	c.add(c.pin.before(l.from), l.tx.connection, l.tx.tenant)
	return c, c.where(condition)
}

// leadToFew is the way to few records, one of them each that meets the condition; nil when there is none.
func (c *compiler) leadToFew(condition domain.Condition) (*seek, error) {
	parts, all := condition.(domain.And)
	if !all {
		parts = domain.And{condition}
	}
	for _, part := range parts {
		lead := c.seek(part)
		if lead == nil {
			continue
		}
		if few, err := c.few(lead); few || err != nil {
			return lead, err
		}
	}
	return nil, nil
}

// few tells whether the way leads to few records.
func (c *compiler) few(lead *seek) (bool, error) {
	if lead.sure {
		return true, nil
	}
	var count countTarget
	args := append(append([]any{}, lead.args...), int64(fewRows+1))
	err := c.tx.rows(c.tx.ctx, "SELECT COUNT(*) FROM ("+lead.text+" LIMIT ?) AS counted", args,
		func(rows Rows) error { return rows.Scan(&count) })
	return count <= fewRows, err
}

// again is a compiler for another statement on the same records.
func (c *compiler) again(lead *seek) *compiler {
	return &compiler{tx: c.tx, fields: c.fields, sources: c.sources, lead: lead}
}

// where writes the condition of a listing, behind the way that leads to its records.
func (c *compiler) where(condition domain.Condition) error {
	if condition == nil {
		return nil
	}
	if c.lead != nil && !c.lead.inline {
		c.add(" AND "+c.record()+" IN ("+c.lead.text+")", c.lead.args...)
	}
	if c.pin != nil {
		c.add(" AND ")
		c.ownKeys(c.pin.keyColumn)
		c.add("k."+c.pin.column+" = ? AND k."+c.pin.column+" <> '' AND "+c.record()+" = k."+c.pin.record, c.pin.value)
	}
	c.add(" AND ")
	return c.condition(condition)
}
