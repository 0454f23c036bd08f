package main

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// manyRoles is how many roles a list shows.
const manyRoles = 1000

// roleView is a role as the commands show it.
type roleView struct {
	RoleID      string `json:"RoleId"`
	Name        string
	Weight      int
	Version     int64
	Restricted  bool
	IsSystem    bool
	Permissions domain.Permissions
}

func viewRole(r *domain.Role) roleView {
	return roleView{r.ID.String(), r.Name, r.Weight, r.Version, r.Restricted(), r.IsSystem, r.Permissions}
}

func (v roleView) line() string {
	return fmt.Sprintf("%s  %4d  %s  %s", v.RoleID, v.Weight, v.Name, v.Permissions)
}

// rights runs an operator's act on rights in the tenant.
func (f tenantFlag) rights(p *program, database string, do func(engine *domain.Engine, operator domain.Caller) error) error {
	return p.engine(database, func(engine *domain.Engine) error { return f.operate(p, engine, do) })
}

// operate does something as the operator of the tenant.
func (f tenantFlag) operate(p *program, engine *domain.Engine, do func(engine *domain.Engine, operator domain.Caller) error) error {
	slug, err := f.slug(p, engine.Administration)
	if err != nil {
		return err
	}
	operator, err := engine.Administration.Operator(p, slug)
	if err != nil {
		return err
	}
	return do(engine, operator)
}

func permissionsOf(names []string) []domain.Permission {
	var list []domain.Permission
	for _, name := range names {
		list = append(list, domain.Permission(strings.TrimSpace(name)))
	}
	return list
}

type roleCreate struct {
	databaseFlags
	tenantFlag
	Name        string   `required:"" help:"Name of the role, unique in the tenant."`
	Description string   `help:"What it is for."`
	Weight      int      `help:"0 to 1000: people give and take no role heavier than their heaviest."`
	Permissions []string `help:"What its holders may do, like users.read,tenant.admin."`
	System      bool     `help:"Nobody but the operator may change it."`
}

// Run creates the role.
func (c *roleCreate) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		role, err := engine.Roles.Create(p, operator, domain.NewRole{Name: c.Name, Description: c.Description, Weight: c.Weight,
			Permissions: permissionsOf(c.Permissions), IsSystem: c.System})
		if err != nil {
			return err
		}
		return p.show(viewRole(role), "Role "+role.Name+" was created; its id is "+role.ID.String()+".")
	})
}

type roleList struct {
	databaseFlags
	tenantFlag
}

// Run lists the roles.
func (c *roleList) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		page, err := engine.Roles.List(p, operator, domain.Query{Count: manyRoles})
		if err != nil {
			return err
		}
		list := listOf(page.Items, viewRole)
		lines := make([]string, len(list.Items))
		for i, role := range list.Items {
			lines[i] = role.line()
		}
		if len(lines) == 0 {
			lines = []string{"The tenant has no role yet."}
		}
		return p.show(list, lines...)
	})
}

// roleFlag names a role.
type roleFlag struct {
	Role string `required:"" help:"Name or id of the role."`
}

type roleUpdate struct {
	databaseFlags
	tenantFlag
	roleFlag
	Name        *string  `help:"New name."`
	Description *string  `help:"New description."`
	Weight      *int     `help:"New weight."`
	Add         []string `help:"Permissions to add."`
	Remove      []string `help:"Permissions to take away."`
}

// Run changes the role.
func (c *roleUpdate) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		role, err := engine.Roles.RoleNamed(p, operator, c.Role)
		if err != nil {
			return err
		}
		role, err = engine.Roles.Change(p, operator, domain.RoleChange{Role: role.ID, Version: role.Version, Name: c.Name, Description: c.Description,
			Weight: c.Weight, AddPermissions: permissionsOf(c.Add), RemovePermissions: permissionsOf(c.Remove)})
		if err != nil {
			return err
		}
		return p.show(viewRole(role), "Role "+role.Name+" is up to date.", viewRole(role).line())
	})
}

type roleDelete struct {
	databaseFlags
	tenantFlag
	roleFlag
	Force bool `help:"Also take it from everybody who holds it."`
}

// Run deletes the role.
func (c *roleDelete) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		role, err := engine.Roles.RoleNamed(p, operator, c.Role)
		if err != nil {
			return err
		}
		if err := engine.Roles.Delete(p, operator, role.ID, c.Force); err != nil {
			return err
		}
		return p.show(viewRole(role), "Role "+role.Name+" is gone.")
	})
}

// personFlag names a person.
type personFlag struct {
	Person string `required:"" help:"Username or PersonId."`
}

func (f personFlag) find(p *program, engine *domain.Engine, operator domain.Caller) (*domain.Person, error) {
	if id, err := uuid.Parse(f.Person); err == nil {
		return engine.Directory.Access(p, operator, id, 0)
	}
	return engine.Directory.ByUsername(p, operator, f.Person, 0)
}

// personView is a person's rights as the commands show them.
type personView struct {
	PersonID    string `json:"PersonId"`
	Username    string
	Roles       []string
	Permissions domain.Permissions
}

type personGrant struct {
	databaseFlags
	tenantFlag
	personFlag
	roleFlag
}

// Run gives the role.
func (c *personGrant) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		return c.move(p, engine, operator, c.Role, func(role uuid.UUID) domain.Moves { return domain.Moves{Add: []uuid.UUID{role}} })
	})
}

type personRevoke struct {
	databaseFlags
	tenantFlag
	personFlag
	roleFlag
}

// Run takes the role.
func (c *personRevoke) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		return c.move(p, engine, operator, c.Role, func(role uuid.UUID) domain.Moves { return domain.Moves{Remove: []uuid.UUID{role}} })
	})
}

// move gives a role or takes it.
func (f personFlag) move(p *program, engine *domain.Engine, operator domain.Caller, name string, moves func(role uuid.UUID) domain.Moves) error {
	person, err := f.find(p, engine, operator)
	if err != nil {
		return err
	}
	role, err := engine.Roles.RoleNamed(p, operator, name)
	if err != nil {
		return err
	}
	rights, err := engine.Appointments.ChangeRoles(p, operator, person.ID, moves(role.ID))
	if err != nil {
		return err
	}
	view := personView{PersonID: person.ID.String(), Roles: []string{}, Permissions: rights.Permissions}
	if person.Access != nil {
		view.Username = person.Access.Username
	}
	for _, held := range rights.Roles {
		view.Roles = append(view.Roles, held.Name)
	}
	return p.show(view, fmt.Sprintf("%s now has the roles %s and may do: %s.", view.Username, strings.Join(view.Roles, ", "), view.Permissions))
}

type personBreakGlass struct {
	databaseFlags
	tenantFlag
	personFlag
	Off bool `help:"It is an ordinary account again."`
}

// Run marks the account.
func (c *personBreakGlass) Run(p *program) error {
	return c.rights(p, c.Database, func(engine *domain.Engine, operator domain.Caller) error {
		person, err := c.find(p, engine, operator)
		if err != nil {
			return err
		}
		person, err = engine.Appointments.SetBreakGlass(p, operator, person.ID, !c.Off)
		if err != nil {
			return err
		}
		said := "is an account for emergencies; no connector can change it."
		if c.Off {
			said = "is an ordinary account again."
		}
		return p.show(map[string]any{"PersonId": person.ID.String(), "BreakGlass": !c.Off}, person.Access.Username+" "+said)
	})
}
