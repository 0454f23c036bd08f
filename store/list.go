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
	place   func(record R) domain.Position // in the natural order
	// known tells the total of a query without a condition, if anybody keeps count of it; nil: nobody does.
	known func() (total int, known bool, err error)
}

// page answers a query, from the nearest place in the list that is known.
func (l *listing[R]) page(q domain.Query) (domain.Page[R], error) {
	result := domain.Page[R]{Total: -1}
	trail, err := l.trail(q)
	if err != nil {
		return result, err
	}
	if q.Count > 0 {
		if err := l.fill(&result, q, trail); err != nil {
			return result, err
		}
	}
	if q.Total {
		result.Total, err = l.total(q, result, trail)
	}
	return result, err
}

// fill reads the records of a page, and one more on either side: the one behind tells that there is more, and the place
// of the one in front, if it is read past anyway, is where the same page starts the next time.
func (l *listing[R]) fill(page *domain.Page[R], q domain.Query, trail *trail) error {
	offset, from := q.Offset, trail.nearest(q.Offset, l.tx.now())
	if from.offset > 0 {
		q.After, q.Offset = &from.Position, q.Offset-from.offset
	}
	wanted, lead := q.Count, 0
	if trail != nil && q.Offset > 0 {
		lead, q.Offset = 1, q.Offset-1
	}
	q.Count += lead + 1
	records, err := l.records(q)
	if err != nil {
		return err
	}
	if lead > 0 && len(records) > 0 {
		trail.note(mark{records[0].at, offset, from.born})
		records = records[1:]
	}
	if page.More = len(records) > wanted; page.More {
		records = records[:wanted]
	}
	for _, r := range records {
		page.Items, page.End = append(page.Items, r.record), r.at
	}
	if len(records) > 0 {
		trail.note(mark{page.End, offset + len(records), from.born})
	}
	return nil
}

// placed is a record and its place in the list.
type placed[R any] struct {
	record R
	at     domain.Position
}

// records reads what a query asks for. Records in their natural order come by one statement that walks an index. Any
// other order has to sort all that match, so that only ids are sorted and the few records of the page are loaded after.
func (l *listing[R]) records(q domain.Query) (list []placed[R], err error) {
	if q.Order != nil {
		return l.sorted(q)
	}
	err = l.fetch(q, l.columns, func(rows Rows) error {
		record, err := l.read(rows)
		list = append(list, placed[R]{record, l.place(record)})
		return err
	})
	return list, err
}

// fetch runs the query for the columns.
func (l *listing[R]) fetch(q domain.Query, columns string, each func(rows Rows) error) error {
	c := l.compile()
	c.add("SELECT "+columns+l.from, l.tx.scope.Connection, l.tx.scope.Tenant)
	for _, write := range []func() error{
		func() error { return c.where(q.Where) },
		func() error { return l.behind(c, q) },
		func() error { return l.order(c, q) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	c.add(" LIMIT ? OFFSET ?", int64(q.Count), int64(q.Offset))
	return l.tx.rows(l.tx.ctx, c.text.String(), c.args, each)
}

func (c *compiler) where(condition domain.Condition) error {
	if condition == nil {
		return nil
	}
	c.add(" AND ")
	return c.condition(condition)
}

// sorted reads the records of a query with an order of its own.
func (l *listing[R]) sorted(q domain.Query) ([]placed[R], error) {
	key, err := l.compile().sortKey(q.Order)
	if err != nil {
		return nil, err
	}
	var list []placed[R]
	var ids []uuid.UUID
	err = l.fetch(q, l.record+", "+l.created+", "+key, func(rows Rows) error {
		var at domain.Position
		err := rows.Scan((*idTarget)(&at.ID), (*instantTarget)(&at.Created), (*keyTarget)(&at.Key))
		list, ids = append(list, placed[R]{at: at}), append(ids, at.ID)
		return err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	c := l.compile()
	c.add("SELECT "+l.columns+l.from+" AND "+l.record+" IN {ids}", l.tx.scope.Connection, l.tx.scope.Tenant, ids)
	found := map[uuid.UUID]R{}
	err = l.tx.rows(l.tx.ctx, c.text.String(), c.args, func(rows Rows) error {
		record, err := l.read(rows)
		if err == nil {
			found[l.place(record).ID] = record
		}
		return err
	})
	for i := range list {
		list[i].record = found[list[i].at.ID]
	}
	return list, err
}

// total counts the records of a query, unless the page itself tells, or an earlier one told.
func (l *listing[R]) total(q domain.Query, page domain.Page[R], trail *trail) (int, error) {
	seen := q.Offset + len(page.Items)
	if q.After == nil && q.Count > 0 && !page.More && (len(page.Items) > 0 || q.Offset == 0) {
		trail.count(seen, l.tx.now())
		return seen, nil
	}
	if q.Where == nil && l.known != nil {
		if total, known, err := l.known(); known || err != nil {
			return total, err
		}
	}
	if total, known := trail.counted(l.tx.now()); known {
		if page.More {
			return max(total, seen+1), nil // by now there are at least so many
		}
		return total, nil
	}
	c := l.compile()
	c.add("SELECT COUNT(*)"+l.from, l.tx.scope.Connection, l.tx.scope.Tenant)
	if err := c.where(q.Where); err != nil {
		return 0, err
	}
	total := 0
	err := l.tx.rows(l.tx.ctx, c.text.String(), c.args, func(rows Rows) error { return rows.Scan((*countTarget)(&total)) })
	if err == nil {
		trail.count(total, l.tx.now())
	}
	return total, err
}
