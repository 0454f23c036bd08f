package scim

import (
	"fmt"

	"github.com/scimbridge/scimbridge/domain"
)

// cursorMark stands in front of a cursor among the parameters, because an empty one is not the same as none: it asks for
// the first page of a walk by cursors (RFC 9865, section 2).
const cursorMark = "="

// byCursor tells whether the request asks for pages by cursor instead of by index.
func (x *exchange) byCursor() bool { return x.parameters[paramCursor] != "" }

// readCursor finds the place of a page by cursor. The cursor belongs to the list, not to the size or the attributes of
// the page, which may change on the way.
func (x *exchange) readCursor(rt *resourceType, l *listing) error {
	if !x.byCursor() {
		return nil
	}
	if x.parameters[paramStartIndex] != "" {
		return refuseValue("startIndex and cursor exclude each other; send one of them.")
	}
	l.start, l.query.Offset = 0, 0
	l.name = fmt.Sprintf("%s %q %q %t", rt.endpoint, x.parameters[paramFilter], x.parameters[paramSortBy], l.query.Down)
	text := x.parameters[paramCursor][len(cursorMark):]
	if text == "" {
		return nil
	}
	at, err := x.engine.Cursors.Open(x.caller, l.name, text)
	l.query.After, l.query.Total, l.total = &at.After, false, at.Total
	return err
}

// nextCursor is the cursor of the page behind this one; "" behind the last page, and where pages have an index.
func nextCursor[R any](x *exchange, l listing, page domain.Page[R]) (string, error) {
	if l.start > 0 || !page.More {
		return "", nil
	}
	return x.engine.Cursors.Seal(x.caller, l.name, domain.Cursor{After: page.End, Total: page.Total})
}
