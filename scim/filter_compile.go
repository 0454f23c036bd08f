package scim

import (
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// compileFilter compiles a filter on resources of the type to a condition of the domain. The error is a
// [*SyntaxError] or a refusal, either of type invalidFilter.
func compileFilter(rt *resourceType, text string, v view) (domain.Condition, error) {
	condition, _, err := readFilter(rt, text, v)
	return condition, err
}

// readFilter is compileFilter that also gives the filter, if it is one by the letter of the standard.
func readFilter(rt *resourceType, text string, v view) (domain.Condition, Filter, error) {
	filter, bare, err := parseFilter(text, v.rules.has(ruleUnquotedValue))
	if err != nil {
		return nil, nil, err
	}
	condition, err := compiler{rt, v}.compile(filter)
	if bare {
		v.needs(ruleUnquotedValue)
		filter = nil
	}
	return condition, filter, err
}

// sortAttribute resolves the parameter sortBy.
func sortAttribute(rt *resourceType, path string, v view) (*domain.Attribute, error) {
	parsed, err := ParsePath(path)
	if err != nil {
		return nil, err
	}
	t, known := rt.resolvePath(parsed)
	if !known || t.row == nil || v.missing(t.row) {
		return nil, refusePath("There is no attribute %s to sort by.", excerpt(path))
	}
	leaf := t.leaf()
	if t.row.multi || t.filter != nil || leaf == nil || leaf.searched() == nil {
		return nil, refusePath("%s can't be sorted by.", t.row.path)
	}
	return leaf.searched(), nil
}

// compiler turns filters into conditions. The limits of the parser bound its recursion.
type compiler struct {
	rt *resourceType
	v  view
}

// Conditions that always hold, or never.
var (
	always = domain.And{}
	never  = domain.Or{}
)

func verdict(holds bool) domain.Condition {
	if holds {
		return always
	}
	return never
}

func (c compiler) compile(filter Filter) (domain.Condition, error) {
	switch f := filter.(type) {
	case *ValuePath:
		t, err := c.resolve(f.Attr)
		if err != nil {
			return nil, err
		}
		if t.sub != nil || len(t.row.subs) == 0 {
			return nil, refuseFilter("%s has no sub-attributes to put in brackets.", t.row.path)
		}
		inner, err := c.within(t.row, f.Filter)
		if err != nil {
			return nil, err
		}
		return c.some(t.row, inner), nil
	case *Comparison:
		t, err := c.resolve(f.Attr)
		if err != nil {
			return nil, err
		}
		return c.compare(t, f)
	default:
		return c.combine(filter, c.compile)
	}
}

// within compiles a filter in brackets: its attributes are the sub-attributes of the row.
func (c compiler) within(row *binding, filter Filter) (domain.Condition, error) {
	f, ok := filter.(*Comparison)
	if !ok {
		return c.combine(filter, func(term Filter) (domain.Condition, error) { return c.within(row, term) })
	}
	sub := row.sub(f.Attr.Name)
	if sub == nil || f.Attr.URN != "" || f.Attr.Sub != "" {
		return nil, refuseFilter("%s has no sub-attribute %s.", row.path, excerpt(f.Attr.String()))
	}
	return c.leaf(sub, f)
}

// combine compiles the terms of and, or and not.
func (c compiler) combine(filter Filter, compile func(Filter) (domain.Condition, error)) (domain.Condition, error) {
	switch f := filter.(type) {
	case *Not:
		term, err := compile(f.Term)
		return domain.Not{Condition: term}, err
	case *Logical:
		terms := make([]domain.Condition, len(f.Terms))
		for i, term := range f.Terms {
			var err error
			if terms[i], err = compile(term); err != nil {
				return nil, err
			}
		}
		if f.Op == OpAnd {
			return domain.And(terms), nil
		}
		return domain.Or(terms), nil
	default: // a value path inside brackets, which the parser refuses
		return nil, refuseFilter("Brackets may not stand inside brackets.")
	}
}

func (c compiler) resolve(attr AttrPath) (target, error) {
	t, known := c.rt.resolve(attr)
	if !known && c.v.rules.has(ruleEmailAlias) && strings.EqualFold(attr.String(), "email") && c.rt == userType {
		c.v.needs(ruleEmailAlias)
		t, known = target{row: emailsRow}, true
	}
	if !known || t.row == nil || c.v.missing(t.row) {
		return t, refuseFilter("There is no attribute %s to filter by.", excerpt(attr.String()))
	}
	return t, nil
}

// some is the condition that an element passes which the connection sees, or, of a single-valued attribute, that the
// attribute does.
func (c compiler) some(b *binding, inner domain.Condition) domain.Condition {
	switch {
	case b.among != nil:
		return domain.Some{Collection: b.collection, Where: domain.And{b.among(c.v), inner}}
	case b.collection != nil:
		return domain.Some{Collection: b.collection, Where: inner}
	case b.multi:
		return never // nothing is stored
	default:
		return inner
	}
}

// compare compiles a comparison with an attribute of the resource. Of a multi-valued one, some element must pass; ne is
// the opposite of eq, so that no element may.
func (c compiler) compare(t target, f *Comparison) (domain.Condition, error) {
	leaf := t.leaf()
	if leaf != nil && (!t.row.multi || leaf == t.row) {
		return c.leaf(leaf, f)
	}
	switch {
	case f.Op == OpPr && t.sub == nil && t.row.multi:
		return c.some(t.row, always), nil
	case f.Op == OpPr && leaf == nil:
		return c.present(t.row, f)
	case leaf == nil:
		return nil, refuseFilter("%s has several parts; name the one to compare, such as %s.%s.", t.row.path, t.row.path, t.row.subs[0].name)
	case f.Value.IsEmpty() && f.Op == OpEq:
		present, err := c.leaf(leaf, &Comparison{Op: OpPr})
		return domain.Not{Condition: c.some(t.row, present)}, err
	case f.Value.IsEmpty() && f.Op == OpNe:
		present, err := c.leaf(leaf, &Comparison{Op: OpPr})
		return c.some(t.row, present), err
	case f.Op == OpNe:
		equal, err := c.leaf(leaf, &Comparison{Op: OpEq, Value: f.Value})
		return domain.Not{Condition: c.some(t.row, equal)}, err
	default:
		inner, err := c.leaf(leaf, f)
		return c.some(t.row, inner), err
	}
}

// present holds when any part of a single-valued complex attribute has a value.
func (c compiler) present(row *binding, f *Comparison) (domain.Condition, error) {
	var parts domain.Or
	for _, sub := range row.subs {
		if part, err := c.leaf(sub, f); err == nil {
			parts = append(parts, part)
		}
	}
	return parts, nil
}

// times are the forms of a dateTime; without a zone it is UTC.
var times = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"}

func parseTime(text string) (time.Time, bool) {
	for _, layout := range times {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
