package console

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// signInPage asks for the name first: it decides where the person signs in.
func signInPage(v *visit) error { return v.show("sign-in", nil, nil) }

// takeName asks for the password, or sends the person to the provider that signs them in.
func takeName(v *visit) error {
	name := v.form["Username"]
	if domain.Fold(name) == "" {
		return v.show("sign-in", nil, required("Username"))
	}
	if v.form["By"] == "password" { // as accounts for emergencies do; whether it lets them in is decided after
		return v.show("password-sign-in", nil, nil)
	}
	elsewhere, err := v.elsewhere(v.r.Context(), v.caller, name)
	if err != nil {
		return err
	}
	if elsewhere == "" {
		return v.show("password-sign-in", nil, nil)
	}
	if !isAddress(elsewhere) {
		return errors.New("console: somebody is to sign in at what is no address of a page")
	}
	return v.show("elsewhere", elsewhere, nil)
}

// isAddress tells whether a page can lead there: to another server, or to a path of this one.
func isAddress(text string) bool {
	to, err := url.Parse(text)
	return err == nil && !strings.Contains(text, `\`) && ((to.Scheme == "https" || to.Scheme == "http") && to.Host != "" || to.Scheme == "" && to.Host == "" && strings.HasPrefix(text, "/"))
}

// signIn opens a session with a password; where a second factor is needed, the next page asks for it.
func signIn(v *visit) error {
	name := v.form["Username"]
	if err := v.strangers.Try(v.caller, name); err != nil {
		return v.show("password-sign-in", nil, err)
	}
	opened, err := v.engine.Account.SignIn(v.r.Context(), v.caller, domain.SignIn{Name: name, Password: v.form["Password"],
		CodeLater: true, Client: v.r.UserAgent()})
	if err != nil {
		return v.show("password-sign-in", nil, err)
	}
	v.enter(opened, "")
	return nil
}

// enter lets somebody in who has got a session, and ends the one that the browser had before.
func (v *visit) enter(opened *domain.Opened, waiting notice) {
	if old, err := v.r.Cookie(web.SessionCookie); err == nil {
		if before, err := v.engine.Gatekeeper.Authenticate(v.r.Context(), old.Value, netip.Addr{}); err == nil {
			_ = v.engine.Account.SignOut(v.r.Context(), before) // it ends by itself where that fails
		}
	}
	web.Enter(v.w, opened.Token, v.device)
	to := v.home()
	switch {
	case opened.Pending:
		to += "/sign-in/code"
	case waiting != "":
		to += "?notice=" + string(waiting)
	}
	v.redirect(to)
}

// codePage asks for the second factor; who has none enrols one, and who has shown it is in.
func codePage(v *visit) error {
	if !v.caller.Pending {
		v.redirect(v.home())
		return nil
	}
	self, err := v.engine.Account.Self(v.r.Context(), v.caller)
	if err != nil {
		return err
	}
	if self.MfaEnrolledAt.IsZero() && self.Passkeys == 0 {
		v.redirect(v.home() + "/authenticator")
		return nil
	}
	return v.show("code", nil, nil)
}

// enterCode shows the second factor.
func enterCode(v *visit) error {
	opened, err := v.engine.Account.EnterCode(v.r.Context(), v.caller, v.form["Code"], v.r.UserAgent())
	if err != nil && !domain.Is(err, domain.CodeUnauthenticated) {
		return v.show("code", nil, err)
	}
	return v.entersWhole(opened, err)
}

// signOut ends the session.
func signOut(v *visit) error {
	if err := v.engine.Account.SignOut(v.r.Context(), v.caller); err != nil {
		return err
	}
	web.DropSession(v.w)
	v.lead("/sign-in", noticeSignedOut)
	return nil
}

// homePage shows who is signed in, and what there is to do.
func homePage(v *visit) error { return v.show("home", v.caller, nil) }

func required(field string) error {
	return domain.Refuse(domain.CodeValidation, field, "%s", say("required."+field))
}

// forgotPage asks whose password was forgotten.
func forgotPage(v *visit) error { return v.show("forgot", nil, nil) }

// requestReset has a link mailed. The answer is the same for everybody.
func requestReset(v *visit) error {
	name := v.form["Username"]
	if v.strangers.MayAskForReset(v.caller, name) {
		if err := v.engine.Account.RequestReset(v.r.Context(), v.caller, name); err != nil {
			return v.show("forgot", nil, err)
		}
	}
	return v.show("forgot-sent", nil, nil)
}

// signUpPage is for whoever has no account yet, where the tenant lets people sign up.
func signUpPage(v *visit) error {
	offer, err := v.engine.Account.Offer(v.r.Context(), v.caller)
	if err != nil {
		return err
	}
	if !offer.SignUp {
		return domain.Refuse(domain.CodeSignUpDisabled, "", "People can't sign up here by themselves.")
	}
	return v.show("sign-up", nil, nil)
}

// signUp makes an account that a mailed link opens.
func signUp(v *visit) error {
	for _, field := range []string{"FirstName", "LastName", "EmailAddress", "NewPassword"} {
		if v.form[field] == "" {
			return v.show("sign-up", nil, required(field))
		}
	}
	address := v.form["EmailAddress"]
	profile := domain.Profile{FirstName: v.form["FirstName"], LastName: v.form["LastName"],
		Emails: []domain.EmailAddress{{Address: address, IsPrimary: true}}}
	_, err := v.engine.Account.SignUp(v.r.Context(), v.caller, domain.SignUp{Profile: profile, Password: v.form["NewPassword"]})
	if err != nil {
		return v.show("sign-up", nil, err)
	}
	return v.show("sign-up-sent", address, nil)
}
