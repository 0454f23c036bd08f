package domain

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// RoleWish is what a connector wants of the roles of a user, by ids or names. It counts only by the connection's policy
// AcceptRoles, and only of the roles that the policy lets the connector give: all others stay as they are.
type RoleWish struct {
	Whole  bool // Add is all that the user shall have
	Add    []string
	Remove []string
}

// AcceptsRoles tells whether the connection may give any role.
func (p Policies) AcceptsRoles() bool { return !p.Is(PolicyAcceptRoles, Off) }

// AcceptsRole tells whether the connection may give the role, unless that is a restricted one, which none may.
func (p Policies) AcceptsRole(role uuid.UUID) bool {
	value := p.Get(PolicyAcceptRoles)
	return value == On || value != Off && slices.Contains(strings.Split(value, ","), role.String())
}

// AcceptedRoles are the roles that the policy names; nil where it accepts all of them, or none.
func (p Policies) AcceptedRoles() (roles []uuid.UUID) {
	for text := range strings.SplitSeq(p.Get(PolicyAcceptRoles), ",") {
		if id, err := uuid.Parse(text); err == nil {
			roles = append(roles, id)
		}
	}
	return roles
}

// parseAcceptRoles gives the policy's value as it is stored, or what is wrong with it.
func parseAcceptRoles(value string) (parsed, problem string) {
	for _, word := range []string{Off, On} {
		if strings.EqualFold(word, value) {
			return word, ""
		}
	}
	var ids []string
	for text := range strings.SplitSeq(value, ",") {
		id, err := uuid.Parse(strings.TrimSpace(text))
		if err != nil {
			return "", "Allowed are Off, On (every role that is not restricted), or the ids of roles with commas between them."
		}
		ids = append(ids, id.String())
	}
	return strings.Join(ids, ","), ""
}

// acceptRoles does what the connector wishes of the person's own roles. What it may not give is ignored and noted: the
// policy is the operator's consent, and nothing that an identity provider calls a role becomes one by that.
func (e *edit) acceptRoles(wishes []RoleWish) error {
	connection, err := e.connection()
	if len(wishes) == 0 || err != nil {
		return err
	}
	if connection == nil || !connection.Policies.AcceptsRoles() {
		return e.noteIgnored([]string{rolesWord})
	}
	held, err := e.acceptedRoles(connection.Policies)
	if err != nil {
		return err
	}
	wanted, strange := slices.Clone(held), false
	for _, wish := range wishes {
		if wish.Whole {
			wanted = nil
		}
		for _, name := range append(slices.Clone(wish.Add), wish.Remove...) {
			role, err := e.roleCalled(name)
			if err != nil {
				return err
			}
			if role == nil || role.Restricted() || !connection.Policies.AcceptsRole(role.ID) {
				strange = true
				continue
			}
			wanted = slices.DeleteFunc(wanted, func(id uuid.UUID) bool { return id == role.ID })
			if !slices.Contains(wish.Remove, name) {
				wanted = append(wanted, role.ID)
			}
		}
	}
	if strange {
		if err := e.noteIgnored([]string{rolesWord}); err != nil {
			return err
		}
	}
	missing := func(from []uuid.UUID) func(uuid.UUID) bool {
		return func(id uuid.UUID) bool { return slices.Contains(from, id) }
	}
	moves := Moves{Add: slices.DeleteFunc(slices.Clone(wanted), missing(held)), Remove: slices.DeleteFunc(slices.Clone(held), missing(wanted))}
	return e.changeRoles(moves, consented, consented)
}

// rolesWord is how notes call what was ignored, as SCIM does.
const rolesWord = "roles"

// consented is the rule for what the operator has consented to before.
func consented(*act, Permissions, int) error { return nil }

// acceptedRoles are the person's own roles that the connection may take.
func (e *edit) acceptedRoles(policies Policies) ([]uuid.UUID, error) {
	rights, err := e.rights()
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for _, held := range rights.Roles {
		if held.Source == GrantedDirectly && policies.AcceptsRole(held.Role) {
			ids = append(ids, held.Role)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	roles, err := e.tx.FindRoles(ids)
	return idsOf(slices.DeleteFunc(roles, (*Role).Restricted)), err
}

// roleCalled finds a role by its id or its name; nil when there is none.
func (a *act) roleCalled(name string) (*Role, error) {
	id, err := uuid.Parse(name)
	if err != nil {
		return a.tx.FindRoleByName(name)
	}
	found, err := a.tx.FindRoles([]uuid.UUID{id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
