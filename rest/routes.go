package rest

import (
	"slices"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// route is a row of the table of routes.
type route struct {
	method  string
	pattern string // behind /api/v1; literals are matched without regard to case
	needs   []domain.Permission
	orSelf  bool // the permissions are waived for the person whom the path names
	session bool // only for people who are signed in: no credential may do it
	pending bool // also for those who still lack a second factor

	public    bool // for everybody: no token is asked for, and none is looked at
	anywhere  bool // of a public route: it finds the tenant by what it is sent; X-Tenant may be left out
	passwords bool // the body may hold passwords where its fields say so; anywhere else it must not

	parameters []parameter // query parameters; any other is refused
	page       pageSize    // of a list
	who        domain.Who  // whom a list looks at unless the State filter says otherwise

	body   bodyKind
	hashes bool // the one place where hashes of passwords are taken
	bulk   bool // takes many things at once, in a body of up to bulkBytes
	keyed  bool // honours Idempotency-Key

	serve func(c *call) (domain.Answer, error)
}

// name is what the route is called where its requests are remembered.
func (r *route) name() string { return r.method + " " + r.pattern }

// own tells whether the route is about whoever calls, who is at home in one tenant.
func (r *route) own() bool { return strings.HasPrefix(r.pattern, "/Account/") }

// Routes lists what the door answers.
func Routes() []web.Route {
	var list []web.Route
	for _, row := range routes {
		shown := web.Route{Method: row.method, Pattern: "/api/v1" + row.pattern, Needs: row.needs, OrSelf: row.orSelf,
			Session: row.session, Pending: row.pending, Public: row.public, Parameters: []string{}}
		for _, known := range row.parameters {
			shown.Parameters = append(shown.Parameters, known.name)
		}
		list = append(list, shown)
	}
	return list
}

func needs(list ...domain.Permission) []domain.Permission { return list }

// routes is the table of routes: what this door can do, and what for.
var routes = slices.Concat(documentRoutes, personRoutes, contactRoutes(&emails), contactRoutes(&phones), contactRoutes(&addresses),
	employeeRoutes, userRoutes, accessRoutes, anonymizationRoutes, appointmentRoutes, roleRoutes, groupRoutes, organizationRoutes, providerRoutes, domainRoutes, feedRoutes, provisioningLogRoutes, auditRoutes, bulkRoutes, migrationRoutes, reportRoutes,
	accountRoutes, ownRoutes, passkeyRoutes, sessionRoutes, administrationRoutes)

const (
	onePerson = "/Common/Persons/{PersonId}"
	oneAccess = "/UserManagement/Persons/{PersonId}"
)

var personRoutes = []route{
	{method: "GET", pattern: "/Common/Persons", needs: needs(domain.PersonsRead), parameters: personFilters, page: fullPage, who: domain.Everybody, serve: (*call).listPeople},
	{method: "POST", pattern: "/Common/Persons", needs: needs(domain.PersonsWrite), body: jsonBody, keyed: true, serve: (*call).createPerson},
	{method: "GET", pattern: onePerson, needs: needs(domain.PersonsRead), orSelf: true, serve: (*call).getPerson},
	{method: "PUT", pattern: onePerson, needs: needs(domain.PersonsWrite), body: jsonBody, serve: (*call).putPerson},
	{method: "PATCH", pattern: onePerson, needs: needs(domain.PersonsWrite), orSelf: true, body: patchBody, serve: (*call).patchPerson},
	{method: "DELETE", pattern: onePerson, needs: needs(domain.PersonsDelete), serve: (*call).deletePerson},
}

var employeeRoutes = []route{
	{method: "GET", pattern: onePerson + "/Employee", needs: needs(domain.PersonsRead), serve: (*call).getEmployee},
	{method: "PUT", pattern: onePerson + "/Employee", needs: needs(domain.PersonsWrite), body: jsonBody, serve: (*call).putEmployee},
	{method: "PATCH", pattern: onePerson + "/Employee", needs: needs(domain.PersonsWrite), body: patchBody, serve: (*call).patchEmployee},
}

var userRoutes = []route{
	{method: "GET", pattern: "/UserManagement/Users", needs: needs(domain.UsersList), parameters: userFilters, page: fullPage, who: domain.WithAccess, serve: (*call).listUsers},
	{method: "GET", pattern: "/UserManagement/Users/Basic", needs: needs(domain.UsersList), parameters: userFilters, page: basicPage, who: domain.WithAccess, serve: (*call).listBasic},
	{method: "GET", pattern: "/UserManagement/Users/WhoAmI", serve: (*call).whoAmI},
	{method: "GET", pattern: "/UserManagement/Users/ByUsername/{Username}", needs: needs(domain.UsersRead), parameters: extending, serve: (*call).getByUsername},
}

var accessRoutes = []route{
	{method: "GET", pattern: oneAccess, needs: needs(domain.UsersRead), orSelf: true, parameters: extending, serve: (*call).getAccess},
	{method: "PATCH", pattern: oneAccess, needs: needs(domain.UsersUpdate), body: patchBody, serve: (*call).patchAccess},
	{method: "DELETE", pattern: oneAccess, needs: needs(domain.UsersDelete), serve: (*call).removeAccess},
	{method: "GET", pattern: oneAccess + "/Receipts", needs: needs(domain.UsersRead), parameters: paging, page: fullPage, serve: (*call).listReceipts},
	{method: "GET", pattern: oneAccess + "/Invitations", needs: needs(domain.UsersRead), serve: (*call).getInvitations},

	{method: "POST", pattern: oneAccess + "/Invite", needs: needs(domain.UsersProvision), body: optionalBody, keyed: true, serve: (*call).invite},
	{method: "POST", pattern: oneAccess + "/ResendInvitation", needs: needs(domain.UsersInvite), body: optionalBody, keyed: true, serve: (*call).resendInvitation},
	{method: "POST", pattern: oneAccess + "/RevokeInvitation", needs: needs(domain.UsersInvite), body: optionalBody, keyed: true, serve: (*call).revokeInvitation},
	{method: "POST", pattern: oneAccess + "/ResetPassword", needs: needs(domain.UsersReset), body: optionalBody, keyed: true, serve: (*call).resetPassword},
	{method: "POST", pattern: oneAccess + "/Activate", needs: needs(domain.UsersActivate), body: optionalBody, keyed: true, serve: (*call).activate},
	{method: "POST", pattern: oneAccess + "/Deactivate", needs: needs(domain.UsersActivate), body: optionalBody, keyed: true, serve: (*call).deactivate},
	{method: "POST", pattern: oneAccess + "/Unlock", needs: needs(domain.UsersActivate), body: optionalBody, keyed: true, serve: (*call).unlock},
	{method: "POST", pattern: oneAccess + "/ResetMfa", needs: needs(domain.UsersMfa), body: optionalBody, keyed: true, serve: (*call).resetMfa},
	{method: "POST", pattern: oneAccess + "/InvalidateSessions", needs: needs(domain.UsersSessions), orSelf: true, body: optionalBody, keyed: true, serve: (*call).invalidateSessions},
}

var bulkRoutes = []route{
	{method: "POST", pattern: "/UserManagement/Invitations/Bulk", needs: needs(domain.UsersProvision, domain.UsersInvite), body: jsonBody, bulk: true, keyed: true, serve: (*call).bulkInvite},
}
