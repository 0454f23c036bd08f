package sso

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// claims are what a token says, by the exact names.
type claims map[string]json.RawMessage

// text is a claim that is a string; "" for any other one.
func (c claims) text(name string) (text string) {
	if json.Unmarshal(c[name], &text) != nil {
		return ""
	}
	return text
}

// list is a claim that is a string or a list of them.
func (c claims) list(name string) (list []string) {
	if json.Unmarshal(c[name], &list) == nil {
		return list
	}
	if text := c.text(name); text != "" {
		return []string{text}
	}
	return nil
}

// isTrue tells whether a claim is true, and not something that looks like it.
func (c claims) isTrue(name string) bool { return string(c[name]) == "true" }

func (c claims) has(name string) bool { return c[name] != nil && string(c[name]) != "null" }

// instant is a claim that is a number of seconds; zero for any other one.
func (c claims) instant(name string) time.Time {
	var seconds float64
	if json.Unmarshal(c[name], &seconds) != nil || seconds <= 0 || seconds > math.MaxInt32*100 {
		return time.Time{}
	}
	return time.UnixMilli(int64(seconds * 1000)).UTC()
}

// terms of what a token of OpenID Connect must say.
type tokenTerms struct {
	issuers  []string // of which it is one's
	tenants  []string // of Microsoft Entra, of which it is one's; empty: any that the issuers allow
	client   string
	nonce    string
	acr, amr []string
}

// checkCommon checks what an ID token and a logout token have in common: who says it, to whom, and when (OpenID Connect
// Core 1.0, section 3.1.3.7).
func (c claims) checkCommon(want *tokenTerms, now time.Time) error {
	audience, issued, until := c.list("aud"), c.instant("iat"), c.instant("exp")
	switch {
	case !slices.Contains(want.issuers, c.text("iss")):
		return stop(gateIssuer, "the token is issued by somebody else than the Issuer of this provider")
	case len(want.tenants) > 0 && !c.ofTenant(want.tenants):
		return stop(gateIssuer, "the token is of no tenant of Microsoft Entra that the settings name, or of another one than its issuer (tid)")
	case !slices.Contains(audience, want.client):
		return stop(gateSubject, "the token is meant for another client (aud)")
	case (len(audience) > 1 || c.has("azp")) && c.text("azp") != want.client:
		return stop(gateSubject, "the token was issued to another client (azp)")
	case until.IsZero() || issued.IsZero():
		return stop(gateConditions, "the token does not say how long it is valid (exp, iat)")
	case !now.Before(until.Add(Skew)):
		return stop(gateConditions, "the token has expired; compare the clocks")
	case issued.After(now.Add(Skew)) || c.instant("nbf").After(now.Add(Skew)):
		return stop(gateConditions, "the token is of the future; compare the clocks")
	case issued.Before(now.Add(-MaxAge - Skew)):
		return stop(gateConditions, "the token is too old; compare the clocks")
	}
	return nil
}

// ofTenant tells whether the token names one of the tenants of Microsoft Entra, and the same one as its issuer. A token that
// names none is of none.
func (c claims) ofTenant(tenants []string) bool {
	tenant := c.text("tid")
	return slices.Contains(tenants, tenant) && slices.Contains(strings.Split(c.text("iss"), "/"), tenant)
}

// checkIdentity checks the rest of an ID token. Whether it is signed, and what by, was checked before.
func (c claims) checkIdentity(want *tokenTerms, now time.Time) error {
	if err := c.checkCommon(want, now); err != nil {
		return err
	}
	among := func(of []string) func(string) bool {
		return func(one string) bool { return slices.Contains(of, one) }
	}
	switch {
	case c.text("nonce") == "" || !same(c.text("nonce"), want.nonce):
		return stop(gateSubject, "the token is of another sign-in (nonce)")
	case c.has("events"):
		return stop(gateShape, "the token is no ID token")
	case c.text("sub") == "" || len(c.text("sub")) > maxSubject:
		return stop(gateName, "the token does not say who it is about (sub)")
	case len(want.acr) > 0 && !slices.Contains(want.acr, c.text("acr")):
		return stop(gateConditions, "the person did not sign in there as it is demanded (acr)")
	case len(want.amr) > 0 && !slices.ContainsFunc(c.list("amr"), among(want.amr)):
		return stop(gateConditions, "the person did not sign in there by a method that is demanded (amr)")
	}
	return nil
}

// maxSubject bounds a subject, in characters (OpenID Connect Core 1.0, section 2).
const maxSubject = 255

// checkLogout checks the rest of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
func (c claims) checkLogout(want *tokenTerms, now time.Time) error {
	if err := c.checkCommon(want, now); err != nil {
		return err
	}
	var events map[string]map[string]any
	if err := json.Unmarshal(c["events"], &events); err != nil || events[logoutEvent] == nil || c["nonce"] != nil {
		return stop(gateShape, "the token is no logout token")
	}
	switch {
	case c.text("jti") == "":
		return stop(gateIDs, "the token has no name by which it would count once (jti)")
	case c.text("sub") == "" && c.text("sid") == "" || len(c.text("sub")) > maxSubject:
		return stop(gateName, "the token does not say whose session ends (sub, sid)")
	}
	return nil
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// name is what climbs the ladder, by the claim that the settings name; "" when the claims do not say it. An address counts
// only where the provider says that it is the person's; under another claim, where it does not say that it may not be.
func (c claims) name(claim string) string {
	if claim == "" {
		if name := c.name("preferred_username"); name != "" {
			return name
		}
		return c.name("email")
	}
	name, address := strings.TrimSpace(c.text(claim)), strings.TrimSpace(c.text("email"))
	verified, said := c.verified()
	if (claim == "email" || said && strings.EqualFold(name, address)) && !verified {
		return ""
	}
	return name
}

// verified tells whether the address is the person's, as the provider knows, and whether it says anything of that.
// Microsoft Entra lets administrators of any tenant write any address, and says by a claim of its own (xms_edov, in
// several spellings) whether the domain of the address has been proved. Where both claims are there, both have to say so.
func (c claims) verified() (verified, said bool) {
	verified = true
	if c.has("email_verified") {
		said, verified = true, c.isTrue("email_verified")
	}
	if c.has(domainVerified) {
		said, verified = true, verified && slices.Contains([]string{`true`, `"true"`, `1`, `"1"`}, string(c[domainVerified]))
	}
	return verified && said, said
}

const domainVerified = "xms_edov"

// and adds what more says of the same person, where these claims say nothing. Whether an address is verified goes with it.
func (c claims) and(more claims) claims {
	all := maps.Clone(more)
	if c.has("email") && c.text("email") != more.text("email") {
		delete(all, "email_verified")
		delete(all, domainVerified)
	}
	maps.Copy(all, c)
	return all
}
