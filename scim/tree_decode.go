package scim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxTreeDepth counts the outermost object or array as 1.
	maxTreeDepth = 64
	// maxTreeValues bounds memory: a value costs 64 bytes here but may cost 2 in the body. A group of 100,000 members
	// with value, display, type and $ref needs half of it.
	maxTreeValues = 1 << 20
	// manyNames is the size from which an object's names are looked up in a map instead of compared one by one.
	manyNames = 16
)

// ParseJSON reads exactly one JSON value. Beyond RFC 8259 it refuses whatever two readers could understand in two
// ways or a store could not keep: names that occur twice in an object (also when they differ only by case), invalid
// UTF-8 and lone surrogates, U+0000, a byte order mark, anything after the value, more than 64 levels, more than
// 1,048,576 values. The caller limits the length of body. The error is a [*SyntaxError].
func ParseJSON(body []byte) (Value, error) {
	// Repeated names are left to nameSet, which must look at each name anyway.
	d := treeDecoder{
		body:    body,
		json:    jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true)),
		pending: make([]Value, 0, manyNames),
		scratch: make([]byte, 0, 64),
	}
	d.texts.Grow(min(len(body), 1024))
	root, err := d.value()
	if err != nil {
		return Value{}, err
	}
	end := d.json.InputOffset()
	if _, err := d.json.ReadToken(); err != io.EOF {
		return Value{}, syntaxError(end, "something follows the JSON value; send exactly one value")
	}
	return root, nil
}

// treeDecoder builds a tree in few allocations: one for each container, and a few that double for all texts together.
type treeDecoder struct {
	body    []byte
	json    *jsontext.Decoder
	pending []Value         // the values of all open containers, innermost last
	texts   strings.Builder // all texts one after another; growing it leaves the earlier substrings valid
	scratch []byte
	start   int64 // where the last string or name begins
	count   int
}

func (d *treeDecoder) value() (Value, error) {
	if d.count++; d.count > maxTreeValues {
		return Value{}, syntaxError(d.json.InputOffset(), fmt.Sprintf("the JSON holds more than %d values", maxTreeValues))
	}
	switch d.json.PeekKind() {
	case '{':
		return d.object()
	case '[':
		return d.array()
	case '"':
		text, err := d.text()
		return Value{Kind: KindString, Text: text}, err
	}
	raw, err := d.json.ReadValue()
	if err != nil {
		return Value{}, d.refuse(err)
	}
	switch raw.Kind() {
	case 'n':
		return Value{}, nil
	case 't':
		return Value{Kind: KindBool, Text: "true"}, nil
	case 'f':
		return Value{Kind: KindBool, Text: "false"}, nil
	default:
		return Value{Kind: KindNumber, Text: d.keep(raw)}, nil
	}
}

func (d *treeDecoder) object() (Value, error) {
	if err := d.open(); err != nil {
		return Value{}, err
	}
	base := len(d.pending)
	var names nameSet
	for d.json.PeekKind() != '}' {
		name, err := d.text()
		if err != nil {
			return Value{}, err
		}
		if names.has(d.pending[base:], name) {
			return Value{}, within(name, syntaxError(d.start, repeatedName))
		}
		member, err := d.value()
		if err != nil {
			return Value{}, within(name, err)
		}
		member.Name = name
		d.pending = append(d.pending, member)
	}
	return d.close(KindObject, base)
}

func (d *treeDecoder) array() (Value, error) {
	if err := d.open(); err != nil {
		return Value{}, err
	}
	base := len(d.pending)
	for d.json.PeekKind() != ']' {
		element, err := d.value()
		if err != nil {
			return Value{}, within(strconv.Itoa(len(d.pending)-base), err)
		}
		d.pending = append(d.pending, element)
	}
	return d.close(KindArray, base)
}

func (d *treeDecoder) open() error {
	if d.json.StackDepth() == maxTreeDepth {
		return syntaxError(d.json.InputOffset(), fmt.Sprintf("the JSON is nested more than %d levels deep", maxTreeDepth))
	}
	if _, err := d.json.ReadToken(); err != nil {
		return d.refuse(err)
	}
	return nil
}

// close moves the container's values from the pending ones into a slice of their own.
func (d *treeDecoder) close(kind Kind, base int) (Value, error) {
	if _, err := d.json.ReadToken(); err != nil {
		return Value{}, d.refuse(err)
	}
	container := Value{Kind: kind}
	if len(d.pending) > base {
		container.Items = append([]Value(nil), d.pending[base:]...)
	}
	d.pending = d.pending[:base]
	return container, nil
}

// text reads a string or a name.
func (d *treeDecoder) text() (string, error) {
	raw, err := d.json.ReadValue()
	if err != nil {
		return "", d.refuse(err)
	}
	d.start = d.json.InputOffset() - int64(len(raw))
	d.scratch, err = jsontext.AppendUnquote(d.scratch[:0], raw)
	if err != nil {
		return "", d.refuse(err)
	}
	if bytes.IndexByte(d.scratch, 0) >= 0 {
		return "", syntaxError(d.start, "a string holds the character U+0000, which cannot be stored")
	}
	return d.keep(d.scratch), nil
}

func (d *treeDecoder) keep(text []byte) string {
	start := d.texts.Len()
	d.texts.Write(text)
	return d.texts.String()[start:]
}

const repeatedName = "a name occurs twice in one object; names that differ only by case are the same name"

// refuse puts an error of the JSON decoder into our words.
func (d *treeDecoder) refuse(err error) error {
	offset := d.json.InputOffset()
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = syntactic.ByteOffset
	}
	switch {
	case bytes.HasPrefix(d.body, []byte("\uFEFF")):
		return syntaxError(0, "the JSON begins with a byte order mark; send UTF-8 without it")
	case errors.Is(err, io.EOF):
		return syntaxError(offset, "the JSON is empty; send one value")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return syntaxError(offset, "the JSON ends too early")
	case !startsRune(d.body[offset:]):
		return syntaxError(offset, "the JSON is not valid UTF-8")
	}
	return syntaxError(offset, "the JSON is malformed")
}

func startsRune(text []byte) bool {
	r, size := utf8.DecodeRune(text)
	return r != utf8.RuneError || size != 1
}

func syntaxError(offset int64, message string) error {
	return &SyntaxError{Type: scimerrors.ScimTypeInvalidSyntax, Message: message, Offset: int(offset)}
}

// within adds the enclosing member's name or element's index to the pointer of an error that is on its way up.
func within(name string, err error) error {
	if refused, ok := errors.AsType[*SyntaxError](err); ok {
		refused.Pointer = excerpt(string(jsontext.Pointer("").AppendToken(name)) + refused.Pointer)
	}
	return err
}

// nameSet finds repeated names in one object. Comparing each name with all others is cheapest for the usual few,
// but would be quadratic in a hostile body.
type nameSet struct{ folded map[string]bool }

// has tells whether name stands among members, which it is about to join.
func (n *nameSet) has(members []Value, name string) bool {
	if len(members) < manyNames {
		_, found := Value{Kind: KindObject, Items: members}.Member(name)
		return found
	}
	if n.folded == nil {
		n.folded = make(map[string]bool, 2*manyNames)
		for _, member := range members {
			n.folded[foldName(member.Name)] = true
		}
	}
	key := foldName(name)
	found := n.folded[key]
	n.folded[key] = true
	return found
}

// foldName maps exactly those names to one key that [strings.EqualFold] calls equal: every character becomes the least
// of those that Unicode simple folding puts together.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, name)
}
