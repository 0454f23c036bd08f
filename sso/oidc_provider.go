package sso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/scimbridge/scimbridge/domain"
)

// openProvider is what an OpenID provider publishes of itself (OpenID Connect Discovery 1.0, section 3).
type openProvider struct {
	*oidc.Provider
	keySet     string
	endSession string
	answersIss bool // RFC 9207: its answers say who gives them
	keys       *shelf[*keyRing]
}

// library is what we know of OpenID providers. It is in common for all tenants: there is nothing of theirs in it.
type library struct {
	client    *http.Client
	providers *shelf[*openProvider]
	keys      *shelf[*keyRing]
}

func newLibrary(client *http.Client, clock func() time.Time) *library {
	l := &library{client: client}
	l.providers, l.keys = newShelf(clock, l.discover), newShelf(clock, l.fetchKeys)
	return l
}

// with makes the libraries use our client.
func (l *library) with(ctx context.Context) context.Context { return oidc.ClientContext(ctx, l.client) }

// discover reads the document of an issuer, and believes it only if it is about that issuer.
func (l *library) discover(ctx context.Context, issuer string) (*openProvider, error) {
	found, err := oidc.NewProvider(l.with(ctx), issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		KeySet     string `json:"jwks_uri"`
		EndSession string `json:"end_session_endpoint"`
		AnswersIss bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	p := &openProvider{Provider: found, keySet: more.KeySet, endSession: more.EndSession, answersIss: more.AnswersIss, keys: l.keys}
	for _, needed := range []string{p.Endpoint().AuthURL, p.Endpoint().TokenURL, p.keySet} {
		if !secure(needed) {
			return nil, errors.New("an endpoint is missing, or does not begin with https://")
		}
	}
	for _, possible := range []string{p.UserInfoEndpoint(), p.endSession} {
		if possible != "" && !secure(possible) {
			return nil, errors.New("an endpoint does not begin with https://")
		}
	}
	return p, nil
}

// secure tells whether text is an address where a browser or we may be sent with a secret.
func secure(text string) bool {
	at, err := url.Parse(text)
	return err == nil && at.Scheme == "https" && at.Hostname() != "" && at.User == nil && at.Fragment == ""
}

// openID is the provider of the visit as it describes itself.
func (v *visit) openID() (*openProvider, error) {
	p, err := v.library.providers.get(v.r.Context(), v.by.Oidc.Issuer, false)
	if err != nil {
		return nil, stop(gateProvider, "the configuration of %s can't be read: %s", v.by.Oidc.Issuer, why(err))
	}
	return p, nil
}

// why tells in words of ours why something could not be fetched. What others answered is not repeated.
func why(err error) string {
	var mismatch *oidc.IssuerMismatchError
	var address *url.Error
	switch {
	case errors.As(err, &mismatch):
		return "it is about another issuer; write the Issuer as the provider does, to the letter"
	case errors.As(err, &address) && address.Timeout():
		return "there was no answer in time"
	case errors.As(err, &address):
		return "there was no answer, or its address may not be reached from here"
	default:
		return "the answer is not what the standard asks for"
	}
}

// client is how the code of the visit is exchanged.
func (v *visit) client(p *openProvider) (*oauth2.Config, error) {
	secret, err := v.Engine.Gatekeeper.ClientSecret(v.by)
	if err != nil {
		return nil, fmt.Errorf("client secret: %w", err)
	}
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // client_secret_basic
	if secret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams // none: the client id, and the proof of PKCE
	}
	return &oauth2.Config{ClientID: v.by.Oidc.ClientID, ClientSecret: secret, Endpoint: endpoint, RedirectURL: v.address("callback"),
		Scopes: scopes(v.by.Oidc)}, nil
}

// scopes are what is asked for. Without openid it would not be OpenID Connect.
func scopes(settings *domain.OidcSettings) []string {
	if len(settings.Scopes) == 0 {
		return []string{oidc.ScopeOpenID, "profile", "email"}
	}
	list := []string{oidc.ScopeOpenID}
	for _, scope := range settings.Scopes {
		if scope != oidc.ScopeOpenID {
			list = append(list, scope)
		}
	}
	return list
}
