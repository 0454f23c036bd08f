package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	oneRole = "/UserManagement/Roles/{RoleId}"
)

var roleRoutes = []route{
	{method: "GET", pattern: "/UserManagement/Roles", needs: needs(domain.RolesRead), parameters: append(paging, extending...), page: fullPage, serve: (*call).listRoles},
	{method: "POST", pattern: "/UserManagement/Roles", needs: needs(domain.RolesAdd), body: jsonBody, keyed: true, serve: (*call).createRole},
	{method: "GET", pattern: oneRole, needs: needs(domain.RolesRead), serve: (*call).getRole},
	{method: "PATCH", pattern: oneRole, needs: needs(domain.RolesUpdate), body: patchBody, serve: (*call).patchRole},
	{method: "DELETE", pattern: oneRole, needs: needs(domain.RolesDelete), parameters: []parameter{{"Force", readForce}}, serve: (*call).deleteRole},
	{method: "GET", pattern: "/UserManagement/Permissions", needs: needs(domain.RolesRead), serve: (*call).listPermissions},
}

// roleView is a role as it is shown. A list shows the permissions only when it is asked for all.
type roleView struct {
	RoleId      uuid.UUID          `json:"RoleId"`
	Name        string             `json:"Name"`
	Description text               `json:"Description"`
	Weight      int                `json:"Weight"`
	Version     int64              `json:"Version"`
	Restricted  bool               `json:"Restricted"`
	IsSystem    bool               `json:"IsSystem"`
	CreatedAt   instant            `json:"CreatedAt"`
	CreatedBy   text               `json:"CreatedBy"`
	Permissions domain.Permissions `json:"Permissions,omitzero"`
}

func viewRole(r *domain.Role, extended bool) roleView {
	view := roleView{RoleId: r.ID, Name: r.Name, Description: text(r.Description), Weight: r.Weight, Version: r.Version,
		Restricted: r.Restricted(), IsSystem: r.IsSystem, CreatedAt: instant(r.CreatedAt), CreatedBy: text(r.CreatedBy)}
	if extended {
		view.Permissions = append(domain.Permissions{}, r.Permissions...)
	}
	return view
}

// listRoles is GET UserManagement/Roles.
func (c *call) listRoles() (domain.Answer, error) {
	return listOf(c, c.engine.Roles.List, 0, func(r *domain.Role) any { return viewRole(r, c.asked.extended) })
}

// getRole is GET UserManagement/Roles/{RoleId}.
func (c *call) getRole() (domain.Answer, error) {
	r, err := c.engine.Roles.Find(c.context(), c.caller, c.id("RoleId"))
	if err != nil {
		return domain.Answer{}, err
	}
	return showRole(r)
}

func showRole(r *domain.Role) (domain.Answer, error) {
	return answerOf(http.StatusOK, viewRole(r, true))
}

// createRole is POST UserManagement/Roles.
func (c *call) createRole() (domain.Answer, error) {
	body, err := decode(c.body, newRoleFields)
	if err != nil {
		return domain.Answer{}, err
	}
	in := domain.NewRole{Name: body.name.value, Description: body.description.value, Permissions: body.permissions}
	if body.weight.value != nil {
		in.Weight = *body.weight.value
	}
	return once(c,
		func(caller domain.Caller) (*domain.Role, error) {
			return c.engine.Roles.Create(c.context(), caller, in)
		},
		func(r *domain.Role) (domain.Answer, error) {
			answer, err := answerOf(http.StatusCreated, viewRole(r, true))
			answer.Header["Location"] = c.location("UserManagement", "Roles", r.ID.String())
			return answer, err
		})
}

// patchRole is PATCH UserManagement/Roles/{RoleId}.
func (c *call) patchRole() (domain.Answer, error) {
	body, err := decode(c.body, roleFields)
	if err == nil {
		err = body.version.needed()
	}
	if err != nil {
		return domain.Answer{}, err
	}
	r, err := c.engine.Roles.Change(c.context(), c.caller, domain.RoleChange{
		Role: c.id("RoleId"), Version: int64(*body.version.value), Name: maybeText(body.name), Description: maybeText(body.description), Weight: body.weight.value,
		AddPermissions: body.addPermissions, RemovePermissions: body.removePermissions,
	})
	if err != nil {
		return domain.Answer{}, err
	}
	return showRole(r)
}

// deleteRole is DELETE UserManagement/Roles/{RoleId}.
func (c *call) deleteRole() (domain.Answer, error) {
	return nothing(), c.engine.Roles.Delete(c.context(), c.caller, c.id("RoleId"), c.asked.force)
}

type permissionView struct {
	Name        domain.Permission `json:"Name"`
	Group       string            `json:"Group"`
	Description string            `json:"Description"`
}

type permissionsView struct {
	Permissions any `json:"Permissions"`
}

// listPermissions is GET UserManagement/Permissions: those that an API can grant.
func (c *call) listPermissions() (domain.Answer, error) {
	return answerOf(http.StatusOK, permissionsView{each(domain.PermissionCatalogue(), func(row *domain.PermissionInfo) permissionView {
		return permissionView{row.Name, row.Group, row.Description}
	})})
}
