package sso

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/xml"
	"time"

	"github.com/beevik/etree"
	roundtrip "github.com/mattermost/xml-roundtrip-validator"
	dsig "github.com/russellhaering/goxmldsig"
)

// verifiedRoot gives the document as one of the certificates has signed it as a whole. It has passed [checkCommon] before.
func verifiedRoot(message []byte, certificates []*x509.Certificate, now time.Time) (_ []byte, err error) {
	defer rescue(&err)
	if err := roundtrip.Validate(bytes.NewReader(message)); err != nil {
		return nil, stop(gateMarkup, "the message changes when it is read and written")
	}
	document := etree.NewDocument()
	if err := document.ReadFromBytes(message); err != nil {
		return nil, stop(gateMarkup, "the message is not well-formed XML")
	}
	judge := &judge{partner: &partner{certificates: certificates}, now: now}
	root, err := judge.check(document.Root())
	if err != nil {
		return nil, err
	}
	return written(root)
}

// signedMessage writes a message of ours with a signature of its own, right behind the issuer (SAML core, section 5.4).
func signedMessage(message any, key *rsa.PrivateKey, certificate []byte) ([]byte, error) {
	text, err := xml.Marshal(message)
	if err != nil {
		return nil, err
	}
	document := etree.NewDocument()
	if err := document.ReadFromBytes(text); err != nil {
		return nil, err
	}
	context, err := dsig.NewSigningContext(key, [][]byte{certificate})
	if err != nil {
		return nil, err
	}
	context.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := context.SetSignatureMethod(signatureAlgorithms[0]); err != nil {
		return nil, err
	}
	signature, err := context.ConstructSignature(document.Root(), true)
	if err != nil {
		return nil, err
	}
	document.Root().InsertChildAt(1, signature)
	return document.WriteToBytes()
}
