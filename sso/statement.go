package sso

import (
	"strings"
	"time"
)

// statement is what an identity provider says of somebody, read from the bytes that it signed.
type statement struct {
	id, issuer    string
	issued        time.Time
	name, format  string
	confirmations []confirmation
	notBefore     time.Time // zero: not said
	notOnOrAfter  time.Time
	conditions    int        // how many there are
	audiences     [][]string // of each restriction
	sessionIndex  string
	sessionUntil  time.Time // zero: not said
	context       string    // how the person has signed in there
	authenticated int       // how many statements of that there are
}

// confirmation tells who may present a statement.
type confirmation struct {
	method, recipient, inResponseTo string
	notBefore, notOnOrAfter         time.Time
	complete                        bool
}

// header is what a response says besides the assertion.
type header struct {
	destination, inResponseTo, issuer, status string
	issued                                    time.Time
}

func readHeader(root *node) (*header, error) {
	h := &header{destination: root.attr("Destination"), inResponseTo: root.attr("InResponseTo")}
	if issuer := root.only(nsAssertion, "Issuer"); issuer != nil {
		h.issuer = issuer.words()
	}
	if status := root.only(nsProtocol, "Status"); status != nil {
		if code := status.only(nsProtocol, "StatusCode"); code != nil {
			h.status = code.attr("Value")
		}
	}
	var err error
	h.issued, err = instant(root, "IssueInstant")
	return h, err
}

// words is the text of an element without the space around it; "" where it has other elements in it.
func (n *node) words() string {
	if len(n.children) > 0 {
		return ""
	}
	return strings.TrimSpace(n.text.String())
}

// instant reads a time; zero where it is not said. SAML wants UTC, and some say nothing of the zone.
func instant(n *node, name string) (time.Time, error) {
	said := n.attr(name)
	if said == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, said); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, stop(gateConditions, "%s is no time", name)
}

// instants reads several times.
func instants(n *node, into map[string]*time.Time) (err error) {
	for name, at := range into {
		if *at, err = instant(n, name); err != nil {
			return err
		}
	}
	return nil
}

func readStatement(root *node) (*statement, error) {
	s := &statement{id: root.attr("ID")}
	if issuer := root.only(nsAssertion, "Issuer"); issuer != nil {
		s.issuer = issuer.words()
	}
	if err := instants(root, map[string]*time.Time{"IssueInstant": &s.issued}); err != nil {
		return nil, err
	}
	if subject := root.only(nsAssertion, "Subject"); subject != nil {
		if err := s.readSubject(subject); err != nil {
			return nil, err
		}
	}
	for _, conditions := range root.named(nsAssertion, "Conditions") {
		s.conditions++
		if err := s.readConditions(conditions); err != nil {
			return nil, err
		}
	}
	for _, authn := range root.named(nsAssertion, "AuthnStatement") {
		s.authenticated++
		s.sessionIndex = authn.attr("SessionIndex")
		if err := instants(authn, map[string]*time.Time{"SessionNotOnOrAfter": &s.sessionUntil}); err != nil {
			return nil, err
		}
		if context := authn.only(nsAssertion, "AuthnContext"); context != nil {
			if class := context.only(nsAssertion, "AuthnContextClassRef"); class != nil {
				s.context = class.words()
			}
		}
	}
	return s, nil
}

func (s *statement) readSubject(subject *node) error {
	if name := subject.only(nsAssertion, "NameID"); name != nil {
		s.name, s.format = name.words(), name.attr("Format")
	}
	for _, n := range subject.named(nsAssertion, "SubjectConfirmation") {
		c := confirmation{method: n.attr("Method")}
		if data := n.only(nsAssertion, "SubjectConfirmationData"); data != nil {
			c.complete, c.recipient, c.inResponseTo = true, data.attr("Recipient"), data.attr("InResponseTo")
			if err := instants(data, map[string]*time.Time{"NotBefore": &c.notBefore, "NotOnOrAfter": &c.notOnOrAfter}); err != nil {
				return err
			}
		}
		s.confirmations = append(s.confirmations, c)
	}
	return nil
}

func (s *statement) readConditions(conditions *node) error {
	for _, restriction := range conditions.named(nsAssertion, "AudienceRestriction") {
		var audiences []string
		for _, audience := range restriction.named(nsAssertion, "Audience") {
			audiences = append(audiences, audience.words())
		}
		s.audiences = append(s.audiences, audiences)
	}
	return instants(conditions, map[string]*time.Time{"NotBefore": &s.notBefore, "NotOnOrAfter": &s.notOnOrAfter})
}
