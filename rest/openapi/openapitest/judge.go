package openapitest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// faults lists what is not as the document says.
func (x *exchange) faults() []error {
	at := x.find(x.request)
	if at == nil || x.status == http.StatusMethodNotAllowed {
		return x.refusal()
	}
	faults := x.response(at)
	if x.status < 300 && x.status != http.StatusMultiStatus { // of many things, some may be as wrong as they like
		faults = append(faults, x.parameters(at)...)
		faults = append(faults, x.body(at)...)
	}
	return faults
}

// refusal judges what is answered where there is no operation.
func (x *exchange) refusal() []error {
	if x.status < 400 || x.request.Method == http.MethodHead {
		return nil // a route that lacks its operation is found by the test of the table of routes
	}
	name := "Problem" + strconv.Itoa(x.status)
	if x.doc.Components.Responses[name] == nil {
		return []error{fmt.Errorf("there is no response %s", name)}
	}
	return some(x.judgeBody(x.answer.Bytes(), false, "components", "responses", name, "content", "application/problem+json", "schema"))
}

func some(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}

// response judges status, headers and body of the answer.
func (x *exchange) response(at *found) []error {
	status := strconv.Itoa(x.status)
	response := at.operation.Responses.Value(status)
	if response == nil {
		return []error{fmt.Errorf("%s has no answer %s", at.operation.OperationID, status)}
	}
	place := []string{"paths", at.path, at.method, "responses", status}
	if name, shared := strings.CutPrefix(response.Ref, "#/components/responses/"); shared {
		place = []string{"components", "responses", name}
	}
	faults := x.headers(response.Value)
	switch {
	case x.request.Method == http.MethodHead:
		return faults
	case len(response.Value.Content) == 0:
		if x.answer.Len() > 0 {
			faults = append(faults, errors.New("there must be no body"))
		}
		return faults
	}
	media, _, _ := mime.ParseMediaType(x.Header().Get("Content-Type"))
	if response.Value.Content[media] == nil {
		return append(faults, fmt.Errorf("Content-Type %q is not among the answer's", media))
	}
	place = append(place, "content", media, "schema")
	if strings.HasSuffix(media, "json") {
		return append(faults, some(x.judgeBody(x.answer.Bytes(), false, place...))...)
	}
	return append(faults, some(x.judge(x.answer.String(), place...))...)
}

// telling are the headers that an answer has only where the document says so.
var telling = []string{"ETag", "Location", "Idempotency-Replayed", "Retry-After"}

func (x *exchange) headers(response *openapi3.Response) []error {
	var faults []error
	for name, header := range response.Headers {
		value := x.Header().Get(name)
		if value == "" {
			if header.Value.Required {
				faults = append(faults, fmt.Errorf("the header %s is missing", name))
			}
			continue
		}
		if err := header.Value.Schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
			faults = append(faults, fmt.Errorf("the header %s: %w", name, err))
		}
	}
	for _, name := range telling {
		if x.Header().Get(name) != "" && response.Headers[name] == nil && x.status != http.StatusNotModified {
			faults = append(faults, fmt.Errorf("the header %s has no place in this answer", name))
		}
	}
	return faults
}

// parameters judges the path, the query and the headers of a request that was accepted.
func (x *exchange) parameters(at *found) []error {
	var faults []error
	query := map[string]string{}
	for name, values := range x.request.URL.Query() {
		query[strings.ToLower(name)] = values[0]
	}
	known := slices.Concat(at.item.Parameters, at.operation.Parameters)
	for _, parameter := range known {
		p := parameter.Value
		value, given := "", false
		switch p.In {
		case "path":
			value, given = at.variables[p.Name], true
			value, _ = url.PathUnescape(value)
		case "query":
			value, given = query[strings.ToLower(p.Name)]
			delete(query, strings.ToLower(p.Name))
		case "header":
			value, given = x.request.Header.Get(p.Name), x.request.Header.Get(p.Name) != ""
		}
		if given {
			if p.In == "query" {
				value = x.spelling(strings.ReplaceAll(value, " ", "+"))
			}
			if err := p.Schema.Value.VisitJSON(number(p.Schema.Value, value), openapi3.EnableJSONSchema2020()); err != nil {
				faults = append(faults, fmt.Errorf("the parameter %s: %w", p.Name, err))
			}
		}
	}
	for name := range query {
		faults = append(faults, fmt.Errorf("there is no parameter %s", name))
	}
	conditional := slices.ContainsFunc(known, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "If-Match" })
	if tag := x.request.Header.Get("If-Match"); tag != "" && tag != "*" && x.request.Method != http.MethodGet && !conditional {
		faults = append(faults, errors.New("If-Match is not among the parameters, and was accepted"))
	}
	return faults
}

// body judges the body of a request that was accepted.
func (x *exchange) body(at *found) []error {
	if at.operation.RequestBody == nil {
		return nil
	}
	body := at.operation.RequestBody.Value
	if x.sent.Len() == 0 {
		if body.Required {
			return []error{errors.New("a body is required")}
		}
		return nil
	}
	media, _, _ := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	if body.Content[media] == nil {
		return []error{fmt.Errorf("Content-Type %q is not among the request's", media)}
	}
	return some(x.judgeBody(x.sent.Bytes(), true, "paths", at.path, at.method, "requestBody", "content", media, "schema"))
}
