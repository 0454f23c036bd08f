package rest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

const (
	allConnections = "/Administration/ScimConnections"
	oneConnection  = allConnections + "/{ScimConnectionId}"
)

var connectionRoutes = []route{
	{method: "GET", pattern: allConnections, needs: needs(domain.PoliciesManage), serve: (*call).listConnections},
	{method: "POST", pattern: allConnections, needs: needs(domain.PoliciesManage), body: jsonBody, keyed: true, serve: (*call).createConnection},
	{method: "GET", pattern: oneConnection, needs: needs(domain.PoliciesManage), serve: (*call).getConnection},
	{method: "PATCH", pattern: oneConnection, needs: needs(domain.PoliciesManage), body: patchBody, serve: (*call).patchConnection},
	{method: "DELETE", pattern: oneConnection, needs: needs(domain.PoliciesManage), serve: (*call).deleteConnection},
}

// connectionView is a SCIM connection as it is shown, with the values of all its policies.
type connectionView struct {
	ScimConnectionId uuid.UUID                `json:"ScimConnectionId"`
	Name             string                   `json:"Name"`
	Dialect          string                   `json:"Dialect"` // as it was fixed, or auto
	SeenDialect      *sightingView            `json:"SeenDialect"`
	Policies         map[domain.Policy]string `json:"Policies"`
	Deviations       []deviationView          `json:"Deviations"`
	Notes            []string                 `json:"Notes"`
	LastSeenAt       instant                  `json:"LastSeenAt"`
	CreatedAt        instant                  `json:"CreatedAt"`
}

// sightingView is what the client was taken for.
type sightingView struct {
	Dialect domain.Dialect `json:"Dialect"`
	Sure    bool           `json:"Sure"`
	Clue    string         `json:"Clue"`
	At      instant        `json:"At"`
}

// deviationView is what the client was forgiven.
type deviationView struct {
	Rule        string  `json:"Rule"`
	Count       int     `json:"Count"`
	FirstSeenAt instant `json:"FirstSeenAt"`
	LastSeenAt  instant `json:"LastSeenAt"`
}

func viewConnection(c *domain.Connection) connectionView {
	view := connectionView{ScimConnectionId: c.ID, Name: c.Name, Dialect: domain.DialectAuto, Policies: c.Policies.All(true),
		Notes: append([]string{}, c.Notes...), LastSeenAt: instant(c.LastSeenAt), CreatedAt: instant(c.CreatedAt),
		Deviations: each(c.Deviations, func(d *domain.Deviation) deviationView {
			return deviationView{d.Rule, d.Count, instant(d.First), instant(d.Last)}
		})}
	if c.Dialect != "" {
		view.Dialect = string(c.Dialect)
	}
	if c.Seen.Dialect != "" {
		view.SeenDialect = &sightingView{c.Seen.Dialect, c.Seen.Sure, c.Seen.Clue, instant(c.Seen.At)}
	}
	return view
}

// connectionBody is what a connection is created from and changed by.
type connectionBody struct {
	name, dialect sent[string]
	policies      map[string]string
}

var connectionFields = []field[connectionBody]{
	{"Name", notNull(setText(func(b *connectionBody) *sent[string] { return &b.name }))},
	{"Policies", setPolicies(func(b *connectionBody) *map[string]string { return &b.policies })},
}

var connectionChangeFields = append([]field[connectionBody]{
	{"Dialect", notNull(setText(func(b *connectionBody) *sent[string] { return &b.dialect }))},
}, connectionFields...)

// connection is the id of the path as the engine names connections.
func (c *call) connection() string { return c.id("ScimConnectionId").String() }

// listConnections is GET Administration/ScimConnections.
func (c *call) listConnections() (domain.Answer, error) {
	list, err := c.engine.Administration.Connections(c.context(), c.caller)
	return itemsOf(list, err, viewConnection)
}

// createConnection is POST Administration/ScimConnections.
func (c *call) createConnection() (domain.Answer, error) {
	body, err := decode(c.body, connectionFields)
	if err != nil {
		return domain.Answer{}, err
	}
	return once(c,
		func(caller domain.Caller) (*domain.Connection, error) {
			return c.engine.Administration.CreateConnection(c.context(), caller, body.name.value, body.policies)
		},
		func(made *domain.Connection) (domain.Answer, error) {
			answer, err := answerOf(http.StatusCreated, viewConnection(made))
			if err == nil {
				answer.Header["Location"] = c.location("Administration", "ScimConnections", made.ID.String())
			}
			return answer, err
		})
}

// getConnection is GET Administration/ScimConnections/{ScimConnectionId}.
func (c *call) getConnection() (domain.Answer, error) {
	connection, err := c.engine.Administration.Connection(c.context(), c.caller, c.connection())
	return shown(http.StatusOK, connection, err, viewConnection)
}

// patchConnection is PATCH Administration/ScimConnections/{ScimConnectionId}.
func (c *call) patchConnection() (domain.Answer, error) {
	body, err := decode(c.body, connectionChangeFields)
	if err != nil {
		return domain.Answer{}, err
	}
	connection, err := c.engine.Administration.UpdateConnection(c.context(), c.caller, c.connection(),
		domain.ConnectionChange{Name: maybeText(body.name), Policies: body.policies, Dialect: maybeText(body.dialect)})
	return shown(http.StatusOK, connection, err, viewConnection)
}

// deleteConnection is DELETE Administration/ScimConnections/{ScimConnectionId}.
func (c *call) deleteConnection() (domain.Answer, error) {
	return nothing(), c.engine.Administration.RemoveConnection(c.context(), c.caller, c.connection())
}
