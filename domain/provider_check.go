package domain

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The bounds of what a provider is made from.
const (
	maxProviderURL   = 2000 // characters
	maxCertificates  = 10
	maxProviderNames = 20 // NameID formats, contexts, scopes
	maxNameOfThese   = 256
)

var prefixPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// validate checks a provider as a whole. One that is not enabled may lack what it can't do without, but nothing that is
// there may be wrong.
func (p *IdentityProvider) validate(found *problems) {
	checkKey(found, "Name", p.Name)
	if strings.TrimSpace(p.Name) == "" {
		found.add("Name", "An identity provider needs a name.")
	}
	if !prefixPattern.MatchString(p.Prefix) {
		found.add("Prefix", "A prefix is 1 to 40 of a-z, 0-9 and -; it becomes part of the provider's URLs.")
	}
	for i, attribute := range p.MatchOrder {
		if attribute == nil || !slices.Contains(nameLadder, attribute) || slices.Contains(p.MatchOrder[:i], attribute) {
			found.add("MatchOrder", "The rules are ExternalLoginUsername, EmailAddress, Username and EmployeeNumber, each at most once.")
			break
		}
	}
	if (p.Saml != nil) != (p.Type == ProviderSaml) {
		found.add("Saml", "A provider of type Saml has SAML settings, and no other one has.")
	}
	if (p.Oidc != nil) != (p.Type == ProviderOidc) {
		found.add("Oidc", "A provider of type Oidc has OpenID Connect settings, and no other one has.")
	}
	if !slices.Contains(ProviderTypes(), p.Type) {
		found.add("Type", "The type is Saml, Oidc or Password.")
	}
	if len(*found) > 0 {
		return
	}
	switch p.Type {
	case ProviderSaml:
		p.Saml.validate(found, p.Enabled)
	case ProviderOidc:
		p.Oidc.validate(found, p.Enabled)
	}
}

func (s *SamlSettings) validate(found *problems, enabled bool) {
	checkURI(found, "EntityId", s.EntityID)
	checkURL(found, "SsoUrl", s.SsoURL)
	checkURL(found, "SloUrl", s.SloURL)
	checkURL(found, "MetadataUrl", s.MetadataURL)
	checkNames(found, "NameIdFormats", s.NameIDFormats)
	checkNames(found, "AuthnContexts", s.AuthnContexts)
	if len(s.Certificates) > maxCertificates {
		found.add("Certificates", "There are too many certificates: %d are the limit.", maxCertificates)
	}
	for i := range s.Certificates {
		read, problem := ReadCertificate(s.Certificates[i].DER)
		if problem != "" {
			found.add("Certificates", "%s", problem)
			continue
		}
		s.Certificates[i].NotBefore, s.Certificates[i].NotAfter = read.NotBefore, read.NotAfter
	}
	if !enabled {
		return
	}
	if s.EntityID == "" || s.SsoURL == "" {
		found.add("EntityId", "The provider can be enabled once its entity id and its SSO URL are known.")
	}
	if !slices.ContainsFunc(s.Certificates, func(c SigningCertificate) bool { return !c.Pending }) {
		found.add("Certificates", "The provider can be enabled once there is a certificate with which it signs.")
	}
}

// checkURL checks where a browser or this server is going to be sent; "" is none.
func checkURL(found *problems, attribute, text string) {
	if text == "" {
		return
	}
	at, err := url.Parse(text)
	if err != nil || at.Scheme != "https" || at.Hostname() == "" || at.User != nil || at.Fragment != "" || !oneWord(text, maxProviderURL) {
		found.add(attribute, "An absolute URL is needed that begins with https:// and has neither a user nor a fragment.")
	}
}

// checkURI checks a name that is only compared; "" is none.
func checkURI(found *problems, attribute, text string) {
	if text != "" && !oneWord(text, maxProviderURL) {
		found.add(attribute, "The value has up to %d characters, without blanks and control characters.", maxProviderURL)
	}
}

func checkNames(found *problems, attribute string, names []string) {
	if len(names) > maxProviderNames || slices.ContainsFunc(names, func(name string) bool { return name == "" || !oneWord(name, maxNameOfThese) }) {
		found.add(attribute, "At most %d names are possible, each of 1 to %d characters without blanks.", maxProviderNames, maxNameOfThese)
	}
}

func oneWord(text string, most int) bool {
	var found problems
	checkSize(&found, "", text, most)
	return len(found) == 0 && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}
