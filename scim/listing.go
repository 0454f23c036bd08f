package scim

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/scimbridge/scimbridge/domain"
)

// listing is what a list request asks for.
type listing struct {
	query   domain.Query
	start   int    // startIndex, from 1; 0 for a page by cursor
	name    string // of the list, to which a cursor belongs
	total   int    // of the list, when the walk by cursors began
	returns projection
}

// listing reads the parameters of a list request (RFC 7644, section 3.4.2).
func (x *exchange) listing(rt *resourceType) (l listing, err error) {
	if l, err = x.page(rt); err != nil {
		return l, err
	}
	if text := x.parameters[paramFilter]; text != "" {
		if l.query.Where, x.filter, err = readFilter(rt, text, x.view); err != nil {
			return l, err
		}
	}
	if path := x.parameters[paramSortBy]; path != "" {
		if l.query.Order, err = sortAttribute(rt, path, x.view); err != nil {
			return l, err
		}
	}
	return l, x.readCursor(rt, &l)
}

// page reads the parameters that mean the same for every type of resource: which page of the list is wanted, in which
// direction, and what is returned of a resource.
func (x *exchange) page(rt *resourceType) (l listing, err error) {
	if l.returns, err = x.projection(rt); err != nil {
		return l, err
	}
	if l.start, err = x.number(paramStartIndex, 1); err != nil {
		return l, err
	}
	count, err := x.count()
	if err != nil {
		return l, err
	}
	l.start = max(l.start, 1)
	l.query = domain.Query{Offset: l.start - 1, Count: min(max(count, 0), maxCount), Total: true}
	l.query.Down, err = x.descending()
	return l, err
}

func (x *exchange) projection(rt *resourceType) (projection, error) {
	return newProjection(rt, x.parameters[paramAttributes], x.parameters[paramExcludedAttributes], x.view)
}

// count is how many resources the page is to have at most. Only a page by index can be empty.
func (x *exchange) count() (int, error) {
	count, err := x.number(paramCount, defaultCount)
	if x.byCursor() && (err != nil || count < 1) {
		return 0, refuse("invalidCount", "With a cursor, count must be a whole number from 1 to %d.", maxCount)
	}
	return count, err
}

// number reads a parameter that is a whole number.
func (x *exchange) number(name parameter, fallback int) (int, error) {
	text := x.parameters[name]
	if text == "" {
		return fallback, nil
	}
	number, ok := wholeNumber(text)
	if !ok {
		return 0, invalidParameter(parameterNames[name], "must be a whole number")
	}
	return number, nil
}

// wholeNumber reads a whole number. One that no variable can hold counts as the nearest that 32 bits can, which is
// beyond every limit anyway.
func wholeNumber(text string) (int, bool) {
	number, err := strconv.ParseInt(text, 10, 32)
	return int(max(number, -math.MaxInt32)), err == nil || errors.Is(err, strconv.ErrRange)
}

// descending tells whether sortOrder asks for the reverse of a sort.
func (x *exchange) descending() (bool, error) {
	order := x.parameters[paramSortOrder]
	switch {
	case order == "", strings.EqualFold(order, "ascending"):
		return false, nil
	case strings.EqualFold(order, "descending"):
		return x.parameters[paramSortBy] != "", nil
	default:
		return false, invalidParameter(parameterNames[paramSortOrder], "must be ascending or descending")
	}
}

// sendList answers with a ListResponse; appendOne appends one resource to the stream.
func sendList[R any](x *exchange, l listing, page domain.Page[R], appendOne func(s *stream, resource R) error) error {
	if l.query.After != nil {
		page.Total = l.total
	}
	next, err := nextCursor(x, l, page)
	if err != nil {
		return err
	}
	s := x.open(http.StatusOK)
	s.buf = append(s.buf, `{"schemas":["`+listResponseURN+`"],"totalResults":`...)
	s.buf = strconv.AppendInt(s.buf, int64(page.Total), 10)
	if l.start > 0 {
		s.buf = append(s.buf, `,"startIndex":`...)
		s.buf = strconv.AppendInt(s.buf, int64(l.start), 10)
	}
	if next != "" {
		s.buf = appendQuoted(append(s.buf, `,"nextCursor":`...), next)
	}
	s.buf = append(s.buf, `,"itemsPerPage":`...)
	s.buf = strconv.AppendInt(s.buf, int64(len(page.Items)), 10)
	s.buf = append(s.buf, `,"Resources":[`...)
	for i, resource := range page.Items {
		s.buf = appendComma(s.buf, i)
		if err := appendOne(s, resource); err != nil {
			return err
		}
		if err := s.pass(); err != nil {
			return err
		}
	}
	s.buf = append(s.buf, "]}"...)
	return s.close()
}
