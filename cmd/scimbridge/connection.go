package main

import (
	"fmt"
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/scim"
)

// connectionView is a SCIM connection as the commands show it, with the values of all its policies.
type connectionView struct {
	ScimConnectionID string `json:"ScimConnectionId"`
	Tenant           string
	Name             string
	Dialect          string        // as an operator fixed it, or auto
	SeenDialect      *sightingView `json:",omitempty"`
	Policies         map[domain.Policy]string
	Deviations       []deviationView `json:",omitempty"`
	Notes            []string        `json:",omitempty"`
	LastSeenAt       *time.Time      `json:",omitempty"`
	CreatedAt        *time.Time
}

// sightingView is what the client was taken for.
type sightingView struct {
	Dialect domain.Dialect
	Sure    bool
	Clue    string
	At      *time.Time
}

// deviationView is what the client was forgiven.
type deviationView struct {
	Rule, Forgives          string
	Count                   int
	FirstSeenAt, LastSeenAt *time.Time
}

func viewConnection(tenant string, c *domain.Connection) connectionView {
	view := connectionView{ScimConnectionID: c.ID.String(), Tenant: tenant, Name: c.Name, Dialect: domain.DialectAuto,
		Policies: c.Policies.All(true), Notes: c.Notes, LastSeenAt: stamp(c.LastSeenAt), CreatedAt: stamp(c.CreatedAt)}
	if c.Dialect != "" {
		view.Dialect = string(c.Dialect)
	}
	if c.Seen.Dialect != "" {
		view.SeenDialect = &sightingView{c.Seen.Dialect, c.Seen.Sure, c.Seen.Clue, stamp(c.Seen.At)}
	}
	forgives := map[string]string{}
	for _, rule := range scim.Rules() {
		forgives[rule.Name] = rule.Forgives
	}
	for _, d := range c.Deviations {
		view.Deviations = append(view.Deviations, deviationView{d.Rule, forgives[d.Rule], d.Count, stamp(d.First), stamp(d.Last)})
	}
	return view
}

// speaks says in a few words what dialect the connection has, and why.
func (v connectionView) speaks() string {
	switch {
	case v.Dialect != domain.DialectAuto:
		return v.Dialect + " (fixed)"
	case v.SeenDialect == nil:
		return "unknown dialect"
	case !v.SeenDialect.Sure:
		return string(v.SeenDialect.Dialect) + "? (a guess from: " + v.SeenDialect.Clue + ")"
	default:
		return string(v.SeenDialect.Dialect) + " (" + v.SeenDialect.Clue + ")"
	}
}

// used says when the connection was in use.
func (v connectionView) used() string {
	if v.LastSeenAt == nil {
		return "never seen"
	}
	return "seen " + v.LastSeenAt.Format(time.RFC3339)
}

type connectionCreate struct {
	databaseFlags
	tenantFlag
	Name   string            `required:"" help:"Name of the connection, like okta."`
	Policy map[string]string `help:"Choice of the connection, as in DeletePolicy=RemoveAccess; may be repeated." placeholder:"NAME=VALUE"`
}

// Run creates the connection.
func (c *connectionCreate) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		connection, err := a.CreateConnection(p, operator, c.Name, c.Policy)
		if err != nil {
			return err
		}
		return p.show(viewConnection(operator.TenantSlug, connection), fmt.Sprintf("Connection %s was created; its id is %s.", connection.Name, connection.ID),
			fmt.Sprintf("Next: scimbridge credential create --tenant %s --kind scim --name %s --connection %s", operator.TenantSlug, connection.Name, connection.ID))
	})
}

type connectionList struct {
	databaseFlags
	tenantFlag
}

// Run lists the connections.
func (c *connectionList) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		connections, err := a.Connections(p, operator)
		if err != nil {
			return err
		}
		list := listOf(connections, func(connection *domain.Connection) connectionView {
			return viewConnection(operator.TenantSlug, connection)
		})
		lines := make([]string, len(list.Items))
		for i, connection := range list.Items {
			lines[i] = fmt.Sprintf("%s  %s  %s  %s", connection.ScimConnectionID, connection.Name, connection.speaks(), connection.used())
			if forgiven := len(connection.Deviations); forgiven > 0 {
				lines[i] += fmt.Sprintf("  forgiven %d things", forgiven)
			}
		}
		if len(lines) == 0 {
			lines = []string{"The tenant has no SCIM connection yet."}
		}
		return p.show(list, lines...)
	})
}

type connectionShow struct {
	databaseFlags
	tenantFlag
	Name string `required:"" help:"Name or id of the connection."`
}

// Run shows the connection.
func (c *connectionShow) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		connection, err := a.Connection(p, operator, c.Name)
		if err != nil {
			return err
		}
		view := viewConnection(operator.TenantSlug, connection)
		return p.show(view, view.lines()...)
	})
}

func (v connectionView) lines() []string {
	lines := []string{v.ScimConnectionID + "  " + v.Name, "dialect: " + v.speaks(), v.used()}
	for _, policy := range domain.PolicyCatalogue() {
		if policy.Connection && v.Policies[policy.Name] != policy.Default {
			lines = append(lines, "policy: "+string(policy.Name)+"="+v.Policies[policy.Name])
		}
	}
	for _, d := range v.Deviations {
		lines = append(lines, fmt.Sprintf("forgiven: %s, %d times, last %s: %s", d.Rule, d.Count, d.LastSeenAt.Format(time.RFC3339), d.Forgives))
	}
	for _, note := range v.Notes {
		lines = append(lines, "note: "+note)
	}
	return lines
}

type connectionUpdate struct {
	databaseFlags
	tenantFlag
	Name    string            `required:"" help:"Name or id of the connection."`
	Rename  *string           `help:"New name of the connection." placeholder:"NAME"`
	Policy  map[string]string `help:"Choice of the connection; NAME= returns to the default; may be repeated." placeholder:"NAME=VALUE"`
	Dialect *string           `help:"How its client speaks, like Entra; auto finds out anew." placeholder:"NAME|auto"`
}

// Run changes the policies and the dialect of the connection.
func (c *connectionUpdate) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		connection, err := a.UpdateConnection(p, operator, c.Name, domain.ConnectionChange{Name: c.Rename, Policies: c.Policy, Dialect: c.Dialect})
		if err != nil {
			return err
		}
		return p.show(viewConnection(operator.TenantSlug, connection), "Connection "+connection.Name+" is up to date.")
	})
}

type connectionRemove struct {
	databaseFlags
	tenantFlag
	Name string `required:"" help:"Name or id of the connection."`
}

// Run takes the connection out of use.
func (c *connectionRemove) Run(p *program) error {
	return c.administer(p, c.Database, func(a *domain.Administration, operator domain.Caller) error {
		if err := a.RemoveConnection(p, operator, c.Name); err != nil {
			return err
		}
		return p.show(map[string]any{"Removed": true}, "Connection "+c.Name+" is removed: its credentials are revoked, its groups belong to the tenant; people keep their access.")
	})
}
