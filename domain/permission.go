package domain

import "slices"

// Permission is the right to one kind of act, named group.verb.
type Permission string

// The catalogue of permissions.
const (
	PersonsRead         Permission = "persons.read"
	PersonsWrite        Permission = "persons.write"
	PersonsDelete       Permission = "persons.delete"
	SsoWrite            Permission = "sso.write"
	UsersRead           Permission = "users.read"
	UsersList           Permission = "users.list"
	UsersProvision      Permission = "users.provision"
	UsersInvite         Permission = "users.invite"
	UsersUpdate         Permission = "users.update"
	UsersActivate       Permission = "users.activate"
	UsersDelete         Permission = "users.delete"
	UsersMfa            Permission = "users.mfa"
	UsersReset          Permission = "users.password-reset"
	UsersSessions       Permission = "users.sessions"
	UsersRoles          Permission = "users.update-roles"
	UsersGroups         Permission = "users.update-groups"
	UsersOrganizations  Permission = "users.update-organizations"
	UsersTenants        Permission = "users.update-tenants"
	UsersMigrate        Permission = "users.migrate"
	UsersAnonymize      Permission = "users.anonymize"
	RolesRead           Permission = "roles.read"
	RolesAdd            Permission = "roles.add"
	RolesUpdate         Permission = "roles.update"
	RolesDelete         Permission = "roles.delete"
	GroupsRead          Permission = "groups.read"
	GroupsWrite         Permission = "groups.write"
	GroupsMembers       Permission = "groups.members"
	OrganizationsRead   Permission = "organizations.read"
	ProvidersRead       Permission = "identity-providers.read"
	ReportsSchedule     Permission = "reports.schedule"
	ReportsRead         Permission = "reports.read"
	AuditRead           Permission = "audit.read"
	EventsRead          Permission = "events.read"
	ProvisioningLogRead Permission = "provisioning-log.read"
	SystemAdmin         Permission = "system.admin"
	TenantAdmin         Permission = "tenant.admin"
	CredentialsManage   Permission = "credentials.manage"
	PoliciesManage      Permission = "policies.manage"
	ScimRead            Permission = "scim.read"
	ScimWrite           Permission = "scim.write"
)

// PermissionInfo is a row of the catalogue.
type PermissionInfo struct {
	Name        Permission
	Group       string // of the catalogue, for people who choose from it
	Description string
	reads       bool // allows no change
	reach       reach
}

// reach tells who may be given a permission, and by whom.
type reach int

const (
	assignable reach = iota // in roles, groups and credentials, through every door
	restricted              // by the operator or an administrator in person only
	scimOnly                // comes with a connector's credential and is in nothing else
)

// Assignable reports whether an API may grant the permission.
func (i PermissionInfo) Assignable() bool { return i.reach == assignable }

var permissionTable = []PermissionInfo{
	{PersonsRead, "Persons", "read people, their contacts and employment", true, assignable},
	{PersonsWrite, "Persons", "create and change people, their contacts and employment", false, assignable},
	{PersonsDelete, "Persons", "delete people who can't sign in", false, assignable},
	{SsoWrite, "Persons", "set external logins while SSO is on", false, assignable},
	{UsersRead, "Users", "read the access of a person", true, assignable},
	{UsersList, "Users", "search the people with access", true, assignable},
	{UsersProvision, "Users", "give access to people", false, assignable},
	{UsersInvite, "Users", "send and revoke invitations", false, assignable},
	{UsersUpdate, "Users", "change usernames and identity providers", false, assignable},
	{UsersActivate, "Users", "activate, deactivate and unlock access", false, assignable},
	{UsersDelete, "Users", "remove access", false, assignable},
	{UsersMfa, "Users", "require and reset a second factor", false, assignable},
	{UsersReset, "Users", "mail password resets", false, assignable},
	{UsersSessions, "Users", "see and end sessions", false, assignable},
	{UsersRoles, "Users", "give and take roles", false, assignable},
	{UsersGroups, "Users", "put people into groups and take them out", false, assignable},
	{UsersOrganizations, "Users", "assign people to organizations", false, assignable},
	{UsersTenants, "Users", "assign people to other tenants of the account", false, assignable},
	{UsersMigrate, "Users", "import accounts with password hashes", false, assignable},
	{UsersAnonymize, "Users", "anonymise people for good", false, assignable},
	{RolesRead, "Roles", "read roles and the catalogue of permissions", true, assignable},
	{RolesAdd, "Roles", "create roles", false, assignable},
	{RolesUpdate, "Roles", "change roles", false, assignable},
	{RolesDelete, "Roles", "delete roles", false, assignable},
	{GroupsRead, "Groups", "read permission groups and their members", true, assignable},
	{GroupsWrite, "Groups", "create, change and delete permission groups", false, assignable},
	{GroupsMembers, "Groups", "change the members of permission groups", false, assignable},
	{OrganizationsRead, "Organizations", "read organizations", true, assignable},
	{ProvidersRead, "Identity providers", "read identity providers", true, assignable},
	{ReportsSchedule, "Reports", "schedule reports", false, assignable},
	{ReportsRead, "Reports", "read reports", true, assignable},
	{AuditRead, "Audit", "read the audit", true, assignable},
	{EventsRead, "Audit", "read the stream of events", true, assignable},
	{ProvisioningLogRead, "Audit", "read what connectors sent", true, assignable},
	{SystemAdmin, "Administration", "administer the installation", false, restricted},
	{TenantAdmin, "Administration", "administer the tenant", false, restricted},
	{CredentialsManage, "Administration", "create, rotate and revoke credentials", false, restricted},
	{PoliciesManage, "Administration", "choose policies, connections and identity providers", false, restricted},
	{ScimRead, "SCIM", "read through SCIM", true, scimOnly},
	{ScimWrite, "SCIM", "write through SCIM", false, scimOnly},
}

