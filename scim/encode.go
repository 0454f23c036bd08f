package scim

import (
	"github.com/scimbridge/scimbridge/domain"
)

// encoding is what resources are encoded for. It goes by its address through many small calls, which would copy it each.
type encoding struct {
	v    view
	proj projection
}

// appendResource appends a resource from its table, without the final brace.
func (rt *resourceType) appendResource(dst []byte, record any, e *encoding) []byte {
	dst = append(dst, `{"schemas":[`...)
	dst = appendQuoted(dst, rt.schemas[0].urn)
	for _, s := range rt.schemas[1:] {
		if s.shows(record, e) {
			dst = appendQuoted(append(dst, ','), s.urn)
		}
	}
	dst = append(dst, ']')
	for _, row := range rt.schemas[0].rows {
		dst = row.appendMember(dst, record, e)
	}
	for _, s := range rt.schemas[1:] {
		if !s.shows(record, e) {
			continue
		}
		dst = append(appendQuoted(append(dst, ','), s.urn), ":{"...)
		for _, row := range s.rows {
			dst = row.appendMember(dst, record, e)
		}
		dst = append(dst, '}')
	}
	return dst
}

// shows tells whether anything of an extension is returned: what stands in schemas follows from it.
func (s *schemaTable) shows(record any, e *encoding) bool {
	for _, row := range s.rows {
		if !e.proj.mask.has(row) {
			continue
		}
		if leaf := (target{row: row}).leaf(); row.list == nil && leaf.attribute != nil {
			if !e.v.missing(row) && !leaf.attribute.Get(record, e.v.now).IsZero() {
				return true
			}
		} else if row.list != nil && row.list.len(record.(*domain.Person)) > 0 {
			return true
		}
	}
	return false
}

// appendMember appends the attribute as a member of an object, or nothing when it has no value or is not asked for.
func (b *binding) appendMember(dst []byte, record any, e *encoding) []byte {
	if !e.proj.mask.has(b) || b.streamed || b.ignored || e.v.missing(b) {
		return dst
	}
	from := len(dst)
	if from > 0 && dst[from-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, b.jsonKey...)
	before := len(dst)
	switch {
	case b.list != nil:
		dst = b.appendElements(dst, record.(*domain.Person), e)
	case len(b.subs) > 0 && b.put == nil:
		dst = b.appendObject(dst, record, e)
	default:
		dst = b.appendValue(dst, record, e)
	}
	if len(dst) == before {
		return dst[:from]
	}
	return dst
}

// appendObject appends the sub-attributes that have a value as an object; nothing when none has.
func (b *binding) appendObject(dst []byte, record any, e *encoding) []byte {
	from := len(dst)
	dst = append(dst, '{')
	for _, sub := range b.subs {
		dst = sub.appendMember(dst, record, e)
	}
	if len(dst) == from+1 {
		return dst[:from]
	}
	return append(dst, '}')
}

// appendElements appends the elements that the connector sees; nothing when there are none.
func (b *binding) appendElements(dst []byte, p *domain.Person, e *encoding) []byte {
	from := len(dst)
	dst = append(dst, '[')
	for i := range b.list.len(p) {
		if !b.isShown(p, i) || b.shown != nil && !b.shown(b.list.at(p, i), e.v) {
			continue
		}
		start := len(dst)
		if start > from+1 {
			dst = append(dst, ',')
		}
		before := len(dst)
		if b.typ == typeComplex {
			dst = b.appendObject(dst, b.list.at(p, i), e)
		} else {
			dst = b.valueSub.appendValue(dst, b.list.at(p, i), e)
		}
		if len(dst) == before {
			dst = dst[:start]
		}
	}
	if len(dst) == from+1 {
		return dst[:from]
	}
	return append(dst, ']')
}

// appendValue appends a plain value as JSON; nothing when there is none.
func (b *binding) appendValue(dst []byte, record any, e *encoding) []byte {
	switch {
	case b.put != nil:
		return b.put(dst, record, e.v)
	case b.fixed != "":
		return appendText(dst, b.fixed)
	case b.attribute == nil:
		return dst
	}
	if text := b.attribute.Ref(record); text != nil {
		if *text == "" && b.computed != nil {
			return appendText(dst, b.computed(record))
		}
		return appendText(dst, *text)
	}
	value := b.attribute.Get(record, e.v.now)
	switch value.Kind {
	case domain.Bool:
		switch {
		case value.Bool:
			return append(dst, "true"...)
		case b.onlyTrue:
			return dst
		}
		return append(dst, "false"...)
	case domain.Time:
		if value.Time.IsZero() {
			return dst
		}
		return appendTime(dst, value.Time)
	case domain.ID:
		if value.IsZero() {
			return dst
		}
		return append(appendID(append(dst, '"'), value.ID), '"')
	default:
		if value.Text == "" && b.computed != nil { // the record has no place for a value, but something to show
			return appendText(dst, b.computed(record))
		}
		return appendText(dst, value.Text)
	}
}

// appendText appends a text as a JSON string; nothing when it is empty.
func appendText(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	return appendQuoted(dst, text)
}

// appendUser appends a user.
func appendUser(dst []byte, p *domain.Person, v view, proj projection) []byte {
	return append(userType.appendResource(dst, p, &encoding{v, proj}), '}')
}

// appendGroupHead appends the group without its members and without the final brace. It is never empty, so that
// `,"members":[` may follow.
func appendGroupHead(dst []byte, g *domain.Group, v view, proj projection) []byte {
	return groupType.appendResource(dst, g, &encoding{v, proj})
}

// appendMember appends what is asked for of one member of a group.
func appendMember(dst []byte, m domain.Member, v view, proj projection) []byte {
	from := len(dst)
	if dst = membersRow.appendObject(dst, &m, &encoding{v, proj}); len(dst) == from {
		return append(dst, "{}"...)
	}
	return dst
}
