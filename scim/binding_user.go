package scim

import (
	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// The schemas of a user.
const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	accessURN     = "urn:ietf:params:scim:schemas:extension:useraccess:2.0:User"
)

var userType = newResourceType(resourceType{
	name: "User", endpoint: "/Users", description: "People with access",
	schemas: []*schemaTable{
		{urn: userURN, name: "User", description: "User Account", rows: userRows},
		{urn: enterpriseURN, name: "EnterpriseUser", description: "Enterprise User", rows: enterpriseRows},
		{urn: accessURN, name: "UserAccess", description: "How the user signs in", rows: accessRows},
	},
})

// computedRows show something while they have no value of their own.
var computedRows = []*binding{displayNameRow, formattedNameRow}

var userRows = append(commonRows(domain.AttrID, domain.AttrExternalKey, metaRows("User", domain.AttrProvisionedAt, domain.AttrUpdatedAt,
	&binding{put: putUserLocation, matches: matchLocation("/Users", domain.AttrID)}, &binding{put: putUserVersion})),
	&binding{facts: rfcUser.of("userName"), attribute: domain.AttrUsername, key: true},
	&binding{facts: rfcUser.of("name"), subs: []*binding{
		formattedNameRow,
		{facts: rfcUser.of("name.familyName"), attribute: domain.AttrLastName},
		{facts: rfcUser.of("name.givenName"), attribute: domain.AttrFirstName},
		{facts: rfcUser.of("name.middleName"), attribute: domain.AttrMiddleName},
		{facts: rfcUser.of("name.honorificPrefix"), attribute: domain.AttrPrefix},
		{facts: rfcUser.of("name.honorificSuffix"), attribute: domain.AttrSuffix},
	}},
	displayNameRow,
	&binding{facts: rfcUser.of("nickName"), attribute: domain.AttrPreferredName},
	&binding{facts: rfcUser.of("profileUrl"), attribute: domain.AttrProfileURL},
	&binding{facts: rfcUser.of("title"), attribute: domain.AttrTitle},
	&binding{facts: rfcUser.of("userType"), attribute: domain.AttrEmploymentType},
	&binding{facts: rfcUser.of("preferredLanguage"), attribute: domain.AttrPreferredLanguage},
	&binding{facts: rfcUser.of("locale"), attribute: domain.AttrLocale},
	&binding{facts: rfcUser.of("timezone"), attribute: domain.AttrTimeZone},
	&binding{facts: rfcUser.of("active"), attribute: domain.AttrIsActive, kept: true, flag: ofAccess(func(a *domain.UserAccess) *bool { return &a.IsActive })},
	passwordRow,
	emailsRow,
	&binding{facts: rfcUser.of("phoneNumbers"), collection: domain.Phones, identity: func(record any) uuid.UUID { return record.(*domain.PhoneNumber).ID },
		list: listOf[domain.PhoneNumber](func(p *domain.Person) *[]domain.PhoneNumber { return &p.Phones }), subs: phoneRows},
	&binding{facts: rfcUser.of("ims"), collection: domain.IMs, subs: echoRows("ims"),
		list: ofEcho(func(e *domain.Echo) *[]domain.EchoValue { return &e.IMs })},
	&binding{facts: rfcUser.of("photos"), collection: domain.Photos, subs: echoRows("photos"),
		list: ofEcho(func(e *domain.Echo) *[]domain.EchoValue { return &e.Photos })},
	&binding{facts: rfcUser.of("addresses"), collection: domain.Addresses, identity: func(record any) uuid.UUID { return record.(*domain.StreetAddress).ID },
		list: listOf[domain.StreetAddress](func(p *domain.Person) *[]domain.StreetAddress { return &p.Addresses }), subs: addressRows},
	&binding{facts: rfcUser.of("groups"), collection: domain.Memberships,
		list: listOf[domain.Membership](func(p *domain.Person) *[]domain.Membership { return &p.Groups }), subs: membershipRows},
	&binding{facts: rfcUser.of("entitlements"), collection: domain.Entitlements, subs: echoRows("entitlements"),
		list: ofEcho(func(e *domain.Echo) *[]domain.EchoValue { return &e.Entitlements })},
	rolesRow,
	&binding{facts: rfcUser.of("x509Certificates"), collection: domain.Certificates, subs: echoRows("x509Certificates"),
		list: ofEcho(func(e *domain.Echo) *[]domain.EchoValue { return &e.Certificates })},
)

var (
	displayNameRow = &binding{facts: rfcUser.of("displayName"), attribute: domain.AttrDisplayName, search: domain.AttrShownName,
		computed: func(record any) string { return record.(*domain.Person).ShownName() }}
	formattedNameRow = &binding{facts: rfcUser.of("name.formatted"), attribute: domain.AttrFormattedName, search: domain.AttrFullName,
		computed: func(record any) string { return record.(*domain.Person).NameFromParts() }}
	emailsRow = &binding{facts: rfcUser.of("emails"), collection: domain.Emails, subs: emailRows, identity: func(record any) uuid.UUID { return record.(*domain.EmailAddress).ID },
		list: listOf[domain.EmailAddress](func(p *domain.Person) *[]domain.EmailAddress { return &p.Emails })}
	// passwordRow is accepted, because Okta sends one always, and goes nowhere.
	passwordRow = &binding{facts: rfcUser.of("password"), dropped: true}
)

