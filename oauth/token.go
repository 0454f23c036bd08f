package oauth

import (
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// maxBody bounds the form: an assertion with a large key takes about 1 KiB.
const maxBody = 16 << 10

// How often a client may ask, by address and by the name it gives. A token lives for an hour, so that a client needs
// few; one that fails is soon stopped. Servers that remember more clients than this forget the oldest.
var (
	perAddress = domain.RateLimit{PerSecond: 5, Burst: 100}
	perClient  = domain.RateLimit{PerSecond: 1, Burst: 50}
)

const (
	remembered = 10_000
	failure    = 9 // what a failed try costs besides its own
)

// tokenAnswer is the answer to a granted request (RFC 6749, section 5.1).
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

// token answers a request for a token.
func (d *door) token(w http.ResponseWriter, r *http.Request) error {
	address := web.ClientKey(r.Context())
	if err := d.addresses.Take(address, perAddress, 1); err != nil {
		return err
	}
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	if err := grant(form); err != nil {
		return err
	}
	proof, err := proofOf(r, form)
	if err != nil {
		return err
	}
	proof.Audiences = d.audiences
	claimed, _ := d.engine.Gatekeeper.Claimed(proof) // all that can't be anybody's are one
	client := claimed.String()
	if err := d.clients.Take(client, perClient, 1); err != nil {
		return err
	}
	token, err := d.engine.Gatekeeper.IssueToken(r.Context(), proof, web.Client(r.Context()))
	if domain.Is(err, domain.CodeUnauthenticated) {
		d.addresses.Charge(address, perAddress, failure)
		d.clients.Charge(client, perClient, failure)
	}
	if err != nil {
		return err
	}
	web.Known(r.Context(), token.Caller)
	body, err := json.Marshal(tokenAnswer{token.Text, "Bearer", int(token.Life.Seconds())})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // a client that is gone can't be told
	return nil
}

// form are the parameters of a request, each of which is there once (RFC 6749, section 3.2).
type form map[string]string

func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	if r.URL.RawQuery != "" {
		return nil, refuse(invalidRequest, "Send the parameters in the body, not in the URL, where they are seen.")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, refuse(invalidRequest, "The body must be application/x-www-form-urlencoded.")
	}
	body, err := web.ReadBody(w, r, maxBody)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refuse(invalidRequest, "The body is not a form that can be read.")
	}
	found := form{}
	for name, list := range values {
		if len(list) > 1 {
			return nil, refuse(invalidRequest, "A parameter is there more than once.")
		}
		found[name] = list[0]
	}
	return found, nil
}

// scopes are those that a client may ask for; with each it gets all that its credential may do.
var scopes = []string{"", "scim"}

func grant(f form) error {
	switch {
	case f["grant_type"] == "":
		return refuse(invalidRequest, "The parameter grant_type is missing.")
	case f["grant_type"] != "client_credentials":
		return refuse(unsupportedGrantType, "The grant_type must be client_credentials.")
	case !slices.Contains(scopes, f["scope"]):
		return refuse(invalidScope, "Leave scope out, or send scim.")
	}
	return nil
}
