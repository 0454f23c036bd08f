package scim

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// view is what a request sees: facts for encoding and decoding.
type view struct {
	base     string          // public URL + "/scim/v2", without a slash at the end
	sso      bool            // externalLoginUsername exists only while SSO is on
	events   bool            // security events are issued
	policies domain.Policies // of the connection
	now      time.Time

	rules      ruleSet     // what is switched on for the dialect of the client
	deviations *deviations // where it is noted that a rule was needed; nil: nowhere
}

// binding is one row of a binding table: a SCIM attribute, what its schema says, and what it is to the domain. From
// the rows come decoding, PATCH, filters, sorting, encoding, projection and the discovery documents.
//
// A value has at most one place: attribute, with flag or id where it is no text. A multi-valued attribute has a
// collection to search and, unless the store alone holds it, a list to change; the attributes of its subs are those of
// the elements. A simple multi-valued attribute has one sub, value, that only the table knows.
type binding struct {
	facts
	subs []*binding

	attribute  *domain.Attribute
	search     *domain.Attribute // what filters and sorting compare, where it is not attribute
	collection *domain.Collection
	list       list
	flag       func(record any) *bool      // the place of a boolean
	id         func(record any) *uuid.UUID // the place of an id
	// identity tells elements apart. With it, one of each type is shown: the primary one, else the oldest.
	identity func(record any) uuid.UUID
	fixed    string // the one value that the attribute always has

	// computed is the text shown while there is none.
	computed func(record any) string
	// put appends the JSON of what is shown, where that is not the attribute's value; nothing when there is none.
	put func(dst []byte, record any, v view) []byte
	// shown tells whether the connection sees an element of the list; nil: it sees all. among is the same as a condition.
	shown func(element any, v view) bool
	among func(v view) domain.Condition
	// matches compiles a comparison that attribute can't express; nil and false when it can't be expressed at all.
	matches func(op Operator, text string, v view) (domain.Condition, bool)
	// absent is what a PUT that leaves the attribute out does, where that is more than clearing it.
	absent func(p *domain.Person)
	// request is what a written value asks of the engine, where it is no state of the person.
	request func(c *change, value domain.Value)

	common   bool // of every resource, and therefore of no schema (RFC 7643 section 3.1)
	key      bool // tells resources apart: only a JSON string will do
	kept     bool // a PUT that leaves it out leaves it as it is
	dropped  bool // accepted, and to no effect but a note on the connection
	granted  bool // neither read-only nor dropped where the connection may give roles
	ignored  bool // accepted, and to no effect
	needsSso bool // exists only while SSO is on
	streamed bool // encoded by the handler
	onlyTrue bool // shown only when true

	schema  *schemaTable
	path    string // as errors name it
	jsonKey string // `"name":`
	index   int    // of its bit in a bitset

	valueSub, typeSub, primarySub *binding
}

// schemaTable is the table of one schema.
type schemaTable struct {
	urn         string
	name        string
	description string
	rows        []*binding
	byName      map[string]*binding
}

// resourceType is a kind of resource with its tables, the core schema first.
type resourceType struct {
	name        string // as in meta.resourceType
	endpoint    string // relative to the base, with a leading slash
	description string
	schemas     []*schemaTable
	shown       bitset // what is returned unless the client asks otherwise
	always      bitset // what is returned in any case
}

// newResourceType completes the rows with what can be derived from them.
func newResourceType(rt resourceType) *resourceType {
	index := 0
	for n, s := range rt.schemas {
		s.byName = make(map[string]*binding, len(s.rows))
		prefix := ""
		if n > 0 {
			prefix = s.urn + ":"
		}
		for _, row := range s.rows {
			row.complete(s, prefix+row.name, &index)
			s.byName[row.name] = row
			rt.returns(row)
			for _, sub := range row.subs {
				sub.complete(s, row.path+"."+sub.name, &index)
				rt.returns(sub)
			}
			row.valueSub, row.typeSub, row.primarySub = row.sub("value"), row.sub("type"), row.sub("primary")
		}
	}
	rt.schemas[0].row("schemas").matches = rt.matchSchemas
	return &rt
}

func (b *binding) complete(s *schemaTable, path string, index *int) {
	b.schema, b.path, b.index = s, path, *index
	*index++
	b.jsonKey = string(append(appendQuoted(nil, b.name), ':'))
	if b.mutability == "" {
		b.mutability = readWrite
	}
	if b.returned == "" {
		b.returned = returnedDefault
	}
	if b.uniqueness == "" {
		b.uniqueness = uniqueNone
	}
	if a := b.searched(); a != nil && a.Kind == domain.Text {
		b.exact = a.Exact // what filters do, also for references and binary values, which RFC 7643 has either way
	}
}

func (rt *resourceType) returns(b *binding) {
	switch b.returned {
	case returnedNever:
		return
	case returnedAlways:
		rt.always.add(b)
	}
	rt.shown.add(b)
}

// matchSchemas compares schemas, of which an extension is one while any of its attributes has a value.
func (rt *resourceType) matchSchemas(op Operator, text string, _ view) (domain.Condition, bool) {
	var some domain.Or
	for n, s := range rt.schemas {
		if !fixedHolds(s.urn, &Comparison{Op: op, Value: Value{Kind: KindString, Text: text}}) {
			continue
		}
		if n == 0 {
			return always, true
		}
		for _, row := range s.rows {
			if leaf := (target{row: row}).leaf(); leaf.searched() != nil && !row.multi && !row.needsSso {
				some = append(some, domain.Present{Attribute: leaf.searched()})
			}
		}
	}
	return some, true
}

// mutabilityTo is what the schema says to a connection.
func (b *binding) mutabilityTo(v view) mutability {
	if b.granted && v.policies.AcceptsRoles() {
		return readWrite
	}
	return b.mutability
}

// writable tells whether a client may set the attribute.
func (b *binding) writable() bool { return b.mutability != readOnly && !b.dropped && !b.ignored }

// sub finds a sub-attribute by its name, without regard to case; nil when there is none.
func (b *binding) sub(name string) *binding {
	for _, sub := range b.subs {
		if strings.EqualFold(sub.name, name) {
			return sub
		}
	}
	return nil
}

// searched is the attribute of the domain that filters and sorting compare; nil when there is none.
func (b *binding) searched() *domain.Attribute {
	if b.search != nil {
		return b.search
	}
	return b.attribute
}

// aspect is what a change of the attribute touches.
func (b *binding) aspect() domain.Aspect {
	switch {
	case b.collection != nil:
		return b.collection.Aspect
	case b.attribute != nil:
		return b.attribute.Aspect
	default:
		return 0
	}
}

// bitset is a set of rows of one resource type.
type bitset [3]uint64

func (s *bitset) add(b *binding)     { s[b.index/64] |= 1 << (b.index % 64) }
func (s *bitset) remove(b *binding)  { s[b.index/64] &^= 1 << (b.index % 64) }
func (s bitset) has(b *binding) bool { return s[b.index/64]&(1<<(b.index%64)) != 0 }
