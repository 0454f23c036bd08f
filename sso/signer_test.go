package sso

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/require"
)

// noon is when the tests happen.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const (
	ourEntity   = "https://id.example.com/sso/acme/okta/metadata"
	ourACS      = "https://id.example.com/sso/acme/okta/acs"
	theirEntity = "https://idp.example.org/metadata"
	asked       = "_0123456789abcdef"
	ana         = "ana.melo@example.org"
)

// party is somebody who signs, or decrypts.
type party struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func newParty(key crypto.Signer) *party {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &party{key, cert}
}

func rsaParty(bits int) func() *party {
	return sync.OnceValue(func() *party {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return newParty(key)
	})
}

var (
	theIdP   = rsaParty(2048)
	attacker = rsaParty(2048)
	us       = rsaParty(2048)
	weakIdP  = rsaParty(1024)
	curveIdP = sync.OnceValue(func() *party {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return newParty(key)
	})
)

func goodTerms() *terms {
	return &terms{partner: partner{entityID: ourEntity, acs: ourACS, issuer: theirEntity, certificates: []*x509.Certificate{theIdP().cert},
		keys: []*rsa.PrivateKey{us().key.(*rsa.PrivateKey)}}}
}

// signs is what of a response is signed.
type signs int

const (
	signAssertion signs = iota
	signResponse
	signBoth
	signNothing
)

var signings = map[string]signs{"assertion": signAssertion, "response": signResponse, "both": signBoth}

const responseTemplate = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="NOW" Destination="ACS" InResponseTo="ASKED">` +
	`<saml:Issuer>THEM</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
	`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_assertion" Version="2.0" IssueInstant="NOW"><saml:Issuer>THEM</saml:Issuer>` +
	`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">NAME</saml:NameID>` +
	`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="LATER" Recipient="ACS" InResponseTo="ASKED"/></saml:SubjectConfirmation></saml:Subject>` +
	`<saml:Conditions NotBefore="EARLIER" NotOnOrAfter="LATER"><saml:AudienceRestriction><saml:Audience>US</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
	`<saml:AuthnStatement AuthnInstant="NOW" SessionIndex="_session"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
	`<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>NAME</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>` +
	`</saml:Assertion></samlp:Response>`

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// plain is a response that nobody has signed yet.
func plain() *etree.Element {
	text := strings.NewReplacer("NOW", stamp(noon), "ACS", ourACS, "ASKED", asked, "THEM", theirEntity, "NAME", ana, "US", ourEntity,
		"LATER", stamp(noon.Add(5*time.Minute)), "EARLIER", stamp(noon.Add(-time.Minute))).Replace(responseTemplate)
	return element(text)
}

func element(text string) *etree.Element {
	document := etree.NewDocument()
	if err := document.ReadFromString(text); err != nil {
		panic(err)
	}
	return document.Root()
}

func bytesOf(root *etree.Element) []byte {
	document := etree.NewDocument()
	document.SetRoot(root.Copy())
	text, err := document.WriteToBytes()
	if err != nil {
		panic(err)
	}
	return text
}

// signed is a signature's way of being different.
type signed func(*dsig.SigningContext)

func method(uri string) signed {
	return func(c *dsig.SigningContext) {
		if err := c.SetSignatureMethod(uri); err != nil {
			panic(err)
		}
	}
}

// sign signs the element and puts the signature where the schema wants it.
func (p *party) sign(el *etree.Element, how ...signed) *etree.Element {
	context, err := dsig.NewSigningContext(p.key, [][]byte{p.cert.Raw})
	if err != nil {
		panic(err)
	}
	context.IdAttribute = "ID"
	context.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if _, curve := p.key.(*ecdsa.PrivateKey); curve {
		method(dsig.ECDSASHA256SignatureMethod)(context)
	} else {
		method(dsig.RSASHA256SignatureMethod)(context)
	}
	for _, change := range how {
		change(context)
	}
	signature, err := context.ConstructSignature(el, true)
	if err != nil {
		panic(err)
	}
	done := el.Copy()
	done.InsertChildAt(done.ChildElements()[0].Index()+1, signature)
	return done
}

func assertionOf(response *etree.Element) *etree.Element { return response.SelectElement("Assertion") }

// replace puts another element in the place of one.
func replace(old, fresh *etree.Element) {
	parent, at := old.Parent(), old.Index()
	parent.RemoveChild(old)
	parent.InsertChildAt(at, fresh)
}

// respond signs a response.
func (p *party) respond(response *etree.Element, what signs, how ...signed) *etree.Element {
	if assertion := assertionOf(response); assertion != nil && (what == signAssertion || what == signBoth) {
		replace(assertion, p.sign(assertion, how...))
	}
	if what == signResponse || what == signBoth {
		return p.sign(response, how...)
	}
	return response
}

