package scim

import "strings"

// attrPath reads the current token as an attribute path: [URN ":"] name ["." sub].
func (p *filterParser) attrPath() (AttrPath, error) {
	if p.tok.kind != tokenWord {
		return AttrPath{}, p.unexpected("an attribute")
	}
	attr, ok := splitAttrPath(p.tok.text)
	if !ok {
		return AttrPath{}, p.unexpected("an attribute such as userName, name.givenName or urn:…:User:department")
	}
	return attr, p.advance()
}

// splitAttrPath applies the one rule that needs no schema: a URN ends before the last colon. Behind a URN it is less
// strict on names than without one, because the URN may in truth go on: urn:example:acme:2.0 can name a whole schema.
func splitAttrPath(text string) (AttrPath, bool) {
	var attr AttrPath
	colon := strings.LastIndexByte(text, ':')
	if colon == 0 {
		return attr, false
	}
	if colon > 0 {
		attr.URN = text[:colon]
	}
	rest := text[colon+1:]
	name, sub, dotted := strings.Cut(rest, ".")
	attr.Name, attr.Sub = name, sub
	if attr.URN != "" {
		for segment := range strings.SplitSeq(rest, ".") {
			if segment == "" || !hasNameChars(segment) {
				return attr, false
			}
		}
		return attr, true
	}
	return attr, isAttrName(name) && (!dotted || isAttrName(sub))
}

// atSub tells whether a sub-attribute follows brackets.
func (p *filterParser) atSub() bool {
	return p.tok.kind == tokenWord && p.tok.text[0] == '.'
}

func (p *filterParser) sub() (string, error) {
	name := p.tok.text[1:]
	if !isAttrName(name) {
		return "", p.unexpected("a sub-attribute such as .value")
	}
	return name, p.advance()
}

// isAttrName follows ATTRNAME of RFC 7643 section 2.1, and lets $ref through, which that grammar forgets.
func isAttrName(name string) bool {
	first := strings.TrimPrefix(name, "$")
	return first != "" && isLetter(first[0]) && hasNameChars(name)
}

func hasNameChars(name string) bool {
	for _, c := range []byte(strings.TrimPrefix(name, "$")) {
		if !isLetter(c) && !isDigit(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
