package scim

import "strings"

// The types below stand in for those of scim2/filter-parser, whose grammar they follow. Its Expression is sealed and
// has no node for emails[type eq "work"].value eq "x", its Path has no room for the three names of
// urn:…:User.manager.value, its literals are untyped (a missing one and null are both nil), and pointers to strings
// cost an allocation each. Tests still compare the two parsers on all that both can say.

// Filter is a parsed filter (RFC 7644 section 3.4.2.2): a [*Comparison], [*Logical], [*Not] or [*ValuePath]. Names are
// as sent and not resolved. The limits of [ParseFilter] bound its size and depth, so that it may be walked recursively.
type Filter interface {
	// String gives the filter's text in canonical form, which parses to an equal filter.
	String() string
	appendTo(dst []byte) []byte
}

// Comparison is an attribute expression: an attribute, an operator and, unless the operator is pr, a literal.
type Comparison struct {
	Attr AttrPath
	Op   Operator
	// Value is a string, a number, a boolean or null, as written: "True" is a string here, for only the attribute's
	// type can tell. It is null when Op is OpPr.
	Value Value
}

// Logical joins two or more filters by and, or by or.
type Logical struct {
	Op    LogicalOperator
	Terms []Filter
}

// Not negates a filter.
type Not struct {
	Term Filter
}

// ValuePath asks for one element of a multi-valued attribute that passes a filter on its sub-attributes, such as
// emails[type eq "work" and value co "@example.com"]. A comparison behind the brackets is inside them here:
// emails[type eq "work"].value eq "x" parses to emails[type eq "work" and value eq "x"], which means the same.
// Filter holds no further ValuePath.
type ValuePath struct {
	Attr   AttrPath
	Filter Filter
}

// Operator compares an attribute with a literal (RFC 7644 table 3).
type Operator string

// The comparison operators.
const (
	OpEq Operator = "eq" // equal
	OpNe Operator = "ne" // not equal
	OpCo Operator = "co" // contains
	OpSw Operator = "sw" // starts with
	OpEw Operator = "ew" // ends with
	OpPr Operator = "pr" // present, has a value
	OpGt Operator = "gt" // greater than
	OpGe Operator = "ge" // greater than or equal
	OpLt Operator = "lt" // less than
	OpLe Operator = "le" // less than or equal
)

var operators = []Operator{OpEq, OpNe, OpCo, OpSw, OpEw, OpPr, OpGt, OpGe, OpLt, OpLe}

// LogicalOperator joins filters; and binds tighter than or (RFC 7644 section 3.4.2.2).
type LogicalOperator string

// The logical operators.
const (
	OpAnd LogicalOperator = "and"
	OpOr  LogicalOperator = "or"
)

// Path is the target of a PATCH operation (RFC 7644 section 3.5.2): an attribute, perhaps the elements of it that pass
// Filter, perhaps a sub-attribute of these.
type Path struct {
	Attr   AttrPath
	Filter Filter // nil without brackets
	Sub    string // the name behind the brackets, as sent; without brackets a sub-attribute is in Attr
}

// AttrPath is an attribute as a client names it. Without a URN, Name and Sub are the attribute and the sub-attribute.
// With one, the text alone cannot tell where the URN ends (version 2.0 has a dot, and old clients put a dot before the
// attribute too), so the split is only a first guess and [AttrPath.Within] decides.
type AttrPath struct {
	URN  string // all before the last colon, or empty
	Name string // from there to the first dot
	Sub  string // all behind that dot, or empty
}

// Within takes the path as one of the schema with the given URN, compared without regard to case. It accepts a colon or
// a dot between URN and attribute. For the URN alone, attribute is empty. ok is false if the path is of another schema
// or names none.
func (p AttrPath) Within(schema string) (attribute, sub string, ok bool) {
	text := p.String()
	if p.URN == "" || len(text) < len(schema) || !strings.EqualFold(text[:len(schema)], schema) {
		return "", "", false
	}
	rest := text[len(schema):]
	if rest == "" {
		return "", "", true
	}
	if rest[0] != ':' && rest[0] != '.' || strings.Contains(rest[1:], ":") {
		return "", "", false
	}
	attribute, sub, _ = strings.Cut(rest[1:], ".")
	return attribute, sub, true
}

// String gives the path as it was sent.
func (p AttrPath) String() string {
	if p.URN == "" && p.Sub == "" {
		return p.Name
	}
	return string(p.appendTo(nil))
}

// String gives the path's text in canonical form, which parses to an equal path.
func (p Path) String() string {
	dst := p.Attr.appendTo(nil)
	if p.Filter != nil {
		dst = append(p.Filter.appendTo(append(dst, '[')), ']')
	}
	if p.Sub != "" {
		dst = append(append(dst, '.'), p.Sub...)
	}
	return string(dst)
}

// String implements [Filter].
func (f *Comparison) String() string { return string(f.appendTo(nil)) }

// String implements [Filter].
func (f *Logical) String() string { return string(f.appendTo(nil)) }

// String implements [Filter].
func (f *Not) String() string { return string(f.appendTo(nil)) }

// String implements [Filter].
func (f *ValuePath) String() string { return string(f.appendTo(nil)) }

func (p AttrPath) appendTo(dst []byte) []byte {
	if p.URN != "" {
		dst = append(append(dst, p.URN...), ':')
	}
	dst = append(dst, p.Name...)
	if p.Sub != "" {
		dst = append(append(dst, '.'), p.Sub...)
	}
	return dst
}

func (f *Comparison) appendTo(dst []byte) []byte {
	dst = append(append(f.Attr.appendTo(dst), ' '), f.Op...)
	if f.Op == OpPr {
		return dst
	}
	return f.Value.AppendJSON(append(dst, ' '))
}

func (f *Logical) appendTo(dst []byte) []byte {
	for i, term := range f.Terms {
		if i > 0 {
			dst = append(append(append(dst, ' '), f.Op...), ' ')
		}
		inner, nested := term.(*Logical)
		if nested && !(inner.Op == OpAnd && f.Op == OpOr) {
			dst = append(term.appendTo(append(dst, '(')), ')')
		} else {
			dst = term.appendTo(dst)
		}
	}
	return dst
}

func (f *Not) appendTo(dst []byte) []byte {
	return append(f.Term.appendTo(append(dst, "not ("...)), ')')
}

func (f *ValuePath) appendTo(dst []byte) []byte {
	return append(f.Filter.appendTo(append(f.Attr.appendTo(dst), '[')), ']')
}
