package sso

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"time"

	"github.com/scimbridge/scimbridge/domain"
)

// Messages reads metadata and pasted assertions for the engine. It implements [domain.ProviderMessages].
type Messages struct{}

// maxMetadata bounds metadata, in bytes: that of one entity takes a few thousand.
const maxMetadata = 1 << 20

func badMetadata(format string, args ...any) error {
	return domain.Refuse(domain.CodeValidation, "MetadataXml", format, args...)
}

// ReadMetadata implements [domain.ProviderMessages]. It passes the same gates as a response before the library.
func (Messages) ReadMetadata(text []byte, trusted [][]byte, now time.Time) (*domain.ProviderMetadata, error) {
	if len(text) > maxMetadata {
		return nil, badMetadata("The metadata may have at most %d bytes.", maxMetadata)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // as files have it
	root, err := parse(text)
	if err != nil {
		return nil, badMetadata("This is no SAML metadata that can be taken: %s.", err)
	}
	if !root.is(nsMetadata, "EntityDescriptor") {
		return nil, badMetadata("The metadata must be that of one entity (EntityDescriptor).")
	}
	m := &domain.ProviderMetadata{EntityID: root.attr("entityID")}
	if m.ValidUntil, err = instant(root, "validUntil"); err != nil || !m.ValidUntil.IsZero() && !m.ValidUntil.After(now) {
		return nil, badMetadata("The metadata has expired.")
	}
	role := root.only(nsMetadata, "IDPSSODescriptor")
	if role == nil || m.EntityID == "" {
		return nil, badMetadata("The metadata is not that of an identity provider.")
	}
	m.SsoURL, m.SloURL = located(role, "SingleSignOnService", bindingRedirect), located(role, "SingleLogoutService", bindingRedirect)
	if m.SloURL == "" {
		m.SloURL = located(role, "SingleLogoutService", bindingPost)
		m.SloByPost = m.SloURL != ""
	}
	if m.SsoURL == "" {
		return nil, badMetadata("The identity provider has no SingleSignOnService with the redirect binding, at an https address.")
	}
	if m.Certificates = signingKeys(role); len(m.Certificates) == 0 {
		return nil, badMetadata("The metadata has no certificate for signing.")
	}
	m.Signed = root.only(nsSignature, "Signature") != nil && signedByOne(text, root, trusted, now)
	return m, nil
}

// located is where a service is reached by a binding; "" where it is not, or not at an https address: a script or a plain
// address never comes out of here.
func located(role *node, service, binding string) string {
	for _, n := range role.named(nsMetadata, service) {
		if at := n.attr("Location"); n.attr("Binding") == binding && strings.HasPrefix(at, "https://") {
			return at
		}
	}
	return ""
}

// signingKeys are the certificates that may sign.
func signingKeys(role *node) (list [][]byte) {
	for _, descriptor := range role.named(nsMetadata, "KeyDescriptor") {
		if use := descriptor.attr("use"); use != "" && use != "signing" {
			continue
		}
		_ = descriptor.walk(func(n *node) error {
			if n.is(nsSignature, "X509Certificate") {
				if der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.words()), "")); err == nil {
					list = append(list, der)
				}
			}
			return nil
		})
	}
	return list
}

// signedByOne tells whether the whole of the metadata is signed with one of the certificates.
func signedByOne(text []byte, root *node, trusted [][]byte, now time.Time) bool {
	if checkCommon(root) != nil {
		return false
	}
	var certificates []*x509.Certificate
	for _, der := range trusted {
		if parsed, err := x509.ParseCertificate(der); err == nil {
			certificates = append(certificates, parsed)
		}
	}
	_, err := verifiedRoot(text, certificates, now)
	return err == nil
}

// AssertedName implements [domain.ProviderMessages].
func (Messages) AssertedName(text string) (string, error) {
	bad := domain.Refuse(domain.CodeValidation, "Assertion", "Paste a SAML response or assertion that is not encrypted, as XML or in base64.")
	message := []byte(strings.TrimSpace(text))
	if len(message) > maxEncoded {
		return "", bad
	}
	if !bytes.HasPrefix(message, []byte("<")) {
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return "", bad
		}
		message = decoded
	}
	root, err := parse(message)
	if err != nil {
		return "", bad
	}
	assertion := root
	if !root.is(nsAssertion, "Assertion") {
		if assertion = root.only(nsAssertion, "Assertion"); assertion == nil {
			return "", bad
		}
	}
	s, err := readStatement(assertion)
	if err != nil || s.name == "" {
		return "", bad
	}
	return s.name, nil
}
