package scim

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/journal"
	"github.com/scimbridge/scimbridge/web"
)

// Prefix is where the paths of this door begin.
const Prefix = "/scim/v2"

// Config is what the door is made from: the use cases that it translates for.
type Config struct {
	Engine *domain.Engine
	// PublicURL is how clients reach the server, as in https://id.example.org; the locations of resources begin with it.
	PublicURL string
	// Events are the security event tokens that connectors fetch; nil: there are none, and none are announced.
	Events EventFeed
	// Journal takes what is to be read later about the requests of connectors; nil: nothing is.
	Journal *journal.Journal
}

// New serves everything under [Prefix]. Paths count as they are sent: what is encoded, doubled or dotted without need
// is not found, and nothing is ever redirected.
func New(config Config) http.Handler {
	d := &door{engine: config.Engine, journal: config.Journal, base: strings.TrimRight(config.PublicURL, "/") + Prefix, places: placesOf(routes()),
		feed: config.Events, waiting: make(chan struct{}, maxWaiting)}
	router := mux.NewRouter().UseEncodedPath().SkipClean(true)
	router.MatcherFunc(below).HandlerFunc(d.serve)
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { Refuse(w, r, errNoEndpoint) })
	return web.Admit(d.engine.Gatekeeper, mayEnter, Refuse)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var match mux.RouteMatch
		router.Match(r, &match) // as router.ServeHTTP does, which also copies the request, twice, to note what nobody asks for
		match.Handler.ServeHTTP(w, r)
	}))
}

// below tells whether the path is one of the door's. The patterns of the router would be regular expressions.
func below(r *http.Request, _ *mux.RouteMatch) bool {
	rest, found := strings.CutPrefix(r.URL.EscapedPath(), Prefix)
	return found && (rest == "" || rest[0] == '/')
}

// mayEnter lets people in, too, who are signed in; see [me] for what they may do.
func mayEnter(caller domain.Caller) bool { return isConnector(caller) || isPerson(caller) }

func isConnector(caller domain.Caller) bool { return caller.Door == domain.DoorScim }

// door is what all requests share.
type door struct {
	engine  *domain.Engine
	journal *journal.Journal
	base    string // see view
	places  map[string]*place
	feed    EventFeed     // see Config
	waiting chan struct{} // holds something for every request that waits for events
}

// route is one row of the route table: who may do what where.
type route struct {
	method string
	// pattern is the path below Prefix. {id} stands for the id of a resource, {name} for any other segment.
	pattern string
	needs   domain.Permission
	serve   func(x *exchange) error
}

// routes lists everything that the door answers; HEAD goes where GET does. It is a function because a handler may
// lead back to the table.
func routes() []route {
	return []route{
		{"GET", "", domain.ScimRead, (*exchange).listAll},
		{"GET", "/", domain.ScimRead, (*exchange).listAll},
		{"POST", "/.search", domain.ScimRead, (*exchange).searchAll},

		{"GET", "/Users", domain.ScimRead, (*exchange).listUsers},
		{"POST", "/Users", domain.ScimWrite, (*exchange).createUser},
		{"GET", "/Users/{id}", domain.ScimRead, (*exchange).getUser},
		{"PUT", "/Users/{id}", domain.ScimWrite, (*exchange).replaceUser},
		{"PATCH", "/Users/{id}", domain.ScimWrite, (*exchange).patchUser},
		{"DELETE", "/Users/{id}", domain.ScimWrite, (*exchange).deleteUser},
		{"POST", "/Users/.search", domain.ScimRead, (*exchange).searchUsers},

		{"GET", "/Groups", domain.ScimRead, (*exchange).listGroups},
		{"POST", "/Groups", domain.ScimWrite, (*exchange).createGroup},
		{"GET", "/Groups/{id}", domain.ScimRead, (*exchange).getGroup},
		{"PUT", "/Groups/{id}", domain.ScimWrite, (*exchange).replaceGroup},
		{"PATCH", "/Groups/{id}", domain.ScimWrite, (*exchange).patchGroup},
		{"DELETE", "/Groups/{id}", domain.ScimWrite, (*exchange).deleteGroup},
		{"POST", "/Groups/.search", domain.ScimRead, (*exchange).searchGroups},

		{"GET", "/ServiceProviderConfig", domain.ScimRead, (*exchange).getServiceProviderConfig},
		{"GET", "/ResourceTypes", domain.ScimRead, (*exchange).listResourceTypes},
		{"GET", "/ResourceTypes/{name}", domain.ScimRead, (*exchange).getResourceType},
		{"GET", "/Schemas", domain.ScimRead, (*exchange).listSchemas},
		{"GET", "/Schemas/{name}", domain.ScimRead, (*exchange).getSchema},

		{"GET", me, domain.ScimRead, (*exchange).getMe},
		{"POST", me, domain.ScimRead, (*exchange).changeMe},
		{"PUT", me, domain.ScimRead, (*exchange).changeMe},
		{"PATCH", me, domain.ScimRead, (*exchange).changeMe},
		{"DELETE", me, domain.ScimRead, (*exchange).changeMe},
		{"POST", pollPath, domain.ScimRead, (*exchange).pollEvents},
		{"POST", "/Bulk", domain.ScimRead, (*exchange).bulk}, // each operation needs what it would need alone
	}
}

