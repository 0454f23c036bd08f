package sso

import (
	"errors"
	"fmt"
)

// gate is one of the checks that a message of an identity provider passes on its way to a session, by its number in the
// administrators' guide. The audit names the gate that refused; the browser is told nothing.
type gate int

// The gates, in the order in which they are passed.
const (
	gateForm       gate = 1 + iota // base64, size
	gateText                       // UTF-8
	gateMarkup                     // nothing but elements, attributes and text
	gateBulk                       // depth and number of elements
	gateShape                      // one response, one assertion
	gateIDs                        // unique IDs
	gateAlgorithms                 // of signatures and encryption
	gateSignature                  // what is signed, and by whom
	gateIssuer
	gateSubject
	gateConditions
	gateName
	gateOnce
	gatePerson
	// Those who come by OpenID Connect pass these two before the token is looked at.
	gateProvider // what the provider publishes of itself
	gateExchange // of the code for a token
)

var gateNames = map[gate]string{
	gateForm: "form", gateText: "text", gateMarkup: "markup", gateBulk: "bulk", gateShape: "shape", gateIDs: "ids",
	gateAlgorithms: "algorithms", gateSignature: "signature", gateIssuer: "issuer", gateSubject: "subject",
	gateConditions: "conditions", gateName: "name", gateOnce: "once", gatePerson: "person",
	gateProvider: "provider", gateExchange: "exchange",
}

// String names the gate as the audit does, as in "gate 9 (issuer)".
func (g gate) String() string { return fmt.Sprintf("gate %d (%s)", int(g), gateNames[g]) }

// stopped is a refusal by a gate. Its text is for the tenant's administrators: it holds nothing of the message but what
// they have to compare with their settings.
type stopped struct {
	gate   gate
	reason string
	name   string // which the provider has asserted for sure; "": it did not come so far
}

// Error implements error.
func (s *stopped) Error() string { return s.gate.String() + ": " + s.reason }

func stop(at gate, format string, args ...any) error {
	return &stopped{gate: at, reason: fmt.Sprintf(format, args...)}
}

// about tells whose sign-in was refused, once it is sure that the provider speaks of them.
func about(name string, err error) error {
	own, ok := errors.AsType[*stopped](err)
	if !ok {
		return err
	}
	named := *own
	named.name = name
	return &named
}
