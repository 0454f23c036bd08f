package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// Bounds limit searches that no index answers, see docs/decisions/searches.md. What is refused for them is refused as
// [domain.CodeSearchTooCostly].
type Bounds struct {
	// Work is what a search may cost by its price, in tenths of microseconds, before it is begun.
	Work int
	// Time is how long one may take that was begun.
	Time time.Duration
}

// usualBounds are two seconds of a small machine, and many more of a busy one.
var usualBounds = Bounds{Work: 20_000_000, Time: 10 * time.Second}

// Bound sets other bounds than the usual ones. It is to be called before the store is used.
func (db *DB) Bound(bounds Bounds) { db.bounds = bounds }

// Prices of what a search does for each record, in tenths of microseconds: the dearer of both databases, measured with
// 100,000 people. The bound of time makes up for what they miss.
const (
	priceWalk     = 10
	priceCompare  = 1
	priceJoin     = 25 // the row of another table
	priceElements = 12 // an array, taken apart
	priceRows     = 5  // among the rows that a select found
)

// bill adds up what a search costs for each record.
type bill struct {
	c       *compiler
	each    int
	joined  [2]bool
	dearest string // the name of the attribute or collection
	most    int
}

func (b *bill) charge(name string, price int) {
	b.each += price
	if price > b.most {
		b.most, b.dearest = price, name
	}
}

func (b *bill) condition(condition domain.Condition) {
	switch it := condition.(type) {
	case domain.And:
		for _, part := range it {
			b.condition(part)
		}
	case domain.Or:
		for _, part := range it {
			b.condition(part)
		}
	case domain.Not:
		b.condition(it.Condition)
	case domain.Present:
		b.charge(it.Attribute.Name, priceCompare+b.joins(b.c.fields[it.Attribute].place()))
	case domain.Compare:
		b.charge(it.Attribute.Name, priceCompare+b.joins(b.c.fields[it.Attribute].place()))
	case domain.Some:
		b.elements(it)
	}
}

func (b *bill) elements(it domain.Some) {
	s := b.c.sources[it.Collection]
	if s.rows != "" {
		b.charge(it.Collection.Name, priceRows)
		return
	}
	inner := bill{c: b.c.again(nil)}
	inner.c.fields = nil // of elements, which stand in the array
	inner.condition(it.Where)
	b.charge(it.Collection.Name, priceElements+inner.each+b.joins(s.array))
}

// joins is what the other tables cost that an expression is the first to need.
func (b *bill) joins(expr string) (price int) {
	for i, alias := range []string{"a.", "l."} {
		if !b.joined[i] && strings.Contains(expr, alias) {
			b.joined[i] = true
			price += priceJoin
		}
	}
	return price
}

func (f field) place() string { return f.expr + f.id }

// affordable refuses a search whose price for so many records is above the bound.
func (c *compiler) affordable(q domain.Query, records int) error {
	b := bill{c: c, each: priceWalk}
	b.condition(q.Where)
	if b.each*records <= c.tx.bounds.Work {
		return nil
	}
	return tooCostly(b.dearest, "No index answers this part of the search, and there are too many records to look through.")
}

func tooCostly(attribute, what string) error {
	return domain.Refuse(domain.CodeSearchTooCostly, attribute, "%s Narrow it: ask besides for an exact id, user name, external id, "+
		"e-mail address or employee number, or for a seldom part of one; or read the list page by page, without a filter.", what)
}

// errSlow is why a search ended that took too long.
var errSlow = errors.New("store: the bound of time for searches is over")

// page answers a query, within the bounds where no index may know the answer. A change has to have its answer, whatever
// that costs, and a list in an order of its own is no search.
func (l *listing[R]) page(q domain.Query) (page domain.Page[R], err error) {
	if l.tx.writing || q.Where == nil || l.all.sharp(q.Where) {
		if err := l.narrow(q); err != nil {
			return page, err
		}
		return l.answer(q)
	}
	unbounded := l.tx.ctx
	bounded, cancel := context.WithTimeoutCause(unbounded, l.tx.bounds.Time, errSlow)
	defer cancel()
	l.tx.ctx = bounded
	page, err = l.search(q)
	l.tx.ctx = unbounded
	if err != nil && errors.Is(context.Cause(bounded), errSlow) {
		return page, tooCostly("", "The search took too long: no index answers it.")
	}
	return page, err
}

// search answers a query that can be afforded.
func (l *listing[R]) search(q domain.Query) (page domain.Page[R], err error) {
	if err := l.narrow(q); err != nil {
		return page, err
	}
	if c := l.compile(); !c.sharp(q.Where) {
		records, err := l.among()
		if err != nil {
			return page, err
		}
		if err := c.affordable(q, records); err != nil {
			return page, err
		}
	}
	return l.answer(q)
}
