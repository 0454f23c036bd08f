package idp

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/url"
	"strings"
	"time"
)

// EntityID is the name of the provider.
const EntityID = "https://idp.bench.example/metadata"

// Lifetime is how long a response is good.
const Lifetime = 5 * time.Minute

// Provider signs responses. It is safe for concurrent use.
type Provider struct {
	key         *rsa.PrivateKey
	certificate []byte // DER
}

// New makes a provider with a key of RSA-2048 and a certificate that it signs itself.
func New() (*Provider, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 3, 0)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return &Provider{key, certificate}, err
}

// PEM returns the certificate as a file has it.
func (p *Provider) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate})
}

// The response, with the assertion and its signature as exclusive canonicalisation without comments would leave them: so
// what is signed is the very text. https://www.w3.org/TR/xml-exc-c14n/
const (
	responseBegin = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_RESPONSE" Version="2.0" IssueInstant="NOW" Destination="BASE/acs">` +
		`<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">` + EntityID + `</saml:Issuer>` +
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`
	assertionBegin = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_ASSERTION" IssueInstant="NOW" Version="2.0">` +
		`<saml:Issuer>` + EntityID + `</saml:Issuer>`
	assertionEnd = `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">NAME</saml:NameID>` +
		`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
		`<saml:SubjectConfirmationData NotOnOrAfter="LATER" Recipient="BASE/acs"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:Conditions NotBefore="EARLIER" NotOnOrAfter="LATER"><saml:AudienceRestriction><saml:Audience>BASE/metadata</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AuthnStatement AuthnInstant="NOW" SessionIndex="_ASSERTION"><saml:AuthnContext>` +
		`<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
		`</saml:Assertion>`
	signedInfo = `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>` +
		`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>` +
		`<ds:Reference URI="#_ASSERTION"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>` +
		`<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>DIGEST</ds:DigestValue></ds:Reference></ds:SignedInfo>`
)

// escaped is how canonical XML writes the text of an element.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Response returns a response whose signed assertion says that the person of that name has signed in at a moment. The
// base is the service provider's address for this provider, before /acs and /metadata. No two responses are the same.
func (p *Provider) Response(base, name string, at time.Time) ([]byte, error) {
	said := func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
	id := rand.Text()
	fill := strings.NewReplacer("_RESPONSE", "_r"+id, "_ASSERTION", "_a"+id, "NOW", said(at), "LATER", said(at.Add(Lifetime)),
		"EARLIER", said(at.Add(-time.Minute)), "BASE", base, "NAME", escaped.Replace(name))
	begin, end := fill.Replace(assertionBegin), fill.Replace(assertionEnd)
	digest := sha256.Sum256([]byte(begin + end))
	info := strings.NewReplacer("_ASSERTION", "_a"+id, "DIGEST", base64.StdEncoding.EncodeToString(digest[:])).Replace(signedInfo)
	digest = sha256.Sum256([]byte(info))
	signature, err := rsa.SignPKCS1v15(nil, p.key, crypto.SHA256, digest[:])
	if err != nil {
		return nil, err
	}
	return []byte(fill.Replace(responseBegin) + begin +
		`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` + info +
		`<ds:SignatureValue>` + base64.StdEncoding.EncodeToString(signature) + `</ds:SignatureValue></ds:Signature>` +
		end + `</samlp:Response>`), nil
}

// Form returns the form by which a browser brings a response.
func Form(response []byte) []byte {
	return []byte("SAMLResponse=" + url.QueryEscape(base64.StdEncoding.EncodeToString(response)))
}
