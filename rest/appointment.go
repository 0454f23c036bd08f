package rest

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const restrictedPerson = "/Administration/Persons/{PersonId}"

var appointmentRoutes = []route{
	{method: "GET", pattern: oneAccess + "/Permissions", needs: needs(domain.UsersRead), orSelf: true, parameters: ofTenant, serve: (*call).getPermissions},
	{method: "GET", pattern: oneAccess + "/Roles", needs: needs(domain.UsersRead), orSelf: true, serve: (*call).getRoles},
	{method: "PATCH", pattern: oneAccess + "/Roles", needs: needs(domain.UsersRoles), body: patchBody, serve: (*call).patchRoles},
	{method: "GET", pattern: oneAccess + "/PermissionGroups", needs: needs(domain.UsersRead), orSelf: true, serve: (*call).getGroups},
	{method: "PATCH", pattern: oneAccess + "/PermissionGroups", needs: needs(domain.UsersGroups), body: patchBody, serve: (*call).patchGroups},
	{method: "GET", pattern: oneAccess + "/Organizations", needs: needs(domain.UsersRead), orSelf: true, serve: (*call).getOrganizations},
	{method: "PATCH", pattern: oneAccess + "/Organizations", needs: needs(domain.UsersOrganizations), body: patchBody, serve: (*call).patchOrganizations},
	{method: "GET", pattern: oneAccess + "/Tenants", needs: needs(domain.UsersRead), orSelf: true, serve: (*call).getTenants},
	{method: "PATCH", pattern: oneAccess + "/Tenants", needs: needs(domain.UsersTenants), body: patchBody, serve: (*call).patchTenants},
	{method: "PATCH", pattern: restrictedPerson + "/RestrictedRoles", needs: needs(domain.TenantAdmin), session: true, body: patchBody, serve: (*call).patchRestrictedRoles},
	{method: "PATCH", pattern: restrictedPerson + "/BreakGlass", needs: needs(domain.TenantAdmin), body: patchBody, serve: (*call).patchBreakGlass},
}

// heldRoleView is a role of a person.
type heldRoleView struct {
	RoleId uuid.UUID          `json:"RoleId"`
	Name   string             `json:"Name"`
	Weight int                `json:"Weight"`
	Source domain.GrantSource `json:"Source"`
}

func viewHeld(roles []domain.HeldRole) []heldRoleView {
	return each(roles, func(r *domain.HeldRole) heldRoleView { return heldRoleView{r.Role, r.Name, r.Weight, r.Source} })
}

// getPermissions is GET UserManagement/Persons/{PersonId}/Permissions, worked out at this moment.
func (c *call) getPermissions() (domain.Answer, error) {
	tenant := c.asked.tenant
	if tenant == "" {
		tenant = c.caller.TenantSlug
	}
	rights, err := c.engine.Appointments.RightsIn(c.context(), c.caller, c.person, tenant)
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, permissionsView{append(domain.Permissions{}, rights.Permissions...)})
}

// getRoles is GET UserManagement/Persons/{PersonId}/Roles.
func (c *call) getRoles() (domain.Answer, error) {
	return c.showRights(c.engine.Appointments.Rights(c.context(), c.caller, c.person))
}

func (c *call) showRights(rights *domain.Rights, err error) (domain.Answer, error) {
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, itemsView{viewHeld(rights.Roles)})
}

// moves reads a body of what is to come and to go.
func (c *call) moves(fields []field[movesBody]) (domain.Moves, error) {
	body, err := decode(c.body, fields)
	return domain.Moves{Add: body.add, Remove: body.remove}, err
}

// patchRoles is PATCH UserManagement/Persons/{PersonId}/Roles.
func (c *call) patchRoles() (domain.Answer, error) {
	moves, err := c.moves(roleMoves)
	if err != nil {
		return domain.Answer{}, err
	}
	return c.showRights(c.engine.Appointments.ChangeRoles(c.context(), c.caller, c.person, moves))
}

