package sso

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// Prefix begins every path of this door.
const Prefix = "/sso"

// Config is what the door is made from.
type Config struct {
	Engine *domain.Engine
	// PublicURL is where browsers and identity providers reach the server, as in https://id.example.org.
	PublicURL string
	// Strangers are the limits of who is not known yet, where other doors share them; nil: the door has its own.
	Strangers *web.Strangers
	// Home is the path of a tenant's people where a sign-in ends that leads nowhere else, and SecondFactor the one that
	// asks for a second factor. nil: the root.
	Home, SecondFactor func(tenant string) string
	// Processors are where the messages of identity providers are verified, where other work shares them; nil: the door has
	// one of its own.
	Processors *domain.Processors
	// Client makes the requests to OpenID providers. It has to bound their time, their answers and where they may go.
	Client *http.Client
}

// mostVerified is how many messages of identity providers may wait to be verified, at 2 ms each: no more than a quarter of a
// second, and half of those that may stand at the door of the server ([web.DefaultInFlight]). OpenID tokens don't wait: their
// signature takes a tenth of that, and they are fetched by us, one for each code.
const mostVerified = 128

// door is what all requests share.
type door struct {
	Config
	public    string
	verifying *domain.Places
	library   *library
}

// New makes the handler of everything under [Prefix].
func New(config Config) http.Handler {
	d := &door{Config: config, public: strings.TrimRight(config.PublicURL, "/")}
	if d.Strangers == nil {
		d.Strangers = web.NewStrangers(config.Engine.Clock)
	}
	root := func(string) string { return "/" }
	if d.Home == nil {
		d.Home = root
	}
	if d.SecondFactor == nil {
		d.SecondFactor = d.Home
	}
	if d.Processors == nil {
		d.Processors = domain.NewProcessors(1)
	}
	d.verifying = d.Processors.Places(mostVerified)
	if d.Client == nil {
		d.Client = &http.Client{Transport: noTransport{}}
	}
	d.library = newLibrary(d.Client, config.Engine.Clock)
	return d
}

// route is a row of the table of routes, with what serves it for either protocol; nil: there is no such route for the
// protocol of the provider.
type route struct {
	method, name string
	session      bool // of somebody who is signed in
	saml, oidc   func(*visit) error
}

var routes = []route{
	{http.MethodGet, "metadata", false, (*visit).metadata, nil},
	{http.MethodGet, "login", false, (*visit).login, (*visit).authorize},
	{http.MethodPost, "acs", false, (*visit).consume, nil},
	{http.MethodGet, "slo", false, (*visit).singleLogout, nil},
	{http.MethodPost, "slo", false, (*visit).postedLogout, nil},
	{http.MethodGet, "callback", false, nil, (*visit).callback},
	{http.MethodPost, "backchannel-logout", false, nil, (*visit).backchannelLogout},
	{http.MethodPost, "logout", true, (*visit).logout, (*visit).logout},
}

// serve runs what the route is for the protocol of the provider.
func (row *route) serve(v *visit) error {
	serve := row.saml
	if v.by.Oidc != nil {
		serve = row.oidc
	}
	if serve == nil || v.by.Saml == nil && v.by.Oidc == nil {
		return domain.Refuse(domain.CodeIdentityProviderNotFound, "", "There is no such identity provider.")
	}
	return serve(v)
}

// Routes are what the door answers.
func Routes() []web.Route {
	var list []web.Route
	for _, row := range routes {
		list = append(list, web.Route{Method: row.method, Pattern: Prefix + "/{Tenant}/{Prefix}/" + row.name, Session: row.session, Pending: row.session, Public: !row.session})
	}
	return list
}

// visit is a request about one provider.
type visit struct {
	*door
	w      http.ResponseWriter
	r      *http.Request
	tenant *domain.Tenant
	by     *domain.IdentityProvider
	caller domain.Caller // nobody yet, at the tenant
	device web.Device    // by which the browser is known again
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	if err := d.serve(w, r); err != nil {
		Refuse(w, r, err)
	}
}

func (d *door) serve(w http.ResponseWriter, r *http.Request) error {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), Prefix+"/"), "/")
	if len(parts) != 3 {
		return noRoute()
	}
	var row *route
	var allowed []string
	for i := range routes {
		if routes[i].name != parts[2] {
			continue
		}
		allowed = append(allowed, routes[i].method)
		if r.Method == routes[i].method || r.Method == http.MethodHead && routes[i].method == http.MethodGet {
			row = &routes[i]
		}
	}
	switch {
	case len(allowed) == 0:
		return noRoute()
	case row == nil:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return domain.Refuse(domain.CodeMethodNotAllowed, "", "Send the request with %s.", strings.Join(allowed, " or "))
	}
	v := &visit{door: d, w: w, r: r}
	if row.session {
		return v.signedIn(parts, row)
	}
	return v.open(parts, row)
}

// open serves a request of nobody yet. A provider that is disabled is told of where it has to be set up, and nowhere else.
func (v *visit) open(parts []string, row *route) (err error) {
	if err := v.Strangers.Come(v.r.Context()); err != nil {
		return err
	}
	find := v.Engine.Providers.Open
	if row.name == "metadata" {
		find = v.Engine.Providers.Announced
	}
	if v.tenant, v.by, err = find(v.r.Context(), parts[0], parts[1]); err != nil {
		return err
	}
	v.caller = web.Visitor(v.r.Context(), domain.Caller{Tenant: v.tenant.ID, TenantSlug: v.tenant.Slug, Door: domain.DoorSso,
		Mode: domain.ReadWrite, Actor: domain.Actor{Kind: domain.ActorVisitor}})
	if v.device = web.DeviceOf(v.r); v.device == "" { // as with a form that another site posts
		v.device = web.Device(v.browser())
	}
	v.caller.Device = v.device.Hash()
	return row.serve(v)
}

func noRoute() error {
	return domain.Refuse(domain.CodeRouteNotFound, "", "There is no such page.")
}

// address is the address of a route of this provider, as identity providers know it.
func (v *visit) address(name string) string {
	return v.public + Prefix + "/" + url.PathEscape(v.tenant.Slug) + "/" + url.PathEscape(v.by.Prefix) + "/" + name
}

// entityID is our name for this provider.
func (v *visit) entityID() string { return v.address("metadata") }
