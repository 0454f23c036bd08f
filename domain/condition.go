package domain

import (
	"strings"
	"time"
)

// Condition is what a search asks of a record. The store compiles it to SQL, Holds evaluates it in memory; both
// must agree. The zero And holds for everything, the zero Or for nothing.
type Condition interface {
	// Holds reports whether the record (*Person, *Group or an element) meets the condition at the time.
	Holds(record any, now time.Time) bool
}

// And holds when all of its conditions hold.
type And []Condition

// Or holds when at least one of its conditions holds.
type Or []Condition

// Not holds when its condition does not.
type Not struct{ Condition Condition }

// Compare compares an attribute with a value of the attribute's kind. A record without a value meets no
// comparison but Unequal. Texts compare folded unless the attribute is Exact.
type Compare struct {
	Attribute *Attribute
	Operator  Operator
	Value     Value
}

// Present holds when the attribute has a value.
type Present struct{ Attribute *Attribute }

// Some holds when at least one element of the collection meets the condition.
type Some struct {
	Collection *Collection
	Where      Condition
}

// Operator compares an attribute with a value.
type Operator int

// The operators. Contains, StartsWith and EndsWith are for texts; the order of texts is that of their bytes.
const (
	Equal Operator = iota
	Unequal
	Contains
	StartsWith
	EndsWith
	Greater
	GreaterOrEqual
	Less
	LessOrEqual
)

// Holds implements Condition.
func (c And) Holds(record any, now time.Time) bool {
	for _, part := range c {
		if !part.Holds(record, now) {
			return false
		}
	}
	return true
}

// Holds implements Condition.
func (c Or) Holds(record any, now time.Time) bool {
	for _, part := range c {
		if part.Holds(record, now) {
			return true
		}
	}
	return false
}

// Holds implements Condition.
func (c Not) Holds(record any, now time.Time) bool { return !c.Condition.Holds(record, now) }

// Holds implements Condition.
func (c Present) Holds(record any, now time.Time) bool {
	return !c.Attribute.Get(record, now).IsZero()
}

// Holds implements Condition.
func (c Some) Holds(record any, now time.Time) bool {
	found := false
	c.Collection.Each(record, func(element any) bool {
		found = c.Where.Holds(element, now)
		return !found
	})
	return found
}

// Holds implements Condition.
func (c Compare) Holds(record any, now time.Time) bool {
	if c.Operator == Unequal {
		return !Compare{c.Attribute, Equal, c.Value}.Holds(record, now)
	}
	value := c.Attribute.Get(record, now)
	if value.IsZero() {
		return false
	}
	switch c.Attribute.Kind {
	case Bool:
		return c.Operator == Equal && value.Bool == c.Value.Bool
	case Time:
		return ordered(c.Operator, value.Time.Compare(c.Value.Time))
	case ID:
		return textHolds(c.Operator, value.String(), c.Value.String())
	default:
		return textHolds(c.Operator, c.key(value.Text), c.key(c.Value.Text))
	}
}

func (c Compare) key(text string) string {
	if c.Attribute.Exact {
		return text
	}
	return Fold(text)
}

func textHolds(op Operator, have, want string) bool {
	switch op {
	case Contains:
		return strings.Contains(have, want)
	case StartsWith:
		return strings.HasPrefix(have, want)
	case EndsWith:
		return strings.HasSuffix(have, want)
	default:
		return ordered(op, strings.Compare(have, want))
	}
}

func ordered(op Operator, sign int) bool {
	switch op {
	case Equal:
		return sign == 0
	case Greater:
		return sign > 0
	case GreaterOrEqual:
		return sign >= 0
	case Less:
		return sign < 0
	case LessOrEqual:
		return sign <= 0
	default:
		return false
	}
}
