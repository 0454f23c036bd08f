package sso

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// evil is who the attacker wants to be.
const evil = "admin@example.org"

// hostile is a message that must not let anybody in.
type hostile struct {
	name    string
	message []byte
	gate    gate // that has to stop it; 0: any
	terms   *terms
}

// edit changes a response before it is signed, or after.
type edit func(response *etree.Element)

// set changes an attribute of the first element of that path; "" removes it.
func set(path, name, value string) edit {
	return func(r *etree.Element) {
		found := at(r, path)
		found.RemoveAttr(name)
		if value != "" {
			found.CreateAttr(name, value)
		}
	}
}

// at finds an element below the response; "." is the response.
func at(r *etree.Element, path string) *etree.Element {
	if path == "." {
		return r
	}
	return r.FindElement(".//" + path)
}

func drop(path string) edit {
	return func(r *etree.Element) {
		for found := at(r, path); found != nil; found = at(r, path) {
			found.Parent().RemoveChild(found)
		}
	}
}

func text(path, value string) edit {
	return func(r *etree.Element) { at(r, path).SetText(value) }
}

// twice repeats an element behind itself.
func twice(path string) edit {
	return func(r *etree.Element) {
		found := at(r, path)
		found.Parent().InsertChildAt(found.Index()+1, found.Copy())
	}
}

func add(path, child string) edit {
	return func(r *etree.Element) { at(r, path).AddChild(element(child)) }
}

// hostiles makes them all.
func hostiles() []hostile {
	var list []hostile
	list = append(list, wrapped()...)
	list = append(list, saidWrong()...)
	list = append(list, signedWrong()...)
	list = append(list, writtenWrong()...)
	list = append(list, encryptedWrong()...)
	return list
}

// TestHostiles is SECURITY.md, rows C1 to C10, C14 to C16 and C18: nothing of it gets in, and nothing of it panics.
func TestHostiles(t *testing.T) {
	t.Parallel()
	list := hostiles()
	require.GreaterOrEqual(t, len(list), 120)
	names := map[string]bool{}
	for _, h := range list {
		require.False(t, names[h.name], "two are called %s", h.name)
		names[h.name] = true
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			terms := h.terms
			if terms == nil {
				terms = goodTerms()
			}
			begun := time.Now()
			_, err := receive(base64.StdEncoding.EncodeToString(h.message), terms, noon)
			require.Error(t, err)
			assert.Less(t, time.Since(begun), 2*time.Second)
			var own *stopped
			require.ErrorAs(t, err, &own)
			if h.gate != 0 {
				assert.Equal(t, h.gate, own.gate, err.Error())
			}
			assert.NotContains(t, err.Error(), evil)
		})
	}
}

// TestTheLibraryLooksForRoundTrips: what our gates refuse first, the library would refuse, too, and before anything else.
func TestTheLibraryLooksForRoundTrips(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, h := range hostiles() {
		if !strings.HasPrefix(h.name, "round trip") {
			continue
		}
		tried++
		_, err := verify(h.message, &goodTerms().partner, noon)
		assert.Equal(t, stop(gateMarkup, "the message changes when it is read and written"), err, h.name)
	}
	assert.Equal(t, 3, tried)
}

// forged is a copy of an element that says somebody else, without a signature.
func forged(el *etree.Element, id string) *etree.Element {
	fake := el.Copy()
	for _, signature := range fake.FindElements(".//Signature") {
		signature.Parent().RemoveChild(signature)
	}
	fake.RemoveAttr("ID")
	if id != "" {
		fake.CreateAttr("ID", id)
	}
	for _, name := range fake.FindElements(".//NameID") {
		name.SetText(evil)
	}
	return fake
}

// wrapped are the nine ways of signature wrapping, each on a response signed in three ways.
func wrapped() (list []hostile) {
	for how, what := range signings {
		for number, wrap := range wrappings {
			list = append(list, hostile{name: fmt.Sprintf("XSW%d, %s signed", number+1, how), message: bytesOf(wrap(good(what)))})
		}
	}
	return list
}

