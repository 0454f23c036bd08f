package store

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// listing describes how the records of one kind are listed.
type listing[R any] struct {
	tx      *tx
	compile func() *compiler
	columns string // of a record as a page shows it
	from    string // FROM … WHERE …, with placeholders for the connection and the tenant
	record  string // the column of the id
	created string // the column of the creation, by which records are ordered
	read    func(rows Rows) (R, error)
	id      func(record R) uuid.UUID
	// known tells the total of a query without a condition, if anybody keeps count of it; nil: nobody does.
	known func() (total int, known bool, err error)
}

// page answers a query. Records in their natural order come by one statement that walks an index. Any other order
// has to sort all that match, so that only ids are sorted and the few records of the page are loaded after.
func (l *listing[R]) page(q domain.Query) (domain.Page[R], error) {
	result := domain.Page[R]{Total: -1}
	var err error
	switch {
	case q.Count <= 0:
	case q.Order == nil:
		err = l.fetch(q, l.columns, func(rows Rows) error {
			record, err := l.read(rows)
			result.Items = append(result.Items, record)
			return err
		})
	default:
		result.Items, err = l.sorted(q)
	}
	if err != nil {
		return result, err
	}
	if q.Count > 0 && len(result.Items) > q.Count {
		result.Items, result.More = result.Items[:q.Count], true
	}
	if q.Total {
		result.Total, err = l.total(q, result)
	}
	return result, err
}

// fetch runs the query for the columns, for one record more than wanted.
func (l *listing[R]) fetch(q domain.Query, columns string, each func(rows Rows) error) error {
	c := l.compile()
	c.add("SELECT "+columns+l.from, l.tx.scope.Connection, l.tx.scope.Tenant)
	if err := c.where(q.Where); err != nil {
		return err
	}
	if err := l.order(c, q); err != nil {
		return err
	}
	c.add(" LIMIT ? OFFSET ?", int64(q.Count)+1, int64(q.Offset))
	return l.tx.rows(l.tx.ctx, c.text.String(), c.args, each)
}

func (c *compiler) where(condition domain.Condition) error {
	if condition == nil {
		return nil
	}
	c.add(" AND ")
	return c.condition(condition)
}

// order writes ORDER BY. Records without a value come last, first when descending (RFC 7644, section 3.4.2.3).
func (l *listing[R]) order(c *compiler, q domain.Query) error {
	c.add(" ORDER BY ")
	direction := ""
	if q.Down {
		direction = " DESC"
	}
	if q.Order == nil {
		created := l.created
		if c.sharp(q.Where) {
			created = "+" + created // no index has this order, so that the planner does not walk through one to save sorting
		}
		c.add(created + direction + ", " + l.record + direction)
		return nil
	}
	f, err := c.field(q.Order)
	if err != nil {
		return err
	}
	switch expr := c.plain(f); q.Order.Kind {
	case domain.Bool:
		c.add(expr + direction)
	case domain.Time:
		c.add("(" + expr + " = 0)" + direction + ", " + expr + direction)
	default:
		c.add("(" + expr + " = '')" + direction + ", " + expr + direction)
	}
	c.add(", " + l.created + ", " + l.record)
	return nil
}

// sorted loads the page of a query with an order of its own.
func (l *listing[R]) sorted(q domain.Query) ([]R, error) {
	var order []uuid.UUID
	err := l.fetch(q, l.record, func(rows Rows) error {
		var id uuid.UUID
		err := rows.Scan((*idTarget)(&id))
		order = append(order, id)
		return err
	})
	if err != nil || len(order) == 0 {
		return nil, err
	}
	c := l.compile()
	c.add("SELECT "+l.columns+l.from+" AND "+l.record+" IN {ids}", l.tx.scope.Connection, l.tx.scope.Tenant, order)
	found := map[uuid.UUID]R{}
	err = l.tx.rows(l.tx.ctx, c.text.String(), c.args, func(rows Rows) error {
		record, err := l.read(rows)
		if err == nil {
			found[l.id(record)] = record
		}
		return err
	})
	items := make([]R, 0, len(order))
	for _, id := range order {
		items = append(items, found[id])
	}
	return items, err
}

// total counts the records of a query, unless the page itself tells.
func (l *listing[R]) total(q domain.Query, page domain.Page[R]) (int, error) {
	if q.Count > 0 && !page.More && (len(page.Items) > 0 || q.Offset == 0) {
		return q.Offset + len(page.Items), nil
	}
	if q.Where == nil && l.known != nil {
		if total, known, err := l.known(); known || err != nil {
			return total, err
		}
	}
	c := l.compile()
	c.add("SELECT COUNT(*)"+l.from, l.tx.scope.Connection, l.tx.scope.Tenant)
	if err := c.where(q.Where); err != nil {
		return 0, err
	}
	total := 0
	err := l.tx.rows(l.tx.ctx, c.text.String(), c.args, func(rows Rows) error { return rows.Scan((*countTarget)(&total)) })
	return total, err
}
