package console

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// passwordPage asks for the old password and a new one.
func passwordPage(v *visit) error { return v.show("password", nil, nil) }

// changePassword gives the person a new password. The other sessions end.
func changePassword(v *visit) error {
	err := v.engine.Account.ChangePassword(v.r.Context(), v.caller, v.caller.Actor.ID, v.form["OldPassword"], v.form["NewPassword"])
	if err != nil {
		return v.show("password", nil, err)
	}
	v.lead("", noticePasswordChanged)
	return nil
}

// authenticatorPage shows whether there is an authenticator, and how to get another one.
func authenticatorPage(v *visit) error { return v.show("authenticator", nil, nil) }

// enrolling is what the page shows on which an authenticator is confirmed. Without a code to scan it asks for the code alone.
type enrolling struct {
	Secret string
	Code   *picture
}

// enrol makes a new authenticator, whose secret is shown this once.
func enrol(v *visit) error {
	made, err := v.engine.Account.EnrolMfa(v.r.Context(), v.caller, v.form["Code"])
	if err != nil {
		return v.show("authenticator", nil, err)
	}
	code, err := draw(made.Address)
	if err != nil {
		return err
	}
	return v.show("enrol", enrolling{grouped(made.Secret), code}, nil)
}

// grouped makes a long word fit for being read aloud and typed.
func grouped(secret string) string {
	var parts []string
	for ; len(secret) > 4; secret = secret[4:] {
		parts = append(parts, secret[:4])
	}
	return strings.Join(append(parts, secret), " ")
}

// confirm makes the new authenticator count, and shows the recovery codes this once.
func confirm(v *visit) error {
	confirmed, err := v.engine.Account.ConfirmMfa(v.r.Context(), v.caller, v.form["Code"], v.r.UserAgent())
	if err != nil {
		return v.show("enrol", enrolling{}, err)
	}
	web.Enter(v.w, confirmed.Opened.Token, v.device)
	v.caller.Pending = false
	return v.show("recovery", confirmed.RecoveryCodes, nil)
}

// sessionView is a session as its person sees it.
type sessionView struct {
	ID                               uuid.UUID
	Device                           string
	CreatedAt, LastSeenAt, ExpiresAt time.Time
	Sso, Passkey, Mfa, Current       bool
}

// sessionsPage lists where the person is signed in.
func sessionsPage(v *visit) error {
	list, err := v.engine.Account.Sessions(v.r.Context(), v.caller, v.caller.Actor.ID)
	if err != nil {
		return err
	}
	views := make([]sessionView, len(list))
	for i, s := range list {
		views[i] = sessionView{s.ID, device(s.Client), s.CreatedAt, s.LastSeenAt, s.ExpiresAt, s.Method == domain.SignInSso, s.Method == domain.SignInPasskey, s.Mfa, s.ID == v.caller.Session}
	}
	return v.show("sessions", views, nil)
}

// endSession ends one session; with the one in use it signs out.
func endSession(v *visit) error {
	id := v.id("SessionId")
	if id == v.caller.Session {
		return signOut(v)
	}
	err := v.engine.Account.EndSession(v.r.Context(), v.caller, v.caller.Actor.ID, id)
	if err != nil && !domain.Is(err, domain.CodeNotFound) { // one that has ended is what was asked for
		return err
	}
	v.lead("/sessions", noticeSessionEnded)
	return nil
}

// endOthers ends all sessions but the one in use.
func endOthers(v *visit) error {
	if _, err := v.engine.Account.EndOtherSessions(v.r.Context(), v.caller); err != nil {
		return err
	}
	v.lead("/sessions", noticeSessionsEnded)
	return nil
}

// browsers and systems are known by words of the User-Agent, the first that fits.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}
	systems  = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// device is what the browser said it is, in few words.
func device(client string) string {
	browser, system := named(browsers, client), named(systems, client)
	switch {
	case browser != "" && system != "":
		return say("sessions.device", browser, system)
	case browser+system != "":
		return browser + system
	default:
		return say("sessions.unknown")
	}
}

func named(words [][2]string, client string) string {
	for _, pair := range words {
		if strings.Contains(client, pair[0]) {
			return pair[1]
		}
	}
	return ""
}
