package sso

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
)

// The redirect binding (SAML bindings, section 3.4): a message is deflated into a parameter of a URL, and signed, if at
// all, beside itself: over the parameters as they stand in the URL.

// signedBy are the algorithms of such signatures.
var signedBy = map[string]crypto.Hash{
	signatureAlgorithms[0]: crypto.SHA256, signatureAlgorithms[1]: crypto.SHA384, signatureAlgorithms[2]: crypto.SHA512,
	signatureAlgorithms[3]: crypto.SHA256, signatureAlgorithms[4]: crypto.SHA384, signatureAlgorithms[5]: crypto.SHA512,
}

// redirectTo puts a message of ours into the URL of a provider. A nil key leaves it unsigned.
func redirectTo(at, parameter string, message any, relayState string, key *rsa.PrivateKey) (string, error) {
	text, err := xml.Marshal(message)
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	writer, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := writer.Write(text); err != nil {
		return "", err
	}
	if err := writer.Close(); err != nil {
		return "", err
	}
	query := parameter + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	if key != nil {
		query += "&SigAlg=" + url.QueryEscape(signatureAlgorithms[0])
		sum := sha256.Sum256([]byte(query))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			return "", err
		}
		query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
	}
	joint := "?"
	if strings.Contains(at, "?") {
		joint = "&"
	}
	return at + joint + query, nil
}

// received is a message with its signature verified, and what came beside it.
type received struct {
	message    []byte
	relayState string
}

// readRedirect reads the parameter of a URL that a provider has signed. What is signed are the bytes of the query, so that
// they are not decoded and encoded again.
func readRedirect(query, parameter string, certificates []*x509.Certificate) (*received, error) {
	raw := map[string]string{}
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if _, twice := raw[name]; twice {
			return nil, stop(gateForm, "a parameter is there twice")
		}
		raw[name] = value
	}
	values := map[string]string{}
	for name, value := range raw {
		decoded, err := url.QueryUnescape(value)
		if err != nil || strings.Contains(name, "%") {
			return nil, stop(gateForm, "the query can't be read")
		}
		values[name] = decoded
	}
	covered := parameter + "=" + raw[parameter]
	if relay, sent := raw["RelayState"]; sent {
		covered += "&RelayState=" + relay
	}
	covered += "&SigAlg=" + raw["SigAlg"]
	if err := verifyDetached([]byte(covered), values["SigAlg"], values["Signature"], certificates); err != nil {
		return nil, err
	}
	packed, err := decode(values[parameter])
	if err != nil {
		return nil, err
	}
	message, err := inflate(packed)
	return &received{message, values["RelayState"]}, err
}

// verifyDetached tells whether one of the certificates made the signature.
func verifyDetached(covered []byte, algorithm, signature string, certificates []*x509.Certificate) error {
	if signature == "" {
		return stop(gateSignature, "nothing is signed")
	}
	hash, known := signedBy[algorithm]
	if !known {
		return stop(gateAlgorithms, "the signature method is none of RSA or ECDSA with SHA-256, SHA-384 or SHA-512")
	}
	made, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return stop(gateSignature, "the signature is not base64")
	}
	digest := hash.New()
	digest.Write(covered)
	sum, elliptic := digest.Sum(nil), strings.Contains(algorithm, "ecdsa")
	if slices.ContainsFunc(certificates, func(c *x509.Certificate) bool {
		if !strong(c) {
			return false
		}
		switch key := c.PublicKey.(type) {
		case *rsa.PublicKey:
			return !elliptic && rsa.VerifyPKCS1v15(key, hash, sum, made) == nil
		case *ecdsa.PublicKey:
			return elliptic && ecdsa.VerifyASN1(key, sum, made)
		}
		return false
	}) {
		return nil
	}
	return stop(gateSignature, "the signature can't be verified with the certificates of this provider")
}
