package rest

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const oneGroup = "/UserManagement/PermissionGroups/{PermissionGroupId}"

var groupRoutes = []route{
	{method: "GET", pattern: "/UserManagement/PermissionGroups", needs: needs(domain.GroupsRead), page: fullPage, serve: (*call).listGroups,
		parameters: slices.Concat(paging, extending, []parameter{{"Name", comparing(domain.AttrGroupName, domain.Contains)}})},
	{method: "POST", pattern: "/UserManagement/PermissionGroups", needs: needs(domain.GroupsWrite), body: jsonBody, keyed: true, serve: (*call).createGroup},
	{method: "GET", pattern: oneGroup, needs: needs(domain.GroupsRead), serve: (*call).getGroup},
	{method: "PATCH", pattern: oneGroup, needs: needs(domain.GroupsWrite), body: patchBody, serve: (*call).patchGroup},
	{method: "DELETE", pattern: oneGroup, needs: needs(domain.GroupsWrite), serve: (*call).deleteGroup},
	{method: "GET", pattern: oneGroup + "/Members", needs: needs(domain.GroupsRead), parameters: append(paging, extending...), page: basicPage, serve: (*call).listMembers},
	{method: "PATCH", pattern: oneGroup + "/Members", needs: needs(domain.GroupsMembers), body: patchBody, serve: (*call).patchMembers},
}

// groupView is a permission group as it is shown.
type groupView struct {
	PermissionGroupId uuid.UUID          `json:"PermissionGroupId"`
	Name              string             `json:"Name"`
	Description       text               `json:"Description"`
	Restricted        bool               `json:"Restricted"`
	ManagedBy         identifier         `json:"ManagedBy"`
	RoleIds           []uuid.UUID        `json:"RoleIds"`
	Permissions       domain.Permissions `json:"Permissions"`
	MemberCount       int                `json:"MemberCount"`
	Version           int64              `json:"Version"`
	CreatedAt         instant            `json:"CreatedAt"`
	UpdatedAt         instant            `json:"UpdatedAt"`
}

func viewGroup(g *domain.Group) any {
	return groupView{g.ID, g.Name, text(g.Description), g.Restricted, identifier(g.ManagedBy), append([]uuid.UUID{}, g.RoleIDs...),
		append(domain.Permissions{}, g.Permissions...), g.MemberCount, g.Version, instant(g.CreatedAt), instant(g.UpdatedAt)}
}

// listGroups is GET UserManagement/PermissionGroups.
func (c *call) listGroups() (domain.Answer, error) {
	return listOf(c, c.engine.Groups.List, 0, viewGroup)
}

// getGroup is GET UserManagement/PermissionGroups/{PermissionGroupId}.
func (c *call) getGroup() (domain.Answer, error) {
	g, err := c.engine.Groups.Find(c.context(), c.caller, c.id("PermissionGroupId"))
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, viewGroup(g))
}

// createGroup is POST UserManagement/PermissionGroups.
func (c *call) createGroup() (domain.Answer, error) {
	body, err := decode(c.body, newGroupFields)
	if err != nil {
		return domain.Answer{}, err
	}
	in := domain.NewGroup{Name: body.name.value, Description: body.description.value, RoleIDs: body.roles, Permissions: body.permissions}
	return once(c,
		func(caller domain.Caller) (*domain.Group, error) {
			return c.engine.Groups.Create(c.context(), caller, in)
		},
		func(g *domain.Group) (domain.Answer, error) {
			answer, err := answerOf(http.StatusCreated, viewGroup(g))
			answer.Header["Location"] = c.location("UserManagement", "PermissionGroups", g.ID.String())
			return answer, err
		})
}

// patchGroup is PATCH UserManagement/PermissionGroups/{PermissionGroupId}.
func (c *call) patchGroup() (domain.Answer, error) {
	body, err := decode(c.body, groupFields)
	if err == nil {
		err = body.version.needed()
	}
	if err != nil {
		return domain.Answer{}, err
	}
	version := int64(*body.version.value)
	g, err := c.engine.Groups.Change(c.context(), c.caller, domain.GroupChange{
		Group: c.id("PermissionGroupId"), Version: &version, Name: maybeText(body.name), Description: maybeText(body.description),
		Grants: domain.GrantChange{AddRoles: body.addRoles, RemoveRoles: body.removeRoles,
			AddPermissions: body.addPermissions, RemovePermissions: body.removePermissions},
	})
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, viewGroup(g))
}

// deleteGroup is DELETE UserManagement/PermissionGroups/{PermissionGroupId}.
func (c *call) deleteGroup() (domain.Answer, error) {
	return nothing(), c.engine.Groups.Delete(c.context(), c.caller, c.id("PermissionGroupId"))
}

type memberView struct {
	PersonId uuid.UUID           `json:"PersonId"`
	Name     text                `json:"Name"`
	Source   domain.MemberSource `json:"Source"`
}

// listMembers is GET UserManagement/PermissionGroups/{PermissionGroupId}/Members, in the order of the ids. How many
// members there are is kept with the group, so that no page counts them.
func (c *call) listMembers() (domain.Answer, error) {
	g, members, err := c.engine.Groups.MemberPage(c.context(), c.caller, c.id("PermissionGroupId"),
		domain.Query{Offset: c.asked.offset, Count: c.asked.count})
	if err != nil {
		return domain.Answer{}, err
	}
	envelope := pageView{Items: make([]any, len(members)), Offset: c.asked.offset, Count: c.asked.count,
		ListCompleted: c.asked.offset+len(members) >= g.MemberCount}
	for i, m := range members {
		envelope.Items[i] = memberView{m.Person, text(m.Name), m.Source}
	}
	if c.asked.extended {
		envelope.TotalCount = &g.MemberCount
	}
	return answerOf(http.StatusOK, envelope)
}

// patchMembers is PATCH UserManagement/PermissionGroups/{PermissionGroupId}/Members.
func (c *call) patchMembers() (domain.Answer, error) {
	body, err := decode(c.body, memberFields)
	if err != nil {
		return domain.Answer{}, err
	}
	g, err := c.engine.Groups.ChangeMembers(c.context(), c.caller, c.id("PermissionGroupId"), domain.Moves{Add: body.add, Remove: body.remove})
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, viewGroup(g))
}
