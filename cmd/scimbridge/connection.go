package main

import (
	"fmt"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// connectionView is a SCIM connection as the commands show it, with the values of all its policies.
type connectionView struct {
	ScimConnectionID string `json:"ScimConnectionId"`
	Tenant           string
	Name             string
	Policies         map[domain.Policy]string
	Notes            []string   `json:",omitempty"`
	LastSeenAt       *time.Time `json:",omitempty"`
	CreatedAt        *time.Time
}

func viewConnection(tenant string, c *domain.Connection) connectionView {
	return connectionView{c.ID.String(), tenant, c.Name, effective(c.Policies, true), c.Notes, stamp(c.LastSeenAt), stamp(c.CreatedAt)}
}

type connectionCreate struct {
	databaseFlags
	tenantFlag
	Name   string            `required:"" help:"Name of the connection, like okta."`
	Policy map[string]string `help:"Choice of the connection, as in DeletePolicy=RemoveAccess; may be repeated." placeholder:"NAME=VALUE"`
}

// Run creates the connection.
func (c *connectionCreate) Run(p *program) error {
	return p.administration(c.Database, func(a *domain.Administration) error {
		slug, err := c.slug(p, a)
		if err != nil {
			return err
		}
		connection, err := a.CreateConnection(p, slug, c.Name, c.Policy)
		if err != nil {
			return err
		}
		return p.show(viewConnection(slug, connection), fmt.Sprintf("Connection %s was created; its id is %s.", connection.Name, connection.ID),
			fmt.Sprintf("Next: scimbridge credential create --tenant %s --kind scim --name %s --connection %s", slug, connection.Name, connection.ID))
	})
}

type connectionList struct {
	databaseFlags
	tenantFlag
}

// Run lists the connections.
func (c *connectionList) Run(p *program) error {
	return p.administration(c.Database, func(a *domain.Administration) error {
		slug, err := c.slug(p, a)
		if err != nil {
			return err
		}
		connections, err := a.Connections(p, slug)
		if err != nil {
			return err
		}
		list := listOf(connections, func(connection *domain.Connection) connectionView { return viewConnection(slug, connection) })
		lines := make([]string, len(list.Items))
		for i, connection := range list.Items {
			seen := "never seen"
			if connection.LastSeenAt != nil {
				seen = "seen " + connection.LastSeenAt.Format(time.RFC3339)
			}
			lines[i] = fmt.Sprintf("%s  %s  %s", connection.ScimConnectionID, connection.Name, seen)
		}
		if len(lines) == 0 {
			lines = []string{"The tenant has no SCIM connection yet."}
		}
		return p.show(list, lines...)
	})
}

type connectionUpdate struct {
	databaseFlags
	tenantFlag
	Name   string            `required:"" help:"Name or id of the connection."`
	Policy map[string]string `help:"Choice of the connection; NAME= returns to the default; may be repeated." placeholder:"NAME=VALUE"`
}

// Run changes the policies of the connection.
func (c *connectionUpdate) Run(p *program) error {
	return p.administration(c.Database, func(a *domain.Administration) error {
		slug, err := c.slug(p, a)
		if err != nil {
			return err
		}
		connection, err := a.UpdateConnection(p, slug, c.Name, c.Policy)
		if err != nil {
			return err
		}
		return p.show(viewConnection(slug, connection), "Connection "+connection.Name+" is up to date.")
	})
}
