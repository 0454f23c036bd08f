package console

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// Prefix begins every path of this door.
const Prefix = "/account"

// Config is what the door is made from.
type Config struct {
	Engine *domain.Engine
	// PublicURL is where browsers reach the server, as in https://id.example.org.
	PublicURL string
	// Strangers are the limits of who is not known yet, where other doors share them; nil: the door has its own.
	Strangers *web.Strangers
	// Elsewhere tells where the person of that name signs in instead of here: an address to send the browser to, "" for
	// here. It must answer for names of nobody as it does for others. nil: everybody signs in here.
	Elsewhere func(ctx context.Context, visitor domain.Caller, name string) (string, error)
}

// Home is the path of the pages of a tenant's people.
func Home(tenant string) string { return Prefix + "/t/" + url.PathEscape(tenant) }

// SecondFactor is the path of the page that asks somebody with a pending session for a second factor.
func SecondFactor(tenant string) string { return Home(tenant) + "/sign-in/code" }

// door is what all requests share.
type door struct {
	engine    *domain.Engine
	strangers *web.Strangers
	elsewhere func(ctx context.Context, visitor domain.Caller, name string) (string, error)
	foreign   *http.CrossOriginProtection
}

// New makes the handler of everything under [Prefix].
func New(config Config) http.Handler {
	d := &door{engine: config.Engine, strangers: config.Strangers, elsewhere: config.Elsewhere, foreign: ownOrigin(config.PublicURL)}
	if d.strangers == nil {
		d.strangers = web.NewStrangers(config.Engine.Clock)
	}
	if d.elsewhere == nil {
		d.elsewhere = func(context.Context, domain.Caller, string) (string, error) { return "", nil }
	}
	return d
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	methods, variables := find(r.URL.EscapedPath())
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	v := &visit{door: d, w: w, r: r, variables: variables, route: methods[method]}
	switch {
	case methods == nil:
		v.refuse(domain.Refuse(domain.CodeRouteNotFound, "", "There is no such page."))
	case v.route == nil:
		w.Header().Set("Allow", strings.Join(allowed(methods), ", "))
		v.refuse(domain.Refuse(domain.CodeMethodNotAllowed, "", "Possible here are %s.", strings.Join(allowed(methods), ", ")))
	case v.isForeign():
		v.refuse(errForeign)
	case v.route.public:
		v.comes()
	default:
		v.signedIn()
	}
}

func allowed(methods map[string]*route) []string {
	list := slices.Collect(maps.Keys(methods))
	if methods[http.MethodGet] != nil {
		list = append(list, http.MethodHead)
	}
	slices.Sort(list)
	return list
}

// comes serves a page to whoever asks for it.
func (v *visit) comes() {
	v.w.Header().Set("Cache-Control", "no-store")
	err := v.arrive()
	if err == nil {
		err = v.serve()
	}
	if err != nil {
		v.refuse(err)
	}
}

// arrive makes the visitor known at the tenant of the path, if it names one. What is sent is limited; looking is not.
func (v *visit) arrive() (err error) {
	if v.writes() {
		if err := v.strangers.Come(v.r.Context()); err != nil {
			return err
		}
	}
	visitor := domain.Caller{}
	if slug, named := v.variables["Tenant"]; named {
		visitor, err = v.engine.Account.Visitor(v.r.Context(), slug)
	}
	v.knownAs(web.Visitor(v.r.Context(), visitor))
	return err
}

// knownAs notes who sent the request, and from which browser.
func (v *visit) knownAs(caller domain.Caller) {
	if v.device = web.DeviceOf(v.r); v.device == "" {
		v.device = web.NewDevice()
	}
	v.caller, v.caller.Device = caller, v.device.Hash()
}

// signedIn serves a page to people with a session at the tenant of the path, and leads others to where they get one.
func (v *visit) signedIn() {
	refuse := func(_ http.ResponseWriter, _ *http.Request, err error) {
		if domain.Is(err, domain.CodeUnauthenticated) {
			v.lead("/sign-in", noticeSignIn)
			return
		}
		v.refuse(err)
	}
	atHome := func(_ *http.Request, caller domain.Caller) (domain.Caller, error) {
		if caller.TenantSlug != v.variables["Tenant"] {
			return caller, domain.Refuse(domain.CodeUnauthenticated, "", "The session is one of another tenant.")
		}
		return caller, nil
	}
	isPerson := func(caller domain.Caller) bool { return caller.Door == domain.DoorSelf }
	web.AdmitSession(v.engine.Gatekeeper, isPerson, refuse, atHome)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		v.r = r
		v.knownAs(web.CallerOf(r.Context()))
		if v.caller.Pending && !v.route.pending {
			v.lead("/sign-in/code", "")
			return
		}
		if err := v.serve(); err != nil {
			v.refuse(err)
		}
	})).ServeHTTP(v.w, v.r)
}

// serve reads the form, if there is one, and runs the page's handler.
func (v *visit) serve() error {
	if v.writes() {
		if err := v.readForm(); err != nil {
			return err
		}
	}
	err := v.route.serve(v)
	if v.route.public {
		v.strangers.Failed(v.r.Context(), err)
	}
	return err
}
