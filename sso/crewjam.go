package sso

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	"github.com/crewjam/saml/xmlenc"
	roundtrip "github.com/mattermost/xml-roundtrip-validator"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// Everything that third parties do with SAML is called in this file and in enveloped.go, and nowhere else, behind a recover.

// The library's clock is one for the process and its bounds are too, so that times are all judged by ours (profile.go).
func init() {
	const always = 100 * 365 * 24 * time.Hour
	saml.MaxIssueDelay, saml.MaxClockSkew = always, always
	for _, algorithm := range sealAlgorithms {
		xmlenc.RegisterDecrypter(opener(algorithm))
	}
	xmlenc.RegisterDecrypter(unwrapper(wrapOAEP))
	xmlenc.RegisterDecrypter(unwrapper(wrapOAEP11))
	for _, algorithm := range []string{"aes128-cbc", "aes192-cbc", "aes256-cbc", "tripledes-cbc", "rsa-1_5"} {
		xmlenc.RegisterDecrypter(refuser(nsCipher + algorithm))
	}
}

// partner is what a response is checked against: who we are, and who may sign.
type partner struct {
	entityID, acs string // ours
	issuer        string // theirs
	certificates  []*x509.Certificate
	keys          []*rsa.PrivateKey // ours, for what is encrypted
}

// proof is what a response says, as it was signed.
type proof struct {
	response  []byte // of which the signature was verified; nil where only the assertion is signed
	assertion []byte // the bytes whose signature was verified, or that stood in a response whose signature was
}

// verify has the library look at a response that has passed the gates before it, and returns what of it is signed. The
// library itself looks first whether the response changes when it is read and written, which is a quarter of all this work.
func verify(message []byte, p *partner, now time.Time) (_ *proof, err error) {
	defer rescue(&err)
	if len(p.certificates) == 0 {
		return nil, stop(gateSignature, "this provider has no certificate that may sign now")
	}
	acs, err := url.Parse(p.acs)
	if err != nil {
		return nil, err
	}
	judge := &judge{partner: p, now: now}
	provider := &saml.ServiceProvider{EntityID: p.entityID, AcsURL: *acs, Key: keyring{keys: p.keys}, IDPMetadata: p.descriptor(),
		SignatureVerifier: judge,
		// Ours are stricter, and come later.
		ValidateRequestID: func(saml.Response, []string) error { return nil }, AllowIDPInitiated: true,
		ValidateAudienceRestriction: func(*saml.Assertion) error { return nil }}
	if _, err := provider.ParseXMLResponse(message, nil, *acs); err != nil {
		return nil, told(err)
	}
	if len(judge.verified) != 1 { // the library looks for one signature, the response's or else the assertion's
		return nil, stop(gateSignature, "nothing is signed")
	}
	return judge.prove()
}

// descriptor is the partner as the library wants it.
func (p *partner) descriptor() *saml.EntityDescriptor {
	var key saml.KeyDescriptor
	key.Use = "signing"
	for _, certificate := range p.certificates {
		key.KeyInfo.X509Data.X509Certificates = append(key.KeyInfo.X509Data.X509Certificates,
			saml.X509Certificate{Data: base64.StdEncoding.EncodeToString(certificate.Raw)})
	}
	role := saml.IDPSSODescriptor{}
	role.KeyDescriptors = []saml.KeyDescriptor{key}
	return &saml.EntityDescriptor{EntityID: p.issuer, IDPSSODescriptors: []saml.IDPSSODescriptor{role}}
}

// told is the library's error for administrators. Its text holds parts of the message, so that it is not shown.
func told(err error) error {
	var own *stopped
	if invalid, ok := errors.AsType[*saml.InvalidResponseError](err); ok {
		err = invalid.PrivateErr
	}
	if errors.As(err, &own) {
		return own
	}
	if bad, ok := errors.AsType[saml.ErrBadStatus](err); ok {
		return stop(gateIssuer, "the identity provider says that it did not sign the person in (%s)", status(bad.Status))
	}
	if strings.HasPrefix(err.Error(), "invalid xml: ") { // what follows may hold any other word
		return stop(gateMarkup, "the message changes when it is read and written")
	}
	for part, meaning := range hints {
		if strings.Contains(err.Error(), part) {
			return meaning
		}
	}
	return stop(gateConditions, "a time, or another part that every response has, is missing or can't be read")
}

