package target

import "fmt"

const groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"

// GroupName returns the name of the i-th group.
func (n Names) GroupName(i int) string { return fmt.Sprintf("%s group %05d", n.Seed, i) }

// Group returns the body of a group, to create or replace it. The ids are those
// of its members.
func Group(name string, ids []string) []byte {
	return encode(object{"schemas": []string{groupSchema}, "displayName": name, "members": members(ids)})
}

// AddMembers returns the PATCH by which Entra adds members.
func AddMembers(ids ...string) []byte {
	return patch(object{"op": "Add", "path": "members", "value": members(ids)})
}

func members(ids []string) []object {
	list := make([]object, len(ids))
	for i, id := range ids {
		list[i] = object{"value": id}
	}
	return list
}
