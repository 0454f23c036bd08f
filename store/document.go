package store

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The stored forms of what lives in JSON columns. Absent members are zero values.
type (
	emailDocument struct {
		ID         uuid.UUID `json:"id"`
		Address    string    `json:"address"`
		Type       string    `json:"type,omitzero"`
		Display    string    `json:"display,omitzero"`
		IsPrimary  bool      `json:"primary,omitzero"`
		VerifiedAt int64     `json:"verified_at,omitzero"`
	}
	phoneDocument struct {
		ID        uuid.UUID `json:"id"`
		Number    string    `json:"number"`
		Type      string    `json:"type,omitzero"`
		Display   string    `json:"display,omitzero"`
		IsPrimary bool      `json:"primary,omitzero"`
	}
	addressDocument struct {
		ID         uuid.UUID `json:"id"`
		Type       string    `json:"type,omitzero"`
		Formatted  string    `json:"formatted,omitzero"`
		Street     string    `json:"street,omitzero"`
		City       string    `json:"city,omitzero"`
		Region     string    `json:"region,omitzero"`
		PostalCode string    `json:"postal_code,omitzero"`
		Country    string    `json:"country,omitzero"`
		IsPrimary  bool      `json:"primary,omitzero"`
	}
	echoDocument struct {
		FormattedName string              `json:"formatted_name,omitzero"`
		ProfileURL    string              `json:"profile_url,omitzero"`
		Photos        []echoValueDocument `json:"photos,omitempty"`
		IMs           []echoValueDocument `json:"ims,omitempty"`
		Entitlements  []echoValueDocument `json:"entitlements,omitempty"`
		Certificates  []echoValueDocument `json:"certificates,omitempty"`
	}
	echoValueDocument struct {
		Value     string `json:"value,omitzero"`
		Display   string `json:"display,omitzero"`
		Type      string `json:"type,omitzero"`
		IsPrimary bool   `json:"primary,omitzero"`
	}
)

// The forms that differ from those of the domain by nothing but tags convert into one another.
var (
	_ = domain.PhoneNumber(phoneDocument{})
	_ = domain.StreetAddress(addressDocument{})
)

const (
	emptyArray  = "[]"
	emptyObject = "{}"
)

// encode is the JSON of a stored form. What can't be encoded (text that is no UTF-8) is refused by the domain long
// before; encoding it anyway would store something else than was sent.
func encode(document any) string {
	text, err := json.Marshal(document, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("store: encode %T: %v", document, err))
	}
	return string(text)
}

// decode reads JSON that a column holds, as text or bytes, NULL and all.
func decode(source, document any) error {
	var text []byte
	switch value := source.(type) {
	case string:
		text = []byte(value)
	case []byte:
		text = value
	case nil:
		return nil
	default:
		return badSource("JSON", source)
	}
	if len(text) == len(emptyArray) { // nothing else is that short
		return nil
	}
	return json.Unmarshal(text, document)
}

// converted maps a list; nil stays nil.
func converted[From, To any](list []From, one func(From) To) []To {
	if len(list) == 0 {
		return nil
	}
	result := make([]To, len(list))
	for i, item := range list {
		result[i] = one(item)
	}
	return result
}

func encodeList[From, To any](list []From, one func(From) To) string {
	if len(list) == 0 {
		return emptyArray
	}
	return encode(converted(list, one))
}

func encodeAddresses(list []domain.StreetAddress) string {
	return encodeList(list, func(a domain.StreetAddress) addressDocument { return addressDocument(a) })
}

func encodeEcho(e domain.Echo) string {
	if e.IsZero() {
		return emptyObject
	}
	values := func(list []domain.EchoValue) []echoValueDocument {
		return converted(list, func(v domain.EchoValue) echoValueDocument { return echoValueDocument(v) })
	}
	return encode(echoDocument{e.FormattedName, e.ProfileURL,
		values(e.Photos), values(e.IMs), values(e.Entitlements), values(e.Certificates)})
}

// echoLists is the echo without the texts that have columns of their own.
func echoLists(e domain.Echo) domain.Echo {
	e.FormattedName, e.ProfileURL = "", ""
	return e
}

