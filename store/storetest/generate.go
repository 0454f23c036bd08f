package storetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

// words are texts that go wrong where somebody trusts a pattern, a quote, a collation or a length in bytes.
var words = []string{
	"", "a", "A", "b", "ab", "aB", "Anna", "anna ", "ä", "Ä", "a\u0308", "ß", "ss", "SS", "ẞ", "İ", "i", "I", "ı", "K", "k", "ﬁ", "fi", "Σ", "ς", "σ",
	"%", "_", "a%b", "a_b", `\`, `\%`, "'", `"`, `''`, "a'b", "{lock}", "?", "$1", "[", "*", "日本語", "🙂", "\u00a0", " ", "ａ", "Å", "\u01c5",
	"Work", "work", "Home", "true", "Active", "inactive", "Invited", "NotProvisioned", "LoggedIn", "Locked", "none", "2026-01-02",
}

// maker draws the parts of generated records.
type maker struct {
	*rapid.T
	count         int
	organizations []uuid.UUID
	providers     []uuid.UUID
}

func (m *maker) word() string { return rapid.SampledFrom(words).Draw(m.T, "word") }

func (m *maker) flag() bool { return rapid.Bool().Draw(m.T, "flag") }

// unique is empty or a text that no other call gives, not even folded.
func (m *maker) unique() string {
	if m.flag() {
		return ""
	}
	m.count++
	return fmt.Sprintf("%s~%d", m.word(), m.count)
}

// moment is none or a time around noon, on a microsecond.
func (m *maker) moment() time.Time {
	if m.flag() {
		return time.Time{}
	}
	return noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(m.T, "offset")) * time.Microsecond)
}

func (m *maker) id(of []uuid.UUID) uuid.UUID {
	return rapid.SampledFrom(append([]uuid.UUID{uuid.Nil}, of...)).Draw(m.T, "id")
}

// several draws up to two elements.
func several[E any](m *maker, one func() E) []E {
	var list []E
	for range rapid.IntRange(0, 2).Draw(m.T, "elements") {
		list = append(list, one())
	}
	return list
}

// profile fills every text attribute of the person that is not a key.
func (m *maker) person(connection uuid.UUID) *domain.Person {
	p := &domain.Person{ID: newID(), CreatedAt: noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(m.T, "hours")) * time.Hour), UpdatedAt: m.moment()}
	if m.flag() {
		p.Access = m.access()
	}
	if m.flag() {
		p.Link = &domain.Link{Connection: connection, Echo: m.echo()}
	}
	for _, attribute := range domain.PersonAttributes() {
		if text := attribute.Ref(p); text != nil {
			*text = m.word()
		}
	}
	p.Employee.Number, p.ExternalLogin = m.unique(), m.unique()
	if p.Link != nil {
		p.Link.ExternalKey = m.unique()
	}
	if p.Access != nil {
		m.count++
		p.Access.Username = fmt.Sprintf("%s~%d", m.word(), m.count)
	}
	m.contacts(p)
	return p
}

func (m *maker) contacts(p *domain.Person) {
	p.Emails = several(m, func() domain.EmailAddress {
		m.count++
		return domain.EmailAddress{ID: newID(), Address: fmt.Sprintf("%s~%d", m.word(), m.count), Type: m.word(), Display: m.word()}
	})
	if len(p.Emails) > 0 {
		p.Emails[0].IsPrimary = m.flag()
	}
	p.Phones = several(m, func() domain.PhoneNumber {
		return domain.PhoneNumber{ID: newID(), Number: m.word(), Type: m.word(), Display: m.word(), IsPrimary: m.flag()}
	})
	p.Addresses = several(m, func() domain.StreetAddress {
		return domain.StreetAddress{ID: newID(), Type: m.word(), Formatted: m.word(), Street: m.word(), City: m.word(), Region: m.word(),
			PostalCode: m.word(), Country: m.word(), IsPrimary: m.flag()}
	})
}

