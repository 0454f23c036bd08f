package target

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"sync/atomic"
)

// Person is someone that the server has, as far as a look-up needs. Toggle makes
// it safe to change from many goroutines.
type Person struct {
	ID, UserName, ExternalID, Email string

	inactive atomic.Bool
}

// Toggle returns the opposite of the state that the person was left in.
func (p *Person) Toggle() (active bool) {
	for {
		inactive := p.inactive.Load()
		if p.inactive.CompareAndSwap(inactive, !inactive) {
			return inactive
		}
	}
}

// Active tells whether the person was active when it was read, less what Toggle has
// changed since.
func (p *Person) Active() bool { return !p.inactive.Load() }

// Names invents people: the i-th person of a seed is always the same, so that a
// later run finds again whom an earlier one created, without a list.
type Names struct{ Seed string }

// Identity is an invented person.
type Identity struct{ Given, Family, UserName, ExternalID, Email, Number string }

var (
	given = strings.Fields(`Ana Ben Chloe David Elif Farid Grace Hugo Ines Jonas Kira Liam Mei Noah Olga Paul
		Quinn Rosa Samir Tara Uma Victor Wen Ximena Yusuf Zoe`)
	family = strings.Fields(`Abel Brandt Costa Diaz Endo Fischer Garcia Huang Ito Jansen Kaya Lopez Moreau Novak
		Okafor Park Quist Rossi Sato Tanaka Ueda Vogel Weber Xu Yilmaz Zhang Özdemir Dvořák`)
)

// Person returns the i-th person.
func (n Names) Person(i int) Identity {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s %d", n.Seed, i)
	sum := hash.Sum64()
	first := given[sum%uint64(len(given))]
	last := family[sum>>32%uint64(len(family))]
	local := fmt.Sprintf("%s.%07d", strings.ToLower(first), i)
	return Identity{
		Given:      first,
		Family:     last,
		UserName:   fmt.Sprintf("%s@%s.example", local, n.Seed),
		ExternalID: fmt.Sprintf("%016x-%s-%07d", sum, n.Seed, i),
		Email:      fmt.Sprintf("%s@mail.%s.example", local, n.Seed),
		Number:     fmt.Sprintf("%s-%07d", n.Seed, i),
	}
}

const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	patchSchema      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	bulkSchema       = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
)

// object is a JSON object to send.
type object = map[string]any

// Create returns the body of a create, with what Entra sends for a usual mapping.
func (p Identity) Create() []byte { return encode(p.resource()) }

func (p Identity) resource() object {
	return object{
		"schemas":        []string{userSchema, enterpriseSchema},
		"externalId":     p.ExternalID,
		"userName":       p.UserName,
		"active":         true,
		"displayName":    p.Given + " " + p.Family,
		"name":           object{"givenName": p.Given, "familyName": p.Family, "formatted": p.Given + " " + p.Family},
		"emails":         []object{{"primary": true, "type": "work", "value": p.Email}},
		"title":          "Engineer",
		enterpriseSchema: object{"employeeNumber": p.Number, "department": "Department " + p.Family[:1]},
		"meta":           object{"resourceType": "User"},
	}
}

// CreateNative returns the body of POST Common/Persons with access.
func (p Identity) CreateNative() []byte {
	return encode(object{
		"FirstName":      p.Given,
		"LastName":       p.Family,
		"EmailAddresses": []object{{"Address": p.Email, "Type": "Work", "IsPrimary": true}},
		"Employee":       object{"EmployeeNumber": p.Number, "Title": "Engineer"},
		"UserAccess":     object{"Username": p.UserName, "IsActive": true, "SendInvitation": true},
	})
}

// Bulk returns the body of a Bulk request (RFC 7644, section 3.7) that creates
// all of them.
func Bulk(people []Identity) []byte {
	operations := make([]object, len(people))
	for i, person := range people {
		operations[i] = object{"method": "POST", "path": "/Users", "bulkId": person.Number, "data": person.resource()}
	}
	return encode(object{"schemas": []string{bulkSchema}, "Operations": operations})
}

// OktaActive returns the PATCH by which Okta activates and deactivates.
func OktaActive(active bool) []byte {
	return patch(object{"op": "replace", "value": object{"active": active}})
}

// EntraActive returns the PATCH by which Entra does, with a string for the boolean.
func EntraActive(active bool) []byte {
	text := "False"
	if active {
		text = "True"
	}
	return patch(object{"op": "Replace", "path": "active", "value": text})
}

func patch(operations ...object) []byte {
	return encode(object{"schemas": []string{patchSchema}, "Operations": operations})
}

// Filter returns the path of a look-up in /Users or /Groups by equality, encoded
// as Okta and Entra do.
func Filter(collection, attribute, value string) string {
	quoted, _ := json.Marshal(value) // a SCIM string is a JSON string, and a string always encodes
	query := url.QueryEscape(attribute + " eq " + string(quoted))
	return collection + "?filter=" + strings.ReplaceAll(query, "+", "%20")
}

// encode encodes what this package builds, which always can be.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
