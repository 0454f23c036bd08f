package scim

import "github.com/scimbridge/scimbridge/domain"

// The sub-attributes of a user's multi-valued attributes.

var emailRows = []*binding{
	{facts: rfcUser.of("emails.value"), attribute: domain.AttrEmailAddress},
	{facts: rfcUser.of("emails.display"), attribute: domain.AttrEmailDisplay},
	{facts: rfcUser.of("emails.type"), attribute: domain.AttrEmailType},
	{facts: rfcUser.of("emails.primary"), attribute: domain.AttrEmailPrimary, flag: ofElement(func(e *domain.EmailAddress) *bool { return &e.IsPrimary })},
}

var phoneRows = []*binding{
	{facts: rfcUser.of("phoneNumbers.value"), attribute: domain.AttrPhoneNumber},
	{facts: rfcUser.of("phoneNumbers.display"), attribute: domain.AttrPhoneDisplay},
	{facts: rfcUser.of("phoneNumbers.type"), attribute: domain.AttrPhoneType},
	{facts: rfcUser.of("phoneNumbers.primary"), attribute: domain.AttrPhonePrimary, flag: ofElement(func(n *domain.PhoneNumber) *bool { return &n.IsPrimary })},
}

var addressRows = []*binding{
	{facts: rfcUser.of("addresses.formatted"), attribute: domain.AttrStreetFormatted, search: domain.AttrStreetShown,
		computed: func(record any) string { return record.(*domain.StreetAddress).FromParts() }},
	{facts: rfcUser.of("addresses.streetAddress"), attribute: domain.AttrStreetStreet},
	{facts: rfcUser.of("addresses.locality"), attribute: domain.AttrStreetCity},
	{facts: rfcUser.of("addresses.region"), attribute: domain.AttrStreetRegion},
	{facts: rfcUser.of("addresses.postalCode"), attribute: domain.AttrStreetPostalCode},
	{facts: rfcUser.of("addresses.country"), attribute: domain.AttrStreetCountry},
	{facts: rfcUser.of("addresses.type"), attribute: domain.AttrStreetType},
	{facts: rfcUser.of("addresses.primary"), attribute: domain.AttrStreetPrimary, flag: ofElement(func(a *domain.StreetAddress) *bool { return &a.IsPrimary })},
}

var membershipRows = []*binding{
	{facts: rfcUser.of("groups.value"), attribute: domain.AttrMembershipGroup},
	{facts: rfcUser.of("groups.$ref"), put: func(dst []byte, record any, v view) []byte {
		return appendLocation(dst, v.base, "/Groups", record.(*domain.Membership).Group)
	}},
	{facts: rfcUser.of("groups.display"), attribute: domain.AttrMembershipName},
	{facts: rfcUser.of("groups.type"), fixed: "direct"},
}

// echoRows are the sub-attributes of an attribute that means nothing to the domain.
func echoRows(attribute string) []*binding {
	return []*binding{
		{facts: rfcUser.of(attribute + ".value"), attribute: domain.AttrEchoValue},
		{facts: rfcUser.of(attribute + ".display"), attribute: domain.AttrEchoDisplay},
		{facts: rfcUser.of(attribute + ".type"), attribute: domain.AttrEchoType},
		{facts: rfcUser.of(attribute + ".primary"), attribute: domain.AttrEchoPrimary, flag: ofElement(func(e *domain.EchoValue) *bool { return &e.IsPrimary }), onlyTrue: true},
	}
}

func ofElement[E any](flag func(*E) *bool) func(record any) *bool {
	return func(record any) *bool { return flag(record.(*E)) }
}
