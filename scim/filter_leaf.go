package scim

import (
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

var domainOperators = map[Operator]domain.Operator{
	OpEq: domain.Equal, OpNe: domain.Unequal, OpCo: domain.Contains, OpSw: domain.StartsWith, OpEw: domain.EndsWith,
	OpGt: domain.Greater, OpGe: domain.GreaterOrEqual, OpLt: domain.Less, OpLe: domain.LessOrEqual,
}

// leaf compiles a comparison with one plain value. No value and the empty one are the same, and ne is not eq
// throughout.
func (c compiler) leaf(b *binding, f *Comparison) (domain.Condition, error) {
	empty := f.Op != OpPr && f.Value.IsEmpty()
	switch {
	case f.Op == OpNe:
		equal, err := c.leaf(b, &Comparison{Attr: f.Attr, Op: OpEq, Value: f.Value})
		return domain.Not{Condition: equal}, err
	case empty && f.Op == OpEq:
		present, err := c.leaf(b, &Comparison{Attr: f.Attr, Op: OpPr})
		return domain.Not{Condition: present}, err
	case f.Value.Kind == KindNull && f.Op != OpPr:
		return nil, refuseFilter("%s can be compared with null by eq and ne only.", b.path)
	case b.fixed != "":
		return verdict(fixedHolds(b.fixed, f)), nil
	case b.matches != nil:
		if condition, ok := b.matches(f.Op, f.Value.Text, c.v); ok {
			return condition, nil
		}
		return nil, refuseFilter("%s can't be compared by %s.", b.path, f.Op)
	}
	attribute := b.searched()
	if attribute == nil {
		return nil, refuseFilter("Nothing can be filtered by %s.", b.path)
	}
	if f.Op == OpPr {
		return domain.Present{Attribute: attribute}, nil
	}
	if attribute.Kind == domain.Bool && f.Value.Kind == KindString {
		c.v.needs(ruleTextBoolean)
	}
	value, err := b.literal(attribute.Kind, f)
	if err != nil {
		return nil, err
	}
	return domain.Compare{Attribute: attribute, Operator: domainOperators[f.Op], Value: value}, nil
}

// literal takes the filter's value as one of the attribute, and refuses operators that its kind has no order or parts
// for (RFC 7644 section 3.4.2.2).
func (b *binding) literal(kind domain.Kind, f *Comparison) (domain.Value, error) {
	parts := f.Op == OpCo || f.Op == OpSw || f.Op == OpEw
	switch kind {
	case domain.Bool:
		state, ok := f.Value.Bool()
		if !ok || f.Op != OpEq {
			return domain.Value{}, refuseFilter("%s is a boolean: compare it with true or false by eq or ne.", b.path)
		}
		return domain.BoolValue(state), nil
	case domain.Time:
		at, ok := parseTime(f.Value.Text)
		if !ok || parts {
			return domain.Value{}, refuseFilter(`%s is a time: compare it with one such as "2026-01-31T08:00:00Z" by eq, ne, gt, ge, lt or le.`, b.path)
		}
		return domain.TimeValue(at), nil
	case domain.ID:
		// An id compares as its canonical text; what is none is an id that nobody has.
		if b.exact {
			return domain.TextValue(f.Value.Text), nil
		}
		return domain.TextValue(strings.ToLower(f.Value.Text)), nil
	default:
		return domain.TextValue(f.Value.Text), nil
	}
}

// fixedHolds compares the one value that an attribute always has.
func fixedHolds(have string, f *Comparison) bool {
	have, want := domain.Fold(have), domain.Fold(f.Value.Text)
	switch f.Op {
	case OpPr:
		return true
	case OpEq:
		return have == want
	case OpCo:
		return strings.Contains(have, want)
	case OpSw:
		return strings.HasPrefix(have, want)
	case OpEw:
		return strings.HasSuffix(have, want)
	case OpGt:
		return have > want
	case OpGe:
		return have >= want
	case OpLt:
		return have < want
	case OpLe:
		return have <= want
	default:
		return false
	}
}
