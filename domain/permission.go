package domain

import "slices"

// Permission is the right to one kind of act, named group.verb.
type Permission string

// The catalogue of permissions.
const (
	PersonsRead        Permission = "persons.read"
	PersonsWrite       Permission = "persons.write"
	PersonsDelete      Permission = "persons.delete"
	SsoWrite           Permission = "sso.write"
	UsersRead          Permission = "users.read"
	UsersList          Permission = "users.list"
	UsersProvision     Permission = "users.provision"
	UsersInvite        Permission = "users.invite"
	UsersUpdate        Permission = "users.update"
	UsersActivate      Permission = "users.activate"
	UsersDelete        Permission = "users.delete"
	UsersMfa           Permission = "users.mfa"
	UsersReset         Permission = "users.password-reset"
	UsersSessions      Permission = "users.sessions"
	UsersOrganizations Permission = "users.update-organizations"
	GroupsRead         Permission = "groups.read"
	GroupsWrite        Permission = "groups.write"
	GroupsMembers      Permission = "groups.members"
	ScimRead           Permission = "scim.read"
	ScimWrite          Permission = "scim.write"
)

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

// ApiPermissions lists everything that a REST credential may be given.
func ApiPermissions() Permissions {
	return NewPermissions(PersonsRead, PersonsWrite, PersonsDelete, SsoWrite, UsersRead, UsersList, UsersProvision,
		UsersInvite, UsersUpdate, UsersActivate, UsersDelete, UsersMfa, UsersReset, UsersSessions,
		UsersOrganizations, GroupsRead, GroupsWrite, GroupsMembers)
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

// writing tells the permissions that a read-only credential can never use.
var reading = NewPermissions(PersonsRead, UsersRead, UsersList, GroupsRead, ScimRead)

// Writes reports whether the permission allows a change.
func (p Permission) Writes() bool { return !reading.Has(p) }
