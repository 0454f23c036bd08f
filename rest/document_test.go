package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/rest/openapi/openapitest"
)

// TestEveryRouteIsDescribed compares the table of routes with the document: what there is, who may do it, and what it
// takes. That answers are as described is what the world of every other test sees to.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	doc, err := openapitest.Document()
	require.NoError(t, err)
	known := map[string]bool{}
	eachRoute(func(r *route) {
		known[r.name()] = true
		item := doc.Paths.Value(r.pattern)
		if item == nil || item.GetOperation(r.method) == nil {
			t.Errorf("the document lacks %s; add it to the file of its area in rest/openapi/parts, and what it refers to to components:\n%s", r.name(), r.skeleton())
			return
		}
		operation := item.GetOperation(r.method)
		told := r.told()
		for name, want := range told {
			assert.Equal(t, want, toldBy(item, operation)[name], "%s: %s", r.name(), name)
		}
	})
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			assert.True(t, known[method+" "+path], "the document describes %s %s, which is no route", method, path)
		}
	}
}

// told is what the document must tell about the route.
func (r *route) told() map[string]any {
	var permissions, parameters, headers, media []string
	for _, permission := range r.needs {
		permissions = append(permissions, string(permission))
	}
	for _, parameter := range r.parameters {
		parameters = append(parameters, parameter.name)
	}
	if r.keyed {
		headers = append(headers, "Idempotency-Key")
	}
	if r.method != "GET" && strings.Contains(r.pattern, "{PersonId}") {
		headers = append(headers, "If-Match")
	}
	if r.body != noBody {
		media = append(media, mediaJSON)
	}
	if r.body == patchBody {
		media = append(media, mediaPatch)
	}
	slices.Sort(parameters)
	return map[string]any{"x-permissions": permissions, "x-or-self": r.orSelf, "x-session-only": r.session, "x-pending": r.pending,
		"security": r.public, "parameters": parameters, "headers": headers, "body": media,
		"requestBody.required": r.body == jsonBody || r.body == patchBody, "X-Tenant is required": r.public && !r.anywhere}
}

// toldBy is what an operation of the document tells.
func toldBy(item *openapi3.PathItem, o *openapi3.Operation) map[string]any {
	var permissions, parameters, headers, media []string
	listed, _ := o.Extensions["x-permissions"].([]any)
	for _, permission := range listed {
		permissions = append(permissions, fmt.Sprint(permission))
	}
	tenant := false
	for _, p := range slices.Concat(item.Parameters, o.Parameters) {
		switch name := p.Value.Name; {
		case p.Value.In == "query":
			parameters = append(parameters, name)
		case name == "Idempotency-Key", name == "If-Match":
			headers = append(headers, name)
		case name == "X-Tenant":
			tenant = p.Value.Required
		}
	}
	needed := false
	if o.RequestBody != nil {
		needed = o.RequestBody.Value.Required
		for name := range o.RequestBody.Value.Content {
			media = append(media, name)
		}
	}
	for _, list := range [][]string{parameters, headers, media} {
		slices.Sort(list)
	}
	return map[string]any{"x-permissions": permissions, "x-or-self": o.Extensions["x-or-self"] == true,
		"x-session-only": o.Extensions["x-session-only"] == true, "x-pending": o.Extensions["x-pending"] == true,
		"security": o.Security != nil && len(*o.Security) == 0, "parameters": parameters, "headers": headers, "body": media,
		"requestBody.required": needed, "X-Tenant is required": tenant}
}

// skeleton is an operation to begin with.
func (r *route) skeleton() string {
	told := r.told()
	lines := []string{"  " + r.pattern + ":"}
	var variables []string
	for _, segment := range strings.Split(r.pattern, "/") {
		if name, variable := strings.CutPrefix(segment, "{"); variable {
			variables = append(variables, "{$ref: '#/components/parameters/"+strings.TrimSuffix(name, "}")+"'}")
		}
	}
	if len(variables) > 0 {
		lines = append(lines, "    parameters: ["+strings.Join(variables, ", ")+"]")
	}
	lines = append(lines, "    "+strings.ToLower(r.method)+":", "      tags: [AREA]", "      operationId: NAME", "      summary: WHAT IT DOES")
	if r.public {
		lines = append(lines, "      security: []")
	}
	lines = append(lines, "      x-permissions: ["+strings.Join(told["x-permissions"].([]string), ", ")+"]")
	for _, name := range []string{"x-or-self", "x-session-only", "x-pending"} {
		if told[name] == true {
			lines = append(lines, "      "+name+": true")
		}
	}
	return strings.Join(append(lines, r.skeletonOfExchange(told)...), "\n")
}

