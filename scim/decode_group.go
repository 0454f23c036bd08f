package scim

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// decodeGroup reads the body of a POST or PUT of a group.
func decodeGroup(body Value, v view) (name, externalID string, hasExternalID bool, members []uuid.UUID, membersPresent bool, err error) {
	if body.Kind != KindObject {
		err = refuseSyntax("The body must be a JSON object.")
		return
	}
	v.hearSchemas(body)
	for _, member := range body.Items {
		attr, _ := splitAttrPath(member.Name)
		t, known := groupType.resolve(attr)
		if name, old := v.modern(groupType, member.Name); old && !known {
			attr, _ = splitAttrPath(name)
			t, known = groupType.resolve(attr)
		}
		if !known || t.row == nil || !t.row.writable() {
			continue
		}
		switch t.row.name {
		case "displayName":
			name, err = t.row.text(member)
		case "externalId":
			hasExternalID = true
			externalID, err = t.row.text(member)
		case "members":
			membersPresent = !member.IsEmpty()
			members, err = parseMembers(member)
		}
		if err != nil {
			return
		}
	}
	if name == "" {
		err = refuseValue("displayName is required.")
	}
	return
}

// replaceGroup reads the body of a PUT: it replaces name and members. A group without members in the body has none; an
// externalId that is not in it stays, because connectors that replace don't always send it.
func replaceGroup(body Value, group uuid.UUID, v view) (domain.GroupChange, error) {
	name, key, keyed, members, _, err := decodeGroup(body, v)
	if err != nil {
		return domain.GroupChange{}, err
	}
	change := domain.GroupChange{Group: group, Name: &name, Whole: true,
		Steps: []domain.MemberStep{{Do: domain.ReplaceMembers, People: members}}}
	if keyed {
		change.ExternalKey = &key
	}
	return change, nil
}

// text reads a value as text.
func (b *binding) text(value Value) (string, error) {
	read, _, err := b.read(value)
	return read.Text, err
}

// parseMembers reads what stands for members in a body or an operation: objects with value, or bare ids, in an array
// or alone. Each person is named once in the result.
func parseMembers(value Value) ([]uuid.UUID, error) {
	value = unpacked(value)
	items := []Value{value}
	switch {
	case value.IsEmpty():
		return nil, nil
	case value.Kind == KindArray:
		items = value.Items
	}
	people, seen := make([]uuid.UUID, 0, len(items)), make(map[uuid.UUID]bool, len(items))
	for i, item := range items {
		if kind, _ := item.Member("type"); strings.EqualFold(kind.Text, "Group") {
			return nil, refuseValue("members[%d] is a group; only users can be members.", i)
		}
		plain, _ := scalar(item)
		id, ok := parseID(plain.Text)
		if !ok {
			return nil, refuseValue("members[%s].value must be the id of a user; %q is none.", strconv.Itoa(i), excerpt(plain.Text))
		}
		if !seen[id] {
			seen[id] = true
			people = append(people, id)
		}
	}
	return people, nil
}
