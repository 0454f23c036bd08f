package sso

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Skew is how far the clocks of an identity provider and ours may differ.
const Skew = 60 * time.Second

// MaxAge is how old a response may be that a browser brings. It also bounds how long its id has to be remembered.
const MaxAge = 5 * time.Minute

const maxName = 254 // characters of a NameID, as of the attributes that it is compared with

const (
	bearer  = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	success = "urn:oasis:names:tc:SAML:2.0:status:Success"
)

// terms are what a provider's settings demand of a response, besides its signature.
type terms struct {
	partner
	encrypted    bool     // plain assertions are refused
	idpInitiated bool     // a response that nobody asked for is taken
	formats      []string // of the NameID; empty: any
	contexts     []string // of which the sign-in must be one; empty: any
}

// receive takes a response as a browser posts it through all gates that need no memory.
func receive(field string, t *terms, now time.Time) (*statement, error) {
	message, err := decode(field)
	if err != nil {
		return nil, err
	}
	return examine(message, t, now)
}

// examine is receive for what was decoded.
func examine(message []byte, t *terms, now time.Time) (*statement, error) {
	root, err := parse(message)
	if err != nil {
		return nil, err
	}
	if err := checkResponse(root); err != nil {
		return nil, err
	}
	if err := t.look(message, root); err != nil {
		return nil, err
	}
	proof, err := verify(message, &t.partner, now)
	if err != nil {
		return nil, err
	}
	if proof.response != nil {
		if root, err = parse(proof.response); err != nil {
			return nil, err
		}
	}
	header, err := readHeader(root)
	if err != nil {
		return nil, err
	}
	assertion, err := parse(proof.assertion)
	if err != nil {
		return nil, err
	}
	s, err := readStatement(assertion)
	if err != nil {
		return nil, err
	}
	if err := t.judge(header, s, now); err != nil {
		return nil, about(s.name, err)
	}
	return s, nil
}

// look passes the assertion through the gates that the response has passed, if it is encrypted, and refuses what is plain
// where it must not be.
func (t *terms) look(message []byte, root *node) error {
	if root.only(nsAssertion, "Assertion") != nil {
		if t.encrypted {
			return stop(gateAlgorithms, "the assertion is not encrypted, as this provider's settings demand")
		}
		return nil
	}
	sealed := root.only(nsAssertion, "EncryptedAssertion")
	if sealed.only(nsCipher, "EncryptedData") == nil || len(sealed.named(nsCipher, "EncryptedKey")) > 1 {
		return stop(gateShape, "the encrypted assertion has not the form of XML Encryption")
	}
	plain, err := decrypted(message, t.keys)
	if err != nil {
		return err
	}
	assertion, err := parse(plain)
	if err != nil {
		return err
	}
	return checkAssertion(assertion)
}

// judge asks whether the statement is about a sign-in here and now.
func (t *terms) judge(h *header, s *statement, now time.Time) error {
	for _, check := range []func(*header, *statement, time.Time) error{t.checkIssuer, t.checkSubject, t.checkTimes, t.checkAudience, t.checkName} {
		if err := check(h, s, now); err != nil {
			return err
		}
	}
	return nil
}

// checkIssuer is gate 9.
func (t *terms) checkIssuer(h *header, s *statement, _ time.Time) error {
	switch {
	case h.status != success:
		return stop(gateIssuer, "the identity provider says that it did not sign the person in (%s)", status(h.status))
	case h.issuer != t.issuer:
		return stop(gateIssuer, "the response is issued by somebody else than the EntityID of this provider")
	case s.issuer != t.issuer:
		return stop(gateIssuer, "the assertion is issued by somebody else than the EntityID of this provider")
	}
	return nil
}

// checkSubject is gate 10, but for the request, which the engine knows.
func (t *terms) checkSubject(h *header, s *statement, now time.Time) error {
	if h.destination != t.acs {
		return stop(gateSubject, "the Destination is not the address of this assertion consumer service")
	}
	if len(s.confirmations) != 1 {
		return stop(gateSubject, "the subject must have one SubjectConfirmation, and has %d", len(s.confirmations))
	}
	c := s.confirmations[0]
	switch {
	case c.method != bearer:
		return stop(gateSubject, "the SubjectConfirmation is not of the method bearer")
	case !c.complete:
		return stop(gateSubject, "the SubjectConfirmation has no SubjectConfirmationData")
	case c.recipient != t.acs:
		return stop(gateSubject, "the Recipient is not the address of this assertion consumer service")
	case c.notOnOrAfter.IsZero() || !now.Before(c.notOnOrAfter.Add(Skew)):
		return stop(gateSubject, "the SubjectConfirmation has expired, or does not say when it does")
	case c.notBefore.After(now.Add(Skew)):
		return stop(gateSubject, "the SubjectConfirmation is not valid yet")
	case c.inResponseTo != h.inResponseTo:
		return stop(gateSubject, "response and assertion are in response to different requests")
	case c.inResponseTo == "" && !t.idpInitiated:
		return stop(gateSubject, "nobody asked for this sign-in; sign-in that begins at the identity provider is off in this provider's settings")
	}
	return nil
}

// checkTimes is the first half of gate 11.
func (t *terms) checkTimes(h *header, s *statement, now time.Time) error {
	for _, issued := range []time.Time{h.issued, s.issued} {
		switch {
		case issued.After(now.Add(Skew)):
			return stop(gateConditions, "the IssueInstant is in the future; compare the clocks")
		case issued.Before(now.Add(-MaxAge - Skew)):
			return stop(gateConditions, "the IssueInstant is missing or more than %s ago; compare the clocks", MaxAge)
		}
	}
	switch {
	case s.conditions != 1:
		return stop(gateConditions, "the assertion must have Conditions, once")
	case s.notBefore.After(now.Add(Skew)):
		return stop(gateConditions, "the conditions are not valid yet (NotBefore); compare the clocks")
	case s.notOnOrAfter.IsZero() || !now.Before(s.notOnOrAfter.Add(Skew)):
		return stop(gateConditions, "the conditions have expired (NotOnOrAfter), or do not say when they do; compare the clocks")
	case !s.sessionUntil.IsZero() && !now.Before(s.sessionUntil.Add(Skew)):
		return stop(gateConditions, "the session at the identity provider has ended (SessionNotOnOrAfter)")
	}
	return nil
}

// checkAudience is the second half of gate 11.
func (t *terms) checkAudience(_ *header, s *statement, _ time.Time) error {
	if len(s.audiences) == 0 {
		return stop(gateConditions, "the assertion has no AudienceRestriction")
	}
	for _, audiences := range s.audiences { // all of them hold (SAML core, section 2.5.1.4)
		if !slices.Contains(audiences, t.entityID) {
			return stop(gateConditions, "the Audience is not the EntityID of this service provider")
		}
	}
	switch {
	case s.authenticated != 1:
		return stop(gateConditions, "the assertion must have an AuthnStatement, once")
	case len(t.contexts) > 0 && !slices.Contains(t.contexts, s.context):
		return stop(gateConditions, "the AuthnContext is none of those that this provider's settings demand")
	}
	return nil
}

// checkName is gate 12.
func (t *terms) checkName(_ *header, s *statement, _ time.Time) error {
	switch {
	case s.name == "":
		return stop(gateName, "the NameID is missing or empty")
	case utf8.RuneCountInString(s.name) > maxName:
		return stop(gateName, "the NameID is longer than %d characters", maxName)
	case len(t.formats) > 0 && !slices.Contains(t.formats, s.format):
		return stop(gateName, "the format of the NameID is none of those that this provider's settings allow")
	}
	return nil
}
