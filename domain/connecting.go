package domain

import (
	"context"
	"strconv"

	"github.com/google/uuid"
)

// CreateConnection makes a SCIM connection of the tenant.
//
// Errors: validation_failed.
func (o *Administration) CreateConnection(ctx context.Context, caller Caller, name string, policies map[string]string) (connection *Connection, err error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	err = o.write(ctx, caller, func(a *act) error {
		connection, err = a.createConnection(name, policies)
		a.result = connection
		return err
	})
	return connection, err
}

func (a *act) createConnection(name string, policies map[string]string) (*Connection, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	chosen, err := Policies(nil).With(true, policies)
	if err != nil {
		return nil, err
	}
	connection := &Connection{ID: a.newID(), Name: name, Policies: chosen, CreatedAt: a.now}
	changes := append(policyChanges(nil, chosen), Change{"ScimConnectionId", "", connection.ID.String()}, Change{"Name", "", name})
	a.differs(EventConnectionCreated, changes...)
	return connection, a.tx.SaveConnection(connection)
}

// ConnectionChange names what is to be different; nil leaves a field alone.
type ConnectionChange struct {
	Name     *string
	Policies map[string]string // "" returns one to its default
	Dialect  *string           // a name of [DialectCatalogue], or [DialectAuto], which also forgets what was seen
}

// UpdateConnection changes the name, the policies and the dialect of a connection, found by its name or id.
//
// Errors: not_found, validation_failed.
func (o *Administration) UpdateConnection(ctx context.Context, caller Caller, name string, change ConnectionChange) (connection *Connection, err error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	err = o.write(ctx, caller, func(a *act) error {
		if connection, err = connectionNamed(a.tx, name); err != nil {
			return err
		}
		before := *connection
		if err := change.apply(connection); err != nil {
			return err
		}
		a.entry.Changes = []Change{{"ScimConnectionId", connection.ID.String(), connection.ID.String()}}
		if !a.differs(EventConnectionUpdated, append(policyChanges(before.Policies, connection.Policies), Change{"Name", before.Name, connection.Name},
			Change{"Dialect", string(before.Dialect), string(connection.Dialect)},
			Change{"SeenDialect", string(before.Seen.Dialect), string(connection.Seen.Dialect)})...) {
			return nil
		}
		return a.tx.SaveConnection(connection)
	})
	return connection, err
}

func (c ConnectionChange) apply(to *Connection) (err error) {
	if c.Name != nil {
		if to.Name = *c.Name; checkName(to.Name) != nil {
			return checkName(to.Name)
		}
	}
	if to.Policies, err = to.Policies.With(true, c.Policies); err != nil || c.Dialect == nil {
		return err
	}
	if to.Dialect, err = ParseDialect(*c.Dialect); err == nil && to.Dialect == "" {
		to.Seen = Sighting{}
	}
	return err
}

// Connections lists the connections of the tenant, the oldest first.
func (o *Administration) Connections(ctx context.Context, caller Caller) (list []*Connection, err error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	err = o.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		list, err = tx.ListConnections()
		return err
	})
	return list, err
}

// Connection finds a connection of the tenant by its name or id.
func (o *Administration) Connection(ctx context.Context, caller Caller, name string) (connection *Connection, err error) {
	if err := caller.Require(PoliciesManage); err != nil {
		return nil, err
	}
	err = o.store.Read(ctx, caller.Scope(), func(tx Tx) error {
		connection, err = connectionNamed(tx, name)
		return err
	})
	return connection, err
}

// connectionNamed finds a connection by its id, or else by its name. What looks like an id is no name.
func connectionNamed(tx Tx, name string) (*Connection, error) {
	if id, err := uuid.Parse(name); err == nil {
		return tx.FindConnection(id)
	}
	list, err := tx.ListConnections()
	if err != nil {
		return nil, err
	}
	for _, connection := range list {
		if connection.Name == name {
			return tx.FindConnection(connection.ID)
		}
	}
	return nil, Refuse(CodeNotFound, "Connection", "The tenant has no connection %q.", shortName(name))
}

// RemoveConnection ends a connection: its credentials are revoked, its subscriptions end, and the groups that it managed
// belong to the tenant. People keep their access; that the connection knew them is of no consequence any more.
//
// Errors: not_found.
func (o *Administration) RemoveConnection(ctx context.Context, caller Caller, name string) error {
	if err := caller.Require(PoliciesManage); err != nil {
		return err
	}
	return o.write(ctx, caller, func(a *act) error {
		connection, err := connectionNamed(a.tx, name)
		if err != nil {
			return err
		}
		revoked, released, err := a.tx.RemoveConnection(connection.ID, a.now)
		if err != nil {
			return err
		}
		a.entry.Changes = []Change{{"ScimConnectionId", connection.ID.String(), ""}, {"Name", connection.Name, ""},
			{"Credentials", strconv.Itoa(revoked), "0"}, {"ManagedGroups", strconv.Itoa(released), "0"}}
		a.happened(EventConnectionRemoved)
		return nil
	})
}
