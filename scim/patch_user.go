package scim

import (
	"fmt"
	"net/http"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"

	"github.com/scimbridge/scimbridge/domain"
)

// maxOperations is how many operations a PATCH may hold, and a Bulk.
const maxOperations = 1000

// operation is one operation of a PATCH body, its parts read but not resolved.
type operation struct {
	op       string // add, remove or replace
	path     Path
	hasPath  bool // an empty path counts as none
	value    Value
	hasValue bool // the member value is there, null perhaps
}

// patchUser reads the body of a PATCH. Everything is read and resolved before anything is looked up; what is left is
// to edit the person, in the order of the operations.
func patchUser(body Value, v view) (domain.PersonChange, error) {
	operations, err := parseOperations(body, v)
	if err != nil {
		return domain.PersonChange{}, err
	}
	c := change{rt: userType, v: v, steps: make([]step, 0, len(operations)+4)}
	for i, o := range operations {
		if err := c.operation(o); err != nil {
			return domain.PersonChange{}, inOperation(err, i, len(operations))
		}
	}
	return c.personChange(), nil
}

// operation resolves one operation.
func (c *change) operation(o operation) error {
	if !o.hasPath {
		value := c.v.unpacked(o.value)
		if value.Kind != KindObject {
			return refuseValue("An operation without a path takes an object of attributes.")
		}
		c.explicit, c.pathless = false, true
		return c.assignMembers(verb(o.op), nil, value)
	}
	c.pathless = false
	t, known := c.resolvePath(o.path)
	switch {
	case !known && c.dropForeign(verb(o.op), o.path.Attr, o.value):
		return nil
	case !known:
		return refusePath("There is no attribute %s.", cut(o.path.String(), maxNamed))
	}
	if t.filter != nil && t.row.list == nil && !t.row.dropped {
		// The filter of a single-valued attribute can be wrong without ever being used.
		if _, err := (compiler{c.rt, c.v}).within(t.row, t.filter); err != nil {
			return err
		}
	}
	c.explicit = t.schema == nil
	return c.assign(verb(o.op), t, o.value)
}

// resolvePath finds what a path names, in the ways that clients write it.
func (c *change) resolvePath(path Path) (t target, known bool) {
	if t, known = c.rt.resolvePath(path); known {
		if t.row != nil && path.Attr.URN != "" && !strings.EqualFold(path.Attr.Name, t.row.name) {
			c.v.needs(ruleDotURN)
		}
		return t, true
	}
	if name, old := c.v.modern(c.rt, path.String()); old {
		if path, err := ParsePath(name); err == nil {
			return c.rt.resolvePath(path)
		}
	}
	return t, false
}

// inOperation says which of several operations was refused.
func inOperation(err error, index, count int) error {
	if refused, ok := err.(*refusal); ok && count > 1 {
		refused.detail = fmt.Sprintf("Operation %d: %s", index+1, refused.detail)
	}
	return err
}

// parseOperations reads a PATCH body: missing schemas are tolerated, op is compared without case, more than 1,000
// operations are refused.
func parseOperations(body Value, v view) ([]operation, error) {
	v.hearSchemas(body)
	list, found := body.Member("Operations")
	if !found || list.Kind != KindArray || len(list.Items) == 0 {
		return nil, refuseSyntax("The body must be an object with Operations, an array of at least one operation.")
	}
	if len(list.Items) > maxOperations {
		return nil, &refusal{http.StatusRequestEntityTooLarge, string(scimerrors.ScimTypeTooMany),
			fmt.Sprintf("There are %d operations; %d are the limit.", len(list.Items), maxOperations)}
	}
	operations := make([]operation, len(list.Items))
	for i, item := range list.Items {
		o, err := parseOperation(item, v)
		if err != nil {
			return nil, inOperation(err, i, len(list.Items))
		}
		operations[i] = o
	}
	return operations, nil
}

func parseOperation(item Value, v view) (o operation, err error) {
	op, _ := item.Member("op")
	for _, known := range []verb{verbAdd, verbRemove, verbReplace} {
		if strings.EqualFold(op.Text, string(known)) && op.Kind == KindString {
			o.op = string(known)
		}
	}
	if o.op != op.Text {
		v.needs(ruleOperatorCase)
	}
	if o.op == "" {
		return o, refuseSyntax("op must be add, remove or replace.")
	}
	path, _ := item.Member("path")
	if path.Kind != KindString && path.Kind != KindNull {
		return o, refusePath("path must be a string.")
	}
	o.value, o.hasValue = item.Member("value")
	o.value.Name = ""
	if o.hasPath = path.Text != ""; o.hasPath {
		if o.path, err = ParsePath(path.Text); err != nil {
			return o, err
		}
	}
	switch {
	case o.op == string(verbRemove) && !o.hasPath:
		return o, refuse(scimerrors.ScimTypeNoTarget, "remove needs a path.")
	case o.op != string(verbRemove) && !o.hasValue:
		return o, refuseValue("%s needs a value.", o.op)
	}
	return o, nil
}
