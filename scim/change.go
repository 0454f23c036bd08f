package scim

import (
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/scimbridge/scimbridge/domain"
)

// change is what a body asks for, read and resolved against the table, as steps that only edit a person. POST, PUT
// and PATCH all end here: a body is a replace without a path.
type change struct {
	rt       *resourceType
	v        view
	explicit bool           // the attribute stands in the path of an operation, not in a body
	pathless bool           // the attribute stands in the value of an operation without a path
	whole    bool           // the body is that of a PUT
	blanks   []*schemaTable // what a PUT clears before anything is set
	named    bitset         // the attributes that the body names
	steps    []step
	touches  domain.Aspect

	ignored        []string
	sendInvitation *bool
	roles          []domain.RoleWish
}

// verb is what an operation does.
type verb string

const (
	verbAdd     verb = "add"
	verbRemove  verb = "remove"
	verbReplace verb = "replace"
)

// assign turns one operation, or one member of a body, into steps.
func (c *change) assign(do verb, t target, value Value) error {
	if t.schema != nil {
		return c.assignSchema(do, t.schema, value)
	}
	row := t.row
	c.named.add(row)
	switch {
	case row.ignored:
		return nil
	case row == rolesRow && c.v.policies.AcceptsRoles():
		return c.assignRoles(do, t, value)
	case row.dropped:
		return c.drop(do, row, value)
	case !row.writable() || t.sub != nil && !t.sub.writable():
		return c.assignReadOnly(do, t, value)
	case c.v.missing(row):
		return c.assignWithoutSso(do, row, value)
	case row.list != nil:
		return c.assignList(do, t, value)
	case t.sub != nil:
		return c.assignSub(do, t, value)
	case len(row.subs) > 0:
		return c.assignComplex(do, t, value)
	default:
		return c.assignOne(do, row, value)
	}
}

// assignSchema takes an object of attributes of one schema; without a value, or removed, all of them are cleared.
func (c *change) assignSchema(do verb, s *schemaTable, value Value) error {
	value = c.v.unpacked(value)
	switch {
	case value.Kind == KindObject && do != verbRemove:
		return c.assignMembers(do, s, value)
	case do != verbRemove && !value.IsEmpty():
		return refuseValue("%s takes an object of attributes.", s.urn)
	}
	for _, row := range s.rows {
		if !row.writable() || row.required || row.request != nil || row.common || c.v.missing(row) {
			continue
		}
		if err := c.assign(verbRemove, target{row: row}, Value{}); err != nil {
			return err
		}
	}
	return nil
}

// assignMembers takes the members of an object, whose names may be paths. Names that mean nothing are ignored; within
// tells the schema whose object it is, nil for the resource itself.
func (c *change) assignMembers(do verb, within *schemaTable, object Value) error {
	for _, member := range object.Items {
		t, known, err := c.member(within, member.Name)
		if err != nil {
			return err
		}
		if !known {
			c.dropMember(do, member)
			continue
		}
		if c.foreignEmpty(within, t, member) {
			continue
		}
		if err := c.assign(do, t, member); err != nil {
			return err
		}
	}
	return nil
}

// foreignEmpty tells whether the member is the empty value of an extension's attribute at the top of the resource:
// Entra sends such nulls beside the extension that holds the value, whatever stands there.
func (c *change) foreignEmpty(within *schemaTable, t target, member Value) bool {
	return within == nil && t.row != nil && t.row.schema != c.rt.schemas[0] && member.IsEmpty() && !strings.Contains(member.Name, ":")
}

// member resolves the name of a member: an attribute, the URN of a schema, or a path.
func (c *change) member(within *schemaTable, name string) (t target, known bool, err error) {
	if !strings.ContainsAny(name, ".:[") {
		if within != nil {
			t.row = within.row(name)
		} else {
			t.row = c.rt.row(name)
		}
		if within == nil && t.row != nil && t.row.schema != c.rt.schemas[0] {
			c.v.needs(ruleBareExtension)
		}
		return t, t.row != nil, nil
	}
	if modern, old := c.v.modern(c.rt, name); old {
		name = modern
	}
	if s := c.rt.schema(name); s != nil {
		return target{schema: s}, true, nil
	}
	path, err := ParsePath(name)
	if err != nil {
		if strings.Contains(name, "[") {
			return t, false, err
		}
		return t, false, nil // no attribute has such a name
	}
	if within != nil && path.Attr.URN == "" {
		t, known = t.at(within.row(path.Attr.Name), path.Attr.Sub)
		t.filter = path.Filter
		return t, known && path.Filter == nil, nil
	}
	if t, known = c.rt.resolvePath(path); known {
		c.v.needs(rulePathAsName)
	}
	return t, known, nil
}

// drop accepts a value to no effect, and has the connection note it.
func (c *change) drop(do verb, row *binding, value Value) error {
	if saysNothing(do, value) {
		return nil
	}
	if row == passwordRow && c.v.policies.Is(domain.PolicyScimPassword, domain.Reject) {
		return refuse(scimerrors.ScimTypeMutability, "%s can't be set here; people choose their own (policy ScimPassword).", row.path)
	}
	c.ignore(row.name)
	return nil
}

