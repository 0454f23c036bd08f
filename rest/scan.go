package rest

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimbridge/scimbridge/domain"
)

// maxDepth counts the outermost object as 1.
const maxDepth = 64

// protected are names, in lower case, that no body may hold at any depth: they link a person to the identity store.
var protected = map[string]bool{
	"identityuserunique": true,
	"identityuserid":     true,
	"identityid":         true,
	"identityaccountid":  true,
	"passwordhash":       true,
	"hashscheme":         true,
}

// ban tells why no body may hold a name in lower case at any depth; "" for most. Passwords, whatever they are called,
// are set by the person alone; ResetPassword is the flag of a command.
func ban(name string) domain.Code {
	switch {
	case protected[name]:
		return domain.CodeProtectedField
	case likePassword(name) && name != "resetpassword":
		return domain.CodePasswordNotAccepted
	default:
		return ""
	}
}

// likePassword tells whether a name in lower case seems to be that of a password.
func likePassword(name string) bool { return strings.Contains(name, "password") }

var banReasons = map[domain.Code]string{
	domain.CodeProtectedField:      "This field is internal and never accepted; leave it out.",
	domain.CodePasswordNotAccepted: "Passwords are chosen by the person alone; use Invite or ResetPassword to mail a link.",
}

// scan makes sure that body is exactly one JSON object that everybody reads alike: valid UTF-8, no NUL, no name twice
// (also not in another case), at most maxDepth levels, nothing behind it, and no banned name anywhere. Where passwords
// may come, it is the fields that say how they are called.
func scan(body []byte, passwords bool) error { return scanBut(body, passwords, "") }

// hashName is the name of a password's hash, where one may be sent.
const hashName = "PasswordHash"

// scanBut is scan for a body that may hold a name that is banned elsewhere.
func scanBut(body []byte, passwords bool, allowed string) error {
	s := scanner{passwords: passwords, allowed: foldName(allowed), json: jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))}
	if s.json.PeekKind() != '{' {
		if err := s.one(); err != nil {
			return s.malformed(body, err)
		}
		return domain.Refuse(domain.CodeMalformedJSON, "", "The body must be a JSON object.")
	}
	for {
		if err := s.one(); err != nil {
			return s.malformed(body, err)
		}
		if s.json.StackDepth() == 0 {
			break
		}
	}
	if _, err := s.json.ReadToken(); err != io.EOF {
		return domain.Refuse(domain.CodeMalformedJSON, "", "Something follows the JSON object; send exactly one.")
	}
	if s.refused != nil {
		return s.refused
	}
	return nil
}

// scanner walks over the tokens of a body.
type scanner struct {
	json      *jsontext.Decoder
	passwords bool
	allowed   string            // a name that is banned elsewhere, in lower case
	names     []map[string]bool // of the open objects and arrays, innermost last
	refused   *domain.Error     // the first banned name, told only when the whole body is sound JSON
}

// one reads one token.
func (s *scanner) one() error {
	token, err := s.json.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case '{', '[':
		s.names = append(s.names, nil)
		if len(s.names) > maxDepth {
			return domain.Refuse(domain.CodeMalformedJSON, "", "The JSON is nested more than %d levels deep.", maxDepth)
		}
	case '}', ']':
		s.names = s.names[:len(s.names)-1]
	case '"':
		return s.text(token.String())
	}
	return nil
}

// text checks a string, and whether it is a name that may stand where it stands.
func (s *scanner) text(text string) error {
	if strings.Contains(text, "\x00") {
		return domain.Refuse(domain.CodeMalformedJSON, "", "A text holds the character U+0000, which can't be stored.")
	}
	kind, count := s.json.StackIndex(s.json.StackDepth())
	if kind != '{' || count%2 == 0 {
		return nil
	}
	names, name := &s.names[len(s.names)-1], foldName(text)
	if (*names)[name] {
		return domain.Refuse(domain.CodeDuplicateKey, shortened(text), "The name occurs twice in one object; names that differ only by case are the same.")
	}
	if *names == nil {
		*names = map[string]bool{}
	}
	(*names)[name] = true
	if code := ban(name); code != "" && name != s.allowed && s.refused == nil && (code != domain.CodePasswordNotAccepted || !s.passwords) {
		s.refused = domain.Refuse(code, shortened(text), "%s", banReasons[code])
	}
	return nil
}

// malformed puts an error of the reader into our words.
func (s *scanner) malformed(body []byte, err error) error {
	if own, ok := errors.AsType[*domain.Error](err); ok {
		return own
	}
	offset := s.json.InputOffset()
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = syntactic.ByteOffset
	}
	what := "The body is not valid JSON (byte %d)."
	switch {
	case len(body) == 0:
		what = "The body is empty; send a JSON object."
	case bytes.HasPrefix(body, []byte("\uFEFF")):
		what = "The body begins with a byte order mark; send UTF-8 without one."
	case errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF:
		what = "The JSON ends too early."
	}
	if !strings.Contains(what, "%d") {
		return domain.Refuse(domain.CodeMalformedJSON, "", "%s", what)
	}
	return domain.Refuse(domain.CodeMalformedJSON, "", what, offset)
}

// foldName is the form in which names are compared: without the case of ASCII letters. All our names are ASCII, so
// that no look-alike (ſ, K) can pass for one.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, name)
}

// sameName tells whether a name that was sent is ours, which is ASCII: a look-alike has more bytes.
func sameName(ours, name string) bool {
	return len(ours) == len(name) && strings.EqualFold(ours, name)
}

// shortened keeps what a client sent from filling an answer.
func shortened(text string) string {
	const limit = 64
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
