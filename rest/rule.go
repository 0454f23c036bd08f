package rest

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the zones, also where the machine has none
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/scimbridge/scimbridge/domain"
)

// textRule is a row of a table of text fields: the name in this API, the attribute of the domain, and the rule for
// its values. The tables are used for reading and for applying a body; the views show the same names.
type textRule struct {
	name      string
	attribute *domain.Attribute
	required  bool
	check     check
}

// check gives the form in which a value is kept, or what is wrong with it. It never sees the empty text.
type check func(value string) (kept, problem string)

// texts are the text fields of a body by attribute: those that were sent, null as "".
type texts map[*domain.Attribute]string

// textFields makes the fields of a table of text rules.
func textFields[T any](rules []textRule, at func(*T) *texts) []field[T] {
	fields := make([]field[T], len(rules))
	for i, rule := range rules {
		fields[i] = field[T]{rule.name, func(r *reader, into *T) {
			if *at(into) == nil {
				*at(into) = texts{}
			}
			(*at(into))[rule.attribute] = r.text()
		}}
	}
	return fields
}

// mode tells what a field means that was not sent.
type mode int

const (
	replace mode = iota // it is cleared (POST, PUT)
	merge               // it is left as it is (PATCH)
)

// findings are the field errors of one request.
type findings []domain.FieldError

func (f *findings) add(path, problem string) {
	*f = append(*f, domain.FieldError{Attribute: path, Message: problem})
}

func (f findings) err() error { return failed(domain.CodeValidation, f) }

// apply writes the texts into the record and reports whether that made a difference. A value that breaks its rule is
// not written; one that the record has already is not checked, since another door may have stored it.
func (t texts) apply(rules []textRule, record any, how mode, path string, found *findings) bool {
	changed := false
	for _, rule := range rules {
		value, present := t[rule.attribute]
		if !present && how == merge {
			continue
		}
		place := rule.attribute.Ref(record)
		if rule.required && strings.TrimSpace(value) == "" {
			found.add(join(path, rule.name), "A value is needed; it must not be blank.")
			continue
		}
		if value == *place {
			continue
		}
		if value != "" && rule.check != nil {
			kept, problem := rule.check(value)
			if problem != "" {
				found.add(join(path, rule.name), problem)
				continue
			}
			value = kept
		}
		changed = changed || value != *place
		*place = value
	}
	return changed
}

// upTo limits the number of characters.
func upTo(limit int) check {
	return func(value string) (string, string) {
		if count := utf8.RuneCountInString(value); count > limit {
			return "", fmt.Sprintf("The value is too long: %d characters, %d are the limit.", count, limit)
		}
		return value, ""
	}
}

var (
	ordinary = upTo(256)
	short    = upTo(50)
)

// key is the rule of texts that tell people apart.
func key(value string) (string, string) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "", "The value must not contain control characters."
	}
	return upTo(domain.MaxKey)(value)
}

// mailAddress asks for no more than what makes an address: the only proof of one is a mail that arrived.
func mailAddress(value string) (string, string) {
	local, host, _ := strings.Cut(value, "@")
	odd := strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) })
	if local == "" || host == "" || strings.Contains(host, "@") || odd {
		return "", "The value must be an e-mail address: exactly one @ with something on both sides, and no blanks."
	}
	return key(value)
}

// oneOf compares without case and keeps the spelling of this API.
func oneOf(values ...string) check {
	return func(value string) (string, string) {
		at := slices.IndexFunc(values, func(known string) bool { return sameName(known, value) })
		if at < 0 {
			return "", "The value must be one of " + strings.Join(values, ", ") + "."
		}
		return values[at], ""
	}
}

// languageTag asks for a language tag (BCP 47) of registered parts.
func languageTag(value string) (string, string) {
	if _, err := language.Parse(value); err != nil || strings.Contains(value, "_") {
		return "", "The value must be a language tag (BCP 47), like en-US."
	}
	return ordinary(value)
}

// timeZone asks for a zone of the IANA database.
func timeZone(value string) (string, string) {
	if _, err := time.LoadLocation(value); err != nil || value == "Local" {
		return "", "The value must be a time zone (IANA), like Europe/Berlin."
	}
	return value, ""
}

// date asks for a day of the calendar.
func date(value string) (string, string) {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return "", "The value must be a date, like 2026-03-31."
	}
	return value, ""
}

// personID asks for an id; whether somebody has it is the engine's matter.
func personID(value string) (string, string) {
	id, ok := parseID(value)
	if !ok {
		return "", "The value must be a PersonId (a UUID)."
	}
	return id.String(), ""
}
