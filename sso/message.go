package sso

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/xml"
	"time"
)

// The messages of ours, as they go over the wire.
type (
	authnRequest struct {
		XMLName     xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
		ID          string   `xml:",attr"`
		Version     string   `xml:",attr"`
		Issued      string   `xml:"IssueInstant,attr"`
		Destination string   `xml:",attr"`
		ACS         string   `xml:"AssertionConsumerServiceURL,attr"`
		Binding     string   `xml:"ProtocolBinding,attr"`
		Issuer      issuer
		Policy      *nameIDPolicy
		Contexts    *requestedContext
	}
	issuer struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
		Name    string   `xml:",chardata"`
	}
	nameIDPolicy struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol NameIDPolicy"`
		Format  string   `xml:",attr,omitempty"`
		Create  bool     `xml:"AllowCreate,attr"`
	}
	requestedContext struct {
		XMLName    xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol RequestedAuthnContext"`
		Comparison string   `xml:",attr"`
		Classes    []contextClass
	}
	contextClass struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:assertion AuthnContextClassRef"`
		Name    string   `xml:",chardata"`
	}
	logoutRequest struct {
		XMLName      xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol LogoutRequest"`
		ID           string   `xml:",attr"`
		Version      string   `xml:",attr"`
		Issued       string   `xml:"IssueInstant,attr"`
		Destination  string   `xml:",attr"`
		NotOnOrAfter string   `xml:",attr"`
		Issuer       issuer
		Name         nameID
		Index        *sessionIndex
	}
	nameID struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:assertion NameID"`
		Format  string   `xml:",attr,omitempty"`
		Name    string   `xml:",chardata"`
	}
	sessionIndex struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol SessionIndex"`
		Index   string   `xml:",chardata"`
	}
	logoutResponse struct {
		XMLName      xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol LogoutResponse"`
		ID           string   `xml:",attr"`
		Version      string   `xml:",attr"`
		Issued       string   `xml:"IssueInstant,attr"`
		Destination  string   `xml:",attr"`
		InResponseTo string   `xml:",attr"`
		Issuer       issuer
		Status       statusOf
	}
	statusOf struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol Status"`
		Code    statusCode
	}
	statusCode struct {
		XMLName xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol StatusCode"`
		Value   string   `xml:",attr"`
	}
)

const (
	bindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	bindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
)

// newID is an ID of a message of ours: 160 random bits, and a letter in front, as XML wants it.
func newID() string {
	var random [20]byte
	_, _ = rand.Read(random[:]) // never fails
	return "_" + hex.EncodeToString(random[:])
}

func written8601(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }
