package scim

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scimbridge/scimbridge/domain"
)

const base = "https://bridge.example/scim/v2"

var noon = time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC)

// plainView is the view of a connection without choices in a tenant without SSO.
var plainView = view{base: base, now: noon}

var ssoView = view{base: base, now: noon, sso: true}

func testID(n byte) uuid.UUID { return uuid.UUID{15: n, 0: 0xaa} }

// tree reads JSON; single quotes stand for double ones, so that tables read well.
func tree(t rapid.TB, text string) Value {
	t.Helper()
	value, err := ParseJSON([]byte(strings.ReplaceAll(text, `'`, `"`)))
	require.NoError(t, err, text)
	return value
}

// ana is a person with something in every corner: two work addresses, of which the connector sees one.
func ana() *domain.Person {
	return &domain.Person{
		ID: testID(1), Version: 7, CreatedAt: noon.Add(-48 * time.Hour), UpdatedAt: noon.Add(-time.Hour),
		Username: "ana@example.org", ExternalLogin: "",
		Profile: domain.Profile{
			FirstName: "Ana", LastName: "Ito", Locale: "pt-BR", ExternalReference: "HR-1",
			Emails: []domain.EmailAddress{
				{ID: testID(11), Address: "ana@example.org", Type: "work", IsPrimary: true, VerifiedAt: noon},
				{ID: testID(12), Address: "hidden@example.org", Type: "Work", VerifiedAt: noon},
				{ID: testID(13), Address: "ana@home.example", Type: "home", Display: "Home"},
			},
			Phones: []domain.PhoneNumber{
				{ID: testID(21), Number: "+1 555 0100", Type: "mobile", IsPrimary: true},
				{ID: testID(22), Number: "+1 555 0199", Type: "mobile"},
			},
			Addresses: []domain.StreetAddress{
				{ID: testID(31), Type: "work", Street: "1 Main St", City: "Rio", Region: "RJ", PostalCode: "20000", Country: "BR"},
			},
			Employee: domain.Employee{Number: "77", Title: "Engineer", Department: "R&D", HireDate: "2020-01-01", Manager: testID(9).String()},
		},
		Access: &domain.UserAccess{
			Username: "ana@example.org", IsActive: true, ActivatedAt: noon.Add(-24 * time.Hour), MfaRequired: true,
			OrganizationIDs: []uuid.UUID{testID(41), testID(42)}, CreatedAt: noon.Add(-36 * time.Hour), LastLoginAt: noon.Add(-2 * time.Hour),
		},
		Link: &domain.Link{Connection: testID(50), ExternalKey: "Ext-1", Echo: domain.Echo{
			ProfileURL: "not a URL", Photos: []domain.EchoValue{{Value: "photo?", Type: "photo", IsPrimary: true}},
			IMs: []domain.EchoValue{{Value: "ana", Type: "xmpp"}},
		}},
		Groups:      []domain.Membership{{Group: testID(61), Name: "Ops"}},
		ManagerName: "Mia",
	}
}

// copied copies a person as the engine does before it hands it to Apply.
func copied(p *domain.Person) *domain.Person {
	next, access, link := *p, *p.Access, *p.Link
	next.Access, next.Link = &access, &link
	next.Emails, next.Phones, next.Addresses = slices.Clone(p.Emails), slices.Clone(p.Phones), slices.Clone(p.Addresses)
	next.Groups = slices.Clone(p.Groups)
	access.OrganizationIDs = slices.Clone(access.OrganizationIDs)
	echo := &link.Echo
	echo.Photos, echo.IMs = slices.Clone(echo.Photos), slices.Clone(echo.IMs)
	echo.Entitlements, echo.Certificates = slices.Clone(echo.Entitlements), slices.Clone(echo.Certificates)
	return &next
}

// state is all that a change can change, by the names of the domain, with the aspect of each.
func state(p *domain.Person) (values map[string]string, aspects map[string]domain.Aspect) {
	values, aspects = map[string]string{}, map[string]domain.Aspect{}
	for _, a := range domain.PersonAttributes() {
		if a.Aspect != 0 {
			values[a.Name], aspects[a.Name] = a.Get(p, noon).String(), a.Aspect
		}
	}
	for _, c := range domain.PersonCollections() {
		if c.Aspect == 0 {
			continue
		}
		var lines []string
		c.Each(p, func(element any) bool {
			var parts []string
			for _, a := range c.Attributes {
				if text := a.Get(element, noon).String(); text != "" && text != "false" {
					parts = append(parts, strings.ReplaceAll(text, "true", "primary"))
				}
			}
			lines = append(lines, strings.Join(parts, " "))
			return true
		})
		values[c.Name], aspects[c.Name] = strings.Join(lines, "; "), c.Aspect
	}
	return values, aspects
}

// changed tells what differs, new values by the names of the domain.
func changed(before, after *domain.Person) map[string]string {
	was, _ := state(before)
	is, _ := state(after)
	for name, value := range was {
		if is[name] == value {
			delete(is, name)
		}
	}
	return is
}

// apply applies the change to a copy of the person, as often as the engine might, and holds it to its promises.
func apply(t testing.TB, change domain.PersonChange, p *domain.Person) (*domain.Person, error) {
	t.Helper()
	first, second := copied(p), copied(p)
	err := change.Apply(first)
	again := change.Apply(second)
	assert.Equal(t, err, again)
	assert.Equal(t, first, second, "Apply must be repeatable")
	if err == nil {
		_, aspects := state(p)
		for name := range changed(p, first) {
			assert.NotZero(t, change.Touches&aspects[name], "%s was changed but not announced", name)
		}
	}
	return first, err
}

// failure tells in one word how an error will be answered: its scimType, or the domain's code.
func failure(err error) string {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused.scimType
	}
	if malformed, ok := errors.AsType[*SyntaxError](err); ok {
		return string(malformed.Type)
	}
	return string(domain.CodeOf(err))
}

// shownUser gives a user as a client sees it.
func shownUser(t testing.TB, p *domain.Person, v view) map[string]any {
	t.Helper()
	proj, err := newProjection(userType, "", "", v)
	require.NoError(t, err)
	return parsed(t, appendUser(nil, p, v, proj))
}

func parsed(t testing.TB, document []byte) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal(document, &object), string(document))
	return object
}
