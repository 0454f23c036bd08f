package store

import (
	"fmt"
	"strconv"

	"github.com/scimbridge/scimbridge/domain"
)

// order writes ORDER BY. Records without a value come last, first when descending (RFC 7644, section 3.4.2.3).
func (l *listing[R]) order(c *compiler, q domain.Query) error {
	direction := ""
	if q.Down {
		direction = " DESC"
	}
	c.add(" ORDER BY ")
	if q.Order == nil {
		c.add(l.walked(c, q) + direction + ", " + l.record + direction)
		return nil
	}
	key, err := c.sortKey(q.Order)
	if err != nil {
		return err
	}
	if none := noValue(q.Order); none != "" {
		c.add("(" + key + " = " + none + ")" + direction + ", ")
	}
	c.add(key + direction + ", " + l.created + ", " + l.record)
	return nil
}

// behind writes the condition that a record stands behind the place, in the order that order writes.
func (l *listing[R]) behind(c *compiler, q domain.Query) error {
	if q.After == nil {
		return nil
	}
	sign := " > "
	if q.Down {
		sign = " < "
	}
	if q.Order == nil {
		c.add(" AND ("+l.walked(c, q)+", "+l.record+")"+sign+"(?, ?)", q.After.Created, q.After.ID)
		return nil
	}
	key, err := c.sortKey(q.Order)
	if err != nil {
		return err
	}
	value, empty, err := sortValue(q.Order.Kind, q.After.Key)
	if err != nil {
		return err
	}
	c.add(" AND ("+key+" = ? AND ("+l.created+", "+l.record+") > (?, ?)", value, q.After.Created, q.After.ID)
	switch none := noValue(q.Order); {
	case none == "":
		c.add(" OR "+key+sign+"?", value)
	case empty && q.Down:
		c.add(" OR " + key + " <> " + none)
	case empty:
	case q.Down:
		c.add(" OR "+key+" < ?", value)
		c.add(" AND " + key + " <> " + none)
	default:
		c.add(" OR "+key+" > ?", value)
		c.add(" OR " + key + " = " + none)
	}
	c.add(")")
	return nil
}

// walked is the column of the creation for the natural order. No index has that of its expression, so that the planner
// does not walk through one to save the sorting of few records.
func (l *listing[R]) walked(c *compiler, q domain.Query) string {
	if c.sharp(q.Where) {
		return "+" + l.created
	}
	return l.created
}

// sortKey is the expression that records are sorted by.
func (c *compiler) sortKey(order *domain.Attribute) (string, error) {
	f, err := c.field(order)
	if err != nil {
		return "", err
	}
	return c.plain(f), nil
}

// noValue is what the expression of a record without a value is; "" where every record has one.
func noValue(order *domain.Attribute) string {
	switch order.Kind {
	case domain.Bool:
		return ""
	case domain.Time:
		return "0"
	default:
		return "''"
	}
}

// keyTarget takes what a record is sorted by, of any kind, as text.
type keyTarget string

// Scan implements [sql.Scanner].
func (t *keyTarget) Scan(source any) error {
	switch value := source.(type) {
	case int64:
		*t = keyTarget(strconv.FormatInt(value, 10))
	case bool:
		*t = keyTarget(strconv.FormatBool(value))
	default:
		return (*textTarget)(t).Scan(source)
	}
	return nil
}

// sortValue is the argument that a key stands for, and tells whether it is no value.
func sortValue(kind domain.Kind, key string) (value any, empty bool, err error) {
	switch kind {
	case domain.Bool:
		value, err = strconv.ParseBool(key)
	case domain.Time:
		var micro int64
		micro, err = strconv.ParseInt(key, 10, 64)
		value, empty = micro, micro == 0
	default:
		value, empty = key, key == ""
	}
	if err != nil {
		err = fmt.Errorf("store: %q is no key of this order: %w", key, err)
	}
	return value, empty, err
}
