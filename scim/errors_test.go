package scim

import (
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"testing"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scimbridge/scimbridge/domain"
)

// domainCodes reads the codes from the source of domain, so that a new one can't be forgotten here.
func domainCodes(t *testing.T) []domain.Code {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), filepath.Join("..", "domain", "error.go"), nil, 0)
	require.NoError(t, err)
	var codes []domain.Code
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, named := spec.Type.(*ast.Ident); !named || kind.Name != "Code" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		codes = append(codes, domain.Code(text))
		return true
	})
	require.Greater(t, len(codes), 50, "the codes were not found in the source")
	return codes
}

func TestEveryCodeHasAMeaning(t *testing.T) {
	t.Parallel()
	codes := domainCodes(t)
	for _, code := range codes {
		row, known := meanings[code]
		assert.True(t, known, "%s has no row in meanings", code)
		assert.NotEmpty(t, http.StatusText(row.status), "%s has status %d", code, row.status)
		if row.scimType != "" {
			assert.Contains(t, []int{400, 409}, row.status, "%s: RFC 7644 gives a scimType to these only", code)
			assert.Equal(t, row.scimType == scimerrors.ScimTypeUniqueness, row.status == 409, string(code))
		}
	}
	assert.Len(t, meanings, len(codes), "meanings has a row for a code that there is not")
}

func refused(err error, method string) (*httptest.ResponseRecorder, map[string]any) {
	w := httptest.NewRecorder()
	Refuse(w, httptest.NewRequest(method, "/scim/v2/Users", nil), err)
	var body map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &body)
	return w, body
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name             string
		err              error
		status           int
		scimType, detail string
	}{
		{"a conflict names the attribute", domain.Refuse(domain.CodeUsernameTaken, "Username", "The username is taken."), 409, "uniqueness", "userName: The username is taken."},
		{"about no attribute", domain.Refuse(domain.CodeProtectedAccount, "", "It is protected."), 403, "", "It is protected."},
		{"several problems", &domain.Error{Code: domain.CodeValidation, Attribute: "Username", Message: "A.", Fields: []domain.FieldError{
			{Attribute: "Username", Message: "A."}, {Attribute: "EmailAddresses", Message: "B."}}}, 400, "invalidValue", "userName: A. emails: B."},
		{"syntax", &SyntaxError{Type: scimerrors.ScimTypeInvalidFilter, Message: "it is wrong", Offset: 3}, 400, "invalidFilter", "it is wrong, at offset 3"},
		{"our own", &refusal{status: 501, detail: "no"}, 501, "", "no"},
		{"a person without access is no user", domain.Refuse(domain.CodeNotProvisioned, "", "Invite the person."), 404, "", noUser},
		{"an anonymised person is no user", domain.Refuse(domain.CodeAnonymized, "", "It was anonymised."), 404, "", noUser},
		{"a disabled tenant", domain.Refuse(domain.CodeTenantNotFound, "", "It is gone."), 401, "", meanings[domain.CodeTenantNotFound].detail},
		{"a cause stays inside", domain.Fail(domain.CodeInternal, errors.New("pq: secret"), "leak"), 500, "", meanings[domain.CodeInternal].detail},
		{"a foreign error stays inside", errors.New("pq: secret"), 500, "", meanings[domain.CodeInternal].detail},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w, body := refused(row.err, "POST")
			want := map[string]any{"schemas": []any{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(row.status), "detail": row.detail}
			if row.scimType != "" {
				want["scimType"] = row.scimType
			}
			assert.Equal(t, row.status, w.Code)
			assert.Equal(t, want, body)
			assert.Equal(t, "application/scim+json", w.Header().Get("Content-Type"))
		})
	}
}

func TestRefuseHeaders(t *testing.T) {
	t.Parallel()
	w, _ := refused(domain.Refuse(domain.CodeUnauthenticated, "", "No."), "GET")
	assert.Equal(t, []string{`Bearer realm="scim"`, `Basic realm="scim", charset="UTF-8"`}, w.Header()["Www-Authenticate"])
	for _, code := range []domain.Code{domain.CodeOverloaded, domain.CodeUnavailable, domain.CodeRateLimited, domain.CodeStorageFull} {
		w, _ := refused(domain.Refuse(code, "", "Wait."), "GET")
		assert.NotEmpty(t, w.Header().Get("Retry-After"), string(code))
	}
	w, _ = refused(domain.Refuse(domain.CodePersonNotFound, "", "No."), "HEAD")
	assert.Zero(t, w.Body.Len(), "HEAD has no body")
	assert.Empty(t, w.Header().Get("Retry-After"))
}

func TestRefuseWhenTheClientIsGone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	Refuse(w, httptest.NewRequestWithContext(ctx, "GET", "/scim/v2/Users", nil), ctx.Err())
	assert.Equal(t, 500, w.Code)
}
