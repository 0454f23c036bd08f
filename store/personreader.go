package store

import (
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
	row          personRow
	targets      []any
	access, link int // where their targets begin
}

func newPersonReader(with domain.With) *personReader {
	r := &personReader{}
	p := &r.row.person
	p.Access, p.Link = &r.row.access, &r.row.link
	into := targets(make([]any, 0, len(personColumns)+len(accessColumns)+len(linkColumns)+len(extras)), personColumns, p)
	for _, extra := range extras {
		if with&extra.with != 0 {
			into = append(into, extra.target(p))
		}
	}
	r.access = len(into)
	into = targets(append(into, (*idTarget)(&r.row.has)), accessColumns, p)
	r.link = len(into)
	r.targets = targets(into, linkColumns, p)
	return r
}

// read scans a row.
func (r *personReader) read(t *tx, rows Rows) (*domain.Person, error) {
	r.row = personRow{}
	r.row.person.Access, r.row.person.Link = &r.row.access, &r.row.link
	if err := t.scanPack(rows, r.targets, r.access, r.link); err != nil {
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
