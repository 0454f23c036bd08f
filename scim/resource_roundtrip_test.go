package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// full is a user with every attribute that a client can set, as a validator sends it (after RFC 7643 section 8.2).
const full = `{
	"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
	"externalId": "701984", "userName": "bjensen@example.com",
	"name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III"},
	"displayName": "Babs Jensen", "nickName": "Babs", "profileUrl": "https://login.example.com/bjensen",
	"emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}, {"value": "babs@jensen.org", "type": "home"}],
	"addresses": [
		{"streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "USA", "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA", "type": "work", "primary": true},
		{"streetAddress": "456 Hollywood Blvd", "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "USA", "formatted": "456 Hollywood Blvd\nHollywood, CA 91608 USA", "type": "home"}],
	"phoneNumbers": [{"value": "555-555-5555", "type": "work"}, {"value": "555-555-4444", "type": "mobile"}],
	"ims": [{"value": "someaimhandle", "type": "aim"}],
	"photos": [{"value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo"}, {"value": "no URL", "type": "thumbnail"}],
	"entitlements": [{"value": "e1", "display": "E", "type": "t", "primary": true}],
	"userType": "Employee", "title": "Tour Guide", "preferredLanguage": "en-US", "locale": "any where", "timezone": "America/Los_Angeles", "active": true,
	"x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVMx"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios",
		"division": "Theme Park", "department": "Tour Operations", "manager": {"value": "RANDOM"}},
	"roles": [{"primary": "True", "value": "x"}], "password": "t1meMa$heen"
}`

// Validators compare each attribute that they sent with what comes back.
func TestWhatIsSentComesBack(t *testing.T) {
	t.Parallel()
	b := newBridge(t)
	created := b.acme.do(t, "POST", "/Users", full).want(t, 201)
	var sent map[string]any
	require.NoError(t, json.Unmarshal([]byte(full), &sent))
	delete(sent, "roles")
	delete(sent, "password")
	read := b.acme.do(t, "GET", "/Users/"+created.id(), "").want(t, 200)
	assert.Equal(t, created.body, read.body)
	assertWithin(t, sent, read.body, "")

	// Okta puts back all that it read; the version tells whether anything was taken for a change.
	put := b.acme.do(t, "PUT", "/Users/"+created.id(), read.Body.String()).want(t, 200)
	assert.Equal(t, read.body, put.body)
	bare := b.acme.do(t, "PUT", "/Users/"+created.id(), `{"userName":"bjensen@example.com","emails":["b@j"],"schemas":["`+enterpriseURN+`"]}`).want(t, 200)
	assert.Equal(t, "bjensen@example.com", bare.at("displayName"))
	assert.Equal(t, []any{map[string]any{"value": "b@j", "primary": true}}, bare.at("emails"))
	for _, gone := range []string{"name", "addresses", "photos", "title", enterpriseURN} {
		assert.Nil(t, bare.at(gone), gone)
	}
	assert.Equal(t, "701984", bare.at("externalId"))
}

// assertWithin holds when everything that was sent stands in what was read.
func assertWithin(t *testing.T, sent, read any, at string) {
	t.Helper()
	switch sent := sent.(type) {
	case map[string]any:
		object, ok := read.(map[string]any)
		if assert.True(t, ok, at) {
			for name, value := range sent {
				assertWithin(t, value, object[name], at+"/"+name)
			}
		}
	case []any:
		list, ok := read.([]any)
		if !assert.True(t, ok, at) || at == "/schemas" {
			return
		}
		require.Len(t, list, len(sent), at)
		for i, value := range sent {
			assertWithin(t, value, list[i], at)
		}
	default:
		assert.Equal(t, sent, read, at)
	}
}

// storeFilters name each attribute that can be compared, by each operator that it takes.
var storeFilters = func() (filters []string) {
	parts := []string{"co", "sw", "ew", "gt", "ge", "lt", "le"}
	texts := []string{"ana", "Ana@Example.org", "701984", "a", "", "Ops", "work", "x", uuid.Nil.String()}
	for _, s := range userType.schemas {
		for _, row := range s.rows {
			leaf, path := (target{row: row}).leaf(), row.path
			if row.common || leaf == nil || leaf.searched() == nil || row.needsSso {
				continue
			}
			switch leaf.searched().Kind {
			case domain.Bool:
				filters = append(filters, path+` eq true`, path+` ne "True"`, path+` pr`)
			case domain.Time:
				filters = append(filters, path+` gt "2020-01-01T00:00:00Z"`, path+` lt "2020-01-01T00:00:00Z"`, path+` pr`, path+` eq null`, path+` ne null`)
			default:
				filters = append(filters, path+` pr`, path+` eq null`, path+` ne null`)
				for n, text := range texts {
					filters = append(filters, path+` eq "`+text+`"`, path+` ne "`+text+`"`, path+` `+parts[n%len(parts)]+` "`+text+`"`)
				}
			}
		}
	}
	return append(filters, `emails[type eq "work"].value eq "ana@example.org"`, `emails[type eq "work" and not (value co "babs")]`, `addresses[locality eq "rio" and type eq "WORK"]`,
		`phoneNumbers[primary eq "True"]`, `emails[primary eq false]`, `photos[type eq "thumbnail"]`, `addresses pr`, `name pr`, `meta.created pr and meta.lastModified gt "2020-01-01T00:00:00Z"`,
		`schemas eq "`+enterpriseURN+`"`, `schemas ne "`+enterpriseURN+`"`, `roles pr`, `roles ne "x"`, `groups.display eq "OPS"`, `groups[type eq "direct"]`, `groups ne "x"`, `meta.location eq "x" or userName sw "A"`,
		`not (emails.display pr) and (active eq false or title co "guide")`, `manager.value eq "RANDOM"`, `manager eq "random"`, `id pr`, `id sw "0"`, `externalId eq "ext-1" or externalId eq "Ext-1"`)
}()
