package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/scimbridge/scimbridge/web"
)

// route is a row of the table of pages.
type route struct {
	method  string
	pattern string // behind the prefix; {Name} stands for one segment
	public  bool   // for everybody: no session is asked for, and none is looked at
	pending bool   // also for those who still lack a second factor

	serve func(v *visit) error
}

// routes is the table of pages.
var routes = slices.Concat(linkRoutes, visitorRoutes, ownRoutes, passkeyRoutes)

// linkRoutes are the same for all tenants: what mails lead to, and how pages look.
var linkRoutes = []route{
	{method: "GET", pattern: "/assets/style.css", public: true, serve: asset("style.css")},
	{method: "GET", pattern: "/assets/script.js", public: true, serve: asset("script.js")},
	{method: "GET", pattern: "/assets/passkey.js", public: true, serve: asset("passkey.js")},
	{method: "GET", pattern: "/assets/icon.svg", public: true, serve: asset("icon.svg")},

	{method: "GET", pattern: "/accept", public: true, serve: linkPage(invitation)},
	{method: "POST", pattern: "/accept", public: true, serve: choosePage(invitation)},
	{method: "POST", pattern: "/accept/password", public: true, serve: acceptInvitation},
	{method: "GET", pattern: "/reset", public: true, serve: linkPage(reset)},
	{method: "POST", pattern: "/reset", public: true, serve: choosePage(reset)},
	{method: "POST", pattern: "/reset/password", public: true, serve: completeReset},
	{method: "GET", pattern: "/setup", public: true, serve: setupPage},
	{method: "POST", pattern: "/setup", public: true, serve: setUp},
	{method: "GET", pattern: "/verify", public: true, serve: linkPage(verification)},
	{method: "POST", pattern: "/verify", public: true, serve: verifyEmail},
}

// visitorRoutes are what people do at a tenant before anybody knows who they are.
var visitorRoutes = []route{
	{method: "GET", pattern: atTenant + "/sign-in", public: true, serve: signInPage},
	{method: "POST", pattern: atTenant + "/sign-in", public: true, serve: takeName},
	{method: "POST", pattern: atTenant + "/sign-in/password", public: true, serve: signIn},
	{method: "GET", pattern: atTenant + "/forgot", public: true, serve: forgotPage},
	{method: "POST", pattern: atTenant + "/forgot", public: true, serve: requestReset},
	{method: "GET", pattern: atTenant + "/sign-up", public: true, serve: signUpPage},
	{method: "POST", pattern: atTenant + "/sign-up", public: true, serve: signUp},
}

// ownRoutes are what people do for themselves once they have signed in.
var ownRoutes = []route{
	{method: "GET", pattern: atTenant, serve: homePage},
	{method: "POST", pattern: atTenant + "/sign-out", pending: true, serve: signOut},
	{method: "GET", pattern: atTenant + "/sign-in/code", pending: true, serve: codePage},
	{method: "POST", pattern: atTenant + "/sign-in/code", pending: true, serve: enterCode},
	{method: "GET", pattern: atTenant + "/authenticator", pending: true, serve: authenticatorPage},
	{method: "POST", pattern: atTenant + "/authenticator", pending: true, serve: enrol},
	{method: "POST", pattern: atTenant + "/authenticator/confirm", pending: true, serve: confirm},
	{method: "GET", pattern: atTenant + "/password", serve: passwordPage},
	{method: "POST", pattern: atTenant + "/password", serve: changePassword},
	{method: "GET", pattern: atTenant + "/sessions", serve: sessionsPage},
	{method: "POST", pattern: atTenant + "/sessions/end-others", serve: endOthers},
	{method: "POST", pattern: atTenant + "/sessions/{SessionId}/end", serve: endSession},
}

const atTenant = "/t/{Tenant}"

// Routes lists what the door answers.
func Routes() []web.Route {
	var list []web.Route
	for _, row := range routes {
		list = append(list, web.Route{Method: row.method, Pattern: Prefix + row.pattern, Session: !row.public, Pending: row.pending, Public: row.public})
	}
	return list
}

// find gives the pages of a path by method, nil for none, and what the variables stand for. A path counts as it was
// sent: nothing in it is decoded, folded or cleaned.
func find(path string) (map[string]*route, map[string]string) {
	path, ours := strings.CutPrefix(path, Prefix)
	if !ours || strings.Contains(path, "%") {
		return nil, nil
	}
	segments := strings.Split(path, "/")
	var found map[string]*route
	var variables map[string]string
	for i := range routes {
		row := &routes[i]
		if of, fits := fit(strings.Split(row.pattern, "/"), segments); fits {
			if found == nil {
				found, variables = map[string]*route{}, of
			}
			found[row.method] = row
		}
	}
	return found, variables
}

func fit(pattern, segments []string) (map[string]string, bool) {
	if len(pattern) != len(segments) {
		return nil, false
	}
	variables := map[string]string{}
	for i, part := range pattern {
		name, isVariable := strings.CutPrefix(part, "{")
		switch {
		case isVariable && isName(segments[i]):
			variables[strings.TrimSuffix(name, "}")] = segments[i]
		case isVariable || part != segments[i]:
			return nil, false
		}
	}
	return variables, true
}

// isName tells whether a segment can be the slug of a tenant or an id: anything else is nothing's.
func isName(segment string) bool {
	return segment != "" && strings.Trim(segment, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// writes tells whether the request may change something.
func (v *visit) writes() bool { return v.route.method != http.MethodGet }
