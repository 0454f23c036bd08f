package scim

import (
	"net/url"
	"strings"
)

// parameter is a parameter that means something here, be it in the query or in the body of a search; other ones in the
// query are ignored, since connectors add their own to every request.
type parameter int

// The parameters (RFC 7644, sections 3.4.2 and 3.9; RFC 9865, section 2).
const (
	paramFilter parameter = iota
	paramStartIndex
	paramCount
	paramAttributes
	paramExcludedAttributes
	paramSortBy
	paramSortOrder
	paramCursor
)

var parameterNames = [...]string{"filter", "startIndex", "count", "attributes", "excludedAttributes", "sortBy", "sortOrder", "cursor"}

// parameters are the parameters of a request, "" where one is empty or missing. That of the cursor has a mark in front.
type parameters [len(parameterNames)]string

// read refuses what two readers could understand in two ways: a parameter that comes twice, or broken escapes in one.
// Names are compared without case, because ignoring a misspelt filter would answer with everybody.
func (p *parameters) read(query string) error {
	var seen [len(parameterNames)]bool
	for pair := range strings.SplitSeq(query, "&") {
		encoded, text, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(encoded)
		if err != nil {
			continue
		}
		for i, known := range parameterNames {
			if !strings.EqualFold(name, known) {
				continue
			}
			if seen[i] {
				return invalidParameter(known, "is there twice; send it once")
			}
			seen[i] = true
			if p[i], err = url.QueryUnescape(text); err != nil {
				return invalidParameter(known, "has a broken percent escape")
			}
			if parameter(i) == paramCursor {
				p[i] = cursorMark + p[i]
			}
		}
	}
	return nil
}

func invalidParameter(name, problem string) error {
	return refuseValue("The parameter %s %s.", name, problem)
}