// patchRestrictedRoles is PATCH Administration/Persons/{PersonId}/RestrictedRoles.
func (c *call) patchRestrictedRoles() (domain.Answer, error) {
	moves, err := c.moves(roleMoves)
	if err != nil {
		return domain.Answer{}, err
	}
	return c.showRights(c.engine.Appointments.ChangeRestrictedRoles(c.context(), c.caller, c.person, moves))
}

// getGroups is GET UserManagement/Persons/{PersonId}/PermissionGroups.
func (c *call) getGroups() (domain.Answer, error) {
	p, err := c.engine.Directory.Access(c.context(), c.caller, c.person, domain.WithGroups)
	if err != nil {
		return domain.Answer{}, err
	}
	return showMemberships(p.Groups)
}

func showMemberships(groups []domain.Membership) (domain.Answer, error) {
	return answerOf(http.StatusOK, itemsView{each(groups, func(m *domain.Membership) membershipView { return membershipView{m.Group, m.Name} })})
}

// patchGroups is PATCH UserManagement/Persons/{PersonId}/PermissionGroups.
func (c *call) patchGroups() (domain.Answer, error) {
	moves, err := c.moves(groupMoves)
	if err != nil {
		return domain.Answer{}, err
	}
	groups, err := c.engine.Appointments.ChangeGroups(c.context(), c.caller, c.person, moves)
	if err != nil {
		return domain.Answer{}, err
	}
	return showMemberships(groups)
}

// getOrganizations is GET UserManagement/Persons/{PersonId}/Organizations.
func (c *call) getOrganizations() (domain.Answer, error) {
	p, err := c.engine.Directory.Access(c.context(), c.caller, c.person, domain.WithOrganizations)
	if err != nil {
		return domain.Answer{}, err
	}
	return showOrganizations(p)
}

func showOrganizations(p *domain.Person) (domain.Answer, error) {
	return answerOf(http.StatusOK, itemsView{viewOrganizations(p)})
}

// patchOrganizations is PATCH UserManagement/Persons/{PersonId}/Organizations.
func (c *call) patchOrganizations() (domain.Answer, error) {
	moves, err := c.moves(organizationMoves)
	if err != nil {
		return domain.Answer{}, err
	}
	p, err := c.change(domain.AspectOrganizations, func(p *domain.Person) error {
		if err := moves.Check("OrganizationIds"); err != nil {
			return err
		}
		list := slices.DeleteFunc(slices.Clone(p.Access.OrganizationIDs), func(id uuid.UUID) bool { return slices.Contains(moves.Remove, id) })
		for _, id := range moves.Add {
			if !slices.Contains(list, id) {
				list = append(list, id)
			}
		}
		p.Access.OrganizationIDs = list
		return nil
	})
	if err != nil {
		return domain.Answer{}, err
	}
	return showOrganizations(p)
}

type glassBody struct{ on sent[*bool] }

var glassFields = []field[glassBody]{{"BreakGlass", notNull(setFlag(func(b *glassBody) *sent[*bool] { return &b.on }))}}

type glassView struct {
	PersonId   uuid.UUID `json:"PersonId"`
	BreakGlass bool      `json:"BreakGlass"`
}

// patchBreakGlass is PATCH Administration/Persons/{PersonId}/BreakGlass.
func (c *call) patchBreakGlass() (domain.Answer, error) {
	body, err := decode(c.body, glassFields)
	if err != nil {
		return domain.Answer{}, err
	}
	if body.on.value == nil {
		return domain.Answer{}, failed(domain.CodeValidation, []domain.FieldError{{Attribute: "BreakGlass", Message: "Send true or false."}})
	}
	p, err := c.engine.Appointments.SetBreakGlass(c.context(), c.caller, c.person, *body.on.value)
	if err != nil {
		return domain.Answer{}, err
	}
	return answerOf(http.StatusOK, glassView{p.ID, p.Access.BreakGlass})
}
