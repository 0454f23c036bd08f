package sso

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// errRefused is what every message is answered with that did not pass the gates: whoever sent it learns nothing else.
// Administrators find the reason in the audit.
var errRefused = errors.New("sso: refused")

// statuses are the codes that a request can come to. Any other one means that something is wrong here.
var statuses = map[domain.Code]int{
	domain.CodeIdentityProviderNotFound: http.StatusNotFound,
	domain.CodeRouteNotFound:            http.StatusNotFound,
	domain.CodeMethodNotAllowed:         http.StatusMethodNotAllowed,
	domain.CodeInvalidParameter:         http.StatusBadRequest,
	domain.CodeUnauthenticated:          http.StatusUnauthorized,
	domain.CodePermissionDenied:         http.StatusForbidden,
	domain.CodePayloadTooLarge:          http.StatusRequestEntityTooLarge,
	domain.CodeMalformedJSON:            http.StatusBadRequest, // a body that did not arrive in full
	domain.CodeUnsupportedMediaType:     http.StatusUnsupportedMediaType,
	domain.CodeURLTooLong:               http.StatusRequestURITooLong,
	domain.CodeHeaderTooLarge:           http.StatusRequestHeaderFieldsTooLarge,
	domain.CodeMisdirected:              http.StatusMisdirectedRequest,
	domain.CodeRateLimited:              http.StatusTooManyRequests,
	domain.CodeOverloaded:               http.StatusServiceUnavailable,
	domain.CodeUnavailable:              http.StatusServiceUnavailable,
	domain.CodeStorageFull:              http.StatusInsufficientStorage,
}

// shown is an error as a browser or a program sees it.
type shown struct {
	Code      string
	Message   string
	RequestID string `json:"RequestId"`
}

// Refuse writes an error as a page, or as JSON for whoever does not ask for one. It implements [web.Refuser]. What is no
// refusal of ours is logged and answered with a mute 500.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	page := shown{"internal", "Something went wrong here. Try again in a while.", web.RequestID(r.Context())}
	own, known := errors.AsType[*domain.Error](err)
	switch {
	case errors.Is(err, errRefused):
		status = http.StatusForbidden
		page.Code, page.Message = "sign_in_refused", "You could not be signed in. Try again; if that does not help, tell your administrator the number below."
	case known && statuses[own.Code] != 0:
		status = statuses[own.Code]
		page.Code, page.Message = string(own.Code), own.Message
	case r.Context().Err() == nil:
		web.LogError(r.Context(), err)
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if seconds := web.RetryAfter(err); seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		header.Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_ = json.NewEncoder(w).Encode(page) // a client that is gone can't be told
		}
		return
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_ = refusal.Execute(w, page)
	}
}

var refusal = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Sign-in</title></head>
<body><main><h1>Sign-in</h1><p>{{.Message}}</p>{{if .RequestID}}<p>Number: <code>{{.RequestID}}</code></p>{{end}}</main></body></html>
`))

// stopped ends a request whose message did not pass a gate: the audit tells why.
func (v *visit) stopped(err error) error {
	own, ok := errors.AsType[*stopped](err)
	if !ok {
		return err
	}
	v.Strangers.Failed(v.r.Context(), domain.Refuse(domain.CodeInvalidCredentials, "", ""))
	if err := v.Engine.Gatekeeper.RefuseSso(v.r.Context(), v.caller, domain.SsoRefusal{Provider: v.by.ID, Reason: own.Error(), Name: own.name}); err != nil {
		return err
	}
	return errRefused
}

// refusedCodes are the engine's refusals of somebody who is not let in.
var refusedCodes = map[domain.Code]bool{domain.CodeTokenInvalid: true, domain.CodeNoMatchingUser: true,
	domain.CodeAmbiguousNameID: true, domain.CodeAccountInactive: true}

// decided is the engine's refusal as it is answered; the audit has it already.
func (v *visit) decided(err error) error {
	if !refusedCodes[domain.CodeOf(err)] {
		return err
	}
	v.Strangers.Failed(v.r.Context(), domain.Refuse(domain.CodeInvalidCredentials, "", ""))
	return errRefused
}
