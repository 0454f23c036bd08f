package client

import (
	"context"
	"time"
)

// Role is a named set of permissions.
type Role struct {
	RoleId, Name, Description string
	Weight                    int
	Version                   int64
	Restricted, IsSystem      bool
	CreatedAt                 *time.Time
	CreatedBy                 string
	Permissions               []string // of an extended list and of one role
}

// NewRole is what a role is created from.
type NewRole struct {
	Name        string
	Description string   `json:",omitempty"`
	Weight      int      `json:",omitempty"` // 0 to 1000
	Permissions []string `json:",omitempty"`
}

// Roles lists roles, the heaviest first.
func (c *Client) Roles(ctx context.Context, window Window) (Page[Role], error) {
	return ask[Page[Role]](ctx, c, "GET /UserManagement/Roles", call{query: window.query(nil)})
}

// CreateRole creates a role of permissions that the caller holds.
func (c *Client) CreateRole(ctx context.Context, in NewRole) (*Role, error) {
	return find[Role](ctx, c, "POST /UserManagement/Roles", call{body: in, keyed: true})
}

// Role finds a role.
func (c *Client) Role(ctx context.Context, id string) (*Role, error) {
	return find[Role](ctx, c, "GET /UserManagement/Roles/{RoleId}", call{path: []any{id}})
}

// ChangeRole changes Name, Description and Weight, and takes AddPermissions and RemovePermissions; Version, the one that was
// read, is needed.
func (c *Client) ChangeRole(ctx context.Context, id string, changes Changes) (*Role, error) {
	return find[Role](ctx, c, "PATCH /UserManagement/Roles/{RoleId}", call{path: []any{id}, body: changes})
}

// DeleteRole deletes a role; force also one that people or groups have.
func (c *Client) DeleteRole(ctx context.Context, id string, force bool) error {
	return c.do(ctx, "DELETE /UserManagement/Roles/{RoleId}", call{path: []any{id}, query: filters("Force", yesNo(&force))})
}

// Permission is a right that can be given.
type Permission struct{ Name, Group, Description string }

// Permissions is the catalogue of permissions that can be given through this API.
func (c *Client) Permissions(ctx context.Context) ([]Permission, error) {
	answer, err := ask[struct{ Permissions []Permission }](ctx, c, "GET /UserManagement/Permissions", call{})
	return answer.Permissions, err
}

// PermissionsOf are the effective permissions of a person, worked out now.
func (c *Client) PermissionsOf(ctx context.Context, person string) ([]string, error) {
	answer, err := ask[struct{ Permissions []string }](ctx, c, "GET /UserManagement/Persons/{PersonId}/Permissions", call{path: []any{person}})
	return answer.Permissions, err
}

// RolesOf lists the roles of a person, with where they come from.
func (c *Client) RolesOf(ctx context.Context, person string) ([]HeldRole, error) {
	return list[HeldRole](ctx, c, "GET /UserManagement/Persons/{PersonId}/Roles", call{path: []any{person}})
}

// ChangeRolesOf gives a person roles and takes others, and lists those that are left.
func (c *Client) ChangeRolesOf(ctx context.Context, person string, add, remove []string) ([]HeldRole, error) {
	return list[HeldRole](ctx, c, "PATCH /UserManagement/Persons/{PersonId}/Roles",
		call{path: []any{person}, body: Changes{"AddRoles": listed(add), "RemoveRoles": listed(remove)}})
}

// ChangeRestrictedRolesOf is ChangeRolesOf for roles that no API but an administrator's own session may give.
func (c *Client) ChangeRestrictedRolesOf(ctx context.Context, person string, add, remove []string) ([]HeldRole, error) {
	return list[HeldRole](ctx, c, "PATCH /Administration/Persons/{PersonId}/RestrictedRoles",
		call{path: []any{person}, body: Changes{"AddRoles": listed(add), "RemoveRoles": listed(remove)}})
}

// SetBreakGlass marks an account for emergencies, or not any more.
func (c *Client) SetBreakGlass(ctx context.Context, person string, breakGlass bool) error {
	return c.do(ctx, "PATCH /Administration/Persons/{PersonId}/BreakGlass", call{path: []any{person}, body: Changes{"BreakGlass": breakGlass}})
}

// Group is a permission group: what SCIM calls a Group, with what it grants.
type Group struct {
	PermissionGroupId, Name, Description string
	Restricted                           bool
	ManagedBy                            string // the SCIM connection, if any
	RoleIds, Permissions                 []string
	MemberCount                          int
	Version                              int64
	CreatedAt, UpdatedAt                 *time.Time
}

// NewGroup is what a group is created from.
type NewGroup struct {
	Name        string
	Description string   `json:",omitempty"`
	RoleIds     []string `json:",omitempty"`
	Permissions []string `json:",omitempty"`
}

// Member is a person in a group.
type Member struct {
	PersonId, Name string
	Source         string // Rest or Scim
}

