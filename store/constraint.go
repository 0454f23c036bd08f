package store

import "github.com/scimbridge/scimbridge/domain"

// unique is one row of the table of what a taken key means.
type unique struct {
	index  string // its name
	column string // table.column of its last column but the slot of a link
	code   domain.Code
	about  *domain.Attribute
	name   string // of the attribute, where domain has none
	text   string
}

var uniques = []unique{
	{index: "user_access_username", column: "user_access.username_folded", code: domain.CodeUsernameTaken, about: domain.AttrUsername,
		text: "This username is taken. Choose another one."},
	{index: "user_access_email", column: "user_access.email_folded", code: domain.CodeEmailInUse, name: domain.Emails.Name,
		text: "Another person with access has this primary e-mail address."},
	{index: "person_employee_number", column: "person.employee_number_folded", code: domain.CodeEmployeeNumberInUse, about: domain.AttrEmployeeNumber,
		text: "Another person has this employee number."},
	{index: "person_external_login", column: "person.external_login_folded", code: domain.CodeExternalLoginInUse, about: domain.AttrExternalLogin,
		text: "Another person has this external login."},
	{index: "person_legacy", column: "person.legacy_id", code: domain.CodeUserAccessExists, name: "LegacyId",
		text: "Somebody with this LegacyId has come already."},
	{index: "scim_link_key", column: "scim_link.external_key", code: domain.CodeExternalKeyInUse, about: domain.AttrExternalKey,
		text: "The connection has given this key to another person."},
	{index: "group_link_key", column: "group_link.external_key", code: domain.CodeExternalKeyInUse, about: domain.AttrGroupExternalKey,
		text: "The connection has given this key to another group."},
	{index: "permission_group_name", column: "permission_group.name_folded", code: domain.CodeGroupNameTaken, about: domain.AttrGroupName,
		text: "Another group has this name."},
	{index: "role_name", column: "role.name_folded", code: domain.CodeRoleNameTaken, name: "Name",
		text: "Another role has this name."},
	{index: "identity_provider_prefix", column: "identity_provider.prefix", code: domain.CodePrefixTaken, name: "Prefix",
		text: "Another identity provider has this prefix."},
	{index: "sso_domain_verified", column: "sso_domain.name", code: domain.CodeDomainTaken, name: "Domain",
		text: "Another tenant has verified this domain."},
	{index: "tenant_slug", column: "tenant.slug_folded", code: domain.CodeTenantSlugTaken, name: "Slug",
		text: "Another tenant has this slug."},
}

// Taken is the refusal for a violated unique index, by the index's name or by table.column of one of its columns; nil
// when the index is none whose violation a client may see.
func Taken(key string) *domain.Error {
	for _, u := range uniques {
		if key == u.index || key == u.column {
			name := u.name
			if u.about != nil {
				name = u.about.Name
			}
			return domain.Refuse(u.code, name, "%s", u.text)
		}
	}
	return nil
}