var enterpriseRows = []*binding{
	{facts: rfcEnterprise.of("employeeNumber").unique(), attribute: domain.AttrEmployeeNumber},
	{facts: rfcEnterprise.of("costCenter"), attribute: domain.AttrCostCenter},
	{facts: rfcEnterprise.of("organization"), attribute: domain.AttrOrganizationName},
	{facts: rfcEnterprise.of("division"), attribute: domain.AttrDivision},
	{facts: rfcEnterprise.of("department"), attribute: domain.AttrDepartment},
	{facts: rfcEnterprise.of("manager"), subs: []*binding{
		{facts: rfcEnterprise.of("manager.value").caseExact(), attribute: domain.AttrManager},
		{facts: rfcEnterprise.of("manager.$ref").readOnly(), put: putManagerRef},
		{facts: rfcEnterprise.of("manager.displayName"), put: putManagerName},
	}},
}

var accessRows = []*binding{
	{facts: facts{name: "externalLoginUsername", typ: typeString, uniqueness: uniqueServer,
		description: "The name by which the tenant's identity provider knows the user. It exists only while the tenant has SSO enabled."},
		attribute: domain.AttrExternalLogin, key: true, needsSso: true, absent: keepProjectedLogin},
	{facts: facts{name: "mfaRequired", typ: typeBoolean, description: "Whether the user needs a second factor to sign in with a password."},
		attribute: domain.AttrMfaRequired, flag: ofAccess(func(a *domain.UserAccess) *bool { return &a.MfaRequired })},
	{facts: facts{name: "identityProviderId", typ: typeString, description: "The identity provider by which the user signs in, where it is not the tenant's usual one."},
		attribute: domain.AttrProvider, id: func(record any) *uuid.UUID { return &record.(*domain.Person).Access.IdentityProviderID }},
	{facts: facts{name: "organizationIds", typ: typeString, multi: true, description: "The organizations that the user belongs to."},
		collection: domain.Organizations, list: listOf[uuid.UUID](func(p *domain.Person) *[]uuid.UUID { return &p.Access.OrganizationIDs }),
		subs: []*binding{{facts: facts{name: "value", typ: typeString}, attribute: domain.AttrOrganization, id: func(record any) *uuid.UUID { return record.(*uuid.UUID) }}}},
	{facts: facts{name: "sendInvitation", typ: typeBoolean, mutability: writeOnly, returned: returnedNever,
		description: "Whether a create or an activation mails an invitation."},
		request: func(c *change, value domain.Value) { c.sendInvitation = &value.Bool }},
	{facts: facts{name: "accessState", typ: typeString, mutability: readOnly, canonical: []string{"Invited", "Active", "Inactive"},
		description: "Where the user stands: invited, active or inactive."}, attribute: domain.AttrState},
	{facts: facts{name: "loginState", typ: typeString, mutability: readOnly, canonical: loginStates(),
		description: "Why the user can or can't sign in."}, attribute: domain.AttrLoginState},
	{facts: facts{name: "mfaEnrolled", typ: typeBoolean, mutability: readOnly, description: "Whether the user has set up a second factor."},
		attribute: domain.AttrMfaEnrolled},
	{facts: facts{name: "invitedAt", typ: typeDateTime, mutability: readOnly, description: "When the last invitation was sent."}, attribute: domain.AttrInvitedAt},
	{facts: facts{name: "activatedAt", typ: typeDateTime, mutability: readOnly, description: "When the user became active for the first time."}, attribute: domain.AttrActivatedAt},
	{facts: facts{name: "lastLoginAt", typ: typeDateTime, mutability: readOnly, description: "When the user signed in for the last time."}, attribute: domain.AttrLastLoginAt},
}

func loginStates() []string {
	var list []string
	for _, state := range domain.LoginStates() {
		if state != domain.LoginNone {
			list = append(list, string(state))
		}
	}
	return list
}

func ofAccess(flag func(a *domain.UserAccess) *bool) func(record any) *bool {
	return func(record any) *bool { return flag(record.(*domain.Person).Access) }
}

func ofEcho(values func(e *domain.Echo) *[]domain.EchoValue) list {
	return listOf[domain.EchoValue](func(p *domain.Person) *[]domain.EchoValue {
		if p.Link == nil {
			return new([]domain.EchoValue)
		}
		return values(&p.Link.Echo)
	})
}

// keepProjectedLogin clears a login that somebody set, but not the one that follows from userName or externalId.
func keepProjectedLogin(p *domain.Person) {
	if p.Link == nil || p.ExternalLogin != p.Link.ProjectedLogin {
		p.ExternalLogin = ""
	}
}

func putUserLocation(dst []byte, record any, v view) []byte {
	return appendLocation(dst, v.base, "/Users", record.(*domain.Person).ID)
}

func putUserVersion(dst []byte, record any, _ view) []byte {
	return appendVersion(dst, record.(*domain.Person).Version)
}

// putManagerRef shows the URL of a manager who exists.
func putManagerRef(dst []byte, record any, v view) []byte {
	p := record.(*domain.Person)
	if p.ManagerName == "" {
		return dst
	}
	return appendLocation(dst, v.base, "/Users", p.Employee.ManagerID())
}

func putManagerName(dst []byte, record any, _ view) []byte {
	return appendText(dst, record.(*domain.Person).ManagerName)
}
