package scim

import (
	"mime"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// The bytes that a body may have. A group can come with all of its members.
const (
	maxBody      = 4 << 20
	maxGroupBody = 16 << 20
)

// body reads the body of a request as a JSON object.
func (x *exchange) body(limit int64) (Value, error) {
	media := x.r.Header["Content-Type"]
	if err := checkMedia(media); err != nil {
		return Value{}, err
	}
	if len(media) == 0 || media[0] == "" {
		x.view.needs(ruleNoContentType)
	}
	text, err := web.ReadBody(x.w, x.r, limit)
	if err != nil {
		return Value{}, err
	}
	body, err := ParseJSON(text)
	if err == nil && body.Kind != KindObject {
		err = refuseSyntax("The body must be a JSON object.")
	}
	if err == nil {
		x.listenTo(body)
	}
	return body, err
}

// received reads what a writing request is made of: what is to be returned, and the body.
func (x *exchange) received(rt *resourceType, limit int64) (returns projection, body Value, err error) {
	if returns, err = x.projection(rt); err == nil {
		body, err = x.body(limit)
	}
	return returns, body, err
}

// checkMedia refuses bodies that don't say they are JSON in UTF-8. Who says nothing is believed, because some clients
// don't.
func checkMedia(values []string) error {
	if len(values) == 0 {
		return nil
	}
	switch values[0] {
	case "application/scim+json", "application/json", "application/scim+json; charset=utf-8":
		if len(values) == 1 {
			return nil
		}
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	charset, named := parameters["charset"]
	switch {
	case len(values) > 1 || err != nil && values[0] != "":
	case values[0] == "", kind == "application/scim+json", kind == "application/json":
		if !named || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8") {
			return nil
		}
	}
	return domain.Refuse(domain.CodeUnsupportedMediaType, "", "The body must be JSON in UTF-8: send Content-Type application/scim+json or application/json.")
}
