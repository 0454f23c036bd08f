package openapitest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	person    = "/api/v1/UserManagement/Persons/2b8f3a52-7a0e-4c8f-9a49-2f6f4f0f3c11"
	glass     = `{"PersonId":"2b8f3a52-7a0e-4c8f-9a49-2f6f4f0f3c11","BreakGlass":true}`
	glassPath = "/api/v1/Administration/Persons/2b8f3a52-7a0e-4c8f-9a49-2f6f4f0f3c11/BreakGlass"
	roles     = `{"Items":[],"Offset":0,"Count":50,"ListCompleted":true}`
	taken     = `{"type":"urn:scimbridge:problem:username_taken","title":"t","status":409,"detail":"d","code":"username_taken","traceId":""}`
)

// TestFaults shows the judge exchanges that are as the document says but for one thing.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, method, path, sent string
		status                   int
		answer                   string
		header                   string // name, colon and value of one more header of the answer
		fault                    string // "" for none
	}{
		{"sound", "PATCH", glassPath, `{"BreakGlass":true}`, 200, glass, "", ""},
		{"any case", "PATCH", strings.ToLower(glassPath), `{"breakglass":true}`, 200, glass, "", ""},
		{"more than is said", "PATCH", glassPath, `{"BreakGlass":true}`, 200, glass[:len(glass)-1] + `,"Secret":1}`, "", "Secret"},
		{"less than is said", "PATCH", glassPath, `{"BreakGlass":true}`, 200, `{"BreakGlass":true}`, "", "PersonId"},
		{"another type", "PATCH", glassPath, `{"BreakGlass":true}`, 200, strings.Replace(glass, "true", `"yes"`, 1), "", "boolean"},
		{"no id", "PATCH", glassPath, `{"BreakGlass":true}`, 200, strings.Replace(glass, "2b8f", "zzzz", 1), "", "uuid"},
		{"another status", "PATCH", glassPath, `{"BreakGlass":true}`, 201, glass, "", "no answer 201"},
		{"accepted without need", "PATCH", glassPath, `{}`, 200, glass, "", "missing property"},
		{"accepted though unknown", "PATCH", glassPath, `{"BreakGlass":true,"X":1}`, 200, glass, "", "'X'"},
		{"refused", "PATCH", glassPath, `{"X":1}`, 409, taken, "", ""},
		{"refused with another code", "PATCH", glassPath, `{}`, 409, strings.ReplaceAll(taken, "username_taken", "user_taken"), "", "code"},
		{"refused with another status", "PATCH", glassPath, `{}`, 412, taken, "", "status"},
		{"a header too many", "PATCH", glassPath, `{"BreakGlass":true}`, 200, glass, `ETag: W/"1"`, "ETag has no place"},
		{"a header too few", "GET", person, ``, 304, ``, "", ""},
		{"unauthenticated", "GET", person, ``, 401, taken, "", "WWW-Authenticate is missing"},
		{"parameters", "GET", "/api/v1/UserManagement/Roles?count=5&Extended=TRUE", ``, 200, roles, "", ""},
		{"a parameter of another type", "GET", "/api/v1/UserManagement/Roles?Count=x", ``, 200, roles, "", "Count"},
		{"a parameter too many", "GET", "/api/v1/UserManagement/Roles?Colour=red", ``, 200, roles, "", "colour"},
		{"no route", "GET", "/api/v1/Nowhere", ``, 404, `{"code":"route_not_found"}`, "", "missing properties"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", map[bool]string{true: "application/problem+json", false: "application/json"}[test.status >= 400])
				if name, value, given := strings.Cut(test.header, ": "); given {
					w.Header().Set(name, value)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.answer)
			})
			request := httptest.NewRequest(test.method, test.path, strings.NewReader(test.sent))
			request.Header.Set("Content-Type", "application/json")
			var faults []string
			for _, fault := range observe(load(), handler, httptest.NewRecorder(), request).faults() {
				faults = append(faults, fault.Error())
			}
			if test.fault == "" {
				assert.Empty(t, faults)
			} else {
				assert.Contains(t, strings.Join(faults, "\n"), test.fault)
			}
		})
	}
}
