package sso

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/scimbridge/scimbridge/domain"
)

// backchannelLogout takes a logout token from the provider itself and ends the sessions that it names (OpenID Connect
// Back-Channel Logout 1.0).
func (v *visit) backchannelLogout() error {
	err := v.endByToken()
	if err != nil {
		err = v.stopped(err)
	}
	switch {
	case err == nil:
		v.w.WriteHeader(http.StatusOK)
		return nil
	case errors.Is(err, errRefused): // section 2.8
		v.w.Header().Set("Content-Type", "application/json")
		v.w.WriteHeader(http.StatusBadRequest)
		return json.NewEncoder(v.w).Encode(map[string]string{"error": "invalid_request"})
	default:
		return err
	}
}

func (v *visit) endByToken() error {
	form, err := v.readForm()
	if err != nil {
		return err
	}
	p, err := v.openID()
	if err != nil {
		return err
	}
	said, _, err := p.read(v.r.Context(), form["logout_token"], "", "jwt", "logout+jwt")
	if err != nil {
		return err
	}
	settings, now := v.by.Oidc, v.Engine.Clock()
	if err := said.checkLogout(&tokenTerms{issuers: settings.Issuers(), tenants: settings.EntraTenants, client: settings.ClientID}, now); err != nil {
		return err
	}
	end := domain.SsoEnd{Provider: v.by.ID, Name: said.text("sub"), Issuer: said.text("iss"), ID: "logout:" + said.text("jti"), Until: rememberUntil(now)}
	if session := said.text("sid"); session != "" {
		end.Indexes = []string{session}
	}
	_, err = v.Engine.Gatekeeper.EndSso(v.r.Context(), v.caller, end)
	if domain.Is(err, domain.CodeTokenInvalid) {
		err = stop(gateOnce, "the token was used before")
	}
	return err
}

// endSession is where the browser goes after its session has ended here: to the provider, if it wants to end its own (OpenID
// Connect RP-Initiated Logout 1.0), or home. The session here has ended in any case.
func (v *visit) endSession(known *domain.AssertedSession) {
	home := v.Home(v.tenant.Slug)
	p, err := v.openID()
	if err != nil || p.endSession == "" {
		v.redirect(home)
		return
	}
	to, err := url.Parse(p.endSession)
	if err != nil {
		v.redirect(home)
		return
	}
	query := to.Query()
	query.Set("client_id", v.by.Oidc.ClientID)
	query.Set("logout_hint", known.Name)
	query.Set("post_logout_redirect_uri", v.public+home)
	to.RawQuery = query.Encode()
	v.redirect(to.String())
}
