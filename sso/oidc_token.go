package sso

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// maxToken bounds a token, in bytes.
const maxToken = 64 << 10

// same compares secrets in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// signatureAlone has the library check the signature: what a token says is checked by [claims], each thing by a line that the
// audit can name.
var signatureAlone = &oidc.Config{SkipClientIDCheck: true, SkipIssuerCheck: true, SkipExpiryCheck: true,
	SupportedSigningAlgs: []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.EdDSA}}

// read gives the claims of a token that the provider has signed, if it is of one of the types, and what the library makes of it.
func (p *openProvider) read(ctx context.Context, text string, types ...string) (claims, *oidc.IDToken, error) {
	if len(text) > maxToken {
		return nil, nil, stop(gateForm, "the token is larger than %d bytes", maxToken)
	}
	if strings.Count(text, ".") != 2 {
		return nil, nil, stop(gateForm, "there is no signed token")
	}
	parsed, err := jose.ParseSignedCompact(text, tokenAlgorithms)
	var algorithm *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &algorithm):
		return nil, nil, stop(gateAlgorithms, "the token is not signed by RS256, PS256, ES256 or EdDSA")
	case err != nil:
		return nil, nil, stop(gateForm, "the token can't be read")
	}
	if kind, _ := parsed.Signatures[0].Header.ExtraHeaders[jose.HeaderType].(string); !slices.Contains(types, strings.ToLower(kind)) {
		return nil, nil, stop(gateShape, "the token is of another type (typ)")
	}
	if _, err := p.VerifySignature(ctx, text); err != nil {
		return nil, nil, stop(gateSignature, "the token is not signed by the provider, or its keys can't be read")
	}
	token, err := oidc.NewVerifier("", p, signatureAlone).Verify(ctx, text)
	if err != nil {
		return nil, nil, stop(gateForm, "the token is signed, but can't be read")
	}
	said := claims{}
	if err := token.Claims(&said); err != nil {
		return nil, nil, stop(gateForm, "the token can't be read")
	}
	return said, token, nil
}

// userInfo asks the provider for more about the person whom an ID token is about.
func (v *visit) userInfo(p *openProvider, access *oauth2.Token, subject string) (claims, error) {
	if p.UserInfoEndpoint() == "" || access.AccessToken == "" {
		return claims{}, nil
	}
	ctx, stopIt := context.WithTimeout(v.library.with(v.r.Context()), fetchTime)
	defer stopIt()
	said := claims{}
	more, err := p.UserInfo(ctx, oauth2.StaticTokenSource(access))
	if err == nil {
		err = more.Claims(&said)
	}
	switch {
	case err != nil:
		return nil, stop(gateName, "the name is not in the token, and what the provider knows of the person can't be read")
	case said.text("sub") != subject: // OpenID Connect Core 1.0, section 5.3.2
		return nil, stop(gateName, "what the provider told of the person is about another one (sub)")
	}
	return said, nil
}

// assertionID is a name of a token that is the same however often it comes.
func assertionID(said claims, token *oidc.IDToken) string {
	if jti := said.text("jti"); jti != "" {
		return "jti:" + jti
	}
	var payload json.RawMessage // the rest of a token may be written in several ways
	_ = token.Claims(&payload)  // it was read before
	sum := sha256.Sum256(payload)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// exchange gives the tokens for a code. What the provider says of a refusal is told by its code alone.
func (v *visit) exchange(p *openProvider, code, verifier string) (*oauth2.Token, string, error) {
	client, err := v.client(p)
	if err != nil {
		return nil, "", err
	}
	ctx, stopIt := context.WithTimeout(v.library.with(v.r.Context()), fetchTime)
	defer stopIt()
	tokens, err := client.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	var refused *oauth2.RetrieveError
	var failed *url.Error
	switch {
	case errors.As(err, &refused):
		return nil, "", stop(gateExchange, "the provider did not take the code: %s", codeOf(refused.ErrorCode))
	case errors.As(err, &failed):
		return nil, "", stop(gateExchange, "the code could not be exchanged: %s", why(err))
	case err != nil:
		return nil, "", stop(gateExchange, "the provider gave no tokens for the code")
	}
	text, _ := tokens.Extra("id_token").(string)
	if text == "" {
		return nil, "", stop(gateExchange, "the provider gave no ID token for the code; is openid among the scopes?")
	}
	return tokens, text, nil
}

// codeOf is a code of a provider if it looks like one (RFC 6749, section 5.2).
func codeOf(text string) string {
	if text == "" || len(text) > 60 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "no code that could be told"
	}
	return text
}
