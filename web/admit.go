package web

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// Refuser writes an error in a door's own shape.
type Refuser func(w http.ResponseWriter, r *http.Request, err error)

// Chooser tells as whom a caller acts in this request: a token can have several tenants.
type Chooser func(r *http.Request, caller domain.Caller) (domain.Caller, error)

// Admit lets in whoever presents a valid token that accepts takes, when it is the turn of the tenant, and refuses
// everybody else alike, as unauthenticated. The token comes as Bearer (RFC 6750, section 2.1) or as the password of HTTP Basic (RFC 7617) with
// the CredentialId as the user. The choosers tell in which of its tenants the caller acts; a refusal of theirs comes after
// those of the rate and of the turn. The status and WWW-Authenticate are the Refuser's business.
func Admit(gate *domain.Gatekeeper, accepts func(domain.Caller) bool, refuse Refuser, choosers ...Chooser) func(http.Handler) http.Handler {
	return admit(func(r *http.Request) (domain.Caller, error) { return authenticate(gate, r) }, accepts, refuse, choosers)
}

// admit is what all ways to be let in have in common; identify tells who presents what the request brings.
func admit(identify func(r *http.Request) (domain.Caller, error), accepts func(domain.Caller) bool, refuse Refuser, choosers []Chooser) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Cache-Control"] = noStore
			caller, err := identify(r)
			if err == nil && !accepts(caller) {
				err = unauthenticated()
			}
			if err != nil {
				refuse(w, r, err)
				return
			}
			caller, chosen := choose(choosers, r, caller)
			known := requestOf(r.Context())
			if known != nil {
				leave, err := known.admit(r.Context(), caller)
				if err != nil {
					refuse(w, r, err)
					return
				}
				defer leave()
				known.recheck = func() error {
					caller, err := identify(r)
					if err == nil {
						_, err = choose(choosers, r, caller)
					}
					return err
				}
			}
			if chosen != nil {
				refuse(w, r, chosen)
				return
			}
			if known == nil {
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey, caller)))
				return
			}
			known.admitted = caller
			next.ServeHTTP(w, r)
		})
	}
}

// choose lets each chooser have its say. The caller stays who it is where one of them refuses.
func choose(choosers []Chooser, r *http.Request, caller domain.Caller) (domain.Caller, error) {
	for _, chooser := range choosers {
		chosen, err := chooser(r, caller)
		if err != nil {
			return caller, err
		}
		caller = chosen
	}
	return caller, nil
}

// noStore is shared and never changed.
var noStore = []string{"no-store"}

func authenticate(gate *domain.Gatekeeper, r *http.Request) (domain.Caller, error) {
	shown, ok := presented(r.Header.Values("Authorization"))
	if !ok {
		return domain.Caller{}, unauthenticated()
	}
	caller, err := identify(gate, r, shown.token)
	if err != nil {
		return domain.Caller{}, err
	}
	if shown.basic && (caller.Actor.Kind != domain.ActorCredential || !strings.EqualFold(caller.Actor.ID.String(), shown.user)) {
		return domain.Caller{}, unauthenticated()
	}
	return caller, nil
}

// identify tells whose token it is.
func identify(gate *domain.Gatekeeper, r *http.Request, token string) (domain.Caller, error) {
	known := requestOf(r.Context())
	if known == nil { // a door that stands without the hall
		from := clientAddress(r, nil)
		known = &request{from: from, address: textOf(from)}
	}
	caller, err := gate.Authenticate(r.Context(), token, known.from)
	caller.RequestID, caller.IP = known.id, known.address
	return caller, err
}

func unauthenticated() error {
	return domain.Refuse(domain.CodeUnauthenticated, "", "A valid token is needed: Authorization: Bearer <token>.")
}

// credentials are what a request presents, not yet looked at.
type credentials struct {
	token string
	basic bool
	user  string // of Basic
}

// maxAuthorization is far above what any of our tokens needs, and far below what would be worth decoding.
const maxAuthorization = 4 << 10

// presented reads the Authorization header. There must be exactly one, of the form of RFC 9110, section 11.4; the
// scheme compares without case, nothing else does.
func presented(values []string) (credentials, bool) {
	if len(values) != 1 || len(values[0]) > maxAuthorization {
		return credentials{}, false
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	rest = strings.TrimLeft(rest, " ")
	switch {
	case !isToken68(rest):
		return credentials{}, false
	case strings.EqualFold(scheme, "Bearer"):
		return credentials{token: rest}, true
	case strings.EqualFold(scheme, "Basic"):
		return basic(rest)
	default:
		return credentials{}, false
	}
}

func basic(encoded string) (credentials, bool) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return credentials{}, false
	}
	user, token, found := strings.Cut(string(decoded), ":")
	return credentials{token: token, basic: true, user: user}, found && isToken68(token)
}

// isToken68 tells whether text is a token68 of RFC 9110, section 11.2.
func isToken68(text string) bool {
	return strings.TrimRight(text, "=") != "" && strings.Trim(strings.TrimRight(text, "="), token68) == ""
}

const token68 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/"
