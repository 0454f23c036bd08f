package domain

import "slices"

// FieldPermission tells which permissions it takes to write the fields of an aspect of a person.
type FieldPermission struct {
	Aspect Aspect
	Give   Permission // with a new person or with new access, and "" where that asks for nothing of its own
	Change Permission // of a person, or of access, that is there
}

// fieldPermissions is all that is said of who may write which field, whatever the door. An aspect without a row can be
// written by nobody.
var fieldPermissions = []FieldPermission{
	{AspectProfile, PersonsWrite, PersonsWrite},
	{AspectExternalLogin, SsoWrite, SsoWrite},
	{AspectUsername, UsersProvision, UsersUpdate},
	{AspectActive, UsersProvision, UsersActivate},
	{AspectMfa, UsersProvision, UsersMfa},
	{AspectProvider, UsersProvision, UsersUpdate},
	{AspectOrganizations, UsersProvision, UsersOrganizations},
	{AspectRoles, UsersProvision, UsersRoles},
	{AspectGroups, UsersProvision, UsersGroups},
	{AspectLink, "", ScimWrite},
}

// FieldPermissions are the rows for all aspects.
func FieldPermissions() []FieldPermission { return slices.Clone(fieldPermissions) }

// aspectsOfAccess are the fields that new access is given with.
const aspectsOfAccess = AspectUsername | AspectActive | AspectMfa | AspectProvider | AspectOrganizations | AspectRoles | AspectGroups

// WhatNewAccess are the aspects of access that is to be given, with an external login or without.
func WhatNewAccess(externalLogin string) Aspect {
	if externalLogin != "" {
		return aspectsOfAccess | AspectExternalLogin
	}
	return aspectsOfAccess
}

// WhatNewPerson are the aspects of a person who is to be created, with access or without.
func WhatNewPerson(access bool, externalLogin string) Aspect {
	aspects := AspectProfile
	if access {
		aspects |= aspectsOfAccess
	}
	if externalLogin != "" {
		aspects |= AspectExternalLogin
	}
	return aspects
}

// ToGive are the permissions that it takes to create something with these aspects.
func (a Aspect) ToGive() []Permission {
	return a.permissions(func(row FieldPermission) Permission { return row.Give })
}

// ToChange are the permissions that it takes to change these aspects.
func (a Aspect) ToChange() []Permission {
	return a.permissions(func(row FieldPermission) Permission { return row.Change })
}

func (a Aspect) permissions(of func(row FieldPermission) Permission) []Permission {
	var list []Permission
	for _, row := range fieldPermissions {
		if needed := of(row); a&row.Aspect != 0 && needed != "" && !slices.Contains(list, needed) {
			list = append(list, needed)
		}
	}
	return list
}