// Groups lists permission groups; name ("": any) is compared in part.
func (c *Client) Groups(ctx context.Context, name string, window Window) (Page[Group], error) {
	return ask[Page[Group]](ctx, c, "GET /UserManagement/PermissionGroups", call{query: window.query(filters("Name", name))})
}

// CreateGroup creates a permission group.
func (c *Client) CreateGroup(ctx context.Context, in NewGroup) (*Group, error) {
	return find[Group](ctx, c, "POST /UserManagement/PermissionGroups", call{body: in, keyed: true})
}

// Group finds a permission group.
func (c *Client) Group(ctx context.Context, id string) (*Group, error) {
	return find[Group](ctx, c, "GET /UserManagement/PermissionGroups/{PermissionGroupId}", call{path: []any{id}})
}

// ChangeGroup changes Name and Description, and takes AddRoleIds, RemoveRoleIds, AddPermissions and RemovePermissions;
// Version, the one that was read, is needed.
func (c *Client) ChangeGroup(ctx context.Context, id string, changes Changes) (*Group, error) {
	return find[Group](ctx, c, "PATCH /UserManagement/PermissionGroups/{PermissionGroupId}", call{path: []any{id}, body: changes})
}

// DeleteGroup deletes a permission group.
func (c *Client) DeleteGroup(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE /UserManagement/PermissionGroups/{PermissionGroupId}", call{path: []any{id}})
}

// Members lists the members of a group.
func (c *Client) Members(ctx context.Context, group string, window Window) (Page[Member], error) {
	return ask[Page[Member]](ctx, c, "GET /UserManagement/PermissionGroups/{PermissionGroupId}/Members", call{path: []any{group}, query: window.query(nil)})
}

// ChangeMembers adds members to a group and removes others: all of it or nothing.
func (c *Client) ChangeMembers(ctx context.Context, group string, add, remove []string) error {
	return c.do(ctx, "PATCH /UserManagement/PermissionGroups/{PermissionGroupId}/Members",
		call{path: []any{group}, body: Changes{"AddPersonIds": listed(add), "RemovePersonIds": listed(remove)}})
}

// Membership is a group of a person.
type Membership struct{ PermissionGroupId, Name string }

// GroupsOf lists the groups of a person.
func (c *Client) GroupsOf(ctx context.Context, person string) ([]Membership, error) {
	return list[Membership](ctx, c, "GET /UserManagement/Persons/{PersonId}/PermissionGroups", call{path: []any{person}})
}

// ChangeGroupsOf puts a person into groups and takes it out of others.
func (c *Client) ChangeGroupsOf(ctx context.Context, person string, add, remove []string) ([]Membership, error) {
	return list[Membership](ctx, c, "PATCH /UserManagement/Persons/{PersonId}/PermissionGroups",
		call{path: []any{person}, body: Changes{"AddPermissionGroups": listed(add), "RemovePermissionGroups": listed(remove)}})
}

// Organization is a part of the tenant, in a tree.
type Organization struct{ OrganizationId, Name, ParentOrganizationId string }

// Organizations lists the organizations of the tenant.
func (c *Client) Organizations(ctx context.Context, window Window) (Page[Organization], error) {
	return ask[Page[Organization]](ctx, c, "GET /UserManagement/Organizations", call{query: window.query(nil)})
}

// CreateOrganization creates an organization below another one ("": below none).
func (c *Client) CreateOrganization(ctx context.Context, name, parent string) (*Organization, error) {
	body := Changes{"Name": name}
	if parent != "" {
		body["ParentOrganizationId"] = parent
	}
	return find[Organization](ctx, c, "POST /Administration/Organizations", call{body: body, keyed: true})
}

// ChangeOrganization changes Name and ParentOrganizationId.
func (c *Client) ChangeOrganization(ctx context.Context, id string, changes Changes) (*Organization, error) {
	return find[Organization](ctx, c, "PATCH /Administration/Organizations/{OrganizationId}", call{path: []any{id}, body: changes})
}

// DeleteOrganization deletes an organization that nobody is in.
func (c *Client) DeleteOrganization(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE /Administration/Organizations/{OrganizationId}", call{path: []any{id}})
}

// OrganizationsOf lists the organizations of a person.
func (c *Client) OrganizationsOf(ctx context.Context, person string) ([]Organization, error) {
	return list[Organization](ctx, c, "GET /UserManagement/Persons/{PersonId}/Organizations", call{path: []any{person}})
}

// ChangeOrganizationsOf puts a person into organizations and takes it out of others.
func (c *Client) ChangeOrganizationsOf(ctx context.Context, person string, add, remove []string) ([]Organization, error) {
	return list[Organization](ctx, c, "PATCH /UserManagement/Persons/{PersonId}/Organizations",
		call{path: []any{person}, body: Changes{"AddOrganizationIds": listed(add), "RemoveOrganizationIds": listed(remove)}})
}

// listed is a list that is never null.
func listed(list []string) []string { return append([]string{}, list...) }