var wrappings = []func(response *etree.Element) *etree.Element{
	func(r *etree.Element) *etree.Element { // 1: the response within the signature of a forged one
		fake := forged(r, "_evil")
		signature := signatureOf(r)
		stripped := r.Copy()
		if own := stripped.SelectElement("Signature"); own != nil {
			stripped.RemoveChild(own)
		}
		signature.AddChild(stripped)
		fake.InsertChildAt(1, signature)
		return fake
	},
	func(r *etree.Element) *etree.Element { // 2: the response before the signature of a forged one
		fake := forged(r, "_evil")
		signature := signatureOf(r)
		stripped := r.Copy()
		if own := stripped.SelectElement("Signature"); own != nil {
			stripped.RemoveChild(own)
		}
		fake.InsertChildAt(1, stripped)
		fake.InsertChildAt(2, signature)
		return fake
	},
	func(r *etree.Element) *etree.Element { // 3: a forged assertion before the signed one
		r.InsertChildAt(assertionOf(r).Index(), forged(assertionOf(r), "_evil"))
		return r
	},
	func(r *etree.Element) *etree.Element { // 4: a forged assertion around the signed one
		fake := forged(assertionOf(r), "_evil")
		fake.AddChild(assertionOf(r).Copy())
		replace(assertionOf(r), fake)
		return r
	},
	func(r *etree.Element) *etree.Element { // 5: the signed one is changed, its original copied to the end
		original := assertionOf(r).Copy()
		if own := original.SelectElement("Signature"); own != nil {
			original.RemoveChild(own)
		}
		assertionOf(r).CreateAttr("ID", "_evil")
		at(r, "NameID").SetText(evil)
		r.AddChild(original)
		return r
	},
	func(r *etree.Element) *etree.Element { // 6: a forged one has the signature, in which the original stands
		original := assertionOf(r).Copy()
		fake := forged(original, "_evil")
		signature := signatureOf(r)
		if own := original.SelectElement("Signature"); own != nil {
			original.RemoveChild(own)
		}
		signature.AddChild(original)
		fake.InsertChildAt(1, signature)
		replace(assertionOf(r), fake)
		return r
	},
	func(r *etree.Element) *etree.Element { // 7: a forged one in Extensions
		extensions := element(`<samlp:Extensions xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`)
		extensions.AddChild(forged(assertionOf(r), "_evil"))
		r.InsertChildAt(1, extensions)
		return r
	},
	func(r *etree.Element) *etree.Element { // 8: the original in an Object of the signature of a forged one
		original := assertionOf(r).Copy()
		fake := forged(original, "_evil")
		signature := signatureOf(r)
		if own := original.SelectElement("Signature"); own != nil {
			original.RemoveChild(own)
		}
		object := element(`<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`)
		object.AddChild(original)
		signature.AddChild(object)
		fake.InsertChildAt(1, signature)
		replace(assertionOf(r), fake)
		return r
	},
	func(r *etree.Element) *etree.Element { // 9: a forged one with the same ID
		r.InsertChildAt(assertionOf(r).Index(), forged(assertionOf(r), "_assertion"))
		return r
	},
}

// signatureOf copies the signature of the response or else of its assertion.
func signatureOf(r *etree.Element) *etree.Element {
	if own := r.SelectElement("Signature"); own != nil {
		return own.Copy()
	}
	return r.FindElement(".//Signature").Copy()
}