// hints tell by the library's words which gate it stood for.
var hints = map[string]error{
	"signature element not present":      stop(gateSignature, "nothing is signed"),
	"SubjectConfirmationData is expired": stop(gateSubject, "the SubjectConfirmation has expired, or does not say when it does"),
	"Destination":                        stop(gateSubject, "the Destination is not the address of this assertion consumer service"),
	"response Issuer":                    stop(gateIssuer, "the response is issued by somebody else than the EntityID of this provider"),
	"issuer is not":                      stop(gateIssuer, "the assertion is issued by somebody else than the EntityID of this provider"),
	"Recipient":                          stop(gateSubject, "the Recipient is not the address of this assertion consumer service"),
	errSealed.Error():                    stop(gateSignature, "%s", errSealed.Error()),
}

// status is the code that a provider gives, without what stands before it in the URN.
func status(urn string) string {
	name := urn[strings.LastIndexByte(urn, ':')+1:]
	return name[:min(len(name), 40)]
}

// rescue turns a panic of the library into a refusal.
func rescue(err *error) {
	if cause := recover(); cause != nil {
		*err = stop(gateShape, "the message lacks a part that every response has")
	}
}

// judge verifies signatures in place of the library, and keeps what was verified.
type judge struct {
	partner  *partner
	now      time.Time
	verified []*etree.Element
}

// VerifySignature implements [saml.SignatureVerifier].
func (j *judge) VerifySignature(_ *dsig.ValidationContext, el *etree.Element) error {
	verified, err := j.check(el)
	if err == nil {
		j.verified = append(j.verified, verified)
	}
	return err
}

// check tries each certificate by itself: what the message says of its key is never looked at.
func (j *judge) check(el *etree.Element) (*etree.Element, error) {
	el = el.Copy()
	for _, signature := range el.SelectElements("Signature") {
		for _, info := range signature.SelectElements("KeyInfo") {
			signature.RemoveChild(info)
		}
	}
	for _, certificate := range j.partner.certificates {
		if !strong(certificate) {
			continue
		}
		context := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{certificate}})
		context.IdAttribute, context.Clock = "ID", dsig.NewFakeClockAt(j.now)
		if verified, err := context.Validate(el); err == nil {
			return verified, nil
		}
	}
	return nil, stop(gateSignature, "the signature can't be verified with the certificates of this provider")
}

// prove finds the assertion in what was verified. One that is signed itself must be signed well, too.
func (j *judge) prove() (*proof, error) {
	root := j.verified[0]
	if root.Tag == "Assertion" {
		assertion, err := written(root)
		return &proof{assertion: assertion}, err
	}
	response, err := written(root)
	if err != nil {
		return nil, err
	}
	assertion := root.SelectElement("Assertion")
	if assertion == nil {
		if assertion, err = unlock(root.SelectElement("EncryptedAssertion"), j.partner.keys); err != nil {
			return nil, err
		}
	}
	if assertion.SelectElement("Signature") != nil {
		if assertion, err = detached(assertion); err == nil {
			assertion, err = j.check(assertion)
		}
		if err != nil {
			return nil, err
		}
	}
	inner, err := written(assertion)
	return &proof{response: response, assertion: inner}, err
}

// detached is the element with the namespaces that are declared above it.
func detached(el *etree.Element) (*etree.Element, error) {
	context, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil, err
	}
	if context, err = context.SubContext(el); err != nil {
		return nil, err
	}
	return etreeutils.NSDetatch(context, el)
}

