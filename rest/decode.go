package rest

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// field is a row of a request type: a name, and what reads the value of that name into a T.
type field[T any] struct {
	name string
	read func(r *reader, into *T)
}

// sent is a value that a request may leave out. Null stands for the zero value: in the domain none, null and "" are
// the same.
type sent[V any] struct {
	present bool
	value   V
}

// or is the value, or another when none was sent.
func (s sent[V]) or(other V) V {
	if s.present {
		return s.value
	}
	return other
}

// decode reads a body that scan has found sound. It reports all names that the type does not have, or else all
// values of a wrong type; a body of nothing is an empty object.
func decode[T any](body []byte, fields []field[T]) (T, error) {
	var into T
	if len(body) == 0 {
		return into, nil
	}
	r := &reader{json: jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))}
	readFields(r, fields, &into)
	return into, r.err()
}

// reader reads values and collects what is wrong with their names and types.
type reader struct {
	json     *jsontext.Decoder
	path     string // of the value being read, as it is named in errors
	refused  *domain.Error
	unknown  []domain.FieldError
	mistyped []domain.FieldError
}

func (r *reader) err() error {
	switch {
	case r.refused != nil:
		return r.refused
	case len(r.unknown) > 0:
		return failed(domain.CodeUnknownField, r.unknown)
	default:
		return failed(domain.CodeValidation, r.mistyped)
	}
}

// failed makes one error of field errors; nil of none.
func failed(code domain.Code, fields []domain.FieldError) error {
	if len(fields) == 0 {
		return nil
	}
	message := fields[0].Message
	if len(fields) > 1 {
		message = strconv.Itoa(len(fields)) + " fields are not acceptable; see errors."
	}
	return &domain.Error{Code: code, Attribute: fields[0].Attribute, Message: message, Fields: fields}
}

// maxUnknown is how many unknown names one answer lists.
const maxUnknown = 20

// readFields reads an object by the table of its fields.
func readFields[T any](r *reader, fields []field[T], into *T) {
	if !r.enter('{', "an object") {
		return
	}
	outer := r.path
	for r.json.PeekKind() != '}' {
		name, err := r.json.ReadToken()
		if err != nil {
			return // scan has read the same bytes
		}
		text := name.String()
		row := fieldNamed(fields, text)
		if row == nil {
			r.path = join(outer, shortened(text))
			if code := domain.CodePasswordNotAccepted; likePassword(foldName(text)) && r.refused == nil {
				r.refused = domain.Refuse(code, r.path, "%s", banReasons[code]) // scan let the flag of a command through
			}
			if len(r.unknown) < maxUnknown {
				r.unknown = append(r.unknown, domain.FieldError{Attribute: r.path, Message: "There is no such field here."})
			}
			r.skip()
			continue
		}
		r.path = join(outer, row.name)
		row.read(r, into)
	}
	r.leave(outer)
}

func fieldNamed[T any](fields []field[T], name string) *field[T] {
	for i := range fields {
		if sameName(fields[i].name, name) {
			return &fields[i]
		}
	}
	return nil
}

