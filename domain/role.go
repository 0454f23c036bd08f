package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// MaxWeight is the heaviest that a role can be.
const MaxWeight = 1000

// Role is a named set of permissions. People hold roles directly or through groups that grant them.
type Role struct {
	ID          uuid.UUID
	Name        string // unique per tenant when folded
	Description string
	Weight      int // 0 to MaxWeight: a session gives, changes and takes no role heavier than its heaviest
	Permissions Permissions
	Version     int64 // grows by one with every change
	IsSystem    bool  // changed by the operator alone
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CreatedBy   string
}

// Restricted reports whether the role holds a permission that no API may grant.
func (r *Role) Restricted() bool { return r.Permissions.Restricted() }

// Administers reports whether the role makes its holders administrators of the tenant.
func (r *Role) Administers() bool { return r.Permissions.Has(TenantAdmin) }

// GrantSource tells by which way a person holds a role.
type GrantSource string

// The sources of roles.
const (
	GrantedDirectly GrantSource = "Direct"
	GrantedByGroup  GrantSource = "Group"
)

// HeldRole is a role of a person, as a person shows it.
type HeldRole struct {
	Role   uuid.UUID
	Name   string
	Weight int
	Source GrantSource
}

// Rights are what a person may do at the moment in which they are read: by its own roles, and by the roles and
// permissions that its groups grant.
type Rights struct {
	Roles       []HeldRole // heaviest first; a role that is held both ways stands there twice
	Permissions Permissions
}

// Add puts a grant to the others. A grant of permissions without a role has no Role.
func (r *Rights) Add(role HeldRole, permissions Permissions) {
	if role.Role != uuid.Nil {
		r.Roles = append(r.Roles, role)
	}
	r.Permissions = NewPermissions(append(slices.Clone(r.Permissions), permissions...)...)
}

// Weight is that of the heaviest role, 0 without one.
func (r *Rights) Weight() int {
	heaviest := 0
	for _, role := range r.Roles {
		heaviest = max(heaviest, role.Weight)
	}
	return heaviest
}

// NewRole is what a role is created from.
type NewRole struct {
	Name        string
	Description string
	Weight      int
	Permissions []Permission
	IsSystem    bool // for the operator
}

// RoleChange is a change of one role; nil leaves a field alone.
type RoleChange struct {
	Role              uuid.UUID
	Version           int64 // the version that the caller has read
	Name              *string
	Description       *string
	Weight            *int
	AddPermissions    []Permission
	RemovePermissions []Permission
}

// apply changes the role in memory.
func (c *RoleChange) apply(r *Role) {
	if c.Name != nil {
		r.Name = *c.Name
	}
	if c.Description != nil {
		r.Description = *c.Description
	}
	if c.Weight != nil {
		r.Weight = *c.Weight
	}
	r.Permissions = r.Permissions.with(c.AddPermissions, c.RemovePermissions)
}

// with is the set with some permissions more and some less.
func (s Permissions) with(more, less []Permission) Permissions {
	set := NewPermissions(append(slices.Clone(s), more...)...)
	return slices.DeleteFunc(set, func(p Permission) bool { return slices.Contains(less, p) })
}

func (r *Role) validate(found *problems) {
	if strings.TrimSpace(r.Name) == "" {
		found.add("Name", "A role needs a name.")
	}
	checkKey(found, "Name", r.Name)
	checkText(found, "Description", r.Description)
	if r.Weight < 0 || r.Weight > MaxWeight {
		found.add("Weight", "The weight is a number from 0 to %d.", MaxWeight)
	}
}

// checkPermissions refuses names that are not in the catalogue of what roles and groups can grant.
func checkPermissions(lists ...[]Permission) error {
	known := AllPermissions()
	for _, list := range lists {
		for _, p := range list {
			if !known.Has(p) {
				return Refuse(CodeUnknownPermission, "Permissions", "There is no permission %q; GET UserManagement/Permissions lists them.", shortName(string(p)))
			}
		}
	}
	return nil
}

// shortName keeps what a client sent from filling a message.
func shortName(text string) string {
	const limit = 64
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}

// changes tells what differs between two states of a role.
func (r *Role) changes(before *Role) []Change {
	weight := func(r *Role) string { return strconv.Itoa(r.Weight) }
	all := []Change{
		{"RoleId", before.idText(), r.idText()}, {"Name", before.Name, r.Name}, {"Description", before.Description, r.Description},
		{"Weight", weight(before), weight(r)}, {"Permissions", before.Permissions.String(), r.Permissions.String()},
	}
	return slices.DeleteFunc(all, func(c Change) bool { return c.Before == c.After && c.Attribute != "RoleId" })
}

func (r *Role) idText() string {
	if r.ID == uuid.Nil {
		return ""
	}
	return r.ID.String()
}

// String lists the permissions with blanks between them, for the audit.
func (s Permissions) String() string {
	names := make([]string, len(s))
	for i, p := range s {
		names[i] = string(p)
	}
	return strings.Join(names, " ")
}
