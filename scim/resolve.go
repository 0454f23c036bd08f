package scim

import "strings"

// target is what a path names: a whole schema, or an attribute, perhaps some of its elements, perhaps a sub-attribute.
type target struct {
	schema *schemaTable // nil unless the path is the URN of a schema
	row    *binding
	sub    *binding // nil for the attribute as a whole
	filter Filter   // nil without brackets
}

// row finds an attribute of the schema by its name, without regard to case; nil when there is none.
func (s *schemaTable) row(name string) *binding {
	if row, usual := s.byName[name]; usual {
		return row
	}
	for _, row := range s.rows {
		if strings.EqualFold(row.name, name) {
			return row
		}
	}
	return nil
}

// row finds an attribute by its bare name, in the core schema first: connectors leave the URN of an extension out.
func (rt *resourceType) row(name string) *binding {
	for _, s := range rt.schemas {
		if row := s.row(name); row != nil {
			return row
		}
	}
	return nil
}

// schema finds a schema by its URN, without regard to case; nil when there is none.
func (rt *resourceType) schema(urn string) *schemaTable {
	for _, s := range rt.schemas {
		if strings.EqualFold(s.urn, urn) {
			return s
		}
	}
	return nil
}

// resolve finds what an attribute path names. ok is false when there is no such thing.
func (rt *resourceType) resolve(attr AttrPath) (t target, ok bool) {
	if attr.URN == "" {
		return t.at(rt.row(attr.Name), attr.Sub)
	}
	for _, s := range rt.schemas {
		if name, sub, within := attr.Within(s.urn); within {
			if name == "" {
				return target{schema: s}, true
			}
			return t.at(s.row(name), sub)
		}
	}
	return t, false
}

// foreign tells whether the path is in a schema that is none of ours.
func (p AttrPath) foreign() bool {
	if len(p.URN) < len("urn:") || !strings.EqualFold(p.URN[:len("urn:")], "urn:") {
		return false
	}
	text := p.String()
	for _, rt := range resourceTypes {
		for _, s := range rt.schemas {
			if n := len(s.urn); len(text) >= n && strings.EqualFold(text[:n], s.urn) && (len(text) == n || text[n] == ':' || text[n] == '.') {
				return false
			}
		}
	}
	return true
}

func (t target) at(row *binding, sub string) (target, bool) {
	if row == nil {
		return t, false
	}
	t.row = row
	if sub != "" {
		t.sub = row.sub(sub)
	}
	return t, sub == "" || t.sub != nil
}

// resolvePath finds what the path of an operation names, its brackets included.
func (rt *resourceType) resolvePath(path Path) (target, bool) {
	t, ok := rt.resolve(path.Attr)
	if !ok || path.Filter == nil {
		return t, ok
	}
	if t.row == nil || t.sub != nil || len(t.row.subs) == 0 {
		return t, false
	}
	t.filter = path.Filter
	if path.Sub != "" {
		t.sub = t.row.sub(path.Sub)
	}
	return t, path.Sub == "" || t.sub != nil
}

// leaf is the binding that a comparison or an assignment of a plain value is about: of a complex attribute without
// more, its value; nil when it has none.
func (t target) leaf() *binding {
	switch {
	case t.sub != nil:
		return t.sub
	case len(t.row.subs) > 0:
		return t.row.valueSub
	default:
		return t.row
	}
}

// missing tells whether the attribute does not exist for the request.
func (v view) missing(b *binding) bool { return b.needsSso && !v.sso }
