package oauth

import (
	"net/http"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// Prefix begins every path of this door.
const Prefix = "/oauth"

const tokenPath = Prefix + "/token"

// Config is what the door is made from.
type Config struct {
	Engine    *domain.Engine
	PublicURL string // how clients reach the server, as in https://id.example.org
}

// door is what all requests share.
type door struct {
	engine    *domain.Engine
	audiences []string // names of this server in assertions
	addresses *web.Limiter
	clients   *web.Limiter
}

// New makes the handler of everything under [Prefix].
func New(config Config) http.Handler {
	public := strings.TrimRight(config.PublicURL, "/")
	return &door{engine: config.Engine, audiences: []string{public + tokenPath, public, public + "/"},
		addresses: web.NewLimiter(remembered, config.Engine.Clock), clients: web.NewLimiter(remembered, config.Engine.Clock)}
}

// Routes are what the door answers.
func Routes() []web.Route {
	return []web.Route{{Method: http.MethodPost, Pattern: tokenPath, Public: true}}
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache") // RFC 6749, section 5.1
	switch {
	case r.URL.EscapedPath() != tokenPath:
		Refuse(w, r, domain.Refuse(domain.CodeRouteNotFound, "", "The token endpoint is %s.", tokenPath))
	case r.Method != http.MethodPost:
		header.Set("Allow", http.MethodPost)
		Refuse(w, r, domain.Refuse(domain.CodeMethodNotAllowed, "", "Send the request with POST."))
	default:
		if err := d.token(w, r); err != nil {
			Refuse(w, r, err)
		}
	}
}
