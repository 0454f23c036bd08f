package scim

import "github.com/scimbridge/scimbridge/domain"

// listAll lists users and groups together (RFC 7644, section 3.4.2.1): all users that match and behind them all groups,
// each in the order that a list of theirs alone has, so that startIndex and count walk through both. A sort orders the
// users among themselves and the groups among themselves.
func (x *exchange) listAll() error {
	users, err := x.listingAmongAll(userType)
	if err != nil {
		return err
	}
	groups, err := x.listingAmongAll(groupType)
	if err != nil {
		return err
	}
	users.query.Who, users.query.With = domain.Linked, x.extras(users.returns)
	people, err := x.engine.Directory.Users(x.r.Context(), x.caller, users.query)
	if err != nil {
		return err
	}
	groups.query.Offset = max(0, users.query.Offset-people.Total)
	groups.query.Count = users.query.Count - len(people.Items)
	sets, err := x.engine.Groups.List(x.r.Context(), x.caller, groups.query)
	if err != nil {
		return err
	}
	page := domain.Page[any]{Total: people.Total + sets.Total}
	for _, p := range people.Items {
		page.Items = append(page.Items, p)
	}
	for _, g := range sets.Items {
		page.Items = append(page.Items, g)
	}
	return sendList(x, users, page, func(s *stream, resource any) error {
		if g, ok := resource.(*domain.Group); ok {
			return s.appendGroup(g, groups.returns, true)
		}
		s.buf = appendUser(s.buf, resource.(*domain.Person), x.view, users.returns)
		return nil
	})
}

// listingAmongAll reads the parameters of a list of all resources, as those of the type understand them.
func (x *exchange) listingAmongAll(rt *resourceType) (l listing, err error) {
	if l, err = x.page(rt); err != nil {
		return l, err
	}
	if x.byCursor() {
		return l, refuse("invalidCursor", "A cursor walks through the resources of one type; a list of all types has pages by startIndex only.")
	}
	if text := x.parameters[paramFilter]; text != "" {
		if l.query.Where, err = compileFilterAmongAll(rt, text, x.view); err != nil {
			return l, err
		}
	}
	path := x.parameters[paramSortBy]
	if path == "" {
		return l, nil
	}
	l.query.Order, err = sortAttribute(rt, path, x.view)
	if err != nil && sortableElsewhere(rt, path, x.view) {
		l.query.Down, err = false, nil
	}
	return l, err
}

// sortableElsewhere tells whether resources of another type can be sorted by the path.
func sortableElsewhere(rt *resourceType, path string, v view) bool {
	for _, other := range resourceTypes {
		if _, err := sortAttribute(other, path, v); err == nil && other != rt {
			return true
		}
	}
	return false
}

// compileFilterAmongAll compiles a filter on all resources for those of one type. What only others have, they have no
// value of (RFC 7644, section 3.4.2.1).
func compileFilterAmongAll(rt *resourceType, text string, v view) (domain.Condition, error) {
	filter, err := ParseFilter(text)
	if err != nil {
		return nil, err
	}
	return commonCompiler{compiler{rt, v}}.compile(filter)
}

// commonCompiler is a compiler that knows the attributes of all resource types.
type commonCompiler struct{ compiler }

func (c commonCompiler) compile(filter Filter) (domain.Condition, error) {
	switch f := filter.(type) {
	case *ValuePath:
		if c.foreign(f.Attr) {
			return never, nil
		}
		return c.compiler.compile(f)
	case *Comparison:
		if c.foreign(f.Attr) {
			return verdict(holdsWithoutValue(f)), nil
		}
		return c.compiler.compile(f)
	default:
		return c.combine(filter, c.compile)
	}
}

// foreign tells whether only resources of other types have the attribute. Whether the comparison makes sense is found
// out when it is compiled for those.
func (c commonCompiler) foreign(attr AttrPath) bool {
	if _, err := c.resolve(attr); err == nil {
		return false
	}
	for _, other := range resourceTypes {
		if _, err := (compiler{other, c.v}).resolve(attr); err == nil {
			return true
		}
	}
	return false
}

// holdsWithoutValue tells whether a comparison holds for an attribute without a value.
func holdsWithoutValue(f *Comparison) bool {
	switch f.Op {
	case OpEq:
		return f.Value.IsEmpty()
	case OpNe:
		return !f.Value.IsEmpty()
	default:
		return false
	}
}
