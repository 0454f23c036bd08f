package oauth

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// The errors of RFC 6749, section 5.2, and those of section 4.1.2.1 for what it forgets there.
const (
	invalidRequest       = "invalid_request"
	invalidClient        = "invalid_client"
	invalidScope         = "invalid_scope"
	unsupportedGrantType = "unsupported_grant_type"
	serverError          = "server_error"
	unavailable          = "temporarily_unavailable"
)

// badRequest is a refusal that only this protocol knows.
type badRequest struct{ code, message string }

func refuse(code, message string) error { return &badRequest{code, message} }

// Error implements error.
func (e *badRequest) Error() string { return e.code + ": " + e.message }

// meaning is what a code of the domain is in OAuth.
type meaning struct {
	status int
	code   string
}

// meanings are the codes that a token request can come to. Any other one means that something is wrong here.
var meanings = map[domain.Code]meaning{
	domain.CodeUnauthenticated:      {http.StatusUnauthorized, invalidClient},
	domain.CodeRouteNotFound:        {http.StatusNotFound, invalidRequest},
	domain.CodeMethodNotAllowed:     {http.StatusMethodNotAllowed, invalidRequest},
	domain.CodePayloadTooLarge:      {http.StatusRequestEntityTooLarge, invalidRequest},
	domain.CodeMalformedJSON:        {http.StatusBadRequest, invalidRequest}, // a body that did not arrive in full
	domain.CodeUnsupportedMediaType: {http.StatusUnsupportedMediaType, invalidRequest},
	domain.CodeURLTooLong:           {http.StatusRequestURITooLong, invalidRequest},
	domain.CodeHeaderTooLarge:       {http.StatusRequestHeaderFieldsTooLarge, invalidRequest},
	domain.CodeMisdirected:          {http.StatusMisdirectedRequest, invalidRequest},
	domain.CodeRateLimited:          {http.StatusTooManyRequests, unavailable},
	domain.CodeOverloaded:           {http.StatusServiceUnavailable, unavailable},
	domain.CodeUnavailable:          {http.StatusServiceUnavailable, unavailable},
	domain.CodeStorageFull:          {http.StatusServiceUnavailable, unavailable},
}

// errorAnswer is the answer to a refused request.
type errorAnswer struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// Refuse writes an error as OAuth shows it. It implements [web.Refuser]. What is no refusal of ours is logged and answered
// with a mute 500.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	shown, status := errorAnswer{serverError, "Something went wrong here. Tell the operator the X-Request-Id of this answer."}, http.StatusInternalServerError
	if bad, ok := errors.AsType[*badRequest](err); ok {
		shown, status = errorAnswer{bad.code, bad.message}, http.StatusBadRequest
	} else if own, ok := errors.AsType[*domain.Error](err); ok && meanings[own.Code].status != 0 {
		shown, status = errorAnswer{meanings[own.Code].code, own.Message}, meanings[own.Code].status
	} else if r.Context().Err() == nil {
		web.LogError(r.Context(), err)
	}
	shown.Description = strings.NewReplacer(`"`, "'", `\`, "/").Replace(shown.Description) // section 5.2 allows neither
	header := w.Header()
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Basic realm="oauth", charset="UTF-8"`)
	}
	if seconds := web.RetryAfter(err); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	body, err := json.Marshal(shown)
	if err != nil {
		web.LogError(r.Context(), err)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that is gone can't be told
	}
}