// saidWrong are messages with the right signature that say something wrong.
func saidWrong() (list []hostile) {
	const before, after = "SubjectConfirmationData", "Conditions"
	long := strings.Repeat("a", 300)
	for _, row := range []struct {
		name string
		gate gate
		edit edit
	}{
		{"status not success", gateIssuer, set("StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")},
		{"no status", gateIssuer, drop("Status")},
		{"no status code", gateIssuer, drop("StatusCode")},
		{"two status codes", gateIssuer, twice("StatusCode")},
		{"response without issuer", gateIssuer, func(r *etree.Element) { text("Issuer", "")(r) }},
		{"response of another issuer", gateIssuer, func(r *etree.Element) { r.SelectElement("Issuer").SetText("https://evil.example") }},
		{"assertion of another issuer", gateIssuer, func(r *etree.Element) { assertionOf(r).SelectElement("Issuer").SetText("https://evil.example") }},
		{"issuer with a slash more", gateIssuer, func(r *etree.Element) { assertionOf(r).SelectElement("Issuer").SetText(theirEntity + "/") }},
		{"issuer in capitals", gateIssuer, func(r *etree.Element) { r.SelectElement("Issuer").SetText(strings.ToUpper(theirEntity)) }},
		{"no destination", gateSubject, set(".", "Destination", "")},
		{"destination of another tenant", gateSubject, set(".", "Destination", strings.Replace(ourACS, "acme", "beta", 1))},
		{"destination with a slash more", gateSubject, set(".", "Destination", ourACS+"/")},
		{"destination on another port", gateSubject, set(".", "Destination", strings.Replace(ourACS, ".com", ".com:444", 1))},
		{"destination without TLS", gateSubject, set(".", "Destination", strings.Replace(ourACS, "https", "http", 1))},
		{"no recipient", gateSubject, set(before, "Recipient", "")},
		{"recipient of another tenant", gateSubject, set(before, "Recipient", strings.Replace(ourACS, "acme", "beta", 1))},
		{"recipient with a slash more", gateSubject, set(before, "Recipient", ourACS+"/")},
		{"recipient on another port", gateSubject, set(before, "Recipient", strings.Replace(ourACS, ".com", ".com:444", 1))},
		{"no confirmation", gateSubject, drop("SubjectConfirmation")},
		{"two confirmations", gateSubject, twice("SubjectConfirmation")},
		{"holder of key", gateSubject, set("SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")},
		{"sender vouches", gateSubject, set("SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")},
		{"confirmation without method", gateSubject, set("SubjectConfirmation", "Method", "")},
		{"confirmation without data", 0, drop("SubjectConfirmationData")},
		{"confirmation without end", gateSubject, set(before, "NotOnOrAfter", "")},
		{"confirmation has ended", gateSubject, set(before, "NotOnOrAfter", stamp(noon.Add(-Skew)))},
		{"confirmation is not valid yet", gateSubject, set(before, "NotBefore", stamp(noon.Add(Skew+time.Second)))},
		{"confirmation ends no time", gateConditions, set(before, "NotOnOrAfter", "tomorrow")},
		{"in response to nothing", gateSubject, func(r *etree.Element) { set(".", "InResponseTo", "")(r); set(before, "InResponseTo", "")(r) }},
		{"response to nothing, assertion to something", gateSubject, set(".", "InResponseTo", "")},
		{"assertion to nothing, response to something", gateSubject, set(before, "InResponseTo", "")},
		{"response and assertion to different requests", gateSubject, set(before, "InResponseTo", "_other")},
		{"no subject", 0, drop("Subject")},
		{"two subjects", 0, twice("Subject")},
		{"no conditions", 0, drop("Conditions")},
		{"two conditions", gateConditions, twice("Conditions")},
		{"conditions without end", gateConditions, set(after, "NotOnOrAfter", "")},
		{"conditions have ended", gateConditions, set(after, "NotOnOrAfter", stamp(noon.Add(-Skew)))},
		{"conditions are not valid yet", gateConditions, set(after, "NotBefore", stamp(noon.Add(Skew+time.Second)))},
		{"response of the future", gateConditions, set(".", "IssueInstant", stamp(noon.Add(Skew+time.Second)))},
		{"response of the past", gateConditions, set(".", "IssueInstant", stamp(noon.Add(-MaxAge-Skew-time.Second)))},
		{"assertion of the future", gateConditions, set("Assertion", "IssueInstant", stamp(noon.Add(time.Hour)))},
		{"assertion of the past", gateConditions, set("Assertion", "IssueInstant", stamp(noon.Add(-time.Hour)))},
		{"assertion of no time", gateConditions, set("Assertion", "IssueInstant", "")},
		{"session has ended", gateConditions, set("AuthnStatement", "SessionNotOnOrAfter", stamp(noon.Add(-Skew)))},
		{"no audience restriction", gateConditions, drop("AudienceRestriction")},
		{"empty audience restriction", gateConditions, drop("Audience")},
		{"other audience", gateConditions, text("Audience", "https://id.example.com/sso/beta/okta/metadata")},
		{"second audience restriction is another", gateConditions, add("Conditions", `<saml:AudienceRestriction xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>`)},
		{"no authentication", gateConditions, drop("AuthnStatement")},
		{"two authentications", gateConditions, twice("AuthnStatement")},
		{"no name", gateName, drop("NameID")},
		{"empty name", gateName, text("NameID", "")},
		{"blank name", gateName, text("NameID", " \n\t ")},
		{"two names", gateName, twice("NameID")},
		{"name with an element in it", gateName, add("NameID", `<b/>`)},
		{"name of 300 letters", gateName, text("NameID", long)},
		{"encrypted name", gateName, func(r *etree.Element) { at(r, "NameID").Tag = "EncryptedID" }},
		{"response of version 1.1", gateShape, set(".", "Version", "1.1")},
		{"no ID of the response", gateIDs, set(".", "ID", "")},
		{"no ID of the assertion", gateIDs, set("Assertion", "ID", "")},
		{"same ID twice", gateIDs, set("Assertion", "ID", "_response")},
		{"same ID by another name", gateIDs, set("Attribute", "id", "_assertion")},
		{"ID that is an expression", gateIDs, set("Assertion", "ID", "x' or '1'='1")},
		{"two assertions", gateShape, func(r *etree.Element) { twice("Assertion")(r); r.ChildElements()[3].CreateAttr("ID", "_second") }},
		{"no assertion", gateShape, drop("Assertion")},
		{"assertion as advice", gateShape, add("Conditions", `<saml:Advice xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Assertion ID="_advice"/></saml:Advice>`)},
		{"assertion of another namespace", gateShape, add(".", `<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion" ID="_old"/>`)},
		{"response within the response", gateShape, add(".", `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_inner"/>`)},
	} {
		response := plain()
		row.edit(response)
		list = append(list, hostile{name: row.name, gate: row.gate, message: bytesOf(theIdP().sign(response))})
	}
	return list
}

