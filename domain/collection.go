package domain

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Collection is one row of the collection table: a multi-valued property and the attributes of its elements.
type Collection struct {
	Name       string
	Aspect     Aspect
	Attributes []*Attribute
	each       func(record any, yield func(element any) bool)
	size       func(record any) int
}

// Each visits the elements as pointers, in their order, until yield returns false.
func (c *Collection) Each(record any, yield func(element any) bool) { c.each(record, yield) }

// Len is how many elements the record holds.
func (c *Collection) Len(record any) int { return c.size(record) }

func elements[R, E any](name string, aspect Aspect, list func(*R) []E, attributes ...*Attribute) *Collection {
	each := func(record any, yield func(any) bool) {
		items := list(record.(*R))
		for i := range items {
			if !yield(&items[i]) {
				return
			}
		}
	}
	size := func(record any) int { return len(list(record.(*R))) }
	return &Collection{Name: name, Aspect: aspect, Attributes: attributes, each: each, size: size}
}

func flag[E any](name string, get func(*E) bool) *Attribute {
	return computed(name, Bool, 0, func(e *E, _ time.Time) Value { return BoolValue(get(e)) })
}

// The attributes of the elements of a person's and a group's collections.
var (
	AttrEmailAddress = text("Address", 0, func(e *EmailAddress) *string { return &e.Address })
	AttrEmailType    = text("Type", 0, func(e *EmailAddress) *string { return &e.Type })
	AttrEmailDisplay = text("Display", 0, func(e *EmailAddress) *string { return &e.Display })
	AttrEmailPrimary = flag("IsPrimary", func(e *EmailAddress) bool { return e.IsPrimary })

	AttrPhoneNumber  = text("Number", 0, func(e *PhoneNumber) *string { return &e.Number })
	AttrPhoneType    = text("Type", 0, func(e *PhoneNumber) *string { return &e.Type })
	AttrPhoneDisplay = text("Display", 0, func(e *PhoneNumber) *string { return &e.Display })
	AttrPhonePrimary = flag("IsPrimary", func(e *PhoneNumber) bool { return e.IsPrimary })

	AttrStreetType       = text("Type", 0, func(e *StreetAddress) *string { return &e.Type })
	AttrStreetFormatted  = text("Formatted", 0, func(e *StreetAddress) *string { return &e.Formatted })
	AttrStreetStreet     = text("Street", 0, func(e *StreetAddress) *string { return &e.Street })
	AttrStreetCity       = text("City", 0, func(e *StreetAddress) *string { return &e.City })
	AttrStreetRegion     = text("Region", 0, func(e *StreetAddress) *string { return &e.Region })
	AttrStreetPostalCode = text("PostalCode", 0, func(e *StreetAddress) *string { return &e.PostalCode })
	AttrStreetCountry    = text("Country", 0, func(e *StreetAddress) *string { return &e.Country })
	AttrStreetPrimary    = flag("IsPrimary", func(e *StreetAddress) bool { return e.IsPrimary })

	AttrEchoValue   = text("Value", 0, func(e *EchoValue) *string { return &e.Value })
	AttrEchoDisplay = text("Display", 0, func(e *EchoValue) *string { return &e.Display })
	AttrEchoType    = text("Type", 0, func(e *EchoValue) *string { return &e.Type })
	AttrEchoPrimary = flag("IsPrimary", func(e *EchoValue) bool { return e.IsPrimary })

	AttrMembershipGroup = computed("PermissionGroupId", ID, 0, func(m *Membership, _ time.Time) Value { return IDValue(m.Group) })
	AttrMembershipName  = text("Name", 0, func(m *Membership) *string { return &m.Name })

	AttrOrganization = computed("OrganizationId", ID, 0, func(id *uuid.UUID, _ time.Time) Value { return IDValue(*id) })

	AttrRole     = computed("RoleId", ID, 0, func(r *HeldRole, _ time.Time) Value { return IDValue(r.Role) })
	AttrRoleName = text("Name", 0, func(r *HeldRole) *string { return &r.Name })

	AttrMemberPerson = computed("PersonId", ID, 0, func(m *Member, _ time.Time) Value { return IDValue(m.Person) })
)

