package rest

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/domain/report"
	"github.com/scimbridge/scimbridge/web"
)

// call is one request of a route under way.
type call struct {
	*door
	request *http.Request
	route   *route
	caller  domain.Caller
	person  uuid.UUID // {PersonId} of the path; uuid.Nil when malformed, whom nobody finds
	key     string    // Idempotency-Key, of a route that honours it
	asked   asked     // query parameters
	body    []byte
	file    *report.File // what follows the header of the answer, in place of a body; nil: nothing
}

// serve runs a route: permission, shape, use case, answer.
func (d *door) serve(w http.ResponseWriter, r *http.Request, route *route) {
	c := &call{door: d, request: r, route: route, caller: web.CallerOf(r.Context())}
	if route.own() {
		c.caller = c.caller.AtHome()
	}
	c.person = c.id("PersonId")
	answer, err := c.answer(w)
	if err != nil {
		Refuse(w, r, err)
		return
	}
	c.send(w, answer)
}

func (c *call) answer(w http.ResponseWriter) (domain.Answer, error) {
	if err := c.permitted(); err != nil {
		return domain.Answer{}, err
	}
	for _, read := range []func() error{c.readParameters, c.readPrecondition, c.readKey} {
		if err := read(); err != nil {
			return domain.Answer{}, err
		}
	}
	if err := c.readBody(w); err != nil {
		return domain.Answer{}, err
	}
	return c.route.serve(c)
}

// permitted asks for the route's permissions before anything of the request is looked at. The use case asks again,
// for what it needs itself.
func (c *call) permitted() error {
	switch {
	case c.route.public, c.route.pending && c.caller.Pending:
		return nil
	case c.route.orSelf:
		return c.caller.RequireOrSelf(c.person, c.route.needs...)
	}
	if err := c.caller.Require(c.route.needs...); err != nil {
		return err
	}
	if c.route.session && c.caller.Actor.Kind != domain.ActorPerson {
		return c.route.notInPerson()
	}
	return nil
}

// notInPerson refuses a credential what only people may do.
func (r *route) notInPerson() error {
	switch {
	case r.passwords:
		return domain.Refuse(domain.CodeAdminPasswordSet, "", "A password is chosen by its person alone; ResetPassword mails the person a link.")
	case len(r.needs) > 0:
		return domain.Refuse(domain.CodeRestricted, "", "An administrator does this in person; sign in.")
	default:
		return domain.Refuse(domain.CodePermissionDenied, "", "People do this for themselves when they are signed in; a credential can't.")
	}
}

func (c *call) context() context.Context { return c.request.Context() }

// variable is a variable of the path, decoded; "" when it can't be.
func (c *call) variable(name string) string {
	text, err := url.PathUnescape(mux.Vars(c.request)[name])
	if err != nil {
		return ""
	}
	return text
}

// id is a variable of the path as an id. Only the canonical form is one: ids are never folded.
func (c *call) id(name string) uuid.UUID {
	id, err := uuid.Parse(mux.Vars(c.request)[name])
	if err != nil || id.String() != mux.Vars(c.request)[name] {
		return uuid.Nil
	}
	return id
}

// path is the request's path in one spelling, whatever the case of its literals and its version.
func (c *call) path() string {
	segments := strings.Split(c.route.pattern, "/")
	for i, segment := range segments {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			segments[i] = mux.Vars(c.request)[strings.TrimSuffix(name, "}")]
		}
	}
	return strings.Join(segments, "/")
}

// answerOf makes the answer of a view.
func answerOf(status int, view any) (domain.Answer, error) {
	body, err := json.Marshal(view, json.Deterministic(true))
	return domain.Answer{Status: status, Header: map[string]string{}, Body: body}, err
}

// tagged adds the entity tag of the person's version to an answer.
func tagged(answer domain.Answer, err error, p *domain.Person) (domain.Answer, error) {
	if err == nil {
		answer.Header["ETag"] = entityTag(p.Version)
	}
	return answer, err
}

// nothing is the answer without a body.
func nothing() domain.Answer { return domain.Answer{Status: http.StatusNoContent} }

// send writes the answer, or that the client has it already.
func (c *call) send(w http.ResponseWriter, answer domain.Answer) {
	for name, value := range answer.Header {
		w.Header().Set(name, value)
	}
	if c.route.method == http.MethodGet && c.unchanged(answer.Header["ETag"]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if len(answer.Body) > 0 && answer.Header["Content-Type"] == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(answer.Status)
	if c.file != nil {
		c.sendFile(w)
		return
	}
	_, _ = w.Write(answer.Body) // a client that is gone can't be told
}