// signedWrong are messages that say the right thing with a signature that is none, or of a kind that counts for nothing.
func signedWrong() (list []hostile) {
	weak := goodTerms()
	weak.certificates = append(weak.certificates, weakIdP().cert)
	late := goodTerms()
	late.certificates = append(late.certificates[:0:0], expired().cert)
	after := func(what signs, change edit) []byte {
		response := good(what)
		change(response)
		return bytesOf(response)
	}
	reference := `<ds:Reference xmlns:ds="http://www.w3.org/2000/09/xmldsig#" URI="#_assertion"><ds:Transforms><ds:Transform Algorithm="` + transformEnveloped + `"/><ds:Transform Algorithm="` + transformCanonical + `"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>`
	list = []hostile{
		{"nothing signed", bytesOf(plain()), gateSignature, nil},
		{"signed by the attacker, certificate in KeyInfo", bytesOf(attacker().respond(plain(), signBoth)), gateSignature, nil},
		{"assertion signed by the attacker in a signed response", bytesOf(theIdP().sign(attacker().respond(plain(), signAssertion))), gateSignature, nil},
		{"response signed by the attacker around a signed assertion", bytesOf(attacker().sign(good(signAssertion))), gateSignature, nil},
		{"key of 1,024 bits", bytesOf(weakIdP().respond(plain(), signBoth)), gateSignature, weak},
		{"certificate has expired", bytesOf(expired().respond(plain(), signBoth)), gateSignature, late},
		{"no certificate at all", bytesOf(good(signBoth)), gateSignature, &terms{partner: partner{entityID: ourEntity, acs: ourACS, issuer: theirEntity}}},
		{"RSA with SHA-1", bytesOf(theIdP().respond(plain(), signBoth, method(dsig.RSASHA1SignatureMethod))), gateAlgorithms, nil},
		{"canonicalisation with comments", bytesOf(theIdP().respond(plain(), signBoth, canonical(dsig.MakeC14N10ExclusiveWithCommentsCanonicalizerWithPrefixList("")))), gateAlgorithms, nil},
		{"canonicalisation 1.1", bytesOf(theIdP().respond(plain(), signBoth, canonical(dsig.MakeC14N11Canonicalizer()))), gateAlgorithms, nil},
		{"canonicalisation of nothing", bytesOf(theIdP().respond(plain(), signBoth, canonical(dsig.MakeNullCanonicalizer()))), gateAlgorithms, nil},
	}
	for _, row := range []struct {
		name string
		gate gate
		what signs
		edit edit
	}{
		{"signature stripped of the assertion", gateSignature, signAssertion, drop("Signature")},
		{"name changed, assertion signed", gateSignature, signAssertion, text("NameID", evil)},
		{"name changed, response signed", gateSignature, signResponse, text("NameID", evil)},
		{"name changed, both signed", gateSignature, signBoth, text("NameID", evil)},
		{"issuer of the response changed", gateSignature, signResponse, func(r *etree.Element) { r.SelectElement("Status").CreateAttr("x", "y") }},
		{"signature value empty", gateSignature, signBoth, text("SignatureValue", "")},
		{"signature value garbled", gateSignature, signBoth, text("SignatureValue", "AAAA")},
		{"signature value not base64", gateSignature, signBoth, text("SignatureValue", "%%%")},
		{"digest garbled", gateSignature, signBoth, text("DigestValue", "AAAA")},
		{"no signature value", gateSignature, signBoth, drop("SignatureValue")},
		{"two signature values", gateSignature, signBoth, twice("SignatureValue")},
		{"no SignedInfo", gateSignature, signBoth, drop("SignedInfo")},
		{"two SignedInfos", gateSignature, signBoth, twice("SignedInfo")},
		{"two signatures", gateSignature, signAssertion, twice("Signature")},
		{"no reference", gateSignature, signBoth, drop("Reference")},
		{"two references", gateSignature, signAssertion, add("SignedInfo", reference)},
		{"empty reference", gateSignature, signBoth, set("Reference", "URI", "")},
		{"reference to the whole document", gateSignature, signAssertion, func(r *etree.Element) { at(r, "Reference").SelectAttr("URI").Value = "" }},
		{"reference to something else", gateSignature, signAssertion, set("Reference", "URI", "#_response")},
		{"reference to a file", gateSignature, signBoth, set("Reference", "URI", "file:///etc/passwd")},
		{"reference by XPointer", gateSignature, signAssertion, set("Reference", "URI", "#xpointer(id('_assertion'))")},
		{"no transforms", gateAlgorithms, signBoth, drop("Transform")},
		{"no list of transforms", gateSignature, signBoth, drop("Transforms")},
		{"XPath transform", gateAlgorithms, signBoth, set("Transform", "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")},
		{"XSLT transform", gateAlgorithms, signBoth, set("Transform", "Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")},
		{"base64 transform", gateAlgorithms, signBoth, set("Transform", "Algorithm", "http://www.w3.org/2000/09/xmldsig#base64")},
		{"three transforms", gateAlgorithms, signBoth, twice("Transform")},
		{"transform with a parameter", gateAlgorithms, signBoth, add("Transform", `<x:XPath xmlns:x="http://www.w3.org/2002/06/xmldsig-filter2">here()</x:XPath>`)},
		{"digest SHA-1", gateAlgorithms, signBoth, set("DigestMethod", "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")},
		{"digest MD5", gateAlgorithms, signBoth, set("DigestMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5")},
		{"no digest method", gateAlgorithms, signBoth, set("DigestMethod", "Algorithm", "")},
		{"HMAC with the public key", gateAlgorithms, signBoth, set("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")},
		{"RSA with MD5", gateAlgorithms, signBoth, set("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5")},
		{"no signature method", gateAlgorithms, signBoth, set("SignatureMethod", "Algorithm", "")},
		{"canonicalisation of another kind", gateAlgorithms, signBoth, set("CanonicalizationMethod", "Algorithm", "http://example.org/mine")},
		{"object in the signature", gateSignature, signBoth, add("Signature", `<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`)},
		{"signature at the end", gateSignature, signAssertion, func(r *etree.Element) {
			signature := at(r, "Signature")
			parent := signature.Parent()
			parent.RemoveChild(signature)
			parent.AddChild(signature)
		}},
		{"signature in the subject", gateSignature, signAssertion, func(r *etree.Element) {
			signature := at(r, "Signature")
			signature.Parent().RemoveChild(signature)
			at(r, "Subject").AddChild(signature)
		}},
		{"signature of the assertion on the response", gateSignature, signAssertion, func(r *etree.Element) {
			signature := at(r, "Signature")
			signature.Parent().RemoveChild(signature)
			r.InsertChildAt(1, signature)
		}},
		{"signature of another namespace", gateSignature, signBoth, func(r *etree.Element) {
			signature := at(r, "Signature")
			signature.Space = "x"
			signature.CreateAttr("xmlns:x", "urn:example:other")
		}},
	} {
		list = append(list, hostile{name: row.name, gate: row.gate, message: after(row.what, row.edit)})
	}
	return list
}