func written(el *etree.Element) ([]byte, error) {
	el, err := detached(el)
	if err != nil {
		return nil, err
	}
	document := etree.NewDocument()
	document.SetRoot(el)
	return document.WriteToBytes()
}

// decrypted opens the encrypted assertion of a message, so that it passes the gates before the library sees it.
func decrypted(message []byte, keys []*rsa.PrivateKey) (_ []byte, err error) {
	defer rescue(&err)
	document := etree.NewDocument()
	if err := document.ReadFromBytes(message); err != nil {
		return nil, stop(gateMarkup, "the message is not well-formed XML")
	}
	return opened(document.Root().SelectElement("EncryptedAssertion"), keys)
}

func unlock(el *etree.Element, keys []*rsa.PrivateKey) (*etree.Element, error) {
	plain, err := opened(el, keys)
	if err != nil {
		return nil, err
	}
	document := etree.NewDocument()
	err = document.ReadFromBytes(plain)
	return document.Root(), err
}

func opened(el *etree.Element, keys []*rsa.PrivateKey) ([]byte, error) {
	var key any = keyring{keys: keys}
	if beside := el.SelectElement("EncryptedKey"); beside != nil {
		unwrapped, err := xmlenc.Decrypt(key, beside)
		if err != nil {
			return nil, told(err)
		}
		key = unwrapped
	}
	plain, err := xmlenc.Decrypt(key, el.SelectElement("EncryptedData"))
	if err != nil {
		return nil, told(errSealed)
	}
	if err := roundtrip.Validate(bytes.NewReader(plain)); err != nil {
		return nil, stop(gateMarkup, "the assertion changes when it is read and written")
	}
	return plain, nil
}

// keyring carries our keys through the library, which thinks of it as one.
type keyring struct {
	crypto.Signer
	keys []*rsa.PrivateKey
}

// opener decrypts AES-GCM for the library, whose own knows 128 bits only and panics on what is too short.
type opener string

// Algorithm implements [xmlenc.Decrypter].
func (o opener) Algorithm() string { return string(o) }

// Decrypt implements [xmlenc.Decrypter].
func (o opener) Decrypt(key any, el *etree.Element) ([]byte, error) {
	sealed, err := cipherValue(el)
	if err != nil {
		return nil, err
	}
	if wrapped := el.FindElement("./KeyInfo/EncryptedKey"); wrapped != nil {
		if key, err = xmlenc.Decrypt(key, wrapped); err != nil {
			return nil, err
		}
	}
	plainKey, ok := key.([]byte)
	if !ok {
		return nil, errSealed
	}
	return unseal(plainKey, sealed)
}

// unwrapper is opener for keys.
type unwrapper string

// Algorithm implements [xmlenc.Decrypter].
func (u unwrapper) Algorithm() string { return string(u) }

// Decrypt implements [xmlenc.Decrypter].
func (u unwrapper) Decrypt(key any, el *etree.Element) ([]byte, error) {
	ring, ok := key.(keyring)
	wrapped, err := cipherValue(el)
	if !ok || err != nil {
		return nil, errSealed
	}
	algorithm := func(path string) string {
		if found := el.FindElement("./EncryptionMethod/" + path); found != nil {
			return found.SelectAttrValue("Algorithm", "")
		}
		return ""
	}
	return unwrap(ring.keys, wrapped, string(u), algorithm("DigestMethod"), algorithm("MGF")), nil
}

// refuser decrypts nothing: what notices no change, or tells too much when it fails.
type refuser string

// Algorithm implements [xmlenc.Decrypter].
func (r refuser) Algorithm() string { return string(r) }

// Decrypt implements [xmlenc.Decrypter].
func (r refuser) Decrypt(any, *etree.Element) ([]byte, error) { return nil, errSealed }

func cipherValue(el *etree.Element) ([]byte, error) {
	value := el.FindElement("./CipherData/CipherValue")
	if value == nil {
		return nil, errSealed
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value.Text()), ""))
	if err != nil {
		return nil, errSealed
	}
	return sealed, nil
}