// Routes lists what the door answers.
func Routes() []web.Route {
	var list []web.Route
	for _, row := range routes() {
		list = append(list, web.Route{Method: row.method, Pattern: Prefix + row.pattern, Needs: []domain.Permission{row.needs}})
	}
	return list
}

// place is a pattern with its routes.
type place struct {
	routes []route
	allow  string // the methods, as the header Allow lists them
	wild   string // the segment that stands for others, "" for none
}

// placesOf sorts the routes by where they are: a pattern with a wild segment under the part before it, which ends in a
// slash, the others under themselves.
func placesOf(table []route) map[string]*place {
	places := make(map[string]*place)
	for _, row := range table {
		key, wild := row.pattern, ""
		if brace := strings.IndexByte(key, '{'); brace >= 0 {
			key, wild = key[:brace], key[brace:]
		}
		if places[key] == nil {
			places[key] = &place{wild: wild}
		}
		at := places[key]
		at.routes = append(at.routes, row)
		if at.allow != "" {
			at.allow += ", "
		}
		at.allow += row.method
		if row.method == http.MethodGet {
			at.allow += ", " + http.MethodHead
		}
	}
	return places
}

// find tells which place a path below Prefix means, and what stands in its wild segment.
func (d *door) find(path string) (at *place, part string) {
	if at := d.places[path]; at != nil && at.wild == "" {
		return at, ""
	}
	slash := strings.LastIndexByte(path, '/') + 1
	part = path[slash:]
	if at := d.places[path[:slash]]; at != nil && at.wild != "" && part != "" && part != "." && part != ".." {
		return at, part
	}
	return nil, ""
}

// exchange is one request under way, and its answer.
type exchange struct {
	task
	w    http.ResponseWriter
	r    *http.Request
	part string    // what stands for {name}
	id   uuid.UUID // what stands for {id}
	parameters
	filter     Filter          // as it was read; nil where none was
	begun      bool            // part of the answer has left
	status     int             // of the answer, as soon as it is known
	sighting   domain.Sighting // of the client's dialect, if the request told more of it than was known
	deviations deviations
}

func (d *door) serve(w http.ResponseWriter, r *http.Request) {
	caller := web.CallerOf(r.Context())
	x := &exchange{w: w, r: r, task: task{door: d, caller: caller,
		view: view{base: d.base, sso: caller.Sso, events: d.feed != nil, policies: caller.Policies, now: d.engine.Clock(),
			rules: rulesOf(caller.Dialect, caller.DialectSure)}}}
	x.view.deviations = &x.deviations
	if x.caller.Entry = x.entry(r.UserAgent()); x.caller.Entry != nil {
		x.caller.Entry.Method = cut(r.Method, 16)
	}
	err := x.run()
	x.tell()
	defer func() {
		x.searched()
		x.log(x.status, err)
	}()
	switch {
	case err == nil:
	case x.begun:
		// Half an answer must not look like a whole one, so that the connection breaks instead.
		if r.Context().Err() == nil {
			web.LogError(r.Context(), err)
		}
		panic(http.ErrAbortHandler)
	default:
		refuseAs(w, r, err, x.mediaType())
	}
}

func (x *exchange) run() error {
	path := strings.TrimPrefix(x.r.URL.EscapedPath(), Prefix)
	if isPerson(x.caller) && path != me {
		return errOnlyYourself
	}
	at, part := x.find(path)
	if at == nil {
		return errNoEndpoint
	}
	x.part = part
	if at.wild == "{id}" {
		id, ok := resourceID(part)
		if !ok {
			return notThere(at.routes[0].pattern)
		}
		x.id = id
	}
	row, ok := at.route(x.r.Method)
	if !ok {
		x.w.Header().Set("Allow", at.allow)
		return &refusal{status: http.StatusMethodNotAllowed, detail: "This endpoint has no " + excerpt(x.r.Method) + "; it has " + at.allow + "."}
	}
	x.aims(row, x.id, x.r.URL.Path)
	if !isPerson(x.caller) { // what people may do hangs on who they are
		if err := x.caller.Require(row.needs); err != nil {
			return err
		}
	}
	if err := x.parameters.read(x.r.URL.RawQuery); err != nil {
		return err
	}
	if x.caller.Entry != nil && x.parameters[paramAttributes] != "" {
		x.caller.Entry.Status = x.succeeds(row, true)
	}
	x.caller.If = x.ifMatch()
	x.listen(row.pattern)
	return row.serve(x)
}

func (p *place) route(method string) (route, bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, row := range p.routes {
		if row.method == method {
			return row, true
		}
	}
	return route{}, false
}

// resourceID reads the id in a path. Ids are compared exactly (RFC 7643, section 3.1), so that only the form in which
// they were given out is one.
func resourceID(text string) (uuid.UUID, bool) {
	id, ok := parseID(text)
	return id, ok && id != uuid.Nil && !strings.ContainsAny(text, "ABCDEF")
}

// errNoEndpoint refuses paths that lead nowhere.
var errNoEndpoint = &refusal{status: http.StatusNotFound, detail: "There is no such endpoint. The endpoints are listed at " + Prefix + "/ResourceTypes."}

// notThere is the answer to every id that means nothing to the caller, whether it is malformed, unknown or another
// tenant's.
func notThere(pattern string) error {
	if strings.HasPrefix(pattern, groupType.endpoint) {
		return domain.Refuse(domain.CodeGroupNotFound, "", "There is no such group.")
	}
	return domain.Refuse(domain.CodePersonNotFound, "", "There is no such person.")
}
