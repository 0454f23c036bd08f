package sso

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"slices"
)

// What signatures and encryption may use. There is no SHA-1 in signatures, no HMAC (its key would be public), no
// canonicalisation that keeps comments, and no encryption without authentication.
var (
	signatureAlgorithms = []string{
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
	}
	digestAlgorithms = []string{
		"http://www.w3.org/2001/04/xmlenc#sha256",
		"http://www.w3.org/2001/04/xmldsig-more#sha384",
		"http://www.w3.org/2001/04/xmlenc#sha512",
	}
	transformAlgorithms = []string{transformEnveloped, transformCanonical}
)

const (
	transformEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	transformCanonical = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// signable are the elements that a signature may be about, besides the root.
func signable(n *node) bool {
	return n.parent == nil || n.is(nsAssertion, "Assertion")
}

// checkSignatures looks at every signature of the message: each stands where the schema wants it, in what it signs, and
// signs all of that and nothing else.
func checkSignatures(root *node) error {
	return root.walk(func(n *node) error {
		switch n.name.Local {
		case "Signature":
			if !n.is(nsSignature, "Signature") || n.parent == nil || !signable(n.parent) {
				return stop(gateSignature, "there is a signature where none belongs")
			}
			return checkSignature(n)
		case "SignedInfo", "Reference", "Manifest", "Object":
			if n.name.Space == nsSignature && !belongs(n) {
				return stop(gateSignature, "there is a part of a signature where none belongs")
			}
		case "EncryptedData", "EncryptedKey":
			return checkCipher(n)
		}
		return nil
	})
}

// belongs tells whether a part of a signature stands in one.
func belongs(n *node) bool {
	return n.parent != nil && (n.name.Local == "SignedInfo" && n.parent.is(nsSignature, "Signature") ||
		n.name.Local == "Reference" && n.parent.is(nsSignature, "SignedInfo"))
}

func checkSignature(signature *node) error {
	signed := signature.parent
	position := slices.Index(signed.children, signature)
	switch {
	case len(signed.named(nsSignature, "Signature")) != 1:
		return stop(gateSignature, "the %s has more than one signature", signed.name.Local)
	case signed.name.Space != nsMetadata && (position != 1 || !signed.children[0].is(nsAssertion, "Issuer")):
		return stop(gateSignature, "the signature does not follow the issuer")
	case !made(signature, "SignedInfo", "SignatureValue", "KeyInfo") && !made(signature, "SignedInfo", "SignatureValue"):
		return stop(gateSignature, "the signature has other parts than it should")
	}
	info := signature.children[0]
	if !made(info, "CanonicalizationMethod", "SignatureMethod", "Reference") {
		return stop(gateSignature, "the signature must have one reference")
	}
	if info.children[0].attr("Algorithm") != transformCanonical {
		return stop(gateAlgorithms, "the canonicalisation method is not exclusive XML canonicalisation")
	}
	if !slices.Contains(signatureAlgorithms, info.children[1].attr("Algorithm")) || len(info.children[1].children) > 0 {
		return stop(gateAlgorithms, "the signature method is none of RSA or ECDSA with SHA-256, SHA-384 or SHA-512")
	}
	return checkReference(info.children[2], signed)
}

func checkReference(reference, signed *node) error {
	if uri := reference.attr("URI"); uri == "" || uri != "#"+signed.attr("ID") {
		return stop(gateSignature, "the signature is not about the element that it stands in")
	}
	if !made(reference, "Transforms", "DigestMethod", "DigestValue") {
		return stop(gateSignature, "the reference has other parts than it should")
	}
	transforms := reference.children[0].children
	if len(transforms) != len(transformAlgorithms) {
		return stop(gateAlgorithms, "the transforms must be enveloped signature and exclusive canonicalisation")
	}
	for i, transform := range transforms {
		if !transform.is(nsSignature, "Transform") || transform.attr("Algorithm") != transformAlgorithms[i] || !harmless(transform) {
			return stop(gateAlgorithms, "the transforms must be enveloped signature and exclusive canonicalisation")
		}
	}
	if !slices.Contains(digestAlgorithms, reference.children[1].attr("Algorithm")) {
		return stop(gateAlgorithms, "the digest is none of SHA-256, SHA-384 and SHA-512")
	}
	return nil
}

// harmless tells whether a transform has no parameter but the list of prefixes.
func harmless(transform *node) bool {
	for _, child := range transform.children {
		if !child.is(transformCanonical, "InclusiveNamespaces") || len(child.children) > 0 {
			return false
		}
	}
	return len(transform.children) <= 1
}

// made tells whether the children of a part of a signature are these, each once and in this order.
func made(n *node, parts ...string) bool {
	if len(n.children) != len(parts) {
		return false
	}
	for i, part := range parts {
		if !n.children[i].is(nsSignature, part) {
			return false
		}
	}
	return true
}

// The shortest keys that signatures count of, in bits.
const (
	minRSA   = 2048
	minCurve = 256
)

// strong tells whether the key of a certificate is one of those.
func strong(certificate *x509.Certificate) bool {
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize >= minCurve
	default:
		return false
	}
}
