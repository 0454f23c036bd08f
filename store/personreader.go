package store

import (
	"sync"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// personRow is a person with what may be joined to it.
type personRow struct {
	person domain.Person
	access domain.UserAccess
	link   domain.Link
	has    uuid.UUID
}

// personReader scans rows of personSelection. It scans each into the same record, whose targets are made once, and gives
// away a copy.
type personReader struct {
	row  personRow
	into []any
}

// personReaders are the readers that nobody uses, by what they read. Nobody's data is in them.
type personReaders [2 * bareGroups]sync.Pool

// personReader borrows a reader, which is to be given back.
func (t *tx) personReader(with domain.With) *personReader {
	if r, idle := t.readers[with].Get().(*personReader); idle {
		return r
	}
	r := &personReader{}
	p := &r.row.person
	r.empty()
	into := targets(make([]any, 0, len(personColumns)+len(accessColumns)+len(linkColumns)+len(extras)), personColumns, p)
	for _, extra := range extras {
		if with&extra.with != 0 {
			into = append(into, extra.target(p))
		}
	}
	access := len(into)
	into = targets(append(into, (*idTarget)(&r.row.has)), accessColumns, p)
	link := len(into)
	r.into = t.packTargets(targets(into, linkColumns, p), access, link)
	return r
}

func (r *personReader) giveBack(t *tx, with domain.With) {
	r.empty()
	t.readers[with].Put(r)
}

func (r *personReader) empty() {
	r.row = personRow{}
	r.row.person.Access, r.row.person.Link = &r.row.access, &r.row.link
}

// read scans a row.
func (r *personReader) read(rows Rows) (*domain.Person, error) {
	r.empty()
	if err := rows.Scan(r.into...); err != nil {
		return nil, err
	}
	row := new(r.row)
	p := &row.person
	p.Access, p.Link = &row.access, &row.link
	if row.has == uuid.Nil {
		p.Access = nil
	}
	if p.Link.Connection == uuid.Nil {
		p.Link = nil
	}
	return p, nil
}