// good is a response that anybody should take.
func good(what signs) *etree.Element { return theIdP().respond(plain(), what) }

// encrypt puts the assertion of a response under a key that is encrypted for us.
func encrypt(response *etree.Element, algorithm string, size int, edits ...func(sealed *etree.Element)) *etree.Element {
	return encryptFor(us().cert.PublicKey.(*rsa.PublicKey), response, algorithm, size, edits...)
}

// encryptFor is encrypt for another key.
func encryptFor(public *rsa.PublicKey, response *etree.Element, algorithm string, size int, edits ...func(sealed *etree.Element)) *etree.Element {
	assertion := response.ChildElements()[len(response.ChildElements())-1]
	key, nonce := make([]byte, size), make([]byte, 12)
	_, _ = rand.Read(key)
	_, _ = rand.Read(nonce)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, public, key, nil)
	if err != nil {
		panic(err)
	}
	sealed := element(`<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">` +
		`<xenc:EncryptionMethod Algorithm="` + algorithm + `"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p">` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>` + base64.StdEncoding.EncodeToString(wrapped) +
		`</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>` +
		base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, bytesOf(assertion), nil)) + `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`)
	for _, edit := range edits {
		edit(sealed)
	}
	replace(assertion, sealed)
	return response
}

const gcm256 = "http://www.w3.org/2009/xmlenc11#aes256-gcm"

func TestGoodResponses(t *testing.T) {
	t.Parallel()
	unsigned := func() *etree.Element { return plain() }
	curve := goodTerms()
	curve.certificates = append(curve.certificates, curveIdP().cert)
	for name, test := range map[string]struct {
		response *etree.Element
		terms    *terms
	}{
		"assertion signed":                 {good(signAssertion), goodTerms()},
		"response signed":                  {good(signResponse), goodTerms()},
		"both signed":                      {good(signBoth), goodTerms()},
		"SHA-512":                          {theIdP().respond(unsigned(), signBoth, method(dsig.RSASHA512SignatureMethod)), goodTerms()},
		"elliptic curve, second of keys":   {curveIdP().respond(unsigned(), signBoth), curve},
		"encrypted, assertion signed":      {encrypt(good(signAssertion), gcm256, 32), goodTerms()},
		"encrypted with 128 bits":          {encrypt(good(signAssertion), "http://www.w3.org/2009/xmlenc11#aes128-gcm", 16), goodTerms()},
		"encrypted, response signed":       {theIdP().sign(encrypt(plain(), gcm256, 32)), goodTerms()},
		"encrypted, both signed":           {theIdP().sign(encrypt(good(signAssertion), gcm256, 32)), goodTerms()},
		"without a hint at the key":        {without(good(signBoth), "KeyInfo"), goodTerms()},
		"with somebody else's certificate": {claimed(good(signAssertion)), goodTerms()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := examine(bytesOf(test.response), test.terms, noon)
			require.NoError(t, err)
			require.Equal(t, ana, s.name)
			require.Equal(t, "_assertion", s.id)
			require.Equal(t, asked, s.confirmations[0].inResponseTo)
			require.Equal(t, "_session", s.sessionIndex)
		})
	}
}

// without drops the parts of all signatures that have that name. None of it is signed, but in a signed response the
// signature of the assertion is.
func without(root *etree.Element, part string) *etree.Element {
	for _, signature := range root.SelectElements("Signature") {
		for _, found := range signature.SelectElements(part) {
			signature.RemoveChild(found)
		}
	}
	return root
}

// claimed names the attacker's certificate beside a signature that is right: it does not choose the key.
func claimed(root *etree.Element) *etree.Element {
	root.FindElement(".//X509Certificate").SetText(base64.StdEncoding.EncodeToString(attacker().cert.Raw))
	return root
}

var expired = sync.OnceValue(func() *party {
	p := rsaParty(2048)()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: noon.AddDate(-2, 0, 0), NotAfter: noon.AddDate(-1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, p.key.Public(), p.key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &party{p.key, cert}
})

// trust makes the terms those under which the message would be taken if it were good: its own certificate, issuer and
// address.
func trust(t *terms, message []byte) {
	document := etree.NewDocument()
	if document.ReadFromBytes(message) != nil || document.Root() == nil {
		return
	}
	t.acs = document.Root().SelectAttrValue("Destination", t.acs)
	if issuer := document.Root().FindElement(".//Issuer"); issuer != nil {
		t.issuer = strings.TrimSpace(issuer.Text())
	}
	for _, found := range document.Root().FindElements(".//X509Certificate") {
		der, _ := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(found.Text()), ""))
		if cert, err := x509.ParseCertificate(der); err == nil {
			t.certificates = append(t.certificates, cert)
		}
	}
}
