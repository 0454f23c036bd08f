package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what the engine stores. The doors may be stricter.
const (
	MaxText     = 1024      // bytes of an ordinary text
	MaxMessage  = 4 * 1024  // bytes of the inviter's own words
	MaxKey      = 254       // characters of a username, external login, employee number or e-mail address
	MaxEcho     = 64 * 1024 // bytes of one echoed value, certificates among them
	MaxElements = 100       // elements of one collection
)

func checkText(found *problems, attribute, text string) {
	checkSize(found, attribute, text, MaxText)
}

func checkSize(found *problems, attribute, text string, limit int) {
	switch {
	case len(text) > limit:
		found.add(attribute, "The value is too long: %d bytes, %d are the limit.", len(text), limit)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		found.add(attribute, "The value must be text in UTF-8 without NUL characters.")
	}
}

// checkKey checks a text that is compared to tell people apart: no control characters, limited length.
func checkKey(found *problems, attribute, text string) {
	switch {
	case utf8.RuneCountInString(text) > MaxKey:
		found.add(attribute, "The value is too long: %d characters are the limit.", MaxKey)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		found.add(attribute, "The value must not contain control characters.")
	}
}

func checkUsername(found *problems, username string) {
	if strings.TrimSpace(username) == "" {
		found.add("Username", "A username is needed.")
		return
	}
	if strings.TrimSpace(username) != username {
		found.add("Username", "A username must not begin or end with a blank.")
		return
	}
	checkKey(found, "Username", username)
}

func (p *Profile) validate(found *problems) {
	shown := &Person{Profile: *p}
	for _, attribute := range personAttributes {
		if attribute.Aspect != AspectProfile || attribute == AttrSuggestedUsername || attribute == AttrEmployeeNumber {
			continue
		}
		checkText(found, attribute.Name, *attribute.Ref(shown))
	}
	checkKey(found, AttrEmployeeNumber.Name, p.Employee.Number)
	for _, collection := range []*Collection{Emails, Phones, Addresses} {
		checkElements(found, collection, shown, MaxText)
	}
	primaries := 0
	for _, email := range p.Emails {
		checkKey(found, Emails.Name, email.Address)
		if email.IsPrimary {
			primaries++
		}
	}
	if primaries > 1 {
		found.add(Emails.Name, "Only one address can be the primary one.")
	}
}

func (e *Echo) validate(found *problems) {
	shown := &Person{Link: &Link{Echo: *e}}
	checkText(found, AttrFormattedName.Name, e.FormattedName)
	checkSize(found, AttrProfileURL.Name, e.ProfileURL, MaxEcho)
	for _, collection := range []*Collection{Photos, IMs, Entitlements, Certificates} {
		checkElements(found, collection, shown, MaxEcho)
	}
}

func checkElements(found *problems, collection *Collection, record any, limit int) {
	count := collection.Len(record)
	if count == 0 {
		return
	}
	collection.Each(record, func(element any) bool {
		for _, attribute := range collection.Attributes {
			if text := attribute.Ref(element); text != nil {
				checkSize(found, collection.Name, *text, limit)
			}
		}
		return true
	})
	if count > MaxElements {
		found.add(collection.Name, "There are too many entries: %d are the limit.", MaxElements)
	}
}

// mailable reports whether mail can be sent to the address at all: one @ with something on both sides, and
// nothing that could end a header.
func mailable(address string) bool {
	local, host, found := strings.Cut(address, "@")
	return found && local != "" && host != "" && !strings.Contains(host, "@") &&
		!strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) })
}
