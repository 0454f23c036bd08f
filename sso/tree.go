package sso

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// The namespaces that the gates know.
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
	nsCipher    = "http://www.w3.org/2001/04/xmlenc#"
	nsCipher11  = "http://www.w3.org/2009/xmlenc11#"
)

// The bounds of a message, far above what identity providers send.
const (
	maxDepth    = 64
	maxElements = 2000
)

// node is an element of a message, as the gates look at it. Who signs in is not read from here, but from the bytes that
// the signature was verified on.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	parent   *node
	children []*node
	text     strings.Builder
}

// is reports whether the element has that name.
func (n *node) is(space, local string) bool { return n.name.Space == space && n.name.Local == local }

// attr is the value of an attribute without a namespace; "" where there is none.
func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// named gives the children of that name.
func (n *node) named(space, local string) (found []*node) {
	for _, child := range n.children {
		if child.is(space, local) {
			found = append(found, child)
		}
	}
	return found
}

// only gives the only child of that name; nil where there is none, or another one.
func (n *node) only(space, local string) *node {
	if found := n.named(space, local); len(found) == 1 {
		return found[0]
	}
	return nil
}

// walk shows the element and everything below it.
func (n *node) walk(show func(*node) error) error {
	if err := show(n); err != nil {
		return err
	}
	for _, child := range n.children {
		if err := child.walk(show); err != nil {
			return err
		}
	}
	return nil
}

// checkText refuses what parsers might read differently, before any of them sees it.
func checkText(message []byte) error {
	switch {
	case !utf8.Valid(message):
		return stop(gateText, "the message is not UTF-8")
	case bytes.ContainsRune(message, 0):
		return stop(gateText, "the message holds a NUL")
	case bytes.HasPrefix(message, []byte("\xef\xbb\xbf")):
		return stop(gateText, "the message begins with a byte order mark")
	case bytes.Contains(message, []byte("<!")): // "<" stands for nothing else in well-formed XML
		return stop(gateMarkup, "the message holds a DOCTYPE, a comment or a CDATA section")
	}
	rest := message
	if bytes.HasPrefix(rest, []byte("<?xml ")) {
		_, rest, _ = bytes.Cut(rest, []byte("?>"))
	}
	if bytes.Contains(rest, []byte("<?")) {
		return stop(gateMarkup, "the message holds a processing instruction")
	}
	return nil
}

// parse reads a message of which nothing is known yet.
func parse(message []byte) (*node, error) {
	if err := checkText(message); err != nil {
		return nil, err
	}
	decoder := xml.NewDecoder(bytes.NewReader(message))
	var root, at *node
	depth, elements := 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, stop(gateMarkup, "the message is not well-formed XML")
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth, elements = depth+1, elements+1; depth > maxDepth || elements > maxElements {
				return nil, stop(gateBulk, "the message has more than %d elements, or elements nested deeper than %d", maxElements, maxDepth)
			}
			if at == nil && root != nil {
				return nil, stop(gateShape, "the message has more than one root element")
			}
			if at, err = begin(at, token); err != nil {
				return nil, err
			}
			if root == nil {
				root = at
			}
		case xml.EndElement:
			at, depth = at.parent, depth-1
		case xml.CharData:
			if at == nil && len(bytes.TrimSpace(token)) > 0 {
				return nil, stop(gateMarkup, "there is text outside the root element")
			}
			if at != nil {
				at.text.Write(token)
			}
		}
	}
	if root == nil {
		return nil, stop(gateMarkup, "the message holds no element")
	}
	return root, nil
}

// begin adds an element to the tree.
func begin(parent *node, token xml.StartElement) (*node, error) {
	n := &node{name: token.Name, attrs: append([]xml.Attr(nil), token.Attr...), parent: parent}
	if n.name.Space != "" && !absolute(n.name.Space) || strings.Contains(n.name.Local, ":") {
		return nil, stop(gateMarkup, "an element has an undeclared prefix or a relative namespace")
	}
	seen := make(map[xml.Name]bool, len(n.attrs))
	for _, a := range n.attrs {
		declares := a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns"
		switch {
		case strings.Contains(a.Name.Local, ":"):
			return nil, stop(gateMarkup, "the name of an attribute has more than one colon")
		case seen[a.Name]:
			return nil, stop(gateMarkup, "an element has an attribute twice")
		case declares && !absolute(a.Value) && (a.Name.Space == "xmlns" || a.Value != ""):
			return nil, stop(gateMarkup, "a namespace is relative")
		case declares && reserved(a):
			return nil, stop(gateMarkup, "a reserved prefix or namespace is declared")
		case !declares && a.Name.Space != "" && a.Name.Space != "xml" && !absolute(a.Name.Space):
			return nil, stop(gateMarkup, "an attribute has an undeclared prefix")
		}
		seen[a.Name] = true
	}
	if parent != nil {
		parent.children = append(parent.children, n)
	}
	return n, nil
}

// absolute tells whether a namespace is an absolute URI. An undeclared prefix is none: it has no colon.
func absolute(namespace string) bool { return strings.Contains(namespace, ":") }

// reserved tells whether a declaration takes a name that XML keeps for itself.
func reserved(a xml.Attr) bool {
	const own = "http://www.w3.org/XML/1998/namespace"
	return a.Value == "http://www.w3.org/2000/xmlns/" || a.Name.Space == "xmlns" && (a.Name.Local == "xml" || a.Name.Local == "xmlns") || a.Value == own
}
