package scim

import (
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// kind is the domain's kind of the attribute's value.
func (b *binding) kind() domain.Kind {
	switch {
	case b.attribute != nil:
		return b.attribute.Kind
	case b.typ == typeBoolean:
		return domain.Bool
	default:
		return domain.Text
	}
}

// scalar takes a plain value out of what clients wrap it in: an array of one, and an object with value (as Entra did
// before 2018). An empty array is no value. ok is false when there is no plain value inside.
func scalar(value Value) (plain Value, ok bool) {
	for {
		switch {
		case value.Kind == KindArray && len(value.Items) == 0:
			return Value{}, true
		case value.Kind == KindArray && len(value.Items) == 1:
			value = value.Items[0]
		case value.Kind == KindObject:
			inner, found := value.Member("value")
			if !found {
				return Value{}, false
			}
			value = inner
		default:
			return value, value.Kind != KindArray
		}
	}
}

// unpacked reads JSON that a client sent as the text of a string, as SCIM-for-Keycloak and some mappings of Entra do.
// A text that is no JSON object or array stays what it is.
func unpacked(value Value) Value {
	if value.Kind != KindString || value.Text == "" {
		return value
	}
	if text := strings.TrimLeft(value.Text, " \t\r\n"); text == "" || text[0] != '{' && text[0] != '[' {
		return value
	}
	inner, err := ParseJSON([]byte(value.Text))
	if err != nil {
		return value
	}
	return inner
}

// read takes a value as one of the attribute. empty tells that it means "no value". Nothing is refused for its form
// or type but what tells resources apart and what can't be understood.
func (b *binding) read(value Value) (read domain.Value, empty bool, err error) {
	plain, ok := scalar(value)
	if !ok {
		return read, false, refuseValue("%s takes a single plain value.", b.path)
	}
	if plain.IsEmpty() {
		return domain.Value{Kind: b.kind()}, true, nil
	}
	switch b.kind() {
	case domain.Bool:
		state, ok := plain.Bool()
		if !ok {
			return read, false, refuseValue("%s takes true or false.", b.path)
		}
		return domain.BoolValue(state), false, nil
	case domain.ID:
		id, ok := parseID(plain.Text)
		if !ok {
			return read, false, refuseValue("%s takes an id; %q is none.", b.path, excerpt(plain.Text))
		}
		return domain.IDValue(id), false, nil
	default:
		if b.key && plain.Kind != KindString {
			return read, false, refuseValue("%s must be a string.", b.path)
		}
		return domain.TextValue(plain.Text), false, nil
	}
}

// store puts a value into its place in the record, a person or an element. The zero value clears it.
func (b *binding) store(record any, value domain.Value) {
	switch {
	case b.id != nil:
		*b.id(record) = value.ID
	case b.flag != nil:
		*b.flag(record) = value.Bool
	case b.attribute != nil:
		if place := b.attribute.Ref(record); place != nil {
			*place = value.Text
		}
	}
}

// parseID reads an id in its usual form of 36 characters, in either case, and in no other.
func parseID(text string) (uuid.UUID, bool) {
	if len(text) != 36 {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(text)
	return id, err == nil
}
