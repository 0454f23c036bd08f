package store

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// plainMember is a member of the objects in the lists that [encode] makes. What reads any JSON costs a look-up more than
// the rest of its record, so that lists of plain values are read by hand.
type plainMember[E any] struct {
	begin string // as it is written, up to the value or, of a text, behind its first quotation mark
	text  bool
	set   func(element *E, value string) bool // false for what is not plain
}

// Each of these lists has the order of its document.
var (
	plainEmail = []plainMember[domain.EmailAddress]{
		plainID(func(e *domain.EmailAddress) *uuid.UUID { return &e.ID }),
		plainText("address", func(e *domain.EmailAddress) *string { return &e.Address }),
		plainText("type", func(e *domain.EmailAddress) *string { return &e.Type }),
		plainText("display", func(e *domain.EmailAddress) *string { return &e.Display }),
		plainFlag("primary", func(e *domain.EmailAddress) *bool { return &e.IsPrimary }),
		{begin: `"verified_at":`, set: func(e *domain.EmailAddress, value string) bool {
			micro, err := strconv.ParseInt(value, 10, 64)
			e.VerifiedAt = time.UnixMicro(micro).UTC()
			return err == nil && value[0] >= '1' // one that JSON has, too
		}},
	}
	plainPhone = []plainMember[domain.PhoneNumber]{
		plainID(func(p *domain.PhoneNumber) *uuid.UUID { return &p.ID }),
		plainText("number", func(p *domain.PhoneNumber) *string { return &p.Number }),
		plainText("type", func(p *domain.PhoneNumber) *string { return &p.Type }),
		plainText("display", func(p *domain.PhoneNumber) *string { return &p.Display }),
		plainFlag("primary", func(p *domain.PhoneNumber) *bool { return &p.IsPrimary }),
	}
)

func plainID[E any](place func(element *E) *uuid.UUID) plainMember[E] {
	return plainMember[E]{`"id":"`, true, func(element *E, value string) (plain bool) {
		id, err := uuid.Parse(value)
		*place(element) = id
		return err == nil
	}}
}

func plainText[E any](name string, place func(element *E) *string) plainMember[E] {
	return plainMember[E]{`"` + name + `":"`, true, func(element *E, value string) bool {
		*place(element) = value
		return true
	}}
}

func plainFlag[E any](name string, place func(element *E) *bool) plainMember[E] {
	return plainMember[E]{`"` + name + `":`, false, func(element *E, value string) bool {
		*place(element) = true
		return value == "true"
	}}
}

// readPlain reads a list as encode writes it, whose texts are of printable ASCII and need no escape. The elements keep
// parts of the text.
func readPlain[E any](text string, members []plainMember[E]) (list []E, plain bool) {
	if text == emptyArray {
		return nil, true
	}
	list = make([]E, 0, strings.Count(text, "{"))
	for begin := "[{"; text != "]"; begin = ",{" {
		if text, plain = strings.CutPrefix(text, begin); !plain {
			return nil, false
		}
		var none E
		list = append(list, none)
		if text, plain = readElement(text, &list[len(list)-1], members); !plain {
			return nil, false
		}
	}
	return list, plain
}

// readElement reads an object behind its brace, and gives what follows it.
func readElement[E any](text string, element *E, members []plainMember[E]) (rest string, plain bool) {
	for _, m := range members {
		behind, found := strings.CutPrefix(text, m.begin)
		if !found {
			continue
		}
		end := plainEnd(behind, m.text)
		if end < 0 || !m.set(element, behind[:end]) {
			return "", false
		}
		if behind = behind[end:]; m.text {
			behind = behind[1:]
		}
		if rest, found = strings.CutPrefix(behind, "}"); found {
			return rest, true
		}
		if text, found = strings.CutPrefix(behind, ","); !found {
			return "", false
		}
	}
	return "", false
}

// plainEnd is where a value ends; -1 for one that is not plain.
func plainEnd(text string, quoted bool) int {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' && quoted, (c == ',' || c == '}') && !quoted:
			return i
		case c < ' ' || c > '~' || c == '"' || c == '\\':
			return -1
		}
	}
	return -1
}
