package store

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// What every create writes as JSON is written member by member: finding out again what a stored form is made of costs more
// than the text. What comes out is what encode makes of the stored forms.

func encodeEmails(list []domain.EmailAddress) string {
	return encodeEach(list, func(into []byte, e *domain.EmailAddress) []byte {
		into = appendContact(into, e.ID, `","address":`, e.Address, e.Type, e.Display, e.IsPrimary)
		if at := micros(e.VerifiedAt); at != 0 {
			into = strconv.AppendInt(append(into, `,"verified_at":`...), at, 10)
		}
		return append(into, '}')
	})
}

func encodePhones(list []domain.PhoneNumber) string {
	return encodeEach(list, func(into []byte, p *domain.PhoneNumber) []byte {
		return append(appendContact(into, p.ID, `","number":`, p.Number, p.Type, p.Display, p.IsPrimary), '}')
	})
}

func encodeChanges(list []domain.Change) string {
	return encodeEach(list, func(into []byte, c *domain.Change) []byte {
		into = appendQuoted(append(into, `{"attribute":`...), c.Attribute)
		into = appendKnown(into, `,"before":`, c.Before)
		return append(appendKnown(into, `,"after":`, c.After), '}')
	})
}

func encodeTexts[Text ~string](list []Text) string {
	return encodeEach(list, func(into []byte, text *Text) []byte { return appendQuoted(into, string(*text)) })
}

// encodeMap writes the members in the order of their names.
func encodeMap[Name ~string](texts map[Name]string) string {
	if len(texts) == 0 {
		return emptyObject
	}
	into := []byte{'{'}
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		if i > 0 {
			into = append(into, ',')
		}
		into = appendMember(into, string(name), texts[name])
	}
	return string(append(into, '}'))
}

func encodeEach[E any](list []E, one func(into []byte, element *E) []byte) string {
	if len(list) == 0 {
		return emptyArray
	}
	into := append(make([]byte, 0, 64+64*len(list)), '[')
	for i := range list {
		if i > 0 {
			into = append(into, ',')
		}
		into = one(into, &list[i])
	}
	return string(append(into, ']'))
}

// appendContact begins an object with what e-mail addresses and telephone numbers have in common.
func appendContact(into []byte, id uuid.UUID, name, value, kind, display string, primary bool) []byte {
	into = append(append(into, `{"id":"`...), id.String()...)
	into = appendQuoted(append(into, name...), value)
	into = appendKnown(into, `,"type":`, kind)
	into = appendKnown(into, `,"display":`, display)
	if primary {
		into = append(into, `,"primary":true`...)
	}
	return into
}

// appendKnown adds a member that is left out when it is empty.
func appendKnown(into []byte, name, value string) []byte {
	if value == "" {
		return into
	}
	return appendQuoted(append(into, name...), value)
}

func appendMember(into []byte, name, value string) []byte {
	into = appendQuoted(into, name)
	return appendQuoted(append(into, ':'), value)
}

func appendQuoted(into []byte, text string) []byte {
	quoted, err := jsontext.AppendQuote(into, text)
	if err != nil {
		panic(fmt.Sprintf("store: encode text: %v", err))
	}
	return quoted
}
