package rest

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/scimbridge/scimbridge/domain"
)

// apiVersions is what api-supported-versions says; v1 and v1.0 are the same.
const apiVersions = "1.0"

var versioned = regexp.MustCompile(`^/[aA][pP][iI]/[vV]([0-9][^/]*)(/|$)`)

// mux builds the router from the table of routes: one entry for each pattern, with its methods. All but public routes
// are behind the guard, also those that don't exist.
func (d *door) mux(guard func(http.HandlerFunc) http.Handler) http.Handler {
	router := mux.NewRouter().UseEncodedPath().SkipClean(true)
	nowhere := guard(noRoute)
	router.NotFoundHandler = nowhere
	endpoints := map[string]endpoint{}
	for _, route := range routes {
		if endpoints[route.pattern] == nil {
			endpoints[route.pattern] = endpoint{}
			router.Handle(template(route.pattern), d.handler(endpoints[route.pattern], guard))
		}
		endpoints[route.pattern][route.method] = &route
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
			nowhere.ServeHTTP(w, r)
			return
		}
		router.ServeHTTP(w, r)
	})
}

// template turns a pattern into one of the router: literals match without regard to case, variables as they are.
func template(pattern string) string {
	text := "/{api:(?i:api)}/{version:(?i:v1(?:\\.0)?)}"
	for i, segment := range strings.Split(pattern, "/")[1:] {
		if strings.HasPrefix(segment, "{") {
			text += "/" + segment
		} else {
			text += "/{_" + strconv.Itoa(i) + ":(?i:" + regexp.QuoteMeta(segment) + ")}"
		}
	}
	return text
}

// endpoint is what one path can do, by method.
type endpoint map[string]*route

// handler answers the methods of an endpoint, HEAD like GET, and refuses the others.
func (d *door) handler(methods endpoint, guard func(http.HandlerFunc) http.Handler) http.Handler {
	guarded := guard(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		route := methods[method]
		if route == nil {
			w.Header().Set("Allow", strings.Join(methods.allowed(), ", "))
			Refuse(w, r, domain.Refuse(domain.CodeMethodNotAllowed, "", "This method is not possible here; possible are %s.",
				strings.Join(methods.allowed(), ", ")))
			return
		}
		d.serve(w, r, route)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route := methods[r.Method]; route != nil && route.public {
			d.serveStranger(w, r, route)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

func (e endpoint) allowed() []string {
	list := slices.Collect(maps.Keys(e))
	if e[http.MethodGet] != nil {
		list = append(list, http.MethodHead)
	}
	slices.Sort(list)
	return list
}

// noRoute refuses a path that is in no table, with a hint where only the version is wrong.
func noRoute(w http.ResponseWriter, r *http.Request) {
	version := versioned.FindStringSubmatch(r.URL.EscapedPath())
	if version != nil && version[1] != "1" && version[1] != "1.0" {
		w.Header().Set("api-supported-versions", apiVersions)
		Refuse(w, r, domain.Refuse(domain.CodeUnsupportedVersion, "", "There is no version %s of this API; use /api/v1.", version[1]))
		return
	}
	Refuse(w, r, domain.Refuse(domain.CodeRouteNotFound, "", "There is no such route."))
}
