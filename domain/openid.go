package domain

import (
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// OidcSettings are what the relying party knows of an OpenID provider.
type OidcSettings struct {
	Issuer       string
	ClientID     string
	ClientSecret []byte // sealed for [ClientSecretPurpose]
	Scopes       []string
	NameClaim    string   // the claim that climbs the ladder; "": preferred_username, then email when email_verified
	AcrValues    []string // contexts of which the sign-in there must have been in one; empty: any
	AmrValues    []string // methods of which one must have been used; empty: any
	// TokenAuth is how we prove at the token endpoint who we are; "": what the provider publishes decides.
	TokenAuth TokenAuth
	// EntraTenants are the tenants of Microsoft Entra whose people are let in, by their ids; empty: the issuer alone decides.
	// An issuer that is shared by many tenants can't do without.
	EntraTenants []string
}

// TokenAuth is a method by which a client proves who it is (OpenID Connect Core 1.0, section 9).
type TokenAuth string

// The methods. Without a client secret there is nothing to prove, and the method is none.
const (
	ClientSecretBasic TokenAuth = "client_secret_basic" // in a header
	ClientSecretPost  TokenAuth = "client_secret_post"  // in the form
)

// TokenAuths lists the methods, the one that is preferred first.
func TokenAuths() []TokenAuth { return []TokenAuth{ClientSecretBasic, ClientSecretPost} }

// tenantPlace is where in the issuer that Microsoft Entra publishes for all its tenants the id of one belongs.
const tenantPlace = "{tenantid}"

// SharedIssuer is what Microsoft Entra publishes as the issuer at an address that is for many of its tenants; "" for every
// other address. No token is issued by that: each names its tenant.
func SharedIssuer(address string) string {
	at, err := url.Parse(address)
	if err != nil {
		return ""
	}
	for _, shared := range []string{"/common/", "/organizations/"} {
		if rest, ok := strings.CutPrefix(at.Path, shared); ok {
			return at.Scheme + "://" + at.Host + "/" + tenantPlace + "/" + rest
		}
	}
	return ""
}

// IssuerOf is the issuer of the tokens of one tenant of Microsoft Entra, where the issuer is shared.
func IssuerOf(shared, tenant string) string { return strings.Replace(shared, tenantPlace, tenant, 1) }

// Issuers are those that may issue tokens for the provider.
func (s *OidcSettings) Issuers() (list []string) {
	shared := SharedIssuer(s.Issuer)
	if shared == "" {
		return []string{s.Issuer}
	}
	for _, tenant := range s.EntraTenants {
		list = append(list, IssuerOf(shared, tenant))
	}
	return list
}

// ClientSecretPurpose is what the client secret of a provider is sealed for; see [Secrets].
func ClientSecretPurpose(provider uuid.UUID) string { return "client-secret:" + provider.String() }

func (s *OidcSettings) validate(found *problems, enabled bool) {
	checkURL(found, "Issuer", s.Issuer)
	if strings.ContainsAny(s.Issuer, "?#") {
		found.add("Issuer", "An issuer has neither a query nor a fragment.")
	}
	checkKey(found, "ClientId", s.ClientID)
	checkKey(found, "NameClaim", s.NameClaim)
	checkNames(found, "Scopes", s.Scopes)
	checkNames(found, "AcrValues", s.AcrValues)
	checkNames(found, "AmrValues", s.AmrValues)
	if s.TokenAuth != "" && !slices.Contains(TokenAuths(), s.TokenAuth) {
		found.add("TokenAuth", "The method is client_secret_basic or client_secret_post; leave it out to take what the provider publishes.")
	}
	s.checkTenants(found, enabled)
	if enabled && (s.Issuer == "" || s.ClientID == "") {
		found.add("Issuer", "The provider can be enabled once its issuer and our client id are known.")
	}
}

func (s *OidcSettings) checkTenants(found *problems, enabled bool) {
	checkNames(found, "EntraTenants", s.EntraTenants)
	for i, tenant := range s.EntraTenants {
		id, err := uuid.Parse(tenant)
		if err != nil || id == uuid.Nil {
			found.add("EntraTenants", "A tenant of Microsoft Entra is named by its id, like 8eaef023-2b34-4da1-9baa-8bc8c9d6a490.")
			break
		}
		s.EntraTenants[i] = id.String()
	}
	if enabled && len(s.EntraTenants) == 0 && SharedIssuer(s.Issuer) != "" {
		found.add("EntraTenants", "Everybody who has a tenant of Microsoft Entra could come from this issuer; name the tenants whose people are to be let in.")
	}
}