// The targets of JSON columns.
type (
	emailsTarget        []domain.EmailAddress
	phonesTarget        []domain.PhoneNumber
	addressesTarget     []domain.StreetAddress
	echoTarget          domain.Echo
	organizationsTarget []uuid.UUID
	textsTarget         []string
	policiesTarget      domain.Policies
)

// scanList reads a JSON array and maps its elements; no array is an empty one.
func scanList[From, To any](source any, one func(From) To) ([]To, error) {
	if source == nil {
		return nil, nil
	}
	var list []From
	err := decode(source, &list)
	return converted(list, one), err
}

// Scan implements [sql.Scanner].
func (t *emailsTarget) Scan(source any) (err error) {
	*t, err = scanList(source, func(e emailDocument) domain.EmailAddress {
		email := domain.EmailAddress{ID: e.ID, Address: e.Address, Type: e.Type, Display: e.Display, IsPrimary: e.IsPrimary}
		if e.VerifiedAt != 0 {
			email.VerifiedAt = time.UnixMicro(e.VerifiedAt).UTC()
		}
		return email
	})
	return err
}

// scanText implements textual.
func (t *emailsTarget) scanText(text string) error {
	list, plain := readPlain(text, plainEmail)
	if !plain {
		return t.Scan(text)
	}
	*t = list
	return nil
}

// Scan implements [sql.Scanner].
func (t *phonesTarget) Scan(source any) (err error) {
	*t, err = scanList(source, func(p phoneDocument) domain.PhoneNumber { return domain.PhoneNumber(p) })
	return err
}

// scanText implements textual.
func (t *phonesTarget) scanText(text string) error {
	list, plain := readPlain(text, plainPhone)
	if !plain {
		return t.Scan(text)
	}
	*t = list
	return nil
}

// Scan implements [sql.Scanner].
func (t *addressesTarget) Scan(source any) (err error) {
	*t, err = scanList(source, func(a addressDocument) domain.StreetAddress { return domain.StreetAddress(a) })
	return err
}

// Scan implements [sql.Scanner].
func (t *echoTarget) Scan(source any) error {
	if *t = (echoTarget{}); source == nil {
		return nil
	}
	var d echoDocument
	err := decode(source, &d)
	values := func(list []echoValueDocument) []domain.EchoValue {
		return converted(list, func(v echoValueDocument) domain.EchoValue { return domain.EchoValue(v) })
	}
	*t = echoTarget{d.FormattedName, d.ProfileURL, values(d.Photos), values(d.IMs), values(d.Entitlements), values(d.Certificates)}
	return err
}

// organizationDocument has the form of a folded element, so that one column serves both ends.
type organizationDocument struct {
	ID uuid.UUID `json:"OrganizationId"`
}

// Scan implements [sql.Scanner].
func (t *organizationsTarget) Scan(source any) (err error) {
	*t, err = scanList(source, func(o organizationDocument) uuid.UUID { return o.ID })
	return err
}

// Scan implements [sql.Scanner].
func (t *textsTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*[]string)(t))
}

// Scan implements [sql.Scanner].
func (t *policiesTarget) Scan(source any) error {
	*t = nil
	return decode(source, (*domain.Policies)(t))
}

// foldedElements is what conditions on a collection are asked of: its elements by the names of their attributes, as
// text in the form in which it is compared.
func foldedElements(into []byte, c *domain.Collection, record any) []byte {
	into = append(into, '[')
	start := len(into)
	c.Each(record, func(element any) bool {
		if len(into) > start {
			into = append(into, ',')
		}
		into = append(into, '{')
		opened := len(into)
		for _, attribute := range c.Attributes {
			value := attribute.Get(element, time.Time{})
			if value.IsZero() || value.Kind == domain.Bool && !value.Bool {
				continue
			}
			if len(into) > opened {
				into = append(into, ',')
			}
			into = appendMember(into, attribute.Name, comparable(attribute, value))
		}
		into = append(into, '}')
		return true
	})
	return append(into, ']')
}

// comparable is the text of a value in the form in which conditions compare it.
func comparable(attribute *domain.Attribute, value domain.Value) string {
	if value.Kind == domain.Text && !attribute.Exact {
		return domain.Fold(value.Text)
	}
	return value.String()
}
