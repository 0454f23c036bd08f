package console

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// problem is what a page says that something did not work: why, what to do next, and the id by which whoever helps can
// find it.
type problem struct {
	Cause, Next string
	Link        string // page of the tenant that helps; "": none
	LinkText    string
	Field       string // of the form, that it is about; "": none
	RequestID   string
}

// meaning is how a code of the domain is answered.
type meaning struct {
	status int
	link   string // page of the tenant that helps
	// said tells that the engine's own message says the cause best, as it does of a password or a field.
	said bool
}

// meanings are the codes that people may meet here. Their texts are problem.CODE and next.CODE in text_problem.go. Any other
// code means that something is wrong on our side.
var meanings = map[domain.Code]meaning{
	domain.CodeInvalidCredentials:    {status: http.StatusForbidden, link: "forgot"},
	domain.CodeMfaEnrollmentRequired: {status: http.StatusForbidden, link: "authenticator"},
	domain.CodeMfaCodeRequired:       {status: http.StatusForbidden},
	domain.CodePasswordResetRequired: {status: http.StatusForbidden, link: "forgot"},
	domain.CodePasswordLoginDisabled: {status: http.StatusForbidden, link: "sign-in"},
	domain.CodeSignInAgain:           {status: http.StatusForbidden, link: "sign-in"},
	domain.CodeSignUpDisabled:        {status: http.StatusForbidden, link: "sign-in"},
	domain.CodePermissionDenied:      {status: http.StatusForbidden, said: true},
	domain.CodeTokenInvalid:          {status: http.StatusBadRequest},
	domain.CodeOldPasswordWrong:      {status: http.StatusBadRequest, link: "forgot"},
	domain.CodePasswordPolicy:        {status: http.StatusBadRequest, said: true},
	domain.CodeValidation:            {status: http.StatusBadRequest, said: true},
	domain.CodePrimaryEmailRequired:  {status: http.StatusBadRequest, said: true},
	domain.CodeMalformedJSON:         {status: http.StatusBadRequest}, // a form that did not arrive in full
	domain.CodeUsernameTaken:         {status: http.StatusConflict, link: "forgot"},
	domain.CodeEmailInUse:            {status: http.StatusConflict, link: "forgot"},
	domain.CodeTenantNotFound:        {status: http.StatusNotFound},
	domain.CodeRouteNotFound:         {status: http.StatusNotFound},
	domain.CodeNotFound:              {status: http.StatusNotFound},
	domain.CodePersonNotFound:        {status: http.StatusNotFound, link: "sign-in"},
	domain.CodeNotProvisioned:        {status: http.StatusNotFound, link: "sign-in"},
	domain.CodeUnauthenticated:       {status: http.StatusForbidden, link: "sign-in"},
	domain.CodeMethodNotAllowed:      {status: http.StatusMethodNotAllowed},
	domain.CodePayloadTooLarge:       {status: http.StatusRequestEntityTooLarge},
	domain.CodeUnsupportedMediaType:  {status: http.StatusUnsupportedMediaType},
	domain.CodeURLTooLong:            {status: http.StatusRequestURITooLong},
	domain.CodeHeaderTooLarge:        {status: http.StatusRequestHeaderFieldsTooLarge},
	domain.CodeMisdirected:           {status: http.StatusMisdirectedRequest},
	domain.CodeRateLimited:           {status: http.StatusTooManyRequests},
	domain.CodeOverloaded:            {status: http.StatusServiceUnavailable},
	domain.CodeUnavailable:           {status: http.StatusServiceUnavailable},
	domain.CodeStorageFull:           {status: http.StatusInsufficientStorage},
	domain.CodeInternal:              {status: http.StatusInternalServerError},
}

// judge tells how a page shows an error. What is no refusal of ours is logged and mute.
func judge(w http.ResponseWriter, r *http.Request, page string, err error) (*problem, int) {
	if seconds := web.RetryAfter(err); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	code, message, field := domain.CodeInternal, "", ""
	if own, ok := errors.AsType[*domain.Error](err); ok && meanings[own.Code].status != 0 {
		code, message, field = own.Code, own.Message, own.Attribute
		if len(own.Fields) > 0 {
			message, field = own.Fields[0].Message, own.Fields[0].Attribute
		}
	}
	if code == domain.CodeInternal && r.Context().Err() == nil {
		web.LogError(r.Context(), err)
	}
	row := meanings[code]
	shown := &problem{Cause: textOf("problem", page, code), Next: textOf("next", page, code), Link: row.link,
		Field: fields[field], RequestID: web.RequestID(r.Context())}
	if row.said {
		shown.Cause = message
	}
	if page == "passkey" { // which leads on itself, and not to a password
		shown.Link = ""
	}
	if shown.Link != "" {
		shown.LinkText = say("link." + shown.Link)
	}
	return shown, row.status
}

// textOf is the text for a code on a page where it means something of its own, or anywhere.
func textOf(kind, page string, code domain.Code) string {
	if own, found := texts[kind+"."+string(code)+"."+page]; found {
		return own
	}
	return say(kind + "." + string(code))
}

// fields are the fields of forms by what the engine calls them.
var fields = map[string]string{
	"OldPassword": "OldPassword", "NewPassword": "NewPassword", "MfaCode": "Code", "UsernameOrEmail": "Username", "Name": "Name",
	domain.AttrFirstName.Name: "FirstName", domain.AttrLastName.Name: "LastName", domain.AttrEmailAddress.Name: "EmailAddress",
	domain.AttrUsername.Name: "EmailAddress", domain.Emails.Name: "EmailAddress",
	"Slug": "Slug",
}