func indexed(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// readList reads an array, of at most [domain.MaxElements]; null is an empty one.
func readList[E any](r *reader, element func(r *reader) E) []E {
	return readListUpTo(r, domain.MaxElements, element)
}

// readListUpTo is readList with a limit of its own.
func readListUpTo[E any](r *reader, limit int, element func(r *reader) E) []E {
	if r.null() || !r.enter('[', "an array") {
		return nil
	}
	outer := r.path
	var list []E
	for r.json.PeekKind() != ']' {
		r.path = indexed(outer, len(list))
		if len(list) > limit {
			r.skip()
			continue
		}
		list = append(list, element(r))
	}
	r.leave(outer)
	if len(list) > limit {
		r.wrong("There are too many entries; %d are the limit.", limit)
		return nil
	}
	return list
}

// enter steps into an object or an array.
func (r *reader) enter(kind jsontext.Kind, what string) bool {
	if r.json.PeekKind() != kind {
		r.wrong("The value must be %s.", what)
		r.skip()
		return false
	}
	_, err := r.json.ReadToken()
	return err == nil
}

func (r *reader) leave(outer string) {
	r.path = outer
	_, _ = r.json.ReadToken() // scan has read the same bytes
}

func (r *reader) skip() { _ = r.json.SkipValue() } // scan has read the same bytes

func (r *reader) wrong(format string, args ...any) {
	r.mistyped = append(r.mistyped, domain.FieldError{Attribute: r.path, Message: fmt.Sprintf(format, args...)})
}

// null reads a null, if there is one.
func (r *reader) null() bool {
	if r.json.PeekKind() != 'n' {
		return false
	}
	r.skip()
	return true
}

// text reads a text or null.
func (r *reader) text() string {
	if r.null() {
		return ""
	}
	if r.json.PeekKind() != '"' {
		r.wrong("The value must be a text.")
		r.skip()
		return ""
	}
	token, err := r.json.ReadToken()
	if err != nil {
		return ""
	}
	return token.String()
}

// flag reads true or false; null is nil.
func (r *reader) flag() *bool {
	if r.null() {
		return nil
	}
	kind := r.json.PeekKind()
	if kind != 't' && kind != 'f' {
		r.wrong("The value must be true or false.")
	}
	r.skip()
	value := kind == 't'
	return &value
}

// number reads a whole number that isn't negative, or null.
func (r *reader) number() int64 {
	if r.null() {
		return 0
	}
	if r.json.PeekKind() != '0' {
		r.wrong("The value must be a number.")
		r.skip()
		return 0
	}
	token, err := r.json.ReadToken()
	if err != nil {
		return 0
	}
	number, err := strconv.ParseInt(token.String(), 10, 64)
	if err != nil || number < 0 {
		r.wrong("The value must be a whole number that isn't negative.")
		return 0
	}
	return number
}

// object reads an object as it stands, for somebody else to read; null is nil.
func (r *reader) object() jsontext.Value {
	if r.null() {
		return nil
	}
	if r.json.PeekKind() != '{' {
		r.wrong("The value must be an object.")
		r.skip()
		return nil
	}
	value, _ := r.json.ReadValue() // scan has read the same bytes
	return value.Clone()
}

// identifier reads an id or null.
func (r *reader) identifier() uuid.UUID {
	text := r.text()
	if text == "" {
		return uuid.Nil
	}
	id, ok := parseID(text)
	if !ok {
		r.wrong("The value must be an id (a UUID).")
	}
	return id
}

// parseID reads an id of a body or a parameter, in the form of 36 characters.
func parseID(text string) (uuid.UUID, bool) {
	if len(text) != len(uuid.Nil.String()) {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(text)
	return id, err == nil && id != uuid.Nil
}

// setText, setFlag, … make the read half of a field.
func setText[T any](at func(*T) *sent[string]) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = sent[string]{true, r.text()} }
}

func setFlag[T any](at func(*T) *sent[*bool]) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = sent[*bool]{true, r.flag()} }
}

func setNumber[T any](at func(*T) *sent[int64]) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = sent[int64]{true, r.number()} }
}

func setID[T any](at func(*T) *sent[uuid.UUID]) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = sent[uuid.UUID]{true, r.identifier()} }
}

func setIDs[T any](at func(*T) *[]uuid.UUID) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = readList(r, (*reader).identifier) }
}

// ignored reads past a field that is the server's own: it may come back in a body that was read before.
func ignored[T any](r *reader, _ *T) { r.skip() }

// refusing makes a field whose presence is an error.
func refusing[T any](code domain.Code, reason string) func(*reader, *T) {
	return func(r *reader, _ *T) {
		if r.refused == nil {
			r.refused = domain.Refuse(code, r.path, "%s", reason)
		}
		r.skip()
	}
}
