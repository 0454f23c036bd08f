package rest

import (
	"testing"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
)

// TestOrderOfChecks repairs a request with every fault step by step: each time the next check must speak.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	w.user("bo")
	readOnly, other := w.credential("acme", domain.ReadOnly), w.credential("acme", domain.ReadWrite, domain.PersonsRead)
	right := w.credential("acme", domain.ReadWrite, domain.PersonsWrite, domain.UsersUpdate)
	const broken, badField, badRule, taken = `{"a":`, `{"Nickname":"x"}`, `{"FirstName":" "}`, `{"EmailAddresses":[{"Address":"bo@example.org"}]}`
	nobody := uuid.NewString()
	for _, step := range []struct {
		token, tenant, path, body, match string
		status                           int
		code                             domain.Code
	}{
		{"", "globex", "/api/v9/x", broken, `"0"`, 401, domain.CodeUnauthenticated},
		{readOnly, "globex", "/api/v9/x", broken, `"0"`, 404, domain.CodeTenantNotFound},
		{readOnly, "acme", "/api/v9/x", broken, `"0"`, 404, domain.CodeUnsupportedVersion},
		{readOnly, "acme", persons(nobody, "?x=1"), broken, `"0"`, 403, domain.CodeReadOnlyCredential},
		{other, "acme", persons(nobody, "?x=1"), broken, `"0"`, 403, domain.CodePermissionDenied},
		{right, "acme", persons(nobody, "?x=1"), broken, `"0"`, 400, domain.CodeInvalidParameter},
		{right, "acme", persons(nobody), broken, `"0"`, 400, domain.CodeMalformedJSON},
		{right, "acme", persons(nobody), badField, `"0"`, 400, domain.CodeUnknownField},
		{right, "acme", persons(nobody), `{"ExternalLoginUsername":"x"}`, `"0"`, 403, domain.CodePermissionDenied},
		{right, "acme", persons(nobody), badRule, `"0"`, 404, domain.CodePersonNotFound},
		{right, "acme", persons(id), badRule, `"0"`, 412, domain.CodeVersionMismatch},
		{right, "acme", persons(id), badRule, `W/"1"`, 400, domain.CodeValidation},
		{right, "acme", persons(id), taken, `W/"1"`, 409, domain.CodeEmailInUse},
		{right, "acme", persons(id), `{"Locale":"de"}`, `W/"1"`, 200, ""},
	} {
		got := w.as(step.token, "PATCH", step.path, step.body, "X-Tenant", step.tenant, "If-Match", step.match)
		if step.code == "" {
			got.is(step.status)
		} else {
			got.refused(step.status, step.code)
		}
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("ana")
	const put = `{"FirstName":"Ana","LastName":"Silva","Username":"ana","EmailAddresses":[{"Address":"ana@example.org"}]}`
	for _, test := range []struct {
		method, path, body, media string
		status                    int
	}{
		{"PUT", persons(id), put, "application/json", 200},
		{"PUT", persons(id), put, "Application/JSON; charset=UTF-8", 200},
		{"PUT", persons(id), put, "application/json; charset=latin1", 415},
		{"PUT", persons(id), put, "application/json; profile=x", 415},
		{"PUT", persons(id), put, "application/json, application/json", 415},
		{"PUT", persons(id), put, "application/merge-patch+json", 415},
		{"PUT", persons(id), put, "text/plain", 415},
		{"PUT", persons(id), put, "", 415},
		{"PUT", persons(id), put, "application/scim+json", 415},
		{"PATCH", persons(id), `{}`, "application/merge-patch+json", 200},
		{"PATCH", persons(id), `{}`, "application/merge-patch+json;charset=utf-8", 200},
		{"PATCH", persons(id), `{}`, "application/json", 200},
		{"PATCH", persons(id), `{}`, "application/json-patch+json", 415},
		{"POST", users(id, "/Unlock"), "", "", 200},
		{"POST", users(id, "/Unlock"), "{}", "", 415},
	} {
		got := w.send(test.method, test.path, test.body, "Content-Type", test.media)
		if got.is(test.status); test.status == 415 {
			got.refused(415, domain.CodeUnsupportedMediaType)
		}
	}
	w.send("PUT", persons(id), put, "Content-Encoding", "gzip").refused(415, domain.CodeUnsupportedMediaType)
}
