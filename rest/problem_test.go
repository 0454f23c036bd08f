package rest

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// codes lists the constants of type Code in the domain.
func codes(t *testing.T) []domain.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../domain/error.go", nil, 0)
	require.NoError(t, err)
	var list []domain.Code
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if named, ok := spec.Type.(*ast.Ident); ok && named.Name == "Code" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			list = append(list, domain.Code(text))
		}
		return true
	})
	require.NotEmpty(t, list)
	return list
}

func TestProblemsAreTotal(t *testing.T) {
	t.Parallel()
	known := codes(t)
	for _, code := range known {
		row, found := problems[code]
		assert.True(t, found, "%s has no row in the error table", code)
		assert.NotEmpty(t, row.title, code)
		assert.GreaterOrEqual(t, row.status, 400, code)
	}
	assert.Len(t, problems, len(known), "a row is for no code")
}

func refusal(err error) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	Refuse(w, httptest.NewRequest("GET", "/api/v1/x", nil), err)
	return w
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	w := refusal(&domain.Error{Code: domain.CodeValidation, Message: "2 fields.", Fields: []domain.FieldError{
		{Attribute: "A", Message: "1"}, {Attribute: "SuggestedUsername", Message: "2"}, {Attribute: "A", Message: "3"}}})
	assert.Equal(t, 400, w.Code)
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	assert.JSONEq(t, `{"type":"urn:scimbridge:problem:validation_failed","title":"Validation failed","status":400,"detail":"2 fields.",
		"code":"validation_failed","errors":{"A":["1","3"],"Username":["2"]},"traceId":""}`, w.Body.String())

	w = refusal(domain.Refuse(domain.CodeUsernameTaken, "Username", "Taken."))
	assert.Equal(t, 409, w.Code)
	assert.Contains(t, w.Body.String(), `"errors":{"Username":["Taken."]}`)

	w = refusal(domain.Refuse(domain.CodeUnauthenticated, "", "No."))
	assert.Equal(t, 401, w.Code)
	assert.Equal(t, `Bearer realm="scimbridge"`, w.Header().Get("WWW-Authenticate"))

	w = refusal(domain.Refuse(domain.CodeOverloaded, "", "Wait."))
	assert.Equal(t, 503, w.Code)
	assert.NotEmpty(t, w.Header().Get("Retry-After"))
}

func TestRefuseIsMuteAboutOurFaults(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New("SELECT secret FROM /var/db"),
		domain.Fail(domain.CodeInternal, errors.New("secret"), "a secret plan"),
		domain.Refuse("no_such_code", "", "fine"),
	} {
		w := refusal(err)
		assert.Equal(t, 500, w.Code)
		assert.NotContains(t, strings.ToLower(w.Body.String()), "secret")
	}
	w := refusal(domain.Fail(domain.CodeUnavailable, errors.New("secret"), "The database can't be reached."))
	assert.Equal(t, 503, w.Code)
	assert.NotContains(t, w.Body.String(), "secret")
}
