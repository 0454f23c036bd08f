package scim

import (
	"fmt"
	"strings"
	"unicode/utf8"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/go-json-experiment/json/jsontext"
)

// maxFilterLength is the number of bytes a filter or a path may have.
const maxFilterLength = 2048

// tokenKind is '(', ')', '[', ']' or one of the following.
type tokenKind byte

const (
	tokenEnd    tokenKind = 0
	tokenString tokenKind = '"'
	// tokenWord is any run of other characters: an attribute path, an operator, a number, a literal. What it must be
	// depends on where it stands, and so the parser can say what it expected there.
	tokenWord tokenKind = 'w'
)

type token struct {
	kind   tokenKind
	text   string // a word as written, a string without quotes and escapes
	offset int
}

// filterLexer cuts the text of a filter or a path into tokens.
type filterLexer struct {
	text     string
	next     int // where the token after tok begins, blanks before it included
	tok      token
	scimType scimerrors.ScimType
}

// begin checks the text as a whole and reads the first token.
func (l *filterLexer) begin() error {
	if len(l.text) > maxFilterLength {
		return l.fail(maxFilterLength, fmt.Sprintf("the text is longer than %d bytes", maxFilterLength))
	}
	for i, r := range l.text {
		if r == utf8.RuneError && !strings.HasPrefix(l.text[i:], string(utf8.RuneError)) {
			return l.fail(i, "the text is not valid UTF-8")
		}
	}
	return l.advance()
}

// advance reads the next token into tok.
func (l *filterLexer) advance() error {
	for l.next < len(l.text) && l.text[l.next] == ' ' {
		l.next++
	}
	start := l.next
	if start == len(l.text) {
		l.tok = token{tokenEnd, "", start}
		return nil
	}
	switch first := l.text[start]; first {
	case '(', ')', '[', ']':
		l.next++
		l.tok = token{tokenKind(first), l.text[start:l.next], start}
		return nil
	case '"':
		return l.advanceString()
	}
	for l.next < len(l.text) && !strings.ContainsRune(` "()[]`, rune(l.text[l.next])) {
		if c := l.text[l.next]; c < ' ' || c > '~' {
			return l.fail(l.next, "only printable ASCII characters may stand outside of a string")
		}
		l.next++
	}
	l.tok = token{tokenWord, l.text[start:l.next], start}
	return nil
}

// advanceString reads a string, which is a JSON string (RFC 7644 section 3.4.2.2, compValue).
func (l *filterLexer) advanceString() error {
	start := l.next
	escaped := false
	for i := start + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			l.next = i + 1
			return l.unquote(start, escaped)
		}
	}
	return l.fail(start, `the string has no closing "`)
}

func (l *filterLexer) unquote(start int, escaped bool) error {
	quoted := l.text[start:l.next]
	text := quoted[1 : len(quoted)-1]
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' }); i >= 0 {
		return l.fail(start+1+i, "the string holds a control character; write it as an escape")
	}
	if escaped {
		unquoted, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return l.fail(start, `the string holds an invalid escape; write " as \" and \ as \\, as in JSON`)
		}
		text = string(unquoted)
	}
	if strings.IndexByte(text, 0) >= 0 {
		return l.fail(start, "the string holds the character U+0000, which no value has")
	}
	l.tok = token{tokenString, text, start}
	return nil
}

func (l *filterLexer) fail(offset int, message string) error {
	return &SyntaxError{Type: l.scimType, Message: message, Offset: offset}
}

// unexpected says what stands at the current token instead of what was expected.
func (l *filterLexer) unexpected(expected string) error {
	found := excerpt(l.tok.text)
	switch l.tok.kind {
	case tokenEnd:
		found = "the end"
	case tokenString:
		found = fmt.Sprintf("the string %q", found)
	}
	return l.fail(l.tok.offset, "expected "+expected+", found "+found)
}
