package scim

import (
	"fmt"
	"net/http"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// maxPatchMembers is how many members one operation may name.
const maxPatchMembers = 5000

// groupPatch is what the operations of a PATCH add up to (RFC 7644 section 3.5.2). It needs no look at the group:
// members are added and removed as rows.
type groupPatch struct {
	domain.GroupChange
	names change // resolves the names of members
}

// decodeGroupPatch reads the PATCH of a group.
func decodeGroupPatch(body Value, group uuid.UUID, v view) (domain.GroupChange, error) {
	p := groupPatch{domain.GroupChange{Group: group}, change{rt: groupType, v: v}}
	operations, err := parseOperations(body, v)
	if err != nil {
		return p.GroupChange, err
	}
	for i, o := range operations {
		if err := p.operation(o); err != nil {
			return p.GroupChange, inOperation(err, i, len(operations))
		}
	}
	p.Ignored = p.names.ignored
	return p.GroupChange, nil
}

func (p *groupPatch) operation(o operation) error {
	if !o.hasPath {
		return p.object(verb(o.op), nil, o.value)
	}
	t, known := p.names.resolvePath(o.path)
	switch {
	case !known && p.names.dropForeign(verb(o.op), o.path.Attr, o.value):
		return nil
	case !known:
		return refusePath("There is no attribute %s.", cut(o.path.String(), maxNamed))
	}
	if t.row != nil && t.row.name == "meta" {
		return refuseMutability(t.row)
	}
	return p.assign(verb(o.op), t, o.value)
}

// object applies the members of an object, each to the path that it is named after. Names that mean nothing are
// ignored, as in a body.
func (p *groupPatch) object(do verb, within *schemaTable, value Value) error {
	value = p.names.v.unpacked(value)
	if value.Kind != KindObject {
		return refuseValue("An operation without a path takes an object of attributes.")
	}
	for _, member := range value.Items {
		t, known, err := p.names.member(within, member.Name)
		switch {
		case err != nil:
		case known:
			err = p.assign(do, t, member)
		default:
			p.names.dropMember(do, member)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *groupPatch) assign(do verb, t target, value Value) error {
	if t.schema != nil {
		return p.object(do, t.schema, value)
	}
	switch t.row.name {
	case "displayName":
		return p.text(do, t.row, value, &p.Name)
	case "externalId":
		return p.text(do, t.row, value, &p.ExternalKey)
	case "members":
		return p.members(do, t, value)
	case "id":
		if plain, _ := scalar(value); do == verbRemove || plain.Text != p.Group.String() { // Okta sends it along
			return refuseMutability(t.row)
		}
		p.names.v.needs(ruleReadOnlyRepeated)
	}
	return nil
}

// text sets or clears a text.
func (p *groupPatch) text(do verb, row *binding, value Value, place **string) error {
	if do == verbRemove {
		value = Value{}
	}
	text, err := row.text(value)
	switch {
	case err != nil:
		return err
	case text == "" && row.required && do == verbRemove:
		return refuse(scimerrors.ScimTypeMutability, "%s is required and can't be removed.", row.path)
	case text == "" && row.required:
		return refuseValue("%s is required and can't be empty.", row.path)
	}
	*place = &text
	return nil
}

// members applies an operation to the members, or to those that a filter picks.
func (p *groupPatch) members(do verb, t target, value Value) (err error) {
	var people []uuid.UUID
	value = p.names.v.unpacked(value)
	p.hearMembers(do, value)
	switch {
	case t.sub != nil && t.sub != t.row.valueSub:
		return refuseMutability(t.sub)
	case t.filter != nil && do != verbRemove:
		return refuse(scimerrors.ScimTypeMutability, "members: A member can't be changed; remove it and add another one.")
	case t.filter != nil:
		people, err = pickedMembers(nil, t.filter)
	case do == verbRemove && value.IsEmpty():
		p.step(domain.ReplaceMembers, nil) // all go
		return nil
	case do == verbRemove:
		people, err = knownMembers(value)
	default:
		people, err = parseMembers(value)
	}
	if err != nil {
		return err
	}
	if len(people) > maxPatchMembers {
		return &refusal{status: http.StatusRequestEntityTooLarge,
			detail: fmt.Sprintf("members: An operation names at most %d of them, and this one %d; send several.", maxPatchMembers, len(people))}
	}
	p.step(memberActs[do], people)
	return nil
}

var memberActs = map[verb]domain.MemberAct{
	verbAdd: domain.AddMembers, verbRemove: domain.RemoveMembers, verbReplace: domain.ReplaceMembers,
}

// hearMembers looks at the form in which members were sent.
func (p *groupPatch) hearMembers(do verb, value Value) {
	v := p.names.v
	if do == verbRemove && !value.IsEmpty() {
		v.needs(ruleRemoveWithValue)
	}
	items := value.Items
	if value.Kind == KindObject || value.Kind == KindString && value.Text != "" {
		v.needs(ruleBareElement)
		items = []Value{value}
	}
	for _, item := range items {
		if item.Kind == KindString {
			v.needs(ruleBareValue)
			return
		}
	}
}

// pickedMembers appends the ids that a filter on members picks.
func pickedMembers(people []uuid.UUID, filter Filter) (_ []uuid.UUID, err error) {
	switch f := filter.(type) {
	case *Comparison:
		named := f.Attr.URN == "" && f.Attr.Sub == "" && membersRow.sub(f.Attr.Name) == membersRow.valueSub
		if named && f.Op == OpEq && f.Value.Kind == KindString {
			if id, ok := parseID(f.Value.Text); ok {
				people = append(people, id)
			}
			return people, nil
		}
	case *Logical:
		for i := 0; i < len(f.Terms) && f.Op == OpOr && err == nil; i++ {
			people, err = pickedMembers(people, f.Terms[i])
		}
		if f.Op == OpOr {
			return people, err
		}
	}
	return nil, refuseFilter(`members: Members are picked by value eq "<id>", several of them joined by or.`)
}

// knownMembers reads the members to remove. What could not be a member's id is none already.
func knownMembers(value Value) ([]uuid.UUID, error) {
	items := []Value{value}
	if value.Kind == KindArray {
		items = value.Items
	}
	people := make([]uuid.UUID, 0, len(items))
	for i, item := range items {
		plain, _ := scalar(item)
		if plain.Kind != KindString {
			return nil, refuseValue("members[%d].value must be the id of a user.", i)
		}
		if id, ok := parseID(plain.Text); ok {
			people = append(people, id)
		}
	}
	return people, nil
}

// step appends a step, or joins it to the one before if that does the same: some connectors send one operation for
// each member.
func (p *groupPatch) step(do domain.MemberAct, people []uuid.UUID) {
	last := len(p.Steps) - 1
	switch {
	case do == domain.ReplaceMembers || len(people) > 0 && (last < 0 || p.Steps[last].Do != do):
		p.Steps = append(p.Steps, domain.MemberStep{Do: do, People: unique(people)})
	case len(people) > 0:
		p.Steps[last].People = unique(append(p.Steps[last].People, people...))
	}
}

// unique drops repeated ids, keeping the order.
func unique(ids []uuid.UUID) []uuid.UUID {
	seen, kept := make(map[uuid.UUID]bool, len(ids)), make([]uuid.UUID, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			kept = append(kept, id)
		}
	}
	return kept
}
