package web

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// SessionCookie is the cookie that holds the token of a browser's session. Browsers take a name that begins so only from
// the very host, over HTTPS or from the machine itself, and for all paths (RFC 6265bis, section 4.1.3.2).
const SessionCookie = "__Host-session"

// SetSession gives the browser a session. It ends with the browser, and earlier where the engine says so.
func SetSession(w http.ResponseWriter, token string) { http.SetCookie(w, sessionCookie(token)) }

// Enter is [SetSession] for a browser that is to be known again.
func Enter(w http.ResponseWriter, token string, device Device) {
	SetSession(w, token)
	device.Keep(w)
}

// DropSession makes the browser forget its session.
func DropSession(w http.ResponseWriter) {
	gone := sessionCookie("")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
}

func sessionCookie(token string) *http.Cookie {
	return &http.Cookie{Name: SessionCookie, Value: token, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// AdmitSession is [Admit] for browsers: the token is that of a session, and comes in the cookie. Whoever mounts it
// must refuse what other sites make a browser send (http.CrossOriginProtection).
func AdmitSession(gate *domain.Gatekeeper, accepts func(domain.Caller) bool, refuse Refuser, choosers ...Chooser) func(http.Handler) http.Handler {
	return admit(func(r *http.Request) (domain.Caller, error) { return bySession(gate, r) }, accepts, refuse, choosers)
}

// bySession tells whose session the cookie holds.
func bySession(gate *domain.Gatekeeper, r *http.Request) (domain.Caller, error) {
	cookies := r.CookiesNamed(SessionCookie)
	if len(cookies) != 1 || len(cookies[0].Value) > maxAuthorization {
		return domain.Caller{}, unauthenticated()
	}
	caller, err := identify(gate, r, cookies[0].Value)
	if err == nil && caller.Actor.Kind != domain.ActorPerson {
		return domain.Caller{}, unauthenticated() // a credential is none of a browser's
	}
	return caller, err
}