// dropForeign drops what is written to the schema of somebody else, as customers of Entra have them, and has the
// connection note it. It tells whether the path is in such a schema.
func (c *change) dropForeign(do verb, path AttrPath, value Value) bool {
	if !path.foreign() {
		return false
	}
	if !saysNothing(do, value) {
		c.ignore(path.String())
	}
	return true
}

// dropMember drops a member whose name means nothing here.
func (c *change) dropMember(do verb, member Value) {
	if !strings.Contains(member.Name, ":") {
		return
	}
	if path, err := ParsePath(member.Name); err == nil {
		c.dropForeign(do, path.Attr, member)
	}
}

// maxIgnored is how many dropped names a request can have noted, for a body may hold any number of them.
const maxIgnored = 10

func (c *change) ignore(name string) {
	name = cut(name, maxNamed)
	if len(c.ignored) < maxIgnored && !slices.Contains(c.ignored, name) {
		c.ignored = append(c.ignored, name)
	}
}

// saysNothing tells whether a value is none: connectors send such for all that the person does not have.
func saysNothing(do verb, value Value) bool {
	return do != verbRemove && (value.IsEmpty() || value.Kind == KindArray && len(value.Items) == 0)
}

// assignReadOnly ignores what a body repeats of a resource, but refuses an operation that asks for another value.
func (c *change) assignReadOnly(do verb, t target, value Value) error {
	if !c.explicit {
		if c.pathless {
			c.v.needs(ruleReadOnlyRepeated)
		}
		return nil
	}
	b := t.row
	if t.sub != nil {
		b = t.sub
	}
	if do == verbRemove || t.row.multi || len(b.subs) > 0 {
		return refuseMutability(b)
	}
	plain, _ := scalar(value)
	c.steps = append(c.steps, step{do: mustEqual, row: b, shown: plain.AppendJSON(nil)})
	return nil
}

// assignWithoutSso is the SSO gate: the attribute does not exist, so that only nothing can be written to it.
func (c *change) assignWithoutSso(do verb, row *binding, value Value) error {
	if plain, ok := scalar(value); do == verbRemove || ok && plain.IsEmpty() {
		return nil
	}
	return domain.Refuse(domain.CodeSsoNotEnabled, row.attribute.Name,
		"The tenant has not enabled SSO, so %s can't be written.", row.name)
}

// assignComplex takes a single-valued complex attribute as a whole; what the value leaves out stays.
func (c *change) assignComplex(do verb, t target, value Value) error {
	value = c.v.unpacked(value)
	if value.Kind == KindArray && len(value.Items) == 1 {
		c.v.needs(ruleListOfOne)
		value = c.v.unpacked(value.Items[0])
	}
	if do == verbRemove || value.IsEmpty() || value.Kind == KindArray && len(value.Items) == 0 {
		for _, sub := range t.row.subs {
			if sub.writable() {
				t.sub = sub
				if err := c.assignSub(verbRemove, t, Value{}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if value.Kind != KindObject {
		if t.sub = t.row.valueSub; t.sub == nil {
			return refuseValue("%s takes an object of sub-attributes.", t.row.path)
		}
		c.v.needs(ruleBareValue)
		return c.assignSub(do, t, value)
	}
	for _, member := range value.Items {
		if t.sub = t.row.sub(member.Name); t.sub == nil || !t.sub.writable() {
			continue
		}
		if err := c.assignSub(do, t, member); err != nil {
			return err
		}
	}
	return nil
}

// assignSub takes a sub-attribute of a single-valued complex attribute.
func (c *change) assignSub(do verb, t target, value Value) error {
	from := len(c.steps)
	if err := c.assignOne(do, t.sub, value); err != nil || t.filter == nil {
		return err
	}
	where, err := compiler{c.rt, c.v}.within(t.row, t.filter)
	for i := range c.steps[from:] {
		c.steps[from+i].where = where
	}
	return err
}

// assignOne takes a single-valued attribute.
func (c *change) assignOne(do verb, b *binding, value Value) error {
	read, empty := domain.Value{Kind: b.kind()}, true
	if do != verbRemove {
		var err error
		if read, empty, err = b.read(value); err != nil {
			return err
		}
		c.v.hearValue(b, value)
	}
	switch {
	case empty && b.required && do == verbRemove:
		return refuse(scimerrors.ScimTypeMutability, "%s is required and can't be removed.", b.path)
	case empty && b.required:
		return refuseValue("%s is required and can't be empty.", b.path)
	case empty && b.kept && b.flag != nil:
		return nil // access is on or off; nobody is let in or shut out by the absence of a value
	case b.request != nil:
		if !empty {
			b.request(c, read)
		}
		return nil
	}
	c.touches |= b.aspect()
	c.steps = append(c.steps, step{do: setOne, row: b, value: read})
	return nil
}
