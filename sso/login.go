package sso

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/scimbridge/scimbridge/domain"
	"github.com/scimbridge/scimbridge/web"
)

// browserCookie binds a sign-in to the browser in which it began. It has to come back with a form that another site posts,
// hence SameSite=None; it opens nothing by itself.
const browserCookie = "__Host-sso"

// signInTime is how long a sign-in at an identity provider may take.
const signInTime = 15 * time.Minute

// secret is 256 random bits in letters.
func secret() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// hashed is how a secret is stored; nil for none.
func hashed(secret string) []byte {
	if secret == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// begins is the secret of the browser in which a sign-in begins: the one by which it is known already, if it is.
func (v *visit) begins() string {
	if v.device == "" {
		v.device = web.NewDevice()
	}
	return string(v.device)
}

// browser is the secret of the browser; "" where it has none, or none that could be ours.
func (v *visit) browser() string {
	cookies := v.r.CookiesNamed(browserCookie)
	if len(cookies) != 1 || len(cookies[0].Value) != base64.RawURLEncoding.EncodedLen(32) {
		return ""
	}
	return cookies[0].Value
}

// login sends the browser to the identity provider.
func (v *visit) login() error {
	returnTo := v.r.URL.Query().Get("ReturnTo")
	_, keys, err := v.signingKeys()
	if err != nil {
		return err
	}
	browser := v.begins()
	now, relay := v.Engine.Clock(), secret()
	request := v.authnRequest(now)
	err = v.Engine.Gatekeeper.StartSso(v.r.Context(), v.caller, domain.SsoRequest{Provider: v.by.ID, ID: request.ID, RelayState: hashed(relay),
		Browser: hashed(browser), ReturnTo: returnTo, ExpiresAt: now.Add(signInTime)})
	if err != nil {
		return err
	}
	to, err := redirectTo(v.by.Saml.SsoURL, "SAMLRequest", request, relay, keys)
	if err != nil {
		return err
	}
	http.SetCookie(v.w, &http.Cookie{Name: browserCookie, Value: browser, Path: "/", MaxAge: int(signInTime / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
	v.redirect(to)
	return nil
}

func (v *visit) authnRequest(now time.Time) *authnRequest {
	settings := v.by.Saml
	request := &authnRequest{ID: newID(), Version: "2.0", Issued: written8601(now), Destination: settings.SsoURL, ACS: v.address("acs"),
		Binding: bindingPost, Issuer: issuer{Name: v.entityID()}, Policy: &nameIDPolicy{Create: true}}
	if len(settings.NameIDFormats) == 1 {
		request.Policy.Format = settings.NameIDFormats[0]
	}
	if len(settings.AuthnContexts) > 0 {
		request.Contexts = &requestedContext{Comparison: "exact"}
		for _, name := range settings.AuthnContexts {
			request.Contexts.Classes = append(request.Contexts.Classes, contextClass{Name: name})
		}
	}
	return request
}

// redirect sends the browser on with GET.
func (v *visit) redirect(to string) {
	v.w.Header().Set("Location", to)
	v.w.WriteHeader(http.StatusSeeOther)
}

// trusted are the certificates that may sign for the provider now.
func (v *visit) trusted() (list []*x509.Certificate) {
	now := v.Engine.Clock()
	for _, c := range v.by.Saml.Certificates {
		if c.Pending || now.Before(c.NotBefore) || now.After(c.NotAfter) {
			continue
		}
		if parsed, err := x509.ParseCertificate(c.DER); err == nil {
			list = append(list, parsed)
		}
	}
	return list
}

// maxForm bounds the form that a browser posts: the message, with some of its letters percent-encoded.
const maxForm = 2 * maxEncoded

// consume takes the response that a browser brings from the identity provider.
func (v *visit) consume() error {
	form, err := v.readForm()
	if err != nil {
		return v.stopped(err)
	}
	_, keys, err := v.keys()
	if err != nil {
		return err
	}
	settings, now := v.by.Saml, v.Engine.Clock()
	terms := &terms{partner: partner{entityID: v.entityID(), acs: v.address("acs"), issuer: settings.EntityID,
		certificates: v.trusted(), keys: keys}, encrypted: settings.WantEncrypted, idpInitiated: settings.IdpInitiated,
		formats: settings.NameIDFormats, contexts: settings.AuthnContexts}
	var s *statement
	err = v.verifying.Do(v.r.Context(), func() (err error) {
		s, err = receive(form["SAMLResponse"], terms, now)
		return err
	})
	if err != nil {
		return v.stopped(err)
	}
	in := domain.Asserted{Provider: v.by.ID, Name: s.name, NameFormat: s.format, Issuer: s.issuer, AssertionID: s.id, Until: rememberUntil(now),
		SessionIndex: s.sessionIndex, SessionUntil: s.endsAt(), AuthnContext: s.context, Client: v.r.UserAgent()}
	if asked := s.confirmations[0].inResponseTo; asked != "" {
		in.Request = &domain.SsoRequest{ID: asked, RelayState: hashed(form["RelayState"]), Browser: hashed(v.browser())}
	}
	opened, err := v.Engine.Gatekeeper.SignInAsserted(v.r.Context(), v.caller, in)
	if err != nil {
		return v.decided(err)
	}
	v.enter(opened)
	return nil
}

// enter gives the browser its session and sends it where it wants to be.
func (v *visit) enter(opened *domain.Opened) {
	web.Enter(v.w, opened.Token, v.device)
	switch {
	case opened.Pending:
		v.redirect(v.SecondFactor(v.tenant.Slug))
	case opened.ReturnTo != "":
		v.redirect(opened.ReturnTo)
	default:
		v.redirect(v.Home(v.tenant.Slug))
	}
}

// endsAt is when the session at the provider ends, by its clock; zero: not said.
func (s *statement) endsAt() time.Time {
	if s.sessionUntil.IsZero() {
		return s.sessionUntil
	}
	return s.sessionUntil.Add(Skew)
}

// rememberUntil is how long somebody could try to use a message again: its IssueInstant is at most as far ahead as
// clocks differ, and MaxAge later it is too old.
func rememberUntil(now time.Time) time.Time { return now.Add(MaxAge + 3*Skew) }

// readForm reads the parameters of a form, each of which is there once.
func (v *visit) readForm() (map[string]string, error) {
	body, err := web.ReadBody(v.w, v.r, maxForm)
	if domain.Is(err, domain.CodePayloadTooLarge) {
		return nil, stop(gateForm, "the message is larger than %d bytes", MaxMessage)
	}
	if err != nil {
		return nil, err
	}
	return parameters(string(body))
}
