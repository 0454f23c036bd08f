package scim

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// list reaches the elements of a collection of a person, whatever their type.
type list interface {
	len(p *domain.Person) int
	// at points at an element.
	at(p *domain.Person, i int) any
	// grow appends an element without values and points at it.
	grow(p *domain.Person) any
	// keep removes the elements that the list of flags does not keep; elements behind its end stay.
	keep(p *domain.Person, flags []bool)
}

// listOf is a list in a slice of the person.
type listOf[E any] func(p *domain.Person) *[]E

func (l listOf[E]) len(p *domain.Person) int       { return len(*l(p)) }
func (l listOf[E]) at(p *domain.Person, i int) any { return &(*l(p))[i] }

func (l listOf[E]) grow(p *domain.Person) any {
	items := l(p)
	var none E
	*items = append(*items, none)
	return &(*items)[len(*items)-1]
}

func (l listOf[E]) keep(p *domain.Person, flags []bool) {
	items := l(p)
	kept := (*items)[:0]
	for i, item := range *items {
		if i >= len(flags) || flags[i] {
			kept = append(kept, item)
		}
	}
	*items = kept
}

// isShown tells whether the connector sees the element. Of each type one is shown, because connectors take the type
// for a key; an element without a type shares it with none.
func (b *binding) isShown(p *domain.Person, at int) bool {
	if b.identity == nil {
		return true
	}
	element := b.list.at(p, at)
	kind := *b.typeSub.attribute.Ref(element)
	if kind == "" {
		return true
	}
	primary := *b.primarySub.flag(element)
	for i := range b.list.len(p) {
		other := b.list.at(p, i)
		if i == at || !sameFolded(*b.typeSub.attribute.Ref(other), kind) {
			continue
		}
		if preferred := *b.primarySub.flag(other); preferred && !primary || preferred == primary && i < at {
			return false
		}
	}
	return true
}

// unseen are the elements that a connector did not see when it made its request. None of its steps touches them, even
// if an earlier one brings them to light.
type unseen map[uuid.UUID]bool

// unseen finds what stands behind other elements in the lists of the tables.
func (c *change) unseen(p *domain.Person) unseen {
	var all unseen
	for _, row := range c.rt.schemas[0].rows {
		if row.identity == nil {
			continue
		}
		for i := range row.list.len(p) {
			if row.isShown(p, i) {
				continue
			}
			if all == nil {
				all = unseen{}
			}
			all[row.identity(row.list.at(p, i))] = true
		}
	}
	return all
}

// hides tells whether the element is one of them.
func (u unseen) hides(b *binding, p *domain.Person, at int) bool {
	return len(u) > 0 && b.identity != nil && u[b.identity(b.list.at(p, at))]
}

// sameFolded compares as the domain does, without its cost for texts that are equal as they stand.
func sameFolded(a, b string) bool { return a == b || domain.Fold(a) == domain.Fold(b) }