func (m *maker) access() *domain.UserAccess {
	return &domain.UserAccess{
		IsActive: m.flag(), ActivatedAt: m.moment(), MfaRequired: m.flag(), MfaEnrolledAt: m.moment(), IdentityProviderID: m.id(m.providers),
		OrganizationIDs: several(m, func() uuid.UUID { return rapid.SampledFrom(m.organizations).Draw(m.T, "organization") }),
		InvitedAt:       m.moment(), InvitationExpires: m.moment(), InvitationCount: rapid.IntRange(0, 1).Draw(m.T, "invitations"),
		ResetExpires: m.moment(), MustResetPassword: m.flag(), LockedUntil: m.moment(), LastLoginAt: m.moment(), CreatedAt: noon,
	}
}

func (m *maker) echo() domain.Echo {
	values := func() []domain.EchoValue {
		return several(m, func() domain.EchoValue {
			return domain.EchoValue{Value: m.word(), Display: m.word(), Type: m.word(), IsPrimary: m.flag()}
		})
	}
	return domain.Echo{Photos: values(), IMs: values(), Entitlements: values(), Certificates: values()}
}

// vocabulary is what conditions are made of.
type vocabulary struct {
	attributes  []*domain.Attribute
	collections []*domain.Collection
	ids         []uuid.UUID
	texts       []string // that occur in the records
}

// condition draws a condition of at most that depth.
func (m *maker) condition(v vocabulary, depth int) domain.Condition {
	kinds := 2
	if depth > 0 {
		kinds = 6
	}
	kind := rapid.IntRange(0, kinds-1).Draw(m.T, "kind")
	if kind == 5 && len(v.collections) == 0 {
		kind = 1
	}
	switch kind {
	case 0:
		return domain.Present{Attribute: rapid.SampledFrom(v.attributes).Draw(m.T, "attribute")}
	case 2:
		return domain.And(m.conditions(v, depth-1))
	case 3:
		return domain.Or(m.conditions(v, depth-1))
	case 4:
		return domain.Not{Condition: m.condition(v, depth-1)}
	case 5:
		c := rapid.SampledFrom(v.collections).Draw(m.T, "collection")
		return domain.Some{Collection: c, Where: m.condition(vocabulary{attributes: c.Attributes, ids: v.ids, texts: v.texts}, depth-1)}
	default:
		attribute := rapid.SampledFrom(v.attributes).Draw(m.T, "attribute")
		operator := domain.Operator(rapid.IntRange(int(domain.Equal), int(domain.LessOrEqual)).Draw(m.T, "operator"))
		return domain.Compare{Attribute: attribute, Operator: operator, Value: m.value(attribute, v)}
	}
}

func (m *maker) conditions(v vocabulary, depth int) []domain.Condition {
	return several(m, func() domain.Condition { return m.condition(v, depth) })
}

// value draws what an attribute is compared with: often something that occurs, or a part of it.
func (m *maker) value(attribute *domain.Attribute, v vocabulary) domain.Value {
	switch attribute.Kind {
	case domain.Bool:
		return domain.BoolValue(m.flag())
	case domain.Time:
		at := m.moment()
		if !at.IsZero() && m.flag() {
			at = at.Add(300 * time.Nanosecond) // between two that can be stored
		}
		return domain.TimeValue(at)
	case domain.ID:
		id := m.id(v.ids)
		if m.flag() {
			return domain.TextValue(m.part(id.String()))
		}
		return domain.IDValue(id)
	default:
		if m.flag() {
			return domain.TextValue(m.word())
		}
		return domain.TextValue(m.part(rapid.SampledFrom(v.texts).Draw(m.T, "text")))
	}
}

// part is the text, in another case, or some of it.
func (m *maker) part(text string) string {
	runes := []rune(text)
	switch rapid.IntRange(0, 4).Draw(m.T, "part") {
	case 0:
		return strings.ToUpper(text)
	case 1:
		return string(runes[len(runes)/2:])
	case 2:
		return string(runes[:len(runes)/2])
	default:
		return text
	}
}
