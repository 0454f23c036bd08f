package store

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// listing describes how the records of one kind are listed.
type listing[R any] struct {
	tx      *tx
	all     *compiler             // of the records, without a way to few of them
	lead    *seek                 // see narrow
	pin     *pin                  // see narrow
	columns string                // of a record as a page shows it
	tables  func(few bool) string // FROM … WHERE …, with placeholders for the connection and the tenant
	from    string                // tables, as the lead wants them
	among   func() (int, error)   // how many records there are to look through
	record  string                // the column of the id
	created string                // the column of the creation, by which records are ordered
	read    func(rows Rows) (R, error)
	place   func(record R) domain.Position // in the natural order
	// known tells the total of a query without a condition, if anybody keeps count of it; nil: nobody does.
	known func() (total int, known bool, err error)
}

// answer reads a page, from the nearest place in the list that is known.
func (l *listing[R]) answer(q domain.Query) (domain.Page[R], error) {
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

// fill reads the records of a page, and one more, which tells that there is more.
func (l *listing[R]) fill(page *domain.Page[R], q domain.Query, trail *trail) error {
	offset, from := q.Offset, trail.nearest(q.Offset, l.tx.now())
	if from.offset > 0 {
		q.After, q.Offset = &from.Position, q.Offset-from.offset
	}
	if q.Offset > 0 {
		at, found, err := l.skip(q)
		if err != nil || !found {
			return err
		}
		q.After, q.Offset = &at, 0
		trail.note(mark{at, offset, from.born})
	}
	wanted := q.Count
	q.Count++
	records, err := l.records(q)
	if err != nil {
		return err
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

// skip finds the place of the last record that the query skips. A statement that skipped and read at once would have to
// make up each skipped record, on some databases.
func (l *listing[R]) skip(q domain.Query) (at domain.Position, found bool, err error) {
	q.Offset, q.Count = q.Offset-1, 1
	places, err := l.places(q)
	if err != nil || len(places) == 0 {
		return at, false, err
	}
	return places[0], true, nil
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
	if l.pin != nil && q.After == nil && q.Offset == 0 {
		if list, err = l.holders(q); err != nil || len(list) < q.Count {
			return list, err
		}
	}
	list = nil
	err = l.fetch(q, l.columns, l.into(&list))
	return list, err
}

// holders reads the records that have the key, in order if there are less of them than asked for: mostly there is one, for
// which no database need open what it sorts with.
func (l *listing[R]) holders(q domain.Query) (list []placed[R], err error) {
	c, err := l.matching(l.columns, q.Where)
	if err != nil {
		return nil, err
	}
	c.add(" LIMIT ?", int64(q.Count))
	err = l.tx.rows(l.tx.ctx, c.text.String(), c.args, l.into(&list))
	slices.SortFunc(list, func(a, b placed[R]) int {
		if q.Down {
			a, b = b, a
		}
		return cmp.Or(a.at.Created.Compare(b.at.Created), bytes.Compare(a.at.ID[:], b.at.ID[:]))
	})
	return list, err
}

// into reads the records of a statement into the list.
func (l *listing[R]) into(list *[]placed[R]) func(rows Rows) error {
	return func(rows Rows) error {
		record, err := l.read(rows)
		if err == nil {
			*list = append(*list, placed[R]{record, l.place(record)})
		}
		return err
	}
}

// fetch runs the query for the columns.
func (l *listing[R]) fetch(q domain.Query, columns string, each func(rows Rows) error) error {
	c, err := l.matching(columns, q.Where)
	if err != nil {
		return err
	}
	if err := l.behind(c, q); err != nil {
		return err
	}
	if err := l.order(c, q); err != nil {
		return err
	}
	c.add(" LIMIT ? OFFSET ?", int64(q.Count), int64(q.Offset))
	return l.tx.rows(l.tx.ctx, c.text.String(), c.args, each)
}

// places reads no more of the records than where they are.
func (l *listing[R]) places(q domain.Query) (list []domain.Position, err error) {
	columns := l.record + ", " + l.created
	if q.Order != nil {
		key, err := l.compile().sortKey(q.Order)
		if err != nil {
			return nil, err
		}
		columns += ", " + key
	}
	err = l.fetch(q, columns, func(rows Rows) error {
		var at domain.Position
		into := []any{(*idTarget)(&at.ID), (*instantTarget)(&at.Created)}
		if q.Order != nil {
			into = append(into, (*keyTarget)(&at.Key))
		}
		err := rows.Scan(into...)
		list = append(list, at)
		return err
	})
	return list, err
}

// sorted reads the records of a query with an order of its own.
func (l *listing[R]) sorted(q domain.Query) ([]placed[R], error) {
	places, err := l.places(q)
	if err != nil || len(places) == 0 {
		return nil, err
	}
	ids := make([]uuid.UUID, len(places))
	for i, at := range places {
		ids[i] = at.ID
	}
	c := l.compile()
	c.add("SELECT "+l.columns+l.from+" AND "+l.record+" IN {ids}", l.tx.connection, l.tx.tenant, ids)
	found := map[uuid.UUID]R{}
	err = l.tx.rows(l.tx.ctx, c.text.String(), c.args, func(rows Rows) error {
		record, err := l.read(rows)
		if err == nil {
			found[l.place(record).ID] = record
		}
		return err
	})
	list := make([]placed[R], 0, len(places))
	for _, at := range places {
		if record, still := found[at.ID]; still { // without a snapshot it may be gone
			list = append(list, placed[R]{record, at})
		}
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
			if len(page.Items) > 0 {
				total = max(total, seen) // without a snapshot some may be gone
			}
			return total, err
		}
	}
	if total, known := trail.counted(l.tx.now()); known {
		if page.More {
			return max(total, seen+1), nil // by now there are at least so many
		}
		return total, nil
	}
	c, err := l.matching("COUNT(*)", q.Where)
	if err != nil {
		return 0, err
	}
	total := 0
	err = l.tx.rows(l.tx.ctx, c.text.String(), c.args, func(rows Rows) error { return rows.Scan((*countTarget)(&total)) })
	if err == nil {
		trail.count(total, l.tx.now())
	}
	return total, err
}
