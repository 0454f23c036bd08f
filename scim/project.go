package scim

import "strings"

// projection tells which attributes of a resource are returned. It is made by newProjection.
type projection struct {
	rt   *resourceType
	mask bitset
}

// newProjection reads the parameters attributes and excludedAttributes (RFC 7644 section 3.9): names of attributes,
// sub-attributes or schemas, divided by commas. An empty parameter counts as not given, a name that means nothing is
// ignored, and what is always returned always is.
func newProjection(rt *resourceType, attributes, excluded string, v view) (projection, error) {
	p := projection{rt, rt.shown}
	if strings.TrimSpace(attributes) != "" {
		p.mask = rt.always
		if err := p.each(attributes, p.include); err != nil {
			return p, err
		}
	}
	if err := p.each(excluded, p.exclude); err != nil {
		return p, err
	}
	for i, always := range rt.always {
		p.mask[i] |= always
	}
	return p, nil
}

// each visits what the names mean.
func (p *projection) each(names string, visit func(target)) error {
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		if strings.ContainsAny(name, `[]"`) {
			return refusePath("Attributes to return are named without a filter; found %s.", excerpt(name))
		}
		if attr, ok := splitAttrPath(name); ok {
			if t, known := p.rt.resolve(attr); known {
				visit(t)
			}
		}
	}
	return nil
}

func (p *projection) include(t target) {
	if t.schema != nil {
		for _, row := range t.schema.rows {
			p.include(target{row: row})
		}
		return
	}
	if !p.rt.shown.has(t.row) {
		return
	}
	p.mask.add(t.row)
	for _, sub := range t.row.subs {
		if t.sub == nil || t.sub == sub {
			p.mask.add(sub)
		}
	}
}

// exclude leaves out the attribute, or the sub-attribute; a complex attribute without any goes with the last one.
func (p *projection) exclude(t target) {
	switch {
	case t.schema != nil:
		for _, row := range t.schema.rows {
			p.mask.remove(row)
		}
	case t.sub != nil:
		p.mask.remove(t.sub)
	default:
		p.mask.remove(t.row)
	}
}

// wants tells whether anything of the attribute is returned, so that a handler need not load what is not.
func (p projection) wants(path string) bool {
	attr, ok := splitAttrPath(path)
	if !ok {
		return false
	}
	t, known := p.rt.resolve(attr)
	switch {
	case !known:
		return false
	case t.schema != nil:
		for _, row := range t.schema.rows {
			if p.mask.has(row) {
				return true
			}
		}
		return false
	default:
		return p.mask.has(t.row) && (t.sub == nil || p.mask.has(t.sub))
	}
}
