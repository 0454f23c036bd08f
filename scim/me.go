package scim

import (
	"net/http"

	"github.com/scimbridge/scimbridge/domain"
)

// me stands for the user who asks (RFC 7644, section 3.11). Connectors are no users, so that for them it is not
// implemented. People who are signed in find themselves there, to read: what they may change of themselves, and how, is
// the business of the native API.
const me = "/Me"

// isPerson tells whether a person is calling, who is signed in. This door shows people nothing but [me].
func isPerson(caller domain.Caller) bool { return caller.Door == domain.DoorSelf }

// getMe answers with the person's own user, and with its permanent location.
func (x *exchange) getMe() error {
	if !isPerson(x.caller) {
		return errNobody
	}
	returns, err := x.projection(userType)
	if err != nil {
		return err
	}
	p, err := x.engine.Directory.Access(x.r.Context(), x.caller, x.caller.Actor.ID, extras(returns))
	if err != nil {
		return err
	}
	if p.Access == nil {
		return notThere(userType.endpoint)
	}
	location := []string{x.base + userType.endpoint + "/" + p.ID.String()}
	x.w.Header()["Location"], x.w.Header()["Content-Location"] = location, location
	if x.unchanged(userVersion(p)) {
		return nil
	}
	return x.sendUser(http.StatusOK, p, returns)
}

func (x *exchange) changeMe() error {
	if !isPerson(x.caller) {
		return errNobody
	}
	return errReadOnlyMe
}

var (
	errNobody       = &refusal{status: http.StatusNotImplemented, detail: "A connector is no user, so that nobody is at " + Prefix + me + "."}
	errReadOnlyMe   = &refusal{status: http.StatusNotImplemented, detail: "People change themselves through the native API; " + Prefix + me + " only tells who they are."}
	errOnlyYourself = &refusal{status: http.StatusForbidden, detail: "This is for connectors. People find themselves at " + Prefix + me + "."}
)
