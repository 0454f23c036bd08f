package sso

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/scimbridge/scimbridge/domain"
)

// noTransport is for a server that was started without the means to call OpenID providers.
type noTransport struct{}

// RoundTrip implements http.RoundTripper.
func (noTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("sso: there is no client for OpenID providers")
}

// authorization is what is remembered of a sign-in besides its state (OpenID Connect Core 1.0, section 3.1.2.1, and RFC 7636).
type authorization struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Issuer   string `json:"issuer"` // to which the browser was sent
}

// authorize sends the browser to the OpenID provider.
func (v *visit) authorize() error {
	returnTo := v.r.URL.Query().Get("ReturnTo")
	p, err := v.openID()
	if err != nil {
		return v.stopped(err)
	}
	client, err := v.client(p)
	if err != nil {
		return v.stopped(err)
	}
	browser := v.begins()
	state, remembered := secret(), authorization{Nonce: secret(), Verifier: oauth2.GenerateVerifier(), Issuer: v.by.Oidc.Issuer}
	kept, err := json.Marshal(remembered)
	if err != nil {
		return err
	}
	request := v.requestOf(state, browser)
	request.ReturnTo, request.Secret, request.ExpiresAt = returnTo, kept, v.Engine.Clock().Add(signInTime)
	if err := v.Engine.Gatekeeper.StartSso(v.r.Context(), v.caller, request); err != nil {
		return err
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(remembered.Verifier), oidc.Nonce(remembered.Nonce)}
	if demanded := v.by.Oidc.AcrValues; len(demanded) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(demanded, " ")))
	}
	http.SetCookie(v.w, &http.Cookie{Name: browserCookie, Value: browser, Path: "/", MaxAge: int(signInTime / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
	v.redirect(client.AuthCodeURL(state, options...))
	return nil
}

// requestOf names the request with that state in that browser.
func (v *visit) requestOf(state, browser string) domain.SsoRequest {
	return domain.SsoRequest{Provider: v.by.ID, ID: "oidc", RelayState: hashed(state), Browser: hashed(browser)}
}

// callback takes what a browser brings from the OpenID provider.
func (v *visit) callback() error {
	in, err := v.readCallback()
	if err != nil {
		return v.stopped(err)
	}
	opened, err := v.Engine.Gatekeeper.SignInAsserted(v.r.Context(), v.caller, *in)
	if err != nil {
		return v.decided(err)
	}
	v.enter(opened)
	return nil
}

// readCallback goes from the state to the name, one check after the other. The state is used up first of all, so that
// nothing can be tried twice.
func (v *visit) readCallback() (*domain.Asserted, error) {
	query, err := parameters(v.r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	request, err := v.Engine.Gatekeeper.AnswerSso(v.r.Context(), v.caller, v.requestOf(query["state"], v.browser()))
	if domain.Is(err, domain.CodeTokenInvalid) {
		return nil, stop(gateOnce, "the state is unknown, has expired, was answered, or was another browser's")
	}
	if err != nil {
		return nil, err
	}
	var begun authorization
	if err := json.Unmarshal(request.Secret, &begun); err != nil {
		return nil, err
	}
	if begun.Issuer != v.by.Oidc.Issuer { // an administrator has changed it meanwhile
		return nil, stop(gateIssuer, "the sign-in began at another provider")
	}
	p, err := v.openID()
	if err != nil {
		return nil, err
	}
	iss, said := query["iss"]
	issuers := v.by.Oidc.Issuers()
	switch {
	case said && !slices.Contains(issuers, iss) || !said && p.answersIss: // RFC 9207, section 2.4
		return nil, stop(gateIssuer, "the answer is of another provider (iss)")
	case query["error"] != "":
		return nil, stop(gateExchange, "the provider let nobody in: %s", codeOf(query["error"]))
	case query["code"] == "":
		return nil, stop(gateForm, "there is no code")
	}
	tokens, text, err := v.exchange(p, query["code"], begun.Verifier)
	if err != nil {
		return nil, err
	}
	if said {
		issuers = []string{iss}
	}
	in, err := v.identify(p, tokens, text, &tokenTerms{issuers: issuers, nonce: begun.Nonce})
	if err != nil {
		return nil, err
	}
	in.Answered = request
	return in, nil
}

// identify reads an ID token and finds the name.
func (v *visit) identify(p *openProvider, tokens *oauth2.Token, text string, terms *tokenTerms) (*domain.Asserted, error) {
	said, token, err := p.read(v.r.Context(), text, "", "jwt")
	if err != nil {
		return nil, err
	}
	settings, now := v.by.Oidc, v.Engine.Clock()
	terms.client, terms.tenants, terms.acr, terms.amr = settings.ClientID, settings.EntraTenants, settings.AcrValues, settings.AmrValues
	if err := said.checkIdentity(terms, now); err != nil {
		return nil, about(said.name(settings.NameClaim), err)
	}
	if said.has("at_hash") && token.VerifyAccessToken(tokens.AccessToken) != nil {
		return nil, stop(gateSubject, "the access token is another one's (at_hash)")
	}
	name := said.name(settings.NameClaim)
	if name == "" {
		more, err := v.userInfo(p, tokens, said.text("sub"))
		if err != nil {
			return nil, err
		}
		name = said.and(more).name(settings.NameClaim)
	}
	if name == "" {
		return nil, stop(gateName, "the claim that names the person is missing or empty, or is an address that the provider has not verified")
	}
	return &domain.Asserted{Provider: v.by.ID, Name: name, Subject: said.text("sub"), Issuer: said.text("iss"), AssertionID: assertionID(said, token),
		Until: rememberUntil(now), SessionIndex: said.text("sid"), AuthnContext: said.text("acr"), Client: v.r.UserAgent()}, nil
}

// parameters reads parameters each of which is there once.
func parameters(query string) (map[string]string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, stop(gateForm, "the parameters can't be read")
	}
	single := map[string]string{}
	for name, list := range values {
		if len(list) > 1 {
			return nil, stop(gateForm, "a parameter is there twice")
		}
		single[name] = list[0]
	}
	return single, nil
}
