package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/audit"
	"github.com/scimbridge/scimbridge/domain/feed"
	"github.com/scimbridge/scimbridge/domain/journal"
	"github.com/scimbridge/scimbridge/domain/migration"
	"github.com/scimbridge/scimbridge/domain/receipt"
	"github.com/scimbridge/scimbridge/domain/report"
	"github.com/scimbridge/scimbridge/web"
)

// Config is what the door is made from: the use cases that it translates for.
type Config struct {
	Engine *domain.Engine
	// Journal shows what became of the requests of connectors; nil: what others have written of it.
	Journal *journal.Journal
	Feed    *feed.Feed
	// Signer signs receipts.
	Signer domain.Signer
	// Strangers are the limits of who is not known yet, where other doors share them; nil: the door has its own.
	Strangers *web.Strangers
	// Elsewhere tells at which path of this server the person of that name begins to sign in through an identity provider,
	// "" for whoever signs in with a password. It must answer for names of nobody as it does for others. nil: everybody has
	// a password.
	Elsewhere func(ctx context.Context, visitor domain.Caller, name string) (string, error)
	// PublicURL is where clients reach the server, such as https://id.example.org; the Location of what was created
	// begins with it.
	PublicURL string
}

// door is the native API.
type door struct {
	engine     *domain.Engine
	journal    *journal.Journal
	audit      *audit.Audit
	feed       *feed.Feed
	migrations *migration.Migrations
	reports    *report.Reports
	receipts   *receipt.Receipts
	publicURL  string // without a slash at its end
	underWay   underWay
	strangers  *web.Strangers
	elsewhere  func(ctx context.Context, visitor domain.Caller, name string) (string, error)
}

// New makes the handler of everything under /api/.
func New(config Config) http.Handler {
	d := &door{engine: config.Engine, feed: config.Feed, journal: config.Journal, migrations: migration.New(config.Engine.Base()), reports: report.New(config.Engine.Base()), receipts: receipt.New(config.Engine.Base(), config.Signer), audit: audit.New(config.Engine.Base()), publicURL: strings.TrimRight(config.PublicURL, "/"),
		strangers: config.Strangers, elsewhere: config.Elsewhere}
	if d.elsewhere == nil {
		d.elsewhere = func(context.Context, domain.Caller, string) (string, error) { return "", nil }
	}
	if d.strangers == nil {
		d.strangers = web.NewStrangers(config.Engine.Clock)
	}
	if d.journal == nil {
		d.journal = journal.New(config.Engine.Base())
	}
	admit := web.Admit(d.engine.Gatekeeper, acceptable, Refuse, d.inTenant)
	return d.mux(func(next http.HandlerFunc) http.Handler { return admit(next) })
}

// acceptable tells whether the caller's token is one for this door: a Rest credential's or a session's.
func acceptable(caller domain.Caller) bool {
	return caller.Door == domain.DoorRest || caller.Door == domain.DoorSelf
}

// inTenant lets the caller act in the tenant that the request names, which has to be one of its token's.
func (d *door) inTenant(r *http.Request, caller domain.Caller) (domain.Caller, error) {
	slugs := r.Header.Values("X-Tenant")
	for _, slug := range slugs {
		if slug != slugs[0] {
			return domain.Caller{}, domain.Refuse(domain.CodeTenantNotFound, "", "A request is made in one tenant; send X-Tenant once.")
		}
	}
	if len(slugs) == 0 {
		return caller, nil
	}
	return d.engine.Gatekeeper.Acting(r.Context(), caller, slugs[0])
}

// location is the address of a resource under the current version of the API.
func (d *door) location(segments ...string) string {
	return d.publicURL + "/api/v1/" + strings.Join(segments, "/")
}