func canonical(c dsig.Canonicalizer) signed {
	return func(context *dsig.SigningContext) { context.Canonicalizer = c }
}

// writtenWrong are good responses written in a way that parsers may read differently, or that costs too much to read.
func writtenWrong() (list []hostile) {
	response := string(bytesOf(good(signBoth)))
	begin := strings.IndexByte(response, '>') + 1
	into := func(part string) []byte { return []byte(response[:begin] + part + response[begin:]) }
	replaced := func(old, fresh string) []byte { return []byte(strings.Replace(response, old, fresh, 1)) }
	name := ">" + ana + "<"
	list = []hostile{
		{"nothing", nil, gateForm, nil},
		{"space", []byte(" \n"), gateMarkup, nil},
		{"text", []byte("SAML"), gateMarkup, nil},
		{"DOCTYPE", []byte(`<!DOCTYPE r>` + response), gateMarkup, nil},
		{"DOCTYPE with an entity", []byte(`<!DOCTYPE r [<!ENTITY e "` + evil + `">]>` + strings.Replace(response, name, ">&e;<", 1)), gateMarkup, nil},
		{"external DTD", []byte(`<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd">` + response), gateMarkup, nil},
		{"DOCTYPE after the declaration", []byte(`<?xml version="1.0"?><!DOCTYPE r>` + response), gateMarkup, nil},
		{"comment", into("<!-- -->"), gateMarkup, nil},
		{"comment in the name", replaced(name, ">"+ana+"<!---->.evil.example<"), gateMarkup, nil},
		{"CDATA", replaced(name, "><![CDATA["+ana+"]]><"), gateMarkup, nil},
		{"processing instruction", into("<?php x?>"), gateMarkup, nil},
		{"processing instruction in front", []byte("<?x y?>" + response), gateMarkup, nil},
		{"two declarations", []byte(`<?xml version="1.0"?><?xml version="1.0"?>` + response), gateMarkup, nil},
		{"declared as Latin-1", []byte(`<?xml version="1.0" encoding="ISO-8859-1"?>` + response), gateMarkup, nil},
		{"undeclared entity", replaced(name, ">&evil;<"), gateMarkup, nil},
		{"byte order mark", []byte("\xef\xbb\xbf" + response), gateText, nil},
		{"not UTF-8", replaced(name, ">\xff<"), gateText, nil},
		{"overlong UTF-8", replaced(name, ">\xc0\xbc<"), gateText, nil},
		{"half of a surrogate pair", replaced(name, ">\xed\xa0\x80<"), gateText, nil},
		{"NUL", replaced(name, ">\x00<"), gateText, nil},
		{"UTF-16", []byte("\xff\xfe<\x00r\x00/\x00>\x00"), gateText, nil},
		{"cut off", []byte(response[:len(response)/2]), gateMarkup, nil},
		{"text behind it", []byte(response + "x"), gateMarkup, nil},
		{"two roots", []byte(response + response), gateShape, nil},
		{"root of another name", []byte(strings.ReplaceAll(response, "samlp:Response", "samlp:ArtifactResponse")), gateShape, nil},
		{"undeclared prefix", into("<q:x/>"), gateMarkup, nil},
		{"undeclared prefix of an attribute", into(`<x q:y="1"/>`), gateMarkup, nil},
		{"relative namespace", into(`<x xmlns="relative"/>`), gateMarkup, nil},
		{"relative namespace with a prefix", into(`<q:x xmlns:q="relative"/>`), gateMarkup, nil},
		{"empty namespace with a prefix", into(`<x xmlns:q=""/>`), gateMarkup, nil},
		{"prefix xml taken", into(`<x xmlns:xml="urn:x:y"/>`), gateMarkup, nil},
		{"attribute twice", into(`<x y="1" y="2"/>`), gateMarkup, nil},
		{"attribute twice by two prefixes", into(`<x xmlns:a="urn:x:y" xmlns:b="urn:x:y" a:z="1" b:z="2"/>`), gateMarkup, nil},
		{"round trip of an attribute", into(`<x ::y="1"/>`), gateMarkup, nil},
		{"round trip of an element", into(`<x::y/>`), gateMarkup, nil},
		{"round trip of a directive", into(`<!x <!--><y/>-->`), gateMarkup, nil},
		{"colon in front", into(`<:x/>`), gateMarkup, nil},
		{"65 levels", into(strings.Repeat("<x>", 64) + strings.Repeat("</x>", 64)), gateBulk, nil},
		{"80,000 levels", []byte(strings.Repeat("<x>", 80_000)), gateBulk, nil},
		{"200,000 levels", []byte(strings.Repeat("<x>", 200_000)), gateForm, nil},
		{"2,001 elements", into(strings.Repeat("<x/>", 2000)), gateBulk, nil},
	}
	return list
}

