package rest

import (
	"strconv"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// grantingBody is a role or a permission group as it is sent, whole or as a change; each of them takes a part.
type grantingBody struct {
	name, description                 sent[string]
	weight, version                   versionField
	permissions                       []domain.Permission
	addPermissions, removePermissions []domain.Permission
	roles, addRoles, removeRoles      []uuid.UUID
}

// versionField is a number that can be needed.
type versionField sent[*int]

// needed refuses a change without the version that its author has read.
func (f versionField) needed() error {
	if f.value == nil {
		return failed(domain.CodeValidation, []domain.FieldError{{Attribute: "Version", Message: "Send the Version that you have read, so that no change of others is lost."}})
	}
	return nil
}

// maybeText is the text that was sent, nil when none was.
func maybeText(s sent[string]) *string {
	if !s.present {
		return nil
	}
	return &s.value
}

var (
	nameField        = field[grantingBody]{"Name", setText(func(b *grantingBody) *sent[string] { return &b.name })}
	descriptionField = field[grantingBody]{"Description", setText(func(b *grantingBody) *sent[string] { return &b.description })}
	weightField      = field[grantingBody]{"Weight", setWhole(func(b *grantingBody) *versionField { return &b.weight })}
	versionOfRead    = field[grantingBody]{"Version", setWhole(func(b *grantingBody) *versionField { return &b.version })}
	permissionsField = field[grantingBody]{"Permissions", setPermissions(func(b *grantingBody) *[]domain.Permission { return &b.permissions })}
	addPermissions   = field[grantingBody]{"AddPermissions", setPermissions(func(b *grantingBody) *[]domain.Permission { return &b.addPermissions })}
	lessPermissions  = field[grantingBody]{"RemovePermissions", setPermissions(func(b *grantingBody) *[]domain.Permission { return &b.removePermissions })}
	rolesField       = field[grantingBody]{"RoleIds", setIDs(func(b *grantingBody) *[]uuid.UUID { return &b.roles })}
	addRoleIDs       = field[grantingBody]{"AddRoleIds", setIDs(func(b *grantingBody) *[]uuid.UUID { return &b.addRoles })}
	lessRoleIDs      = field[grantingBody]{"RemoveRoleIds", setIDs(func(b *grantingBody) *[]uuid.UUID { return &b.removeRoles })}

	newRoleFields  = []field[grantingBody]{nameField, descriptionField, weightField, permissionsField}
	roleFields     = []field[grantingBody]{versionOfRead, nameField, descriptionField, weightField, addPermissions, lessPermissions}
	newGroupFields = []field[grantingBody]{nameField, descriptionField, rolesField, permissionsField}
	groupFields    = []field[grantingBody]{versionOfRead, nameField, descriptionField, addRoleIDs, lessRoleIDs, addPermissions, lessPermissions}
)

// movesBody is who or what is to come and to go.
type movesBody struct{ add, remove []uuid.UUID }

func movesFields(add, remove string) []field[movesBody] {
	return []field[movesBody]{
		{add, setIDs(func(b *movesBody) *[]uuid.UUID { return &b.add })},
		{remove, setIDs(func(b *movesBody) *[]uuid.UUID { return &b.remove })},
	}
}

var (
	memberFields      = movesFields("AddPersonIds", "RemovePersonIds")
	roleMoves         = movesFields("AddRoles", "RemoveRoles")
	groupMoves        = movesFields("AddPermissionGroups", "RemovePermissionGroups")
	organizationMoves = movesFields("AddOrganizationIds", "RemoveOrganizationIds")
)

func setWhole[T any](at func(*T) *versionField) func(*reader, *T) {
	return func(r *reader, into *T) { *at(into) = versionField{true, r.whole()} }
}

func setPermissions[T any](at func(*T) *[]domain.Permission) func(*reader, *T) {
	return func(r *reader, into *T) {
		*at(into) = readList(r, func(r *reader) domain.Permission { return domain.Permission(r.text()) })
	}
}

// whole reads a whole number or null, which is nil.
func (r *reader) whole() *int {
	if r.null() {
		return nil
	}
	value, err := r.json.ReadValue()
	number, wrong := strconv.Atoi(string(value))
	if err != nil || wrong != nil {
		r.wrong("The value must be a whole number.")
		return nil
	}
	return &number
}
