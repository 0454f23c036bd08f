package store

import (
	"slices"

	"github.com/scimbridge/scimbridge/domain"
)

// fewRows is up to how many rows of another table finding their records one by one is cheaper than walking through all
// records until a page is full.
const fewRows = 10_000

// narrow makes compilers for listings that meet the condition. Where rows of another table decide, such as those of the
// holders of a role, it asks how many there are: few are found by their ids, whatever the number of all records, and
// those that are many fill a page soon.
func (c *compiler) narrow(condition domain.Condition) (func() *compiler, error) {
	parts, all := condition.(domain.And)
	if !all {
		parts = domain.And{condition}
	}
	few := false
	for _, part := range parts {
		some, ok := part.(domain.Some)
		if s := c.sources[some.Collection]; !ok || s.rows == "" {
			continue
		}
		counting := c.again(false)
		counting.add("SELECT COUNT(*) FROM (")
		if err := counting.rows(c.sources[some.Collection], some.Where); err != nil {
			return nil, err
		}
		counting.add(" LIMIT ?) AS counted", int64(fewRows+1))
		var count countTarget
		if _, err := c.tx.row([]any{&count}, counting.text.String(), counting.args...); err != nil {
			return nil, err
		}
		few = few || count <= fewRows
	}
	return func() *compiler { return c.again(few) }, nil
}

// again is a compiler for another statement on the same records.
func (c *compiler) again(few bool) *compiler {
	return &compiler{tx: c.tx, fields: c.fields, sources: c.sources, few: few}
}

// sharp tells that the condition can hold for few records only, which an index finds.
func (c *compiler) sharp(condition domain.Condition) bool {
	if c.few {
		return true
	}
	switch it := condition.(type) {
	case domain.And:
		return slices.ContainsFunc(it, c.sharp)
	case domain.Compare:
		f := c.fields[it.Attribute]
		return it.Operator == domain.Equal && (f.key != nil || f.sparse || it.Attribute == domain.AttrID || it.Attribute == domain.AttrGroupID)
	case domain.Some:
		_, sought := soughtAddress(it)
		return sought
	default:
		return false
	}
}
