package scim

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"github.com/scimbridge/scimbridge/domain"
)

// eachBinding visits every row of every table, sub-attributes included.
func eachBinding(visit func(rt *resourceType, b *binding)) {
	for _, rt := range resourceTypes {
		for _, s := range rt.schemas {
			for _, row := range s.rows {
				visit(rt, row)
				for _, sub := range row.subs {
					visit(rt, sub)
				}
			}
		}
	}
}

// notInScim are the attributes of the domain that no table shows, and why.
var notInScim = map[*domain.Attribute]string{
	domain.AttrSuggestedUsername: "a user has access, whose username is userName; the suggestion only mirrors it",
	domain.AttrExternalReference: "the native API's callers' own key; a connector has externalId",
	domain.AttrHireDate:          "no standard attribute means it",
	domain.AttrTerminationDate:   "no standard attribute means it",
	domain.AttrCreatedAt:         "the user was created when access was, see meta.created",
	domain.AttrGroupDescription:  "the standard group has none",
}

func TestEveryAttributeIsBound(t *testing.T) {
	t.Parallel()
	bound, collections := map[*domain.Attribute]bool{}, map[*domain.Collection]bool{}
	eachBinding(func(_ *resourceType, b *binding) {
		bound[b.attribute], bound[b.search], collections[b.collection] = true, true, true
	})
	for _, a := range slices.Concat(domain.PersonAttributes(), domain.GroupAttributes()) {
		assert.NotEqual(t, notInScim[a] != "", bound[a], "%s must have a row or a reason", a.Name)
	}
	for _, c := range append(domain.PersonCollections(), domain.Members) {
		if c == domain.RolesHeld {
			continue // those of groups are ours; a connector is told the user's own
		}
		assert.True(t, collections[c], c.Name)
		for _, a := range c.Attributes {
			if a == domain.AttrRole {
				continue // it stands for what the connection may give
			}
			assert.True(t, bound[a], "%s of %s", a.Name, c.Name)
		}
	}
}

// A value that a row stores must be the value that it reads, and nothing else may change.
func TestEveryWritableRowHasAPlace(t *testing.T) {
	t.Parallel()
	values := map[domain.Kind]domain.Value{
		domain.Text: domain.TextValue("Zoë"), domain.Bool: domain.BoolValue(true), domain.ID: domain.IDValue(testID(200)),
	}
	for _, s := range userType.schemas {
		for _, row := range s.rows {
			if !row.writable() || row.request != nil {
				continue
			}
			p := &domain.Person{Access: &domain.UserAccess{}, Link: &domain.Link{}}
			rows, record := []*binding{row}, any(p)
			if len(row.subs) > 0 {
				rows = row.subs
			}
			if row.list != nil {
				record = row.list.grow(p)
			}
			for _, b := range rows {
				if !b.writable() {
					continue
				}
				value := values[b.kind()]
				b.store(record, value)
				assert.Equal(t, value, b.attribute.Get(record, noon), b.path)
				b.store(record, domain.Value{})
				assert.Equal(t, domain.Value{Kind: value.Kind}, b.attribute.Get(record, noon), b.path)
			}
		}
	}
}

func TestBindingsAreDistinct(t *testing.T) {
	t.Parallel()
	for _, rt := range resourceTypes {
		seen, paths := map[int]bool{}, map[string]bool{}
		eachBinding(func(of *resourceType, b *binding) {
			if of != rt {
				return
			}
			assert.False(t, seen[b.index] || paths[b.path], b.path)
			seen[b.index], paths[b.path] = true, true
			assert.Less(t, b.index, 64*len(bitset{}), "the bitset is too small")
		})
	}
}

// What our schema says on purpose otherwise than RFC 7643, and nothing more.
func TestFactsDifferOnPurpose(t *testing.T) {
	t.Parallel()
	f := func(rt *resourceType, name string) facts { return rt.row(name).facts }
	assert.Equal(t, uniqueServer, f(userType, "userName").uniqueness)
	assert.Equal(t, uniqueServer, f(groupType, "displayName").uniqueness)
	assert.Equal(t, uniqueServer, f(userType, "employeeNumber").uniqueness)
	assert.Equal(t, readOnly, f(userType, "roles").mutability)
	assert.Equal(t, readOnly, f(userType, "groups").mutability)
	assert.Equal(t, readOnly, userType.row("manager").sub("displayName").mutability)
	assert.Equal(t, immutable, groupType.row("members").sub("value").mutability)
	assert.Equal(t, []string{"User"}, groupType.row("members").sub("type").canonical)
	assert.True(t, f(userType, "externalId").exact && f(userType, "id").exact)
	assert.False(t, f(userType, "userName").exact)
}

// A filter compares as the domain does, and so the schema must say what that is. References and binaries are always
// said to be exact (RFC 7643 sections 2.3.6 and 2.3.7).
func TestSchemasStateTheCase(t *testing.T) {
	t.Parallel()
	eachBinding(func(_ *resourceType, b *binding) {
		if a := b.searched(); a != nil && a.Kind == domain.Text {
			assert.Equal(t, a.Exact, b.exact, b.path)
		}
	})
}

func TestParseID(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("6F9619FF-8B86-D011-B42D-00CF4FC964FF")
	for text, want := range map[string]bool{
		"6f9619ff-8b86-d011-b42d-00cf4fc964ff": true, "6F9619FF-8B86-D011-B42D-00CF4FC964FF": true,
		"{6f9619ff-8b86-d011-b42d-00cf4fc964ff}": false, "urn:uuid:6f9619ff-8b86-d011-b42d-00cf4fc964ff": false,
		"6f9619ff8b86d011b42d00cf4fc964ff": false, "": false, "6f9619ff-8b86-d011-b42d-00cf4fc964fg": false,
	} {
		got, ok := parseID(text)
		assert.Equal(t, want, ok, text)
		if ok {
			assert.Equal(t, id, got)
			assert.Equal(t, id.String(), string(appendID(nil, got)))
		}
	}
}
