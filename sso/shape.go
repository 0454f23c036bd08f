package sso

import (
	"regexp"
	"strings"
)

// checkResponse lets a response pass that has one assertion, be it encrypted, and nothing else that could be taken for one.
func checkResponse(root *node) error {
	if !root.is(nsProtocol, "Response") {
		return stop(gateShape, "the message is no SAML 2.0 response")
	}
	if root.attr("Version") != "2.0" {
		return stop(gateShape, "the response is not of version 2.0")
	}
	found := 0
	err := root.walk(func(n *node) error {
		switch n.name.Local {
		case "Response", "ArtifactResponse", "LogoutResponse":
			if n != root {
				return stop(gateShape, "there is a response within the response")
			}
		case "Assertion", "EncryptedAssertion":
			found++
			if n.parent != root || n.name.Space != nsAssertion {
				return stop(gateShape, "there is an assertion where none belongs")
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if found != 1 {
		return stop(gateShape, "the response must hold one assertion, and holds %d", found)
	}
	return checkCommon(root)
}

// checkAssertion is checkResponse for the assertion that was encrypted.
func checkAssertion(root *node) error {
	if !root.is(nsAssertion, "Assertion") {
		return stop(gateShape, "what was encrypted is no assertion")
	}
	err := root.walk(func(n *node) error {
		if n != root && (n.name.Local == "Assertion" || n.name.Local == "EncryptedAssertion" || n.name.Local == "Response") {
			return stop(gateShape, "there is an assertion within the assertion")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return checkCommon(root)
}

// checkCommon is what holds for every message.
func checkCommon(root *node) error {
	if err := checkIDs(root); err != nil {
		return err
	}
	return checkSignatures(root)
}

// identifier is what an ID looks like (xs:NCName, in the letters that are really used).
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,255}$`)

// checkIDs refuses a message in which a reference could mean two elements, or none.
func checkIDs(root *node) error {
	seen := map[string]bool{}
	return root.walk(func(n *node) error {
		own := ""
		for _, a := range n.attrs {
			if !strings.EqualFold(a.Name.Local, "id") {
				continue
			}
			if seen[a.Value] {
				return stop(gateIDs, "two elements have the same ID")
			}
			seen[a.Value] = true
			if a.Name.Space == "" && a.Name.Local == "ID" {
				own = a.Value
			}
		}
		if needsID(n) && !identifier.MatchString(own) {
			return stop(gateIDs, "the %s has no proper ID", n.name.Local)
		}
		return nil
	})
}

func needsID(n *node) bool {
	return n.parent == nil || n.is(nsAssertion, "Assertion")
}
