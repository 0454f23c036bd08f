package console

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// passkeyRoutes are what people do with passkeys. To show or to make one takes two forms: what the first asks for is on the
// page that it leads to, where a script of its own (passkey.js) has the browser answer into the second.
var passkeyRoutes = []route{
	{method: "POST", pattern: atTenant + "/sign-in/passkey", public: true, serve: askForAnyPasskey},
	{method: "POST", pattern: atTenant + "/sign-in/passkey/show", public: true, serve: signInByPasskey},
	{method: "POST", pattern: atTenant + "/sign-in/code/passkey", pending: true, serve: askForPasskey},
	{method: "POST", pattern: atTenant + "/sign-in/code/passkey/show", pending: true, serve: showPasskey},
	{method: "GET", pattern: atTenant + "/passkeys", pending: true, serve: passkeysPage},
	{method: "POST", pattern: atTenant + "/passkeys", pending: true, serve: beginPasskey},
	{method: "POST", pattern: atTenant + "/passkeys/add", pending: true, serve: addPasskey},
	{method: "GET", pattern: atTenant + "/passkeys/{PasskeyId}", serve: passkeyPage},
	{method: "POST", pattern: atTenant + "/passkeys/{PasskeyId}/rename", serve: renamePasskey},
	{method: "POST", pattern: atTenant + "/passkeys/{PasskeyId}/remove", serve: removePasskey},
}

// asking is what the page shows on which a passkey is made or shown.
type asking struct {
	Creates bool
	Options string // JSON, for the browser
	Ticket  string // comes back with its answer
	Name    string // of a new passkey
	Action  string // the page that takes the answer
	Back    string // the page to go on without
}

// asks shows what a ceremony wants of the browser; after a wrong answer, which has used up the one before, a new one.
func (v *visit) asks(begin func() (*domain.PasskeyCeremony, error), ask asking, cause error) error {
	begun, err := begin()
	if err != nil {
		return err
	}
	ask.Options, ask.Ticket = string(begun.Options), begun.Ticket
	return v.show("passkey", ask, cause)
}

// askForAnyPasskey begins a sign-in without a password.
func askForAnyPasskey(v *visit) error { return v.asksAny(nil) }

func (v *visit) asksAny(cause error) error {
	return v.asks(func() (*domain.PasskeyCeremony, error) {
		return v.engine.Account.AskForAnyPasskey(v.r.Context(), v.caller)
	},
		asking{Action: "/sign-in/passkey/show", Back: "/sign-in"}, cause)
}

// signInByPasskey opens a session with a passkey alone.
func signInByPasskey(v *visit) error {
	opened, err := v.engine.Account.SignInByPasskey(v.r.Context(), v.caller, v.form["Ticket"], []byte(v.form["Credential"]), v.r.UserAgent())
	if domain.Is(err, domain.CodeInvalidCredentials) {
		return v.asksAny(err)
	}
	if err != nil {
		return err
	}
	v.enter(opened, "")
	return nil
}

// askForPasskey begins to show a passkey after the password.
func askForPasskey(v *visit) error { return v.asksOwn(nil) }

func (v *visit) asksOwn(cause error) error {
	return v.asks(func() (*domain.PasskeyCeremony, error) {
		return v.engine.Account.AskForPasskey(v.r.Context(), v.caller)
	},
		asking{Action: "/sign-in/code/passkey/show", Back: "/sign-in/code"}, cause)
}

// showPasskey shows the second factor.
func showPasskey(v *visit) error {
	opened, err := v.engine.Account.ShowPasskey(v.r.Context(), v.caller, v.form["Ticket"], []byte(v.form["Credential"]), v.r.UserAgent())
	if domain.Is(err, domain.CodeInvalidCredentials) {
		return v.asksOwn(err)
	}
	return v.entersWhole(opened, err)
}

// entersWhole lets in somebody who has shown the second factor.
func (v *visit) entersWhole(opened *domain.Opened, err error) error {
	if domain.Is(err, domain.CodeUnauthenticated) {
		v.lead("/sign-in", noticeSignIn)
		return nil
	}
	if err != nil {
		return err
	}
	web.Enter(v.w, opened.Token, v.device)
	v.redirect(v.home())
	return nil
}

// passkeyView is a passkey as its person sees it.
type passkeyView struct {
	ID                    uuid.UUID
	Name                  string
	CreatedAt, LastUsedAt time.Time
}

// passkeysPage lists the passkeys, and offers to add one.
func passkeysPage(v *visit) error { return v.showPasskeys(nil) }

func (v *visit) showPasskeys(cause error) error {
	var views []passkeyView
	if !v.caller.Pending {
		list, err := v.engine.Account.Passkeys(v.r.Context(), v.caller)
		if err != nil {
			return err
		}
		for _, p := range list {
			views = append(views, passkeyView{p.ID, p.Name, p.CreatedAt, p.LastUsedAt})
		}
	}
	if v.form == nil {
		v.form = map[string]string{"Name": device(v.r.UserAgent())}
	}
	return v.show("passkeys", views, cause)
}

// beginPasskey begins to add a passkey of the name that was given.
func beginPasskey(v *visit) error {
	if v.form["Name"] == "" {
		return v.showPasskeys(required("Name"))
	}
	err := v.asksNew(nil)
	if err != nil {
		return v.showPasskeys(err)
	}
	return nil
}

func (v *visit) asksNew(cause error) error {
	return v.asks(func() (*domain.PasskeyCeremony, error) { return v.engine.Account.BeginPasskey(v.r.Context(), v.caller) },
		asking{Creates: true, Name: v.form["Name"], Action: "/passkeys/add", Back: "/passkeys"}, cause)
}

// addPasskey stores what the browser has made. The session gets a new token.
func addPasskey(v *visit) error {
	opened, err := v.engine.Account.AddPasskey(v.r.Context(), v.caller, v.form["Ticket"], v.form["Name"], []byte(v.form["Credential"]), v.r.UserAgent())
	if domain.Is(err, domain.CodeInvalidCredentials) {
		return v.asksNew(err)
	}
	if err != nil {
		return v.showPasskeys(err)
	}
	web.Enter(v.w, opened.Token, v.device)
	v.lead("/passkeys", noticePasskeyAdded)
	return nil
}

// passkeyPage is about one passkey.
func passkeyPage(v *visit) error { return v.showPasskey(nil) }

func (v *visit) showPasskey(cause error) error {
	list, err := v.engine.Account.Passkeys(v.r.Context(), v.caller)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(p *domain.Passkey) bool { return p.ID == v.id("PasskeyId") })
	if at < 0 {
		return domain.Refuse(domain.CodeNotFound, "", "There is no such passkey.")
	}
	if v.form == nil {
		v.form = map[string]string{"Name": list[at].Name}
	}
	return v.show("passkey-change", list[at].ID, cause)
}

// renamePasskey gives a passkey another name.
func renamePasskey(v *visit) error {
	if err := v.engine.Account.RenamePasskey(v.r.Context(), v.caller, v.id("PasskeyId"), v.form["Name"]); err != nil {
		return v.showPasskey(err)
	}
	v.lead("/passkeys", noticePasskeyRenamed)
	return nil
}

// removePasskey forgets a passkey. The other sessions end.
func removePasskey(v *visit) error {
	err := v.engine.Account.RemovePasskey(v.r.Context(), v.caller, v.id("PasskeyId"))
	if err != nil && !domain.Is(err, domain.CodeNotFound) { // one that is gone is what was asked for
		v.form = nil
		return v.showPasskey(err)
	}
	v.lead("/passkeys", noticePasskeyRemoved)
	return nil
}