// skeletonOfExchange is what goes over the wire in an operation to begin with.
func (r *route) skeletonOfExchange(told map[string]any) (lines []string) {
	parameters := append(slices.Clone(told["parameters"].([]string)), told["headers"].([]string)...)
	if len(parameters) > 0 {
		lines = append(lines, "      parameters:")
	}
	for _, name := range parameters {
		lines = append(lines, "        - {$ref: '#/components/parameters/"+strings.ReplaceAll(name, "-", "")+"'}")
	}
	if r.body != noBody {
		lines = append(lines, "      requestBody:", fmt.Sprintf("        required: %t", told["requestBody.required"]), "        content:")
	}
	for _, media := range told["body"].([]string) {
		lines = append(lines, "          "+media+": {schema: {$ref: '#/components/schemas/BODY'}}")
	}
	lines = append(lines, "      responses:", "        200:", "          description: WHAT IS ANSWERED",
		"          content: {application/json: {schema: {$ref: '#/components/schemas/VIEW'}}}")
	for status, has := range map[int]bool{409: r.method != "GET", 412: slices.Contains(told["headers"].([]string), "If-Match"), 413: r.body != noBody, 415: r.body != noBody, 422: r.keyed} {
		if has {
			lines = append(lines, fmt.Sprintf("        %d: {$ref: '#/components/responses/Problem%d'}", status, status))
		}
	}
	return lines
}

// TestEveryCodeIsDescribed compares the error catalogue with the document.
func TestEveryCodeIsDescribed(t *testing.T) {
	t.Parallel()
	doc, err := openapitest.Document()
	require.NoError(t, err)
	described := map[domain.Code]int{}
	for name, response := range doc.Components.Responses {
		status, numbered := strings.CutPrefix(name, "Problem")
		if !numbered {
			continue
		}
		for _, code := range response.Value.Content["application/problem+json"].Schema.Value.Properties["code"].Value.Enum {
			described[domain.Code(code.(string))], err = strconv.Atoi(status)
			require.NoError(t, err)
		}
	}
	for code, row := range problems {
		assert.Equal(t, row.status, described[code], "%s belongs into the enum of Problem%d in rest/openapi/parts/problems.yaml", code, row.status)
		delete(described, code)
	}
	assert.Empty(t, described, "these codes are described, and are no codes")
}

// TestWordsAreDescribed compares enumerations with those of the domain.
func TestWordsAreDescribed(t *testing.T) {
	t.Parallel()
	doc, err := openapitest.Document()
	require.NoError(t, err)
	for schema, want := range map[string][]string{
		"Permission":            names(domain.AllPermissions()),
		"LoginState":            names(domain.LoginStates()),
		"ProvisioningOperation": names(domain.ProvisioningOperations()),
	} {
		var words []string
		for _, word := range doc.Components.Schemas[schema].Value.Enum {
			words = append(words, word.(string))
		}
		assert.ElementsMatch(t, want, words, "the enum of %s in rest/openapi/parts", schema)
	}
}

// TestDocument: everybody may read it, and ask whether it is still the same.
func TestDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, media := range map[string]string{"/openapi.json": "application/json", "/docs": "text/html; charset=utf-8"} {
		got := w.as("", "GET", path, "").is(http.StatusOK)
		assert.Equal(t, media, got.header.Get("Content-Type"))
		assert.NotEmpty(t, got.body)
		assert.Equal(t, "no-cache", got.header.Get("Cache-Control"))
		tag := got.header.Get("ETag")
		assert.Empty(t, w.as("", "GET", path, "", "If-None-Match", tag).is(http.StatusNotModified).body)
		w.as("", "GET", path, "", "If-None-Match", `"0"`).is(http.StatusOK)
		w.as("", "GET", path+"?x=1", "").refused(http.StatusBadRequest, domain.CodeInvalidParameter)
		w.send("POST", path, "").refused(http.StatusMethodNotAllowed, domain.CodeMethodNotAllowed)
	}
	assert.Contains(t, w.as("", "GET", "/docs", "").header.Get("Content-Security-Policy"), "style-src 'sha256-")
	w.as("", "GET", "/openapiXjson", "").refused(http.StatusUnauthorized, domain.CodeUnauthenticated)
}
