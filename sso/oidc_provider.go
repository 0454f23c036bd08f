package sso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
	answersIss bool               // RFC 9207: its answers say who gives them
	shared     string             // the issuer that it publishes for many tenants (see [domain.SharedIssuer]); "": it is one issuer's
	methods    []domain.TokenAuth // by which clients prove who they are
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
	found, err := oidc.NewProvider(oidc.InsecureIssuerURLContext(l.with(ctx), issuer), issuer) // whose it is, is looked at below
	if err != nil {
		return nil, err
	}
	var more struct {
		Issuer     string             `json:"issuer"`
		Methods    []domain.TokenAuth `json:"token_endpoint_auth_methods_supported"`
		KeySet     string             `json:"jwks_uri"`
		EndSession string             `json:"end_session_endpoint"`
		AnswersIss bool               `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	p := &openProvider{Provider: found, keySet: more.KeySet, endSession: more.EndSession, answersIss: more.AnswersIss, methods: more.Methods, keys: l.keys}
	if more.Issuer != issuer {
		if p.shared = domain.SharedIssuer(issuer); p.shared == "" || more.Issuer != p.shared {
			return nil, &oidc.IssuerMismatchError{Provided: issuer, Discovered: more.Issuer}
		}
	}
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
	if p.shared != "" && len(v.by.Oidc.EntraTenants) == 0 {
		return nil, stop(gateProvider, "the issuer is that of many tenants, and the settings say of none that its people are let in")
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
	endpoint.AuthStyle = oauth2.AuthStyleInParams // client_secret_post; or none: the client id, and the proof of PKCE
	if secret != "" {
		method, err := p.proof(v.by.Oidc.TokenAuth)
		if err != nil {
			return nil, err
		}
		if method == domain.ClientSecretBasic {
			endpoint.AuthStyle = oauth2.AuthStyleInHeader
		}
	}
	return &oauth2.Config{ClientID: v.by.Oidc.ClientID, ClientSecret: secret, Endpoint: endpoint, RedirectURL: v.address("callback"),
		Scopes: scopes(v.by.Oidc)}, nil
}

// proof is the method by which we prove who we are: the one of the settings, or else the best of those that the provider
// publishes, which is client_secret_basic where it publishes none (OpenID Connect Discovery 1.0, section 3).
func (p *openProvider) proof(chosen domain.TokenAuth) (domain.TokenAuth, error) {
	if chosen != "" {
		return chosen, nil
	}
	if len(p.methods) == 0 {
		return domain.ClientSecretBasic, nil
	}
	for _, method := range domain.TokenAuths() {
		if slices.Contains(p.methods, method) {
			return method, nil
		}
	}
	return "", stop(gateProvider, "it takes no client secret, by what it publishes (token_endpoint_auth_methods_supported)")
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
