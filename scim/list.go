package scim

import (
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
	if !b.soleShown {
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

// sameFolded compares as the domain does, without its cost for texts that are equal as they stand.
func sameFolded(a, b string) bool { return a == b || domain.Fold(a) == domain.Fold(b) }
