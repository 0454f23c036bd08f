package scim

import (
	"slices"

	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/scimbridge/scimbridge/domain"
)

// element is what a client says of one element of a multi-valued attribute.
type element []assignment

type assignment struct {
	row   *binding // a sub-attribute
	value domain.Value
}

func (e element) get(sub *binding) (domain.Value, bool) {
	for _, a := range e {
		if a.row == sub {
			return a.value, true
		}
	}
	return domain.Value{}, false
}

// assignList takes a multi-valued attribute, some of its elements, or a sub-attribute of these.
func (c *change) assignList(do verb, t target, value Value) error {
	c.touches |= t.row.aspect()
	value = c.v.unpacked(value)
	if do == verbRemove && !value.IsEmpty() {
		c.v.needs(ruleRemoveWithValue)
	}
	if t.sub != nil {
		return c.assignElementSub(do, t, value)
	}
	if t.filter != nil {
		return c.assignElements(do, t, value)
	}
	elements, err := t.row.readElements(value)
	if err != nil {
		return err
	}
	c.v.hearElements(t.row, value)
	switch {
	case do == verbRemove && value.IsEmpty():
		c.steps = append(c.steps, step{do: removeWhere, row: t.row, where: domain.And{}})
	case do == verbRemove:
		c.steps = append(c.steps, step{do: removeElements, row: t.row, elements: elements})
	case do == verbAdd:
		c.steps = append(c.steps, step{do: addElements, row: t.row, elements: t.row.substantial(elements)})
	default:
		c.steps = append(c.steps, step{do: replaceElements, row: t.row, elements: t.row.substantial(elements)})
	}
	return nil
}

// assignElements takes the elements that pass a filter.
func (c *change) assignElements(do verb, t target, value Value) error {
	where, err := compiler{c.rt, c.v}.within(t.row, t.filter)
	if err != nil {
		return err
	}
	if do == verbRemove {
		c.steps = append(c.steps, step{do: removeWhere, row: t.row, where: where})
		return nil
	}
	elements, err := t.row.readElements(value)
	switch {
	case err != nil:
		return err
	case len(elements) > 1:
		return refuseValue("%s with a filter takes one value.", t.row.path)
	case len(elements) == 1:
		c.setWhere(t, where, elements[0])
	case do == verbReplace:
		c.steps = append(c.steps, step{do: removeWhere, row: t.row, where: where})
	}
	return nil
}

// assignElementSub takes a sub-attribute of the elements that pass a filter, or without one of the primary element.
func (c *change) assignElementSub(do verb, t target, value Value) error {
	var where domain.Condition
	if t.filter != nil {
		var err error
		if where, err = (compiler{c.rt, c.v}).within(t.row, t.filter); err != nil {
			return err
		}
	}
	read, empty, err := t.sub.read(value)
	if err != nil && do != verbRemove {
		return err
	}
	if do == verbRemove || empty {
		if where == nil {
			where = domain.And{}
		}
		c.steps = append(c.steps, step{do: removeWhere, row: t.row, sub: t.sub, where: where})
		return nil
	}
	c.v.hearValue(t.sub, value)
	c.setWhere(t, where, element{{t.sub, read}})
	return nil
}

// setWhere sets sub-attributes of the elements that pass the filter. Without such an element it makes one that does,
// if the filter says how: Entra relies on it.
func (c *change) setWhere(t target, where domain.Condition, set element) {
	next := step{do: setWhere, row: t.row, where: where, elements: []element{set}}
	if made, possible := passing(t.row, t.filter); possible {
		for _, a := range made {
			if _, given := set.get(a.row); !given {
				set = append(set[:len(set):len(set)], a)
			}
		}
		next.elements = append(next.elements, set)
	}
	c.steps = append(c.steps, next)
}

// passing gives an element that passes the filter, if that is a conjunction of equalities.
func passing(row *binding, filter Filter) (element, bool) {
	switch f := filter.(type) {
	case nil:
		return nil, true
	case *Comparison:
		sub := row.sub(f.Attr.Name)
		if f.Op != OpEq || sub == nil {
			return nil, false
		}
		read, empty, err := sub.read(f.Value)
		if err != nil || empty {
			return nil, err == nil
		}
		return element{{sub, read}}, true
	case *Logical:
		var all element
		for _, term := range f.Terms {
			part, possible := passing(row, term)
			if !possible || f.Op != OpAnd {
				return nil, false
			}
			all = append(all, part...)
		}
		return all, true
	default:
		return nil, false
	}
}

// substantial leaves out the elements that say nothing but type and primary: connectors send them for attributes that
// the person does not have.
func (b *binding) substantial(list []element) []element {
	return slices.DeleteFunc(list, func(e element) bool { return !b.says(e) })
}

// says tells whether a client says more of an element than type and primary.
func (b *binding) says(e element) bool {
	return slices.ContainsFunc(e, func(a assignment) bool {
		return a.row != b.typeSub && a.row != b.primarySub && !a.value.IsZero()
	})
}

// readElements reads the elements of a multi-valued attribute. A single one needs no array.
func (b *binding) readElements(value Value) ([]element, error) {
	items := []Value{value}
	if value.Kind == KindArray {
		items = value.Items
	}
	if len(items) > domain.MaxElements {
		return nil, refuseValue("%s has %d values; %d are the limit.", b.path, len(items), domain.MaxElements)
	}
	list, primaries := make([]element, 0, len(items)), 0
	for _, item := range items {
		e, err := b.readElement(item)
		if err != nil {
			return nil, err
		}
		if len(e) == 0 {
			continue
		}
		if primary, given := e.get(b.primarySub); given && primary.Bool {
			primaries++
		}
		list = append(list, e)
	}
	if primaries > 1 && b.identity != nil {
		return nil, refuseValue("%s has %d primary values; there can be one.", b.path, primaries)
	}
	return list, nil
}

func (b *binding) readElement(item Value) (element, error) {
	item = unpacked(item)
	if item.IsEmpty() {
		return nil, nil
	}
	if item.Kind != KindObject {
		if b.valueSub == nil {
			return nil, refuse(scimerrors.ScimTypeInvalidValue, "%s takes objects of sub-attributes.", b.path)
		}
		read, empty, err := b.valueSub.read(item)
		if err != nil || empty {
			return nil, err
		}
		return element{{b.valueSub, read}}, nil
	}
	e := make(element, 0, len(item.Items))
	for _, member := range item.Items {
		sub := b.sub(member.Name)
		if sub == nil || !sub.writable() {
			continue
		}
		read, _, err := sub.read(member)
		if err != nil {
			return nil, err
		}
		e = append(e, assignment{sub, read})
	}
	return e, nil
}