// encryptedWrong are messages whose assertion can't be opened, or holds something else.
func encryptedWrong() (list []hostile) {
	must := goodTerms()
	must.encrypted = true
	value := func(change func([]byte) []byte) func(*etree.Element) {
		return func(sealed *etree.Element) {
			values := sealed.FindElements(".//CipherValue")
			last := values[len(values)-1]
			raw, _ := base64.StdEncoding.DecodeString(last.Text())
			last.SetText(base64.StdEncoding.EncodeToString(change(raw)))
		}
	}
	method := func(place int, uri string) func(*etree.Element) {
		return func(sealed *etree.Element) {
			sealed.FindElements(".//EncryptionMethod")[place].CreateAttr("Algorithm", uri)
		}
	}
	inside := func(change func(*etree.Element) *etree.Element) []byte {
		response := good(signAssertion)
		replace(assertionOf(response), change(assertionOf(response).Copy()))
		return bytesOf(encrypt(response, gcm256, 32))
	}
	sealed := func(edits ...func(*etree.Element)) []byte {
		return bytesOf(encrypt(good(signAssertion), gcm256, 32, edits...))
	}
	return []hostile{
		{"plain where encryption is demanded", bytesOf(good(signBoth)), gateAlgorithms, must},
		{"ciphertext flipped", sealed(value(func(v []byte) []byte { v[40] ^= 1; return v })), gateSignature, nil},
		{"tag flipped", sealed(value(func(v []byte) []byte { v[len(v)-1] ^= 1; return v })), gateSignature, nil},
		{"nonce flipped", sealed(value(func(v []byte) []byte { v[0] ^= 1; return v })), gateSignature, nil},
		{"ciphertext cut", sealed(value(func(v []byte) []byte { return v[:len(v)/2] })), gateSignature, nil},
		{"ciphertext shorter than its nonce", sealed(value(func(v []byte) []byte { return v[:5] })), gateSignature, nil},
		{"no ciphertext", sealed(value(func([]byte) []byte { return nil })), gateSignature, nil},
		{"no cipher value", sealed(func(s *etree.Element) { drop("CipherValue")(s) }), gateSignature, nil},
		{"no cipher data", sealed(func(s *etree.Element) { drop("CipherData")(s) }), gateShape, nil},
		{"no key", sealed(func(s *etree.Element) { drop("KeyInfo")(s) }), gateSignature, nil},
		{"key flipped", sealed(func(s *etree.Element) {
			first := s.FindElement(".//CipherValue")
			raw, _ := base64.StdEncoding.DecodeString(first.Text())
			raw[9] ^= 1
			first.SetText(base64.StdEncoding.EncodeToString(raw))
		}), gateSignature, nil},
		{"AES-CBC", sealed(method(0, "http://www.w3.org/2001/04/xmlenc#aes256-cbc")), gateAlgorithms, nil},
		{"Triple DES", sealed(method(0, "http://www.w3.org/2001/04/xmlenc#tripledes-cbc")), gateAlgorithms, nil},
		{"RSA 1.5", sealed(method(1, "http://www.w3.org/2001/04/xmlenc#rsa-1_5")), gateAlgorithms, nil},
		{"OAEP with MD5", sealed(func(s *etree.Element) { set("DigestMethod", "Algorithm", "urn:md5:x")(s) }), gateAlgorithms, nil},
		{"unknown encryption", sealed(method(0, "urn:example:rot13")), gateAlgorithms, nil},
		{"no encrypted data", sealed(func(s *etree.Element) { drop("EncryptedData")(s) }), gateShape, nil},
		{"nothing signed but encrypted", bytesOf(encrypt(plain(), gcm256, 32)), gateSignature, nil},
		{"encrypted, signed by the attacker", bytesOf(encrypt(attacker().respond(plain(), signAssertion), gcm256, 32)), gateSignature, nil},
		{"encrypted, signed response around an assertion of the attacker", bytesOf(theIdP().sign(encrypt(attacker().respond(plain(), signAssertion), gcm256, 32))), gateSignature, nil},
		{"encrypted, name changed", inside(func(a *etree.Element) *etree.Element { at(a, "NameID").SetText(evil); return a }), gateSignature, nil},
		{"something else encrypted", inside(func(*etree.Element) *etree.Element { return element(`<x/>`) }), gateShape, nil},
		{"a response encrypted", inside(func(*etree.Element) *etree.Element { return good(signBoth) }), gateShape, nil},
		{"two assertions encrypted", inside(func(a *etree.Element) *etree.Element { a.AddChild(forged(a, "_evil")); return a }), gateShape, nil},
		{"plain and encrypted", func() []byte {
			response := encrypt(good(signAssertion), gcm256, 32)
			response.AddChild(forged(assertionOf(plain()), "_evil"))
			return bytesOf(response)
		}(), gateShape, nil},
		{"two encrypted", func() []byte {
			response := encrypt(good(signAssertion), gcm256, 32)
			response.AddChild(response.SelectElement("EncryptedAssertion").Copy())
			return bytesOf(response)
		}(), gateShape, nil},
	}
}

// TestBorrowedResponses looks at the test data of two other libraries: none of it is signed by anybody whom we know, and
// nothing of it may make us stumble.
func TestBorrowedResponses(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "shared", "corpora", "saml")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the responses of other libraries are not here")
	}
	count := 0
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "LICENSE" {
			return err
		}
		count++
		message, err := os.ReadFile(path)
		require.NoError(t, err)
		if !bytes.HasPrefix(bytes.TrimSpace(message), []byte("<")) {
			message, _ = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(message)), ""))
		}
		terms := goodTerms()
		trust(terms, message)
		_, err = examine(message, terms, noon)
		var own *stopped
		assert.ErrorAs(t, err, &own, path)
		return nil
	}))
	assert.Greater(t, count, 60)
}
