package scim

import (
	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/scimbridge/scimbridge/domain"
)

// step is one edit of a person, ready to be taken: whatever could be refused without the person has been.
type step struct {
	do       act
	row      *binding // a single-valued attribute or sub-attribute, else the multi-valued one
	sub      *binding // of removeWhere: the sub-attribute to remove; nil for whole elements
	where    domain.Condition
	value    domain.Value
	elements []element
	shown    []byte // of mustEqual: the JSON that must be shown already
}

// act is what a step does.
type act int

const (
	setOne          act = iota
	mustEqual           // refuse unless the read-only attribute has the value
	replaceElements     // by elements
	addElements
	removeElements // those that elements describe
	// setWhere sets elements[0] in the elements that pass where, the primary one if that is nil. Without such an
	// element it adds elements[1], if given.
	setWhere
	removeWhere
)

// take edits the person. It touches no unseen element, unless the step names its value.
func (s *step) take(p *domain.Person, v view, unseen unseen) error {
	switch s.do {
	case setOne:
		return s.setOne(p, v)
	case mustEqual:
		if string(s.row.appendValue(nil, p, &encoding{v: v})) != string(s.shown) {
			return refuseMutability(s.row)
		}
	case replaceElements:
		return s.replace(p, unseen)
	case addElements:
		return s.add(p, s.elements, unseen)
	case removeElements:
		s.remove(p, unseen)
	case setWhere:
		return s.setWhere(p, v, unseen)
	case removeWhere:
		s.removeWhere(p, v, unseen)
	}
	return nil
}

// setOne sets or clears a single value. With a filter, it clears only a value that passes, and replaces no other.
func (s *step) setOne(p *domain.Person, v view) error {
	if s.where != nil && !s.where.Holds(p, v.now) {
		switch clears := s.value.IsZero(); {
		case clears:
			return nil
		case !s.row.attribute.Get(p, v.now).IsZero():
			return refuse(scimerrors.ScimTypeNoTarget, "The value of %s does not pass the filter.", s.row.path)
		}
	}
	s.row.store(p, s.value)
	return nil
}

// replace makes the elements that the connector sees those that it sent. An element that it knew before keeps its
// identity and place.
func (s *step) replace(p *domain.Person, unseen unseen) error {
	row := s.row
	keep := make([]bool, row.list.len(p))
	if row.identity == nil {
		row.list.keep(p, keep)
		return s.add(p, s.elements, unseen)
	}
	for i := range keep {
		keep[i] = unseen.hides(row, p, i)
	}
	places := s.places(p, keep)
	for n, e := range s.elements {
		if places[n] >= 0 {
			row.update(p, row.list.at(p, places[n]), e, true)
			keep[places[n]] = true
		}
	}
	row.list.keep(p, keep)
	for n, e := range s.elements {
		if places[n] >= 0 {
			continue
		}
		if err := s.grow(p, e); err != nil {
			return err
		}
	}
	return nil
}

// places finds the present element that each sent one stands for, -1 for none: first by value and type, then by
// value, then by type. By value and type alone it finds those that the connector does not see, too.
func (s *step) places(p *domain.Person, hidden []bool) []int {
	row, places, taken := s.row, make([]int, len(s.elements)), make([]bool, len(hidden))
	ways := []func(i int, e element) bool{
		func(i int, e element) bool {
			return row.sameValue(row.list.at(p, i), e) && row.sameType(row.list.at(p, i), e)
		},
		func(i int, e element) bool { return !hidden[i] && row.sameValue(row.list.at(p, i), e) },
		func(i int, e element) bool { return !hidden[i] && row.typed(e) && row.sameType(row.list.at(p, i), e) },
	}
	for n := range places {
		places[n] = -1
	}
	for _, same := range ways {
		for n, e := range s.elements {
			for i := 0; i < len(hidden) && places[n] < 0; i++ {
				if !taken[i] && same(i, e) {
					places[n], taken[i] = i, true
				}
			}
		}
	}
	return places
}

// add puts in each element that is not there. Of a type that has an element, it takes the place: the connector could
// not see both.
func (s *step) add(p *domain.Person, elements []element, unseen unseen) error {
	row := s.row
	for _, e := range elements {
		same := row.find(p, func(i int) bool { return row.sameValue(row.list.at(p, i), e) && row.sameType(row.list.at(p, i), e) })
		if same >= 0 {
			row.update(p, row.list.at(p, same), e, false)
			continue
		}
		rival := row.find(p, func(i int) bool {
			return row.identity != nil && row.typed(e) && row.sameType(row.list.at(p, i), e) && !unseen.hides(row, p, i)
		})
		if rival < 0 {
			if err := s.grow(p, e); err != nil {
				return err
			}
			continue
		}
		record := row.list.at(p, rival)
		if _, given := e.get(row.primarySub); !given {
			e = append(e[:len(e):len(e)], assignment{row.primarySub, domain.BoolValue(*row.primarySub.flag(record))})
		}
		row.update(p, record, e, true)
	}
	return nil
}

func (s *step) grow(p *domain.Person, e element) error {
	if s.row.list.len(p) >= domain.MaxElements {
		return refuseValue("%s would get more than %d values.", s.row.path, domain.MaxElements)
	}
	s.row.update(p, s.row.list.grow(p), e, false)
	return nil
}

// remove takes away the elements that the client lists.
func (s *step) remove(p *domain.Person, unseen unseen) {
	keep := make([]bool, s.row.list.len(p))
	for i := range keep {
		keep[i] = true
		for _, e := range s.elements {
			if s.row.describes(e, s.row.list.at(p, i)) && !unseen.hides(s.row, p, i) {
				keep[i] = false
			}
		}
	}
	s.row.list.keep(p, keep)
}

// setWhere sets sub-attributes of some elements.
func (s *step) setWhere(p *domain.Person, v view, unseen unseen) error {
	at := s.chosen(p, v, unseen)
	for _, i := range at {
		s.row.update(p, s.row.list.at(p, i), s.elements[0], false)
	}
	switch {
	case len(at) > 0:
		return nil
	case len(s.elements) < 2:
		return refuse(scimerrors.ScimTypeNoTarget, "%s has no value that passes the filter.", s.row.path)
	case !s.row.says(s.elements[1]):
		return nil
	default:
		if s.where != nil {
			v.needs(ruleCreatesElement)
		}
		return s.add(p, s.elements[1:], unseen)
	}
}

// chosen tells which of the elements that the connector sees pass the filter; without one, the primary element, or
// the first.
func (s *step) chosen(p *domain.Person, v view, unseen unseen) []int {
	var at []int
	for i := range s.row.list.len(p) {
		element := s.row.list.at(p, i)
		switch {
		case unseen.hides(s.row, p, i):
		case s.where != nil:
			if s.where.Holds(element, v.now) {
				at = append(at, i)
			}
		case len(at) == 0 || s.row.primarySub != nil && *s.row.primarySub.flag(element):
			at = []int{i}
		}
	}
	return at
}

// removeWhere removes elements, or a sub-attribute of them. An element that has nothing left but type and primary is
// removed, and so is one without its value.
func (s *step) removeWhere(p *domain.Person, v view, unseen unseen) {
	keep := make([]bool, s.row.list.len(p))
	for i := range keep {
		keep[i] = true
	}
	for _, i := range s.chosen(p, v, unseen) {
		if s.sub != nil && s.sub != s.row.valueSub {
			s.sub.store(s.row.list.at(p, i), domain.Value{})
		}
		keep[i] = s.sub != nil && s.sub != s.row.valueSub && s.row.hasContent(s.row.list.at(p, i))
	}
	s.row.list.keep(p, keep)
}
