package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// compiler turns a condition into SQL that is TRUE or FALSE, never NULL, and agrees with domain.Condition.Holds.
// Every value is bound.
type compiler struct {
	tx      *tx
	fields  map[*domain.Attribute]field
	sources map[*domain.Collection]source
	element *domain.Collection // whose elements, in JSON, the condition is about
	lead    *seek              // to the few records that a listing can find, see narrow
	pin     *pin               // that all records of the listing have
	text    strings.Builder
	args    []any
}

func (t *tx) compilePerson() *compiler {
	return &compiler{tx: t, fields: personFields, sources: personSources}
}

func (t *tx) compileGroup() *compiler {
	return &compiler{tx: t, fields: groupFields, sources: groupSources}
}

// present is the argument that stands for the time at which a statement runs.
type present struct{}

// add writes SQL with its arguments; {now} becomes an argument too, which has to come before the others.
func (c *compiler) add(text string, args ...any) {
	for before, after, found := strings.Cut(text, "{now}"); found; before, after, found = strings.Cut(text, "{now}") {
		c.text.WriteString(before + "?")
		c.args = append(c.args, present{})
		text = after
	}
	c.text.WriteString(text)
	c.args = append(c.args, args...)
}

func (c *compiler) condition(condition domain.Condition) error {
	switch it := condition.(type) {
	case nil:
		c.add("TRUE")
		return nil
	case domain.And:
		return c.join(it, " AND ", "TRUE")
	case domain.Or:
		return c.join(it, " OR ", "FALSE")
	case domain.Not:
		c.add("NOT (")
		err := c.condition(it.Condition)
		c.add(")")
		return err
	case domain.Present:
		return c.present(it.Attribute)
	case domain.Compare:
		return c.compare(it)
	case domain.Some:
		return c.some(it)
	default:
		return fmt.Errorf("store: no SQL for a condition of type %T", condition)
	}
}

func (c *compiler) join(parts []domain.Condition, word, empty string) error {
	if len(parts) == 0 {
		c.add(empty)
		return nil
	}
	c.add("(")
	for i, part := range parts {
		if i > 0 {
			c.add(word)
		}
		if err := c.condition(part); err != nil {
			return err
		}
	}
	c.add(")")
	return nil
}

// field finds the place of an attribute, that of an element of a JSON array by its name.
func (c *compiler) field(attribute *domain.Attribute) (field, error) {
	if c.element == nil {
		if f, found := c.fields[attribute]; found {
			return f, nil
		}
		return field{}, domain.Refuse(domain.CodeInvalidParameter, attribute.Name, "Records can't be searched or sorted by %s.", attribute.Name)
	}
	if attribute == domain.AttrStreetShown && c.element == domain.Addresses {
		return field{expr: "(COALESCE(NULLIF(" + ofElement(domain.AttrStreetFormatted) + ", ''), " + addressFromParts + "){c})"}, nil
	}
	if !slices.Contains(c.element.Attributes, attribute) {
		return field{}, fmt.Errorf("store: %s has no attribute %s", c.element.Name, attribute.Name)
	}
	value := "e.value ->> '" + attribute.Name + "'"
	switch attribute.Kind {
	case domain.Bool:
		return field{expr: "(COALESCE(" + value + ", '') = 'true')"}, nil
	case domain.Time:
		return field{}, fmt.Errorf("store: the elements of %s have no times", c.element.Name)
	default:
		return field{expr: "(COALESCE(" + value + ", ''){c})"}, nil
	}
}

// plain is the expression of a field, the canonical text of an id.
func (c *compiler) plain(f field) string {
	if f.id != "" {
		return "(CASE WHEN " + f.id + " IS NULL THEN '' ELSE " + c.tx.dialect.IDText(f.id) + " END)"
	}
	return f.expr
}

func (c *compiler) present(attribute *domain.Attribute) error {
	f, err := c.field(attribute)
	switch {
	case err != nil:
		return err
	case f.id != "":
		c.add(f.id + " IS NOT NULL")
	case attribute.Kind == domain.Bool:
		c.add("TRUE")
	case attribute.Kind == domain.Time:
		c.add(f.expr + " <> 0")
	default:
		c.add(f.expr + " <> ''")
	}
	return nil
}