// PermissionCatalogue lists every permission that an API may grant.
func PermissionCatalogue() []PermissionInfo {
	var list []PermissionInfo
	for _, row := range permissionTable {
		if row.Assignable() {
			list = append(list, row)
		}
	}
	return list
}

// Permissions is a set of permissions, kept sorted.
type Permissions []Permission

// NewPermissions makes a set of the given permissions.
func NewPermissions(list ...Permission) Permissions {
	set := slices.Clone(list)
	slices.Sort(set)
	return slices.Compact(set)
}

// Has reports whether the set holds p.
func (s Permissions) Has(p Permission) bool {
	_, found := slices.BinarySearch(s, p)
	return found
}

// Lacking lists those of the other set that are not in s.
func (s Permissions) Lacking(other Permissions) Permissions {
	var missing Permissions
	for _, p := range other {
		if !s.Has(p) {
			missing = append(missing, p)
		}
	}
	return missing
}

// unrestricted is the set without what is restricted.
func (s Permissions) unrestricted() Permissions {
	return slices.DeleteFunc(slices.Clone(s), restrictedPermissions.Has)
}

// Restricted reports whether the set holds a permission that no API may grant.
func (s Permissions) Restricted() bool {
	return slices.ContainsFunc(s, restrictedPermissions.Has)
}

var (
	apiPermissions        = permissionsOf(func(row PermissionInfo) bool { return row.reach == assignable })
	restrictedPermissions = permissionsOf(func(row PermissionInfo) bool { return row.reach == restricted })
	reading               = permissionsOf(func(row PermissionInfo) bool { return row.reads })
)

func permissionsOf(chosen func(PermissionInfo) bool) Permissions {
	var list []Permission
	for _, row := range permissionTable {
		if chosen(row) {
			list = append(list, row.Name)
		}
	}
	return NewPermissions(list...)
}

// ApiPermissions lists everything that an API may grant, and a REST credential has that is given nothing else.
func ApiPermissions() Permissions { return apiPermissions }

// AllPermissions lists everything that the operator may give to a role or a REST credential.
func AllPermissions() Permissions {
	return NewPermissions(append(slices.Clone(apiPermissions), restrictedPermissions...)...)
}

var scimReads = NewPermissions(ScimRead, PersonsRead, UsersRead, UsersList, GroupsRead)

var scimWrites = NewPermissions(append(slices.Clone(scimReads), ScimWrite, PersonsWrite, UsersProvision, UsersUpdate,
	UsersActivate, UsersDelete, UsersMfa, SsoWrite, UsersOrganizations, GroupsWrite, GroupsMembers)...)

// ScimPermissions is what a connector's credential may do inside the engine: reading always, and with
// ReadWrite everything that provisioning needs, but no migration, anonymising, sessions, password resets or
// tenants (DOMAIN.md, section 4).
func ScimPermissions(mode AccessMode) Permissions {
	if mode == ReadOnly {
		return scimReads
	}
	return scimWrites
}

// Writes reports whether the permission allows a change.
func (p Permission) Writes() bool { return !reading.Has(p) }
