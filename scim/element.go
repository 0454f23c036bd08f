package scim

import (
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// update writes what a client says of an element; with whole, what it does not say is cleared. A primary element
// takes the flag from the others.
func (b *binding) update(p *domain.Person, record any, e element, whole bool) {
	if whole {
		for _, sub := range b.subs {
			sub.store(record, domain.Value{})
		}
	}
	for _, a := range e {
		a.row.store(record, a.value)
	}
	if primary, given := e.get(b.primarySub); given && primary.Bool && b.identity != nil {
		for i := range b.list.len(p) {
			if other := b.list.at(p, i); other != record {
				*b.primarySub.flag(other) = false
			}
		}
	}
	for _, sub := range b.subs {
		sub.recompute(record)
	}
}

// recompute drops a text that says what would be computed without it, so that it goes on doing so.
func (b *binding) recompute(record any) {
	if b.computed == nil {
		return
	}
	place := b.attribute.Ref(record)
	if place == nil || *place == "" {
		return
	}
	sent := *place
	if *place = ""; b.computed(record) != sent {
		*place = sent
	}
}

// find gives the index of the first element that passes, -1 for none.
func (b *binding) find(p *domain.Person, passes func(i int) bool) int {
	for i := range b.list.len(p) {
		if passes(i) {
			return i
		}
	}
	return -1
}

// sameValue tells whether the element has the value that a client sent. A value of several parts is the same when all
// of them are.
func (b *binding) sameValue(record any, e element) bool {
	if b.valueSub != nil {
		value, given := e.get(b.valueSub)
		return given && b.valueSub.equals(record, value)
	}
	for _, a := range e {
		if a.row != b.typeSub && a.row != b.primarySub && !a.row.equals(record, a.value) {
			return false
		}
	}
	return true
}

// sameType compares the types, of which none is one, too.
func (b *binding) sameType(record any, e element) bool {
	if b.typeSub == nil {
		return true
	}
	kind, _ := e.get(b.typeSub)
	return b.typeSub.equals(record, kind)
}

// typed tells whether the client gave the element a type.
func (b *binding) typed(e element) bool {
	kind, _ := e.get(b.typeSub)
	return kind.Text != ""
}

// describes tells whether a listed element means this one: by its value, and by its type if it has one; without a
// value by everything that is given.
func (b *binding) describes(e element, record any) bool {
	value, valued := e.get(b.valueSub)
	if valued = valued && !value.IsZero(); valued && !b.valueSub.equals(record, value) {
		return false
	}
	told := valued
	for _, a := range e {
		if a.row == b.primarySub || a.value.IsZero() || valued && a.row != b.typeSub {
			continue
		}
		if told = true; !a.row.equals(record, a.value) {
			return false
		}
	}
	return told
}

// equals compares a sub-attribute, as it is shown, with a value in the way of the domain.
func (b *binding) equals(record any, value domain.Value) bool {
	text := b.attribute.Get(record, time.Time{}).String()
	if text == "" && b.computed != nil {
		text = b.computed(record)
	}
	return sameFolded(text, value.String())
}

// hasContent tells whether the element says more than type and primary.
func (b *binding) hasContent(record any) bool {
	for _, sub := range b.subs {
		if sub != b.typeSub && sub != b.primarySub && !sub.attribute.Get(record, time.Time{}).IsZero() {
			return true
		}
	}
	return false
}