// The collections of a person. Groups are read only here; Members of a group never are in memory as a whole,
// so that conditions on them are for the store alone.
var (
	Emails        = elements("EmailAddresses", AspectProfile, func(p *Person) []EmailAddress { return p.Emails }, AttrEmailAddress, AttrEmailType, AttrEmailDisplay, AttrEmailPrimary)
	Phones        = elements("PhoneNumbers", AspectProfile, func(p *Person) []PhoneNumber { return p.Phones }, AttrPhoneNumber, AttrPhoneType, AttrPhoneDisplay, AttrPhonePrimary)
	Addresses     = elements("StreetAddresses", AspectProfile, func(p *Person) []StreetAddress { return p.Addresses }, AttrStreetType, AttrStreetFormatted, AttrStreetStreet, AttrStreetCity, AttrStreetRegion, AttrStreetPostalCode, AttrStreetCountry, AttrStreetPrimary)
	Organizations = elements("OrganizationIds", AspectOrganizations, func(p *Person) []uuid.UUID { return accessOrganizations(p) }, AttrOrganization)
	Memberships   = elements("PermissionGroups", 0, func(p *Person) []Membership { return p.Groups }, AttrMembershipGroup, AttrMembershipName)
	RolesHeld     = elements("Roles", 0, func(p *Person) []HeldRole { return p.Rights.Roles }, AttrRole)
	OwnRoles      = elements("OwnRoles", 0, ownRoles, AttrRole, AttrRoleName)
	Photos        = echoes("Photos", func(e *Echo) []EchoValue { return e.Photos })
	IMs           = echoes("Ims", func(e *Echo) []EchoValue { return e.IMs })
	Entitlements  = echoes("Entitlements", func(e *Echo) []EchoValue { return e.Entitlements })
	Certificates  = echoes("Certificates", func(e *Echo) []EchoValue { return e.Certificates })

	Members = &Collection{Name: "Members", Attributes: []*Attribute{AttrMemberPerson}, each: func(any, func(any) bool) {}, size: func(any) int { return 0 }}
)

// PersonCollections lists every collection of a person.
func PersonCollections() []*Collection { return personCollections }

var personCollections = []*Collection{
	Emails, Phones, Addresses, Organizations, Memberships, RolesHeld, OwnRoles, Photos, IMs, Entitlements, Certificates,
}

func echoes(name string, list func(*Echo) []EchoValue) *Collection {
	return elements(name, AspectLink, func(p *Person) []EchoValue {
		if p.Link == nil {
			return nil
		}
		return list(&p.Link.Echo)
	}, AttrEchoValue, AttrEchoDisplay, AttrEchoType, AttrEchoPrimary)
}

// ownRoles are the roles that a person holds directly.
func ownRoles(p *Person) (own []HeldRole) {
	for _, held := range p.Rights.Roles {
		if held.Source == GrantedDirectly {
			own = append(own, held)
		}
	}
	return own
}

func accessOrganizations(p *Person) []uuid.UUID {
	if p.Access == nil {
		return nil
	}
	return p.Access.OrganizationIDs
}

// render is the collection as text: what the audit shows, and what tells a changed collection from an equal one.
func (c *Collection) render(record any) string {
	var lines []string
	c.Each(record, func(element any) bool {
		var parts []string
		for _, attribute := range c.Attributes {
			if value := attribute.Get(element, time.Time{}); !value.IsZero() {
				parts = append(parts, attribute.Name+"="+value.String())
			}
		}
		lines = append(lines, strings.Join(parts, " "))
		return true
	})
	return strings.Join(lines, "; ")
}

// changesBetween compares two states of a person by the attribute and collection tables, and tells the aspects
// that differ. Attributes without an aspect are consequences of others and are not compared.
func changesBetween(before, after *Person) (changes []Change, touched Aspect) {
	for _, attribute := range personAttributes {
		if attribute.Aspect == 0 {
			continue
		}
		was, is := attribute.Get(before, time.Time{}), attribute.Get(after, time.Time{})
		if was != is {
			if changes == nil {
				changes = make([]Change, 0, 8)
			}
			changes = append(changes, Change{attribute.Name, was.String(), is.String()})
			touched |= attribute.Aspect
		}
	}
	for _, collection := range personCollections {
		if collection.Aspect == 0 || sameElements(collection, before, after) {
			continue
		}
		changes = append(changes, Change{collection.Name, collection.render(before), collection.render(after)})
		touched |= collection.Aspect
	}
	return changes, touched
}

// sameElements avoids the cost of rendering for the collections that can be compared as they are.
func sameElements(c *Collection, before, after *Person) bool {
	switch c {
	case Emails:
		return slices.EqualFunc(before.Emails, after.Emails, func(a, b EmailAddress) bool {
			a.VerifiedAt, b.VerifiedAt = time.Time{}, time.Time{}
			return a == b
		})
	case Phones:
		return slices.Equal(before.Phones, after.Phones)
	case Addresses:
		return slices.Equal(before.Addresses, after.Addresses)
	default:
		return c.Len(before) == 0 && c.Len(after) == 0 || c.render(before) == c.render(after)
	}
}