func (c *compiler) compare(it domain.Compare) error {
	f, err := c.field(it.Attribute)
	if err != nil {
		return err
	}
	if it.Operator == domain.Unequal {
		c.add("NOT (")
		defer c.add(")")
		it.Operator = domain.Equal
	}
	switch it.Attribute.Kind {
	case domain.Bool:
		if it.Operator != domain.Equal {
			c.add("FALSE")
		} else {
			c.add(f.expr+" = ?", it.Value.Bool)
		}
	case domain.Time:
		c.compareTime(f.expr, it.Operator, it.Value.Time)
	case domain.ID:
		c.compareID(f, it.Operator, it.Value.String())
	default:
		c.compareText(f, it.Operator, comparable(it.Attribute, domain.TextValue(it.Value.Text)))
	}
	return nil
}

// compareTime allows for a value between two stored microseconds.
func (c *compiler) compareTime(expr string, operator domain.Operator, value time.Time) {
	micro, between := value.UnixMicro(), value.Nanosecond()%1000 != 0
	sign := map[domain.Operator]string{domain.Equal: "=", domain.Greater: ">", domain.GreaterOrEqual: ">=", domain.Less: "<", domain.LessOrEqual: "<="}[operator]
	switch {
	case sign == "" || between && operator == domain.Equal:
		c.add("FALSE")
		return
	case between && operator == domain.GreaterOrEqual:
		sign = ">"
	case between && operator == domain.Less:
		sign = "<="
	}
	c.add("("+expr+" <> 0 AND "+expr+" "+sign+" ?)", micro)
}

func (c *compiler) compareID(f field, operator domain.Operator, value string) {
	if operator != domain.Equal || f.id == "" {
		c.compareText(field{expr: c.plain(f)}, operator, value)
		return
	}
	id, err := uuid.Parse(value)
	if err != nil || id.String() != value || id == uuid.Nil {
		c.add("FALSE") // not the canonical text of an id that anything can have, and only that is compared
		return
	}
	c.add("("+f.id+" IS NOT NULL AND "+f.id+" = ?)", id)
}

func (c *compiler) compareText(f field, operator domain.Operator, value string) {
	expr, signs := f.expr, map[domain.Operator]string{domain.Greater: ">", domain.GreaterOrEqual: ">=", domain.Less: "<", domain.LessOrEqual: "<="}
	switch {
	case operator == domain.Equal:
		c.equalText(f, value)
	case signs[operator] != "":
		c.add("("+expr+" <> '' AND "+expr+" "+signs[operator]+" ?)", value)
	case value == "":
		c.add(expr + " <> ''")
	case operator == domain.Contains:
		c.add("{instr}("+expr+", ?) > 0", value)
	case operator == domain.StartsWith:
		c.add("substr("+expr+", 1, length(CAST(? AS TEXT))) = ?", value, value)
	case operator == domain.EndsWith:
		c.add("substr("+expr+", length("+expr+") - length(CAST(? AS TEXT)) + 1) = ?", value, value)
	default:
		c.add("FALSE")
	}
}

func (c *compiler) equalText(f field, value string) {
	switch {
	case value == "":
		c.add("FALSE")
	case f.key != nil:
		c.keyed(f.key, value)
	case f.sparse:
		c.add("("+f.expr+" = ? AND "+f.expr+" <> '')", value)
	default:
		c.add(f.expr+" = ?", value)
	}
}

func (c *compiler) some(it domain.Some) error {
	s, found := c.sources[it.Collection]
	if !found {
		return fmt.Errorf("store: no source for the elements of %s", it.Collection.Name)
	}
	if s.rows != "" {
		c.add(s.of + " IN (")
		err := c.rows(s, it.Where)
		c.add(")")
		return err
	}
	if address, sought := soughtAddress(it); sought && address.Operator == domain.Equal {
		folded := domain.Fold(address.Value.Text)
		kind, alone := typeBeside(it)
		switch {
		case !c.pinned(&addressKey, folded):
			c.add("(p.person_id IN (")
			c.keyRows(&addressKey)
			c.add("k.address_folded = ?) AND ", folded)
			defer c.add(")")
		case alone:
			c.add("(k.type_folded IS NOT NULL AND k.type_folded = ? OR k.type_folded IS NULL AND ", kind)
			defer c.add(")")
		}
	}
	c.add("EXISTS (SELECT 1 FROM {each}(" + s.array + ") AS e WHERE ")
	c.element = it.Collection
	err := c.condition(it.Where)
	c.element = nil
	c.add(")")
	return err
}

// rows selects the records by the rows of another table.
func (c *compiler) rows(s source, where domain.Condition) error {
	c.add(s.rows + " AND ")
	for range strings.Count(s.rows, "?") {
		c.args = append(c.args, c.tx.tenant)
	}
	return c.condition(where)
}
