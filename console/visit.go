package console

import (
	"mime"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// visit is one request of a page under way.
type visit struct {
	*door
	w         http.ResponseWriter
	r         *http.Request
	route     *route
	variables map[string]string // of the path
	caller    domain.Caller
	device    web.Device        // by which the browser is known again
	form      map[string]string // what was sent, each once
}

// maxForm bounds a form: names and passwords are short.
const maxForm = 16 << 10

// readForm reads what was sent. A field that is there twice is refused: which of them counts would be a guess.
func (v *visit) readForm() error {
	if kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return domain.Refuse(domain.CodeUnsupportedMediaType, "", "A form is expected.")
	}
	body, err := web.ReadBody(v.w, v.r, maxForm)
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return unreadable()
	}
	v.form = map[string]string{}
	for name, list := range values {
		if len(list) != 1 {
			return unreadable()
		}
		v.form[name] = list[0]
	}
	return nil
}

func unreadable() error {
	return domain.Refuse(domain.CodeValidation, "", "The form did not arrive as it was sent.")
}

// id is a variable of the path as an id; what is none is nobody's.
func (v *visit) id(name string) uuid.UUID {
	id, err := uuid.Parse(v.variables[name])
	if err != nil || id.String() != v.variables[name] {
		return uuid.Nil
	}
	return id
}

// home is where the pages of the tenant begin; "" while none is known.
func (v *visit) home() string {
	if v.caller.TenantSlug == "" {
		return ""
	}
	return Home(v.caller.TenantSlug)
}

// lead sends the browser to another page of the tenant, where a notice may wait.
func (v *visit) lead(page string, waiting notice) {
	to := Home(v.variables["Tenant"]) + page
	if waiting != "" {
		to += "?notice=" + string(waiting)
	}
	v.redirect(to)
}

// redirect makes the browser get what comes next, so that a reload repeats nothing.
func (v *visit) redirect(to string) {
	header := v.w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Location", to)
	v.w.WriteHeader(http.StatusSeeOther)
}

// notice is what a page says that something led to; it comes in the address, so that it is one of a few known words.
type notice string

// The notices.
const (
	noticeSignIn          notice = "sign-in"
	noticeSignedOut       notice = "signed-out"
	noticePasswordReset   notice = "password-reset"
	noticePasswordChanged notice = "password-changed"
	noticeAccepted        notice = "accepted"
	noticeVerified        notice = "verified"
	noticeSessionEnded    notice = "session-ended"
	noticeSessionsEnded   notice = "sessions-ended"
	noticePasskeyAdded    notice = "passkey-added"
	noticePasskeyRenamed  notice = "passkey-renamed"
	noticePasskeyRemoved  notice = "passkey-removed"
)

// noticed is what the address wants to be said, "" for nothing or for what we never ask, and whether it is about something
// still to be done.
func (v *visit) noticed() (text string, asks bool) {
	waiting := notice(v.r.URL.Query().Get("notice"))
	return texts["notice."+string(waiting)], waiting == noticeSignIn
}
