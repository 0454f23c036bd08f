package sso

import (
	"encoding/base64"
	"encoding/xml"

	"github.com/scimbridge/scimbridge/domain"
)

// Our metadata (SAML metadata, section 2), as it goes over the wire.
type (
	entityDescriptor struct {
		XMLName       xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
		EntityID      string   `xml:"entityID,attr"`
		CacheDuration string   `xml:"cacheDuration,attr"`
		Role          spDescriptor
	}
	spDescriptor struct {
		XMLName        xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata SPSSODescriptor"`
		RequestsSigned bool     `xml:"AuthnRequestsSigned,attr"`
		WantSigned     bool     `xml:"WantAssertionsSigned,attr"`
		Protocols      string   `xml:"protocolSupportEnumeration,attr"`
		Keys           []keyDescriptor
		Logout         []endpoint
		Formats        []string `xml:"urn:oasis:names:tc:SAML:2.0:metadata NameIDFormat"`
		Consumer       consumer
	}
	keyDescriptor struct {
		XMLName xml.Name           `xml:"urn:oasis:names:tc:SAML:2.0:metadata KeyDescriptor"`
		Use     string             `xml:"use,attr"`
		Info    keyInfo            `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo"`
		Methods []encryptionMethod `xml:"urn:oasis:names:tc:SAML:2.0:metadata EncryptionMethod"`
	}
	keyInfo struct {
		Data struct {
			Certificate string `xml:"http://www.w3.org/2000/09/xmldsig# X509Certificate"`
		} `xml:"http://www.w3.org/2000/09/xmldsig# X509Data"`
	}
	encryptionMethod struct {
		Algorithm string `xml:",attr"`
	}
	endpoint struct {
		XMLName  xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleLogoutService"`
		Binding  string   `xml:",attr"`
		Location string   `xml:",attr"`
	}
	consumer struct {
		XMLName  xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata AssertionConsumerService"`
		Binding  string   `xml:",attr"`
		Location string   `xml:",attr"`
		Index    int      `xml:"index,attr"`
		Default  bool     `xml:"isDefault,attr"`
	}
)

// metadata tells the identity provider of us. Keys for encryption are in it only where the provider's settings demand
// encryption: many providers encrypt for every key that they find, and with what we would not take.
func (v *visit) metadata() error {
	keys, _, err := v.keys()
	if err != nil {
		return err
	}
	role := spDescriptor{RequestsSigned: v.by.Saml.SignedRequests, WantSigned: true, Protocols: nsProtocol, Formats: v.by.Saml.NameIDFormats,
		Logout:   []endpoint{{Binding: bindingRedirect, Location: v.address("slo")}, {Binding: bindingPost, Location: v.address("slo")}},
		Consumer: consumer{Binding: bindingPost, Location: v.address("acs"), Default: true}}
	for _, key := range keys {
		role.Keys = append(role.Keys, described(key, "signing"))
	}
	if v.by.Saml.WantEncrypted {
		// The newest key alone: nobody has to encrypt for one that is about to end.
		newest := keys[0]
		for _, key := range keys {
			if key.Generation > newest.Generation {
				newest = key
			}
		}
		encryption := described(newest, "encryption")
		for _, algorithm := range []string{sealAlgorithms[2], sealAlgorithms[0], wrapOAEP} {
			encryption.Methods = append(encryption.Methods, encryptionMethod{algorithm})
		}
		role.Keys = append(role.Keys, encryption)
	}
	text, err := xml.MarshalIndent(entityDescriptor{EntityID: v.entityID(), CacheDuration: "P1D", Role: role}, "", "  ")
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/samlmetadata+xml")
	v.w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = v.w.Write(append([]byte(xml.Header), append(text, '\n')...)) // a client that is gone can't be told
	return nil
}

func described(key *domain.ServiceKey, use string) keyDescriptor {
	k := keyDescriptor{Use: use}
	k.Info.Data.Certificate = base64.StdEncoding.EncodeToString(key.Certificate)
	return k
}
