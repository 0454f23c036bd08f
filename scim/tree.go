package scim

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the JSON type of a [Value].
type Kind uint8

// The kinds of JSON values. The zero Value is null.
const (
	KindNull Kind = iota
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// Value is one node of a JSON document, or the literal of a filter comparison. It is plain data, so that a rule for a
// client's quirk can build or replace parts of a tree. Member order is kept: operations must apply in the order sent.
type Value struct {
	// Name is the member's name as sent if the value stands in an object, else empty.
	Name string
	// Text is a string's content without escapes, a number as it was written (so that no digit is lost), "true" or
	// "false"; empty for the other kinds.
	Text string
	// Items are the elements of an array or the members of an object.
	Items []Value
	// Kind tells which of the above counts.
	Kind Kind
}

// Member finds the member of an object by name, without regard to case: RFC 7643 section 2.1 makes attribute names
// case-insensitive, and [ParseJSON] lets no two members of an object share a name in that sense.
func (v Value) Member(name string) (Value, bool) {
	if v.Kind == KindObject {
		for _, member := range v.Items {
			if strings.EqualFold(member.Name, name) {
				return member, true
			}
		}
	}
	return Value{}, false
}

// Bool reads a boolean. The strings "True", "False", "true" and "false" count as booleans, because Entra sends them
// in bodies as well as in filters. ok is false for any other value.
func (v Value) Bool() (value, ok bool) {
	switch v.Text {
	case "true", "True":
		return true, true
	case "false", "False":
		return false, true
	}
	return false, false
}

// IsEmpty tells whether the value means "no value": null or "". An empty array is not empty in this sense: it clears
// a multi-valued attribute.
func (v Value) IsEmpty() bool {
	return v.Kind == KindNull || v.Kind == KindString && v.Text == ""
}

// AppendJSON appends the value as compact JSON: members in order, numbers as they were written.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.Kind {
	case KindNull:
		return append(dst, "null"...)
	case KindBool, KindNumber:
		return append(dst, v.Text...)
	case KindString:
		return appendQuoted(dst, v.Text)
	case KindArray:
		dst = append(dst, '[')
		for i, element := range v.Items {
			dst = element.AppendJSON(appendComma(dst, i))
		}
		return append(dst, ']')
	default:
		dst = append(dst, '{')
		for i, member := range v.Items {
			dst = append(appendQuoted(appendComma(dst, i), member.Name), ':')
			dst = member.AppendJSON(dst)
		}
		return append(dst, '}')
	}
}

func appendComma(dst []byte, index int) []byte {
	if index == 0 {
		return dst
	}
	return append(dst, ',')
}

func appendQuoted(dst []byte, text string) []byte {
	// The error can only be about invalid UTF-8, which is replaced; a parsed tree holds none.
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
