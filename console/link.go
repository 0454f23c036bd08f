package console

import (
	"net/url"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// link is a kind of link in mails.
type link struct {
	name    string // of the page, and of its texts
	purpose domain.TokenPurpose
}

var (
	invitation   = link{"accept", domain.TokenInvitation}
	reset        = link{"reset", domain.TokenReset}
	verification = link{"verify", domain.TokenVerify}
)

// linkPage is where a mail leads to. It is the same for everybody: the token is in the fragment of the address, which the
// script takes out of it and into the form; without a script people paste the link.
func linkPage(of link) func(v *visit) error {
	return func(v *visit) error { return v.show("link", of.name, nil) }
}

// chosen is what the pages show on which somebody chooses a password.
type chosen struct {
	Link      string // name of the kind
	Addressee *domain.Addressee
	Token     string
}

// choosePage tells whoever has a link whom it is for, and asks for a password. The link is as good as before.
func choosePage(of link) func(v *visit) error {
	return func(v *visit) error {
		return v.choose(of, nil)
	}
}

// choose shows the page of a link, or that the link is no good.
func (v *visit) choose(of link, cause error) error {
	token := tokenIn(v.form["Token"])
	delete(v.form, "Token") // it stays in the form, not in what was typed
	addressee, err := v.engine.Account.Addressee(v.r.Context(), v.caller, of.purpose, token)
	if err != nil {
		return v.show("link", of.name, err)
	}
	return v.show("choose", chosen{of.name, addressee, token}, cause)
}

// tokenIn finds the token in what was pasted, which may be the whole link.
func tokenIn(pasted string) string {
	pasted = strings.TrimSpace(pasted)
	if _, fragment, found := strings.Cut(pasted, "#token="); found {
		pasted = fragment
	}
	token, err := url.QueryUnescape(pasted)
	if err != nil {
		return pasted
	}
	return token
}

// acceptInvitation makes the access usable and lets the person in with the password just chosen.
func acceptInvitation(v *visit) error {
	token, password := tokenIn(v.form["Token"]), v.form["NewPassword"]
	to, err := v.engine.Account.Addressee(v.r.Context(), v.caller, domain.TokenInvitation, token)
	if err == nil {
		_, err = v.engine.Account.AcceptInvitation(v.r.Context(), v.caller, token, password)
	}
	if err != nil {
		return v.choose(invitation, err)
	}
	if v.caller, err = v.at(to.TenantSlug); err != nil {
		return err
	}
	opened, err := v.engine.Account.SignIn(v.r.Context(), v.caller, domain.SignIn{Name: to.Username, Password: password,
		CodeLater: true, Client: v.r.UserAgent()})
	if err != nil { // the invitation is accepted all the same
		v.redirect(v.home() + "/sign-in?notice=" + string(noticeAccepted))
		return nil
	}
	v.enter(opened, noticeAccepted)
	return nil
}

// at makes the visitor one of a tenant that a link has led to.
func (v *visit) at(slug string) (domain.Caller, error) {
	visitor, err := v.engine.Account.Visitor(v.r.Context(), slug)
	visitor.RequestID, visitor.IP = v.caller.RequestID, v.caller.IP
	return visitor, err
}

// completeReset stores the password that was chosen with a mailed link. Signing in with it is the next step, with the second
// factor where there is one.
func completeReset(v *visit) error {
	token := tokenIn(v.form["Token"])
	to, err := v.engine.Account.Addressee(v.r.Context(), v.caller, domain.TokenReset, token)
	if err == nil {
		err = v.engine.Account.CompleteReset(v.r.Context(), v.caller, token, v.form["NewPassword"])
	}
	if err != nil {
		return v.choose(reset, err)
	}
	v.redirect(Home(to.TenantSlug) + "/sign-in?notice=" + string(noticePasswordReset))
	return nil
}

// verifyEmail proves an address, which opens the account of somebody who has signed up.
func verifyEmail(v *visit) error {
	token := tokenIn(v.form["Token"])
	delete(v.form, "Token")
	to, err := v.engine.Account.Addressee(v.r.Context(), v.caller, domain.TokenVerify, token)
	if err == nil {
		_, err = v.engine.Account.VerifyEmail(v.r.Context(), v.caller, token)
	}
	if err != nil {
		return v.show("link", verification.name, err)
	}
	v.redirect(Home(to.TenantSlug) + "/sign-in?notice=" + string(noticeVerified))
	return nil
}
