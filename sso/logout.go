package sso

import (
	"crypto/rsa"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// maxRelayState is how much of a provider's own words are sent back to it (SAML bindings, section 3.4.3).
const maxRelayState = 80

// singleLogout takes what the identity provider says by redirect of the end of sessions: a request that ends some, or its
// answer to one of ours, which changes nothing any more.
func (v *visit) singleLogout() error {
	if strings.Contains("&"+v.r.URL.RawQuery, "&SAMLResponse=") {
		v.redirect(v.Home(v.tenant.Slug))
		return nil
	}
	return v.endAsAsked(func() (*received, error) { return readRedirect(v.r.URL.RawQuery, "SAMLRequest", v.trusted()) })
}

// postedLogout is singleLogout for what comes by a form.
func (v *visit) postedLogout() error {
	form, err := v.readForm()
	if err != nil {
		return v.stopped(err)
	}
	if _, answered := form["SAMLResponse"]; answered {
		v.redirect(v.Home(v.tenant.Slug))
		return nil
	}
	return v.endAsAsked(func() (*received, error) {
		message, err := readPosted(form["SAMLRequest"], v.trusted(), v.Engine.Clock())
		return &received{message, form["RelayState"]}, err
	})
}

// endAsAsked ends sessions by a request, of which read verifies the signature, and answers it.
func (v *visit) endAsAsked(read func() (*received, error)) error {
	now := v.Engine.Clock()
	var got *received
	var end *domain.SsoEnd
	err := v.verifying.Do(v.r.Context(), func() (err error) {
		if got, err = read(); err == nil {
			end, err = v.readLogout(got.message, now)
		}
		return err
	})
	if err != nil {
		return v.stopped(err)
	}
	if _, err := v.Engine.Gatekeeper.EndSso(v.r.Context(), v.caller, *end); err != nil {
		if domain.Is(err, domain.CodeTokenInvalid) {
			err = stop(gateOnce, "the message was used before")
		}
		return v.stopped(err)
	}
	return v.answerLogout(end.ID, got.relayState, now)
}

// readLogout reads a LogoutRequest whose signature was verified.
func (v *visit) readLogout(message []byte, now time.Time) (*domain.SsoEnd, error) {
	root, err := parse(message)
	if err != nil {
		return nil, err
	}
	if !root.is(nsProtocol, "LogoutRequest") || !identifier.MatchString(root.attr("ID")) {
		return nil, stop(gateShape, "the message is no LogoutRequest")
	}
	if err := checkIDs(root); err != nil {
		return nil, err
	}
	var issued, until time.Time
	if err := instants(root, map[string]*time.Time{"IssueInstant": &issued, "NotOnOrAfter": &until}); err != nil {
		return nil, err
	}
	by, name := root.only(nsAssertion, "Issuer"), root.only(nsAssertion, "NameID")
	switch {
	case by == nil || by.words() != v.by.Saml.EntityID:
		return nil, stop(gateIssuer, "the request is issued by somebody else than the EntityID of this provider")
	case root.attr("Destination") != v.address("slo"):
		return nil, stop(gateSubject, "the Destination is not the address of this single logout service")
	case issued.After(now.Add(Skew)) || issued.Before(now.Add(-MaxAge-Skew)) || !until.IsZero() && !now.Before(until.Add(Skew)):
		return nil, stop(gateConditions, "the request is too old, or of the future; compare the clocks")
	case name == nil || name.words() == "":
		return nil, stop(gateName, "the NameID is missing or empty")
	}
	end := &domain.SsoEnd{Provider: v.by.ID, Name: name.words(), Issuer: v.by.Saml.EntityID, ID: root.attr("ID"), Until: rememberUntil(now)}
	for _, index := range root.named(nsProtocol, "SessionIndex") {
		end.Indexes = append(end.Indexes, index.words())
	}
	if slices.Contains(end.Indexes, "") || len(end.Indexes) > 100 {
		return nil, stop(gateName, "a SessionIndex is empty, or there are too many")
	}
	return end, nil
}

// answerLogout tells the provider that it is done, by way of the browser.
func (v *visit) answerLogout(request, relayState string, now time.Time) error {
	if v.by.Saml.SloURL == "" {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if len(relayState) > maxRelayState {
		relayState = ""
	}
	return v.say("SAMLResponse", &logoutResponse{ID: newID(), Version: "2.0", Issued: written8601(now), Destination: v.by.Saml.SloURL,
		InResponseTo: request, Issuer: issuer{Name: v.entityID()}, Status: statusOf{Code: statusCode{Value: success}}}, relayState)
}

// say has the browser bring a signed message to the provider's single logout service, by the binding that it takes.
func (v *visit) say(parameter string, message any, relayState string) error {
	published, keys, err := v.keys()
	if err != nil {
		return err
	}
	settings := v.by.Saml
	if settings.SloByPost {
		text, err := signedMessage(message, keys[0], published[0].Certificate)
		if err != nil {
			return err
		}
		return v.post(posted{settings.SloURL, parameter, base64.StdEncoding.EncodeToString(text), relayState})
	}
	to, err := redirectTo(settings.SloURL, parameter, message, relayState, keys[0])
	if err != nil {
		return err
	}
	v.redirect(to)
	return nil
}

// signingKeys are our keys if the provider wants its requests signed, else nil.
func (v *visit) signingKeys() ([]*domain.ServiceKey, *rsa.PrivateKey, error) {
	if !v.by.Saml.SignedRequests {
		return nil, nil, nil
	}
	list, keys, err := v.keys()
	if err != nil {
		return nil, nil, err
	}
	return list, keys[0], nil
}

// signedIn serves somebody who has a session.
func (v *visit) signedIn(parts []string, row *route) error {
	var failed error
	foreign := http.NewCrossOriginProtection()
	if err := foreign.Check(v.r); err != nil {
		return domain.Refuse(domain.CodePermissionDenied, "", "The request comes from another site.")
	}
	handler := web.AdmitSession(v.Engine.Gatekeeper, func(c domain.Caller) bool { return c.TenantSlug == parts[0] }, Refuse)
	handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.w, v.r, v.caller = w, r, web.CallerOf(r.Context())
		if v.tenant, v.by, failed = v.Engine.Providers.Open(r.Context(), parts[0], parts[1]); failed != nil {
			return
		}
		failed = row.serve(v)
	})).ServeHTTP(v.w, v.r)
	return failed
}

// logout ends the caller's session here, and then at the identity provider, if it opened the session and wants to know.
func (v *visit) logout() error {
	known, err := v.Engine.Gatekeeper.AssertedSession(v.r.Context(), v.caller)
	if err != nil {
		return err
	}
	if err := v.Engine.Account.SignOut(v.r.Context(), v.caller); err != nil {
		return err
	}
	web.DropSession(v.w)
	if known != nil && known.Provider == v.by.ID && v.by.Oidc != nil {
		v.endSession(known)
		return nil
	}
	if known == nil || known.Provider != v.by.ID || v.by.Saml == nil || v.by.Saml.SloURL == "" {
		v.redirect(v.Home(v.tenant.Slug))
		return nil
	}
	now := v.Engine.Clock()
	request := &logoutRequest{ID: newID(), Version: "2.0", Issued: written8601(now), Destination: v.by.Saml.SloURL, NotOnOrAfter: written8601(now.Add(MaxAge)),
		Issuer: issuer{Name: v.entityID()}, Name: nameID{Format: known.NameFormat, Name: known.Name}}
	if known.Index != "" {
		request.Index = &sessionIndex{Index: known.Index}
	}
	return v.say("SAMLRequest", request, "")
}
