package rest

import (
	"net/http"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/domain/journal"
	"github.com/scimbridge/scimbridge/web"
)

// Config is what the door is made from: the use cases that it translates for.
type Config struct {
	Engine *domain.Engine
	// Journal shows what became of the requests of connectors; nil: what others have written of it.
	Journal *journal.Journal
	Feed    *feed.Feed
	// PublicURL is where clients reach the server, such as https://id.example.org; the Location of what was created
	// begins with it.
	PublicURL string
}

// door is the native API.
type door struct {
	engine    *domain.Engine
	journal   *journal.Journal
	audit     *audit.Audit
	feed      *feed.Feed
	publicURL string // without a slash at its end
	underWay  underWay
	strangers *strangers
}

// New makes the handler of everything under /api/.
func New(config Config) http.Handler {
	d := &door{engine: config.Engine, feed: config.Feed, journal: config.Journal, audit: audit.New(config.Engine.Base()), publicURL: strings.TrimRight(config.PublicURL, "/"),
		strangers: newStrangers(config.Engine.Clock)}
	if d.journal == nil {
		d.journal = journal.New(config.Engine.Base())
	}
	admit := web.Admit(d.engine.Gatekeeper, acceptable, Refuse)
	return d.mux(func(next http.HandlerFunc) http.Handler { return admit(ofTenant(next)) })
}

// acceptable tells whether the caller's token is one for this door: a Rest credential's or a session's.
func acceptable(caller domain.Caller) bool {
	return caller.Door == domain.DoorRest || caller.Door == domain.DoorSelf
}

// ofTenant refuses a request that names another tenant than that of its token.
func ofTenant(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := web.CallerOf(r.Context())
		for _, slug := range r.Header.Values("X-Tenant") {
			if slug != caller.TenantSlug {
				Refuse(w, r, domain.Refuse(domain.CodeTenantNotFound, "", "This token belongs to no such tenant."))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// location is the address of a resource under the current version of the API.
func (d *door) location(segments ...string) string {
	return d.publicURL + "/api/v1/" + strings.Join(segments, "/")
}
