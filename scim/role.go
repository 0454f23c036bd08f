package scim

import (
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// rolesRow is read-only, and what a connector writes there goes nowhere, unless the connection's policy AcceptRoles lets
// it give roles of the tenant: by id or by name, as value or as display. It shows, and filters find, the user's own roles
// that the connection may give.
var rolesRow = &binding{facts: rfcUser.of("roles").readOnly(), dropped: true, granted: true, collection: domain.OwnRoles,
	list:  listOf[domain.HeldRole](func(p *domain.Person) *[]domain.HeldRole { return &p.Rights.Roles }),
	shown: func(element any, v view) bool { return mayGive(element.(*domain.HeldRole), v) },
	among: acceptedRoles,
	subs: []*binding{
		{facts: rfcUser.of("roles.value").readOnly(), granted: true, attribute: domain.AttrRoleName},
		{facts: rfcUser.of("roles.display").readOnly(), granted: true, attribute: domain.AttrRoleName},
		{facts: rfcUser.of("roles.type").readOnly(), fixed: "direct"},
		{facts: rfcUser.of("roles.primary").readOnly(), matches: notPrimary},
	}}

func mayGive(held *domain.HeldRole, v view) bool {
	return held.Source == domain.GrantedDirectly && v.policies.AcceptsRole(held.Role)
}

// acceptedRoles is the condition that the connection may give a role.
func acceptedRoles(v view) domain.Condition {
	listed := v.policies.AcceptedRoles()
	if listed == nil {
		return verdict(v.policies.AcceptsRoles())
	}
	var accepted domain.Or
	for _, id := range listed {
		accepted = append(accepted, domain.Compare{Attribute: domain.AttrRole, Value: domain.IDValue(id)})
	}
	return accepted
}

// notPrimary compares with a flag that is never set: what does not say that it is primary is not (RFC 7643 section 2.4).
func notPrimary(op Operator, text string, _ view) (domain.Condition, bool) {
	flag, known := Value{Kind: KindString, Text: text}.Bool()
	return verdict(op == OpPr || !flag), op == OpPr || op == OpEq && known
}

// assignRoles turns an operation on roles into a wish. Entra keeps a user's only role in roles[primary eq "True"].value,
// so that what is replaced there is all of them.
func (c *change) assignRoles(do verb, t target, value Value) error {
	if t.sub != nil && t.sub != t.row.valueSub {
		c.ignore(t.row.name)
		return nil
	}
	named, err := roleNames(c.v.unpacked(value))
	if err != nil {
		return err
	}
	whole := t.filter == nil
	if !whole {
		some, possible := passing(t.row, t.filter)
		name, byName := some.get(t.row.valueSub)
		_, primary := some.get(t.row.primarySub)
		switch {
		case !possible || !byName && !primary:
			c.ignore(t.row.name)
			return nil
		case byName && do == verbRemove:
			named = []string{name.Text}
		case byName && do == verbReplace:
			c.roles = append(c.roles, domain.RoleWish{Remove: []string{name.Text}})
		}
		whole = !byName
	}
	switch {
	case do == verbRemove && len(named) > 0:
		c.roles = append(c.roles, domain.RoleWish{Remove: named})
	case do == verbRemove:
		c.roles = append(c.roles, domain.RoleWish{Whole: true})
	default:
		c.roles = append(c.roles, domain.RoleWish{Whole: do == verbReplace && whole, Add: named})
	}
	return nil
}

// roleNames are the roles that a value names. A single one needs no array, and no object.
func roleNames(value Value) ([]string, error) {
	items := []Value{value}
	if value.Kind == KindArray {
		items = value.Items
	}
	if len(items) > domain.MaxElements {
		return nil, refuseValue("roles has %d values; %d are the limit.", len(items), domain.MaxElements)
	}
	var names []string
	for _, item := range items {
		item = unpacked(item)
		for _, member := range []string{"value", "display"} {
			if found, given := item.Member(member); item.Kind == KindObject && given && strings.TrimSpace(found.Text) != "" {
				item = found
			}
		}
		if item.Kind == KindString && strings.TrimSpace(item.Text) != "" {
			names = append(names, strings.TrimSpace(item.Text))
		}
	}
	return names, nil
}
